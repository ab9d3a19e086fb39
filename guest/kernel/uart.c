/* The 16550 UART as a terminal's line: input by interrupt, output by polling. */
#include "device.h"
#include "fdt.h"
#include "virtio.h"

#define RBR	  0 /* receiver; transmitter when written */
#define IER	  1
#define IIR	  2 /* FIFO control when written */
#define LSR	  5
#define LSR_READY 0x01
#define LSR_EMPTY 0x20

static volatile u8 *uart;
static bool held; /* a byte that the terminal had no room for */
static char held_byte;

static void receive(struct tty *tty)
{
	while (held || (uart[LSR] & LSR_READY)) {
		char byte = held ? held_byte : (char)uart[RBR];

		held = tty_input(tty, &byte, 1) == 0;
		held_byte = byte;
		if (held)
			return;
	}
}

static void interrupt(void *arg)
{
	receive(arg);
	if (held)
		uart[IER] = 0; /* until somebody reads */
}

static void readable_again(struct tty *tty)
{
	if (!held)
		return;
	receive(tty);
	if (!held)
		uart[IER] = 1;
}

static size_t send(struct tty *tty, const char *data, size_t bytes)
{
	(void)tty;
	for (size_t i = 0; i < bytes; i++) {
		while (!(uart[LSR] & LSR_EMPTY))
			;
		uart[RBR] = data[i];
	}
	return bytes;
}

static const struct line_ops uart_line = { .send = send, .receive = readable_again };

void uart_init(void)
{
	int node = fdt_compatible(-1, "ns16550a");
	u64 pa, bytes;

	if (node < 0 || !fdt_reg(node, 0, &pa, &bytes))
		return;
	uart = map_device(pa, bytes);
	if ((uart[IIR] & 0xc0) != 0xc0)
		uart[IIR] = 1; /* FIFOs on; turning them on again would lose what has been typed */
	tty_attach(&uart_tty, &uart_line, DEV_TTYS0);
	irq_register(fdt_u32(node, "interrupts", 0), interrupt, &uart_tty);
	uart[IER] = 1;
}
