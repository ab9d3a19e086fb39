/* An interrupt that S-mode asks for itself: taken, cleared, and back. */
#include "event.h"

#define INTERRUPTS 2000000

NAKED void handler(void)
{
	asm("csrci sip, 2\n\t"
	    "sret");
}

int main(void)
{
	event_trap_to(handler);
	asm volatile("csrsi sie, 2\n\t"
		     "csrsi sstatus, 2");
	for (unsigned n = 0; n < INTERRUPTS; n++)
		asm volatile(EVENT("csrsi sip, 2")::: "memory");
	bench_report("interrupt", INTERRUPTS);
	return 0;
}
