/*
 * How a program that `faultline run` ran has ended: from the guest kernel's introspection
 * structure, in the user's words.
 */
#ifndef EMU_RUN_REPORT_H
#define EMU_RUN_REPORT_H

#include "emu/machine.h"

/* The status of the whole run; says at most one line on standard error.  images: what explains
 * a pc, may be NULL. */
struct images;
int run_report(const struct machine *machine, struct images *images);

/* Under -v: what the machine's fixed part took, and which system calls were missed. */
void run_report_details(const struct machine *machine);

#endif
