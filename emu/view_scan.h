/*
 * What the view learns by walking the guest's page tables: who maps a frame, what an address space
 * holds, and, for a kernel without introspection structure, the whole frame map.
 */
#ifndef EMU_VIEW_SCAN_H
#define EMU_VIEW_SCAN_H

#include "emu/view_model.h"

#define VIEW_SATPS 256 /* address spaces remembered of a kernel that tells nothing */

/* Classes from page tables alone: tables, supervisor code, user pages by X and W; a frame that only
 * the supervisor maps is the kernel's if it was ever touched, else it is taken to be free. */
void view_scan_frames(struct view_model *model);

/* What the kernel has not seen or said yet: the D bits that the hardware has set in PTEs, and how many
 * pages each process has resident and swapped, as its page tables have it. */
void view_scan_processes(struct view_model *model);

#endif
