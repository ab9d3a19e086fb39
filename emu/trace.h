/*
 * The text trace of `-d`: one line for each event asked for.  A consumer of the event stream.
 */
#ifndef EMU_TRACE_H
#define EMU_TRACE_H

#include "emu/options.h"

struct trace;

/* kinds: EVENT_BITs; path: NULL for standard error.  NULL with a line in *error. */
struct trace *trace_open(struct machine *machine, uint32_t kinds, const char *path,
			 struct error *error);
/* False if something could not be written.  NULL is allowed. */
bool trace_close(struct trace *trace, struct error *error);

#endif
