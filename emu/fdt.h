/*
 * The device tree of the machine, by libfdt: QEMU-`virt`-like nodes, and only what is really there.
 */
#ifndef EMU_FDT_H
#define EMU_FDT_H

#include <stddef.h>

#include "emu/machine.h"

/* What the tree says of the processor, in one place: from what a hart of this configuration does. */
void fdt_isa_string(const struct hart_config *hart, char *buf, size_t size);

/*
 * Build the tree for a machine with this layout.  `buf` has room for `size` bytes; returns the
 * bytes used, slack for firmware that edits the tree in place included, or 0 if it does not fit.
 */
size_t fdt_build(const struct machine_config *config, const struct machine_layout *layout,
		 void *buf, size_t size);

/* Make a tree given by the user usable: chosen's bootargs and initrd, and room to edit.  Returns
 * the bytes used, or 0 if it is no device tree or does not fit. */
size_t fdt_adopt(const struct machine_config *config, const struct machine_layout *layout,
		 const void *given, size_t given_bytes, void *buf, size_t size);

#endif
