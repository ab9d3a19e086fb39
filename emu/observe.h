/*
 * Observation of a run: statistics, the fault log, pictures, and the view in its three faces.
 *
 * What this is: the one seam between the command line's main loop and everything that watches.
 * What it does not know: options' spellings other than those of its own parse functions, devices,
 * terminals' raw modes.  Nothing here changes what the guest sees or counts; with nothing asked
 * for no event is subscribed to and the run pays nothing.
 *
 *	observe = observe_open(&options, machine, error, sizeof error);   refused: status 2
 *	while (machine->end == END_NOT_YET) {
 *		machine_run(machine, observe_until(observe));
 *		if (observe_pump(observe))
 *			machine_request_end(machine, 0);
 *	}
 *	ok = observe_close(observe, error, sizeof error);
 */
#ifndef EMU_OBSERVE_H
#define EMU_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/machine.h"

enum view_face { VIEW_NONE, VIEW_SDL, VIEW_TTY };

/* When a picture is taken.  Moments are virtual: the same run gives the same picture. */
enum shot_moment {
	SHOT_AT_EXIT,  /* PROGRAM exits, before its memory is freed; else at the end of the run */
	SHOT_AT_TIME,  /* value: virtual ns since the start */
	SHOT_AT_FAULT, /* value: when the Nth page fault has been served, N from 1 */
	SHOT_EVERY     /* value: virtual ns between pictures; -0001, -0002... enter the name */
};

struct shot {
	char *path; /* allocated by observe_parse_shot */
	enum shot_moment moment;
	uint64_t value;
};

#define OBSERVE_MAX_SHOTS 16

/* Zero is: nothing asked for.  Strings are borrowed until observe_close. */
struct observe_options {
	enum view_face view;
	bool view_close; /* the view ends with the run instead of keeping its last picture */
	struct shot shot[OBSERVE_MAX_SHOTS];
	unsigned nshots;
	const char *stats;     /* FILE.json, "-": a table on stderr, NULL: none */
	const char *faults;    /* FILE, "-": stderr, NULL: none */
	const char *strace;    /* the same; lines of both keep their order in one file */
	struct images *images; /* what explains a pc; NULL: nothing does */
	const char *title;     /* what runs: "sort 24" */
	uint64_t swap_bytes;   /* for the title line; 0: none */
	unsigned swap_disk;    /* which disk of the machine holds swap, which the root; */
	unsigned root_disk;    /* UINT_MAX: none */
};

/* Values of options.  False with one line in error[] (without "faultline: ") when refused. */
bool observe_parse_view(struct observe_options *options, const char *value, char *error,
			unsigned error_bytes);
bool observe_parse_shot(struct observe_options *options, const char *value, char *error,
			unsigned error_bytes);
void observe_options_free(struct observe_options *options);
/* A picture's path is tried before the run, so that none is lost to a misspelt one. */
bool observe_try_shots(const struct observe_options *options, char *error, unsigned error_bytes);

struct observe;

/* After machine_create, before the first machine_run.  Opens the output files, so that a path that
 * cannot be written is refused here: NULL, with one line in error[]. */
struct observe *observe_open(const struct observe_options *options, struct machine *machine,
			     char *error, unsigned error_bytes);

/* The virtual time at which observation next wants control: argument of machine_run.  UINT64_MAX
 * when nobody watches.  With a view it is near enough that the window stays responsive. */
uint64_t observe_until(const struct observe *observe);

/* After each return of machine_run.  Shows, samples, takes pictures; sleeps a few milliseconds of
 * host time while the user holds the run.  True: the user closed the view and wants the end. */
bool observe_pump(struct observe *observe);

/* Bytes that the guest's console (descriptor 1 or 2) is about to write to the host.  True: the
 * terminal face shows them in its own pane and the caller must not write them. */
bool observe_output(struct observe *observe, unsigned descriptor, const void *bytes, size_t count);

/* A key typed after Ctrl-A that the terminal multiplexer has no use for itself: space (pause), n (step), +, -,
 * h.  True if it meant something to the view. */
bool observe_key(struct observe *observe, int key);

/* A line for the user.  True: the terminal face, which has the screen, shows it for a while. */
bool observe_say(struct observe *observe, const char *text);

/*
 * The run has ended (machine->end is set, the machine still exists).  Takes the pictures still due,
 * keeps the last picture on show until the user closes it unless view_close, writes the statistics,
 * and frees everything.  False with one line in error[] if a file could not be written.  NULL is
 * allowed.
 */
bool observe_close(struct observe *observe, char *error, unsigned error_bytes);

#endif
