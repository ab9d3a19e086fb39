/*
 * --faults: one line a page fault, in the order in which the kernel finished them.
 *
 *	   1.2845101 pid 3 store 0x3f9e400ff8 heap at pc 0x10a2c (main+0x1c): zero, frame 702; victim heap 3:0x3f9b004000, written
 *
 * time of the fault in virtual seconds, pid, access (with "kernel" when it was the kernel's own copy
 * to or from user memory), address, region, pc with its symbol if that is known, what was done (with the swap slot; "major" when it
 * waited for the disk), the frame now mapped, and what was evicted for it: class, pid:address or
 * inode:page, its frame if that is another one (free frames are taken in turn), and whether it had
 * to be written.  An eviction for which there is no fault, or not that one alone, has a line of its own:
 *
 *	   1.2845101 pid 3 evicts cache inode 12 page 4 from frame 702, clean
 *
 * Of a kernel that tells nothing of itself the hart's
 * view is logged instead:
 *
 *	   1.2845101 hart 0 store 0x3f9e400ff8 at pc 0x10a2c
 */
#ifndef EMU_FAULTLOG_H
#define EMU_FAULTLOG_H

#include <stdio.h>

#include "emu/inspect.h"

/* One line without newline.  where: " (main+0x1c)" or "" (image_place_text). */
void faultlog_format(const struct introspect_fault_record *record, const char *where, char *buf,
		     unsigned size);

void faultlog_eviction(const struct introspect_eviction *gone, char *buf, unsigned size);

/* "heap 3:0x3f9b004000", "text inode 12 page 4": what a frame holds or held. */
void faultlog_contents(unsigned frame_class, uint32_t owner, uint64_t page, char *buf,
		       unsigned size);

/* Did a line not get out, because whoever read it from a pipe has gone?  For NULL: no. */
bool log_reader_gone(FILE *log);

#endif
