/*
 * Seeding the kernel's random generator.
 */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H

#include "types.h"

void random_seed(const void *seed, size_t bytes);

#endif
