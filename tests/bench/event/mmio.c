/* A load from a device: the UART's line status. */
#include "event.h"

#define LOADS 4000000

int main(void)
{
	static uint8_t ram;
	volatile uint8_t *p = WITH_EVENT ? (volatile uint8_t *)0x10000005 : &ram;

	for (unsigned n = 0; n < LOADS; n++)
		(void)*p;
	bench_report("mmio", LOADS);
	return 0;
}
