/*
 * One run of a machine as the user sees it: signals, the terminal's escapes, observation, trace.
 * Shared by `boot` and `run`.
 */
#ifndef EMU_SESSION_H
#define EMU_SESSION_H

#include "emu/options.h"

/* Before anything is built from the options: read what --replay names, and see what the guest is to
 * be told of the host.  False with a line in error[]. */
bool session_prepare(struct run_options *options, struct error *error);

/*
 * Run the machine to its end, watched as the options say.  False with a line in error[]: something
 * about watching was refused before anything ran (machine->end is END_NOT_YET then), or a file
 * could not be written at the end.
 */
bool session_run(struct machine *machine, const struct run_options *options, struct error *error);

/* The status for an end that the guest did not choose itself; for END_FINISHER its own code. */
int session_status(const struct machine *machine);

/* Why a run that END_STUCK ended could not go on, in one line on standard error. */
void session_say_stuck(const struct machine *machine);

/* One line on standard error, begun with "faultline: ". */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
