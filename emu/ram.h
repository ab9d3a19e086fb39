/*
 * Guest RAM as the host holds it, and one flag byte a frame that says why accesses to it take the
 * slow path.
 */
#ifndef EMU_RAM_H
#define EMU_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hart_group;

/* A flagged frame never enters the fast array concerned.  DMA looks at the same byte. */
#define FRAME_FLAG_CODE	 0x01 /* holds decoded code: stores drop it first */
#define FRAME_FLAG_HTIF	 0x02 /* holds tohost or fromhost: stores are looked at */
#define FRAME_FLAG_WATCH 0x04 /* a watchpoint: loads and stores take the slow path */
#define FRAME_FLAG_TABLE 0x08 /* a page table under check */
#define FRAME_FLAG_TOLD	 0x10 /* the guest tells something here: stores are looked at */

struct ram {
	uint64_t base, bytes; /* guest-physical */
	uint8_t *host;	      /* bytes of it, private mapping of the machine */
	uint8_t *frame_flags; /* one per 4 KiB frame */
	uint8_t *touched;     /* one per frame, set by fills of the fast arrays: sampled heat */
	struct hart_group
		*harts; /* what the harts on this memory share; theirs alone, starts NULL */
};

static inline bool ram_holds(const struct ram *ram, uint64_t pa, uint64_t bytes)
{
	return pa >= ram->base && pa - ram->base <= ram->bytes &&
	       bytes <= ram->bytes - (pa - ram->base);
}

static inline uint8_t *ram_at(const struct ram *ram, uint64_t pa)
{
	return ram->host + (pa - ram->base);
}

static inline uint64_t ram_frame(const struct ram *ram, uint64_t pa)
{
	return (pa - ram->base) >> 12;
}

#endif
