/*
 * libsv39: the RISC-V page-table walk, an architectural TLB and physical memory protection.
 *
 * What this is: all headers of the library at once, also for C++.  See libsv39(3).
 */
#ifndef SV39_H
#define SV39_H

#ifdef __cplusplus
extern "C" {
#endif

#include "mmu/walk.h"
#include "mmu/tlb.h"
#include "mmu/pmp.h"

#ifdef __cplusplus
}
#endif

#endif
