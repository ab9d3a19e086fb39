/* The UART and the finisher. */
#include "devices/finisher_regs.h"
#include "devices/uart16550_regs.h"
#include "firmware/firmware.h"

static volatile uint8_t *const uart = (volatile uint8_t *)MEMMAP_UART;

void console_init(void)
{
	uart[UART_IER] = 0;
	uart[UART_LCR] = 3; /* 8 bits, no parity, one stop bit */
	uart[UART_FCR] = UART_FCR_ENABLE;
}

void console_putchar(uint8_t byte)
{
	while (!(uart[UART_LSR] & UART_LSR_THRE))
		;
	uart[UART_THR] = byte;
}

int console_getchar(void)
{
	return uart[UART_LSR] & UART_LSR_DR ? uart[UART_RBR] : -1;
}

void console_puts(const char *s)
{
	while (*s)
		console_putchar((uint8_t)*s++);
}

void console_puthex(uint64_t value)
{
	int shift = 60;

	while (shift > 0 && !(value >> shift))
		shift -= 4;
	console_puts("0x");
	for (; shift >= 0; shift -= 4) {
		unsigned digit = value >> shift & 15;
		console_putchar((uint8_t)(digit < 10 ? '0' + digit : 'a' + digit - 10));
	}
}

void finish(uint32_t command)
{
	*(volatile uint32_t *)(MEMMAP_FINISHER + FINISHER_CONTROL) = command;
	for (;;)
		__asm__ volatile("wfi");
}
