/*
 * What one event costs: each program does many of one kind.  Built with PLAIN it does all that it does
 * beside them, and the time of that is subtracted.  It prints how many there were.
 */
#ifndef EVENT_H
#define EVENT_H

#include "tests/bench/bench.h"

#ifdef PLAIN
#define WITH_EVENT   0
#define EVENT(insns) "nop\n\t"
#else
#define WITH_EVENT   1
#define EVENT(insns) insns "\n\t"
#endif

#define LEAF	  0xcfull /* DA--XWRV */
#define LEAF_USER 0xdfull /* DA-UXWRV */

#define NAKED static __attribute__((naked, aligned(4096), section(".text.pages")))

static inline void event_trap_to(void (*handler)(void))
{
	asm volatile("csrw stvec, %0" ::"r"(handler));
}

#endif
