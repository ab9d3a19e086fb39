/*
 * Reading the flattened device tree (Devicetree Specification 0.4, chapter 5), in place.
 */
#ifndef KERNEL_FDT_H
#define KERNEL_FDT_H

#include "types.h"

/* False if this is no device tree. */
bool fdt_init(const void *blob);
u64 fdt_bytes(void);

/* A node is the offset of its FDT_BEGIN_NODE token; 0 is the root, negative is none. */
int fdt_next(int node);		/* the next node in document order */
int fdt_path(const char *path); /* "/chosen" */
int fdt_compatible(int after,
		   const char *compatible); /* next node after `after` (-1: from the start) */
const char *fdt_name(int node);
const void *fdt_property(int node, const char *name, u32 *bytes); /* NULL: none */
u32 fdt_u32(int node, const char *name, u32 fallback);
/* The index-th (address, size) of reg, by the parent's #address-cells and #size-cells. */
bool fdt_reg(int node, u32 index, u64 *address, u64 *bytes);
int fdt_parent(int node);
/* Memory reservation block. */
bool fdt_reservation(u32 index, u64 *address, u64 *bytes);

static inline u32 fdt_be32(const void *p)
{
	const u8 *b = p;
	return (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
}

#endif
