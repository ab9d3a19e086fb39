/*
 * Reading ahead and writing ahead, by kernel threads.
 */
#ifndef KERNEL_BACKGROUND_H
#define KERNEL_BACKGROUND_H

#include "page.h"

void background_init(void);
void readahead_after(struct mapping *mapping, u64 index);
void readahead_sequential(struct mapping *mapping, u64 index);

#endif
