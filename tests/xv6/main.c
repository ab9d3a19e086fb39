#include "tests/xv6/xv6.h"

void main(void);

volatile uint32 harts_started;
volatile int panicked;

static volatile int started;

void *memset(void *to, int c, uint64 n)
{
	uint64 *word = to, value = (uint8)c * 0x0101010101010101UL;

	if ((uint64)to % 8 == 0)
		for (; n >= 8; n -= 8)
			*word++ = value;
	for (uint8 *byte = (uint8 *)word; n; n--)
		*byte++ = (uint8)c;
	return to;
}

void *memcpy(void *to, const void *from, uint64 n)
{
	uint64 *word = to;
	const uint64 *source = from;

	if (((uint64)to | (uint64)from) % 8 == 0)
		for (; n >= 8; n -= 8)
			*word++ = *source++;
	for (uint8 *byte = (uint8 *)word, *at = (uint8 *)source; n; n--)
		*byte++ = *at++;
	return to;
}

void print(const char *text)
{
	while (*text)
		uartputc_sync(*text++);
}

void print_hex(uint64 value)
{
	for (int shift = 60; shift >= 0; shift -= 4)
		uartputc_sync("0123456789abcdef"[value >> shift & 15]);
}

void panic(const char *text)
{
	print("panic:");
	print(text);
	print("\n");
	panicked = 1;
	*(volatile uint32 *)FINISHER = 1 << 16 | 0x3333;
	for (;;)
		;
}

void main(void)
{
	if (cpuid() == 0) {
		uartinit();
		print("\nthe kernel is booting\n\n");
		kinit();
		kvminit();
		kvminithart();
		procinit();
		trapinithart();
		plicinit();
		plicinithart();
		virtio_disk_init();
		userinit();
		__sync_synchronize();
		started = 1;
	} else {
		while (!started)
			;
		__sync_synchronize();
		kvminithart();
		trapinithart();
		plicinithart();
	}
	__sync_fetch_and_or(&harts_started, 1u << cpuid());
	scheduler();
}
