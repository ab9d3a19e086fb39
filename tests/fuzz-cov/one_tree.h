/*
 * fdt_build for harnesses that make a machine for every input: half of the time would go into device
 * trees, all alike.  The first one is given to all.
 */
#ifndef TESTS_FUZZ_COV_ONE_TREE_H
#define TESTS_FUZZ_COV_ONE_TREE_H

#include "emu/fdt.h"
#include "tests/fuzz-cov/input.h"

size_t __real_fdt_build(const struct machine_config *config, const struct machine_layout *layout,
			void *buf, size_t size);
size_t __wrap_fdt_build(const struct machine_config *config, const struct machine_layout *layout,
			void *buf, size_t size);

size_t __wrap_fdt_build(const struct machine_config *config, const struct machine_layout *layout,
			void *buf, size_t size)
{
	static uint8_t tree[65536] __attribute__((aligned(8)));
	static size_t bytes;

	if (!bytes)
		bytes = __real_fdt_build(config, layout, tree, sizeof(tree));
	MUST(bytes && bytes <= size);
	memcpy(buf, tree, bytes);
	return bytes;
}

#endif
