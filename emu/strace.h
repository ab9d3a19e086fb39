/*
 * --strace: the system calls of the guest's processes, one line each, in the notation of strace(1).
 *
 * It sees what the hart sees: an ecall from U-mode, the return to U-mode, and guest memory through the
 * page tables; who made the call, and which signals and ends came between, it takes from the kernel's
 * introspection structure.  It is told of events and writes text; it never changes the guest, so a
 * page that is not present is not brought in: its address is printed instead of what it holds.
 *
 * Process 1 is not traced; the trace begins with PROGRAM's execve.
 */
#ifndef EMU_STRACE_H
#define EMU_STRACE_H

#include <stdio.h>

#include "emu/inspect.h"

/* What strace_event wants to be told. */
#define STRACE_EVENTS (EVENT_BIT(EVENT_TRAP) | EVENT_BIT(EVENT_XRET) | EVENT_BIT(EVENT_SATP))

struct strace;

/* numbered: every line begins with its thread's id; else "[pid N] ", and only while there are
 * several.  `out` is borrowed.  NULL: out of memory. */
struct strace *strace_create(const struct inspect *inspect, FILE *out, bool numbered);
void strace_event(struct strace *strace, const struct event *event);
/* Another line is about to be written to the same stream. */
void strace_interrupt(struct strace *strace);
/* A call has been begun, and nothing of its line is written yet.  strace_show writes it as far as it
 * is known, so that whoever watches sees in which call a program waits. */
bool strace_holds(const struct strace *strace);
void strace_show(struct strace *strace);
/* Calls still open are told as such.  NULL is allowed. */
void strace_destroy(struct strace *strace);

#endif
