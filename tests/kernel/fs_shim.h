/* The host's stand-in for the guest kernel around its file systems. */
#ifndef TESTS_FS_SHIM_H
#define TESTS_FS_SHIM_H

#include "guest/kernel/mm.h"
#include "guest/kernel/sys.h"
#include "guest/kernel/vfs.h"

#define SHIM_FRAMES 40u

struct shim_stats {
	u64 flushes, evictions;
	s64 allocations;
	bool ignore_flush;
};
extern struct shim_stats shim_stats;

void shim_start(void);
void shim_seed(u64 seed);
u64 shim_random(void);
struct disk *shim_disk(const void *image, u64 blocks);
void shim_power_cut(void *image);
void shim_forget(void);
u32 shim_pins(void);
void shim_free_all(void); /* what the kernel has allocated and not freed */

#endif
