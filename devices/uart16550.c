#include "devices/uart16550.h"

#include <stdlib.h>
#include <string.h>

struct uart_state {
	uint8_t ier, fcr, lcr, mcr, scr, dll, dlm;
	uint8_t overrun;      /* LSR.OE, until LSR is read */
	uint8_t broken;	      /* LSR.BI likewise */
	uint8_t polls;	      /* reads of LSR in a row, up to POLLS_LISTEN, which stays */
	uint8_t looking;      /* LSR is just being read */
	uint8_t thri_pending; /* the transmitter went empty and IIR has not said so yet */
	uint8_t fifo[UART_FIFO_BYTES];
	uint8_t head, count; /* receive FIFO */
};

/*
 * So many reads of LSR without another access between mean that somebody waits for input by looking
 * there, and goes on doing so until a driver sets the chip up.  Fewer do not: drivers look once for
 * the transmitter, once to discard old input, and Linux's once more whether there is a chip.
 */
#define POLLS_LISTEN 3

/*
 * Who enables the receive interrupt gets the first byte no sooner than a line of 115200 baud could
 * bring it: drivers that look which chip they have switch it on for a moment, and empty the FIFO.
 */
#define FIRST_BYTE_NS 86806

struct uart16550 {
	struct device device;
	struct irq_line irq;
	struct uart_host uart;
	struct uart_state s;
};

static struct uart16550 *uart_of(const struct device *device)
{
	return (struct uart16550 *)device;
}

static unsigned fifo_capacity(const struct uart_state *s)
{
	return s->fcr & UART_FCR_ENABLE ? UART_FIFO_BYTES : 1;
}

static unsigned fifo_trigger(const struct uart_state *s)
{
	static const uint8_t level[4] = { 1, 4, 8, 14 };

	return s->fcr & UART_FCR_ENABLE ? level[s->fcr >> 6] : 1;
}

/*
 * Received data ask by a level, the empty transmitter by an edge, as on QEMU's board.  xv6 of 2022 counts on it: it
 * keeps that interrupt enabled, never reads IIR, and by a level would be interrupted for ever.
 */
static bool asks_to_send(const struct uart_state *s)
{
	return (s->ier & UART_IER_THRI) && s->thri_pending;
}

/* The interrupt of highest priority that is enabled and pending. */
static uint8_t interrupt_id(const struct uart_state *s)
{
	if ((s->ier & UART_IER_RLSI) && (s->overrun || s->broken))
		return UART_IIR_RLSI;
	if ((s->ier & UART_IER_RDI) && s->count >= fifo_trigger(s))
		return UART_IIR_RDI;
	/* The character time-out is taken as over at once: nobody waits below the trigger. */
	if ((s->ier & UART_IER_RDI) && s->count)
		return UART_IIR_CTI;
	return asks_to_send(s) ? UART_IIR_THRI : UART_IIR_NONE;
}

static void update(struct uart16550 *u)
{
	uint8_t id = interrupt_id(&u->s);

	irq_set(&u->irq, id != UART_IIR_NONE && id != UART_IIR_THRI);
	if (!asks_to_send(&u->s))
		irq_edge(&u->irq, false);
}

static void transmitter_empty(struct uart16550 *u)
{
	u->s.thri_pending = 1;
	if (asks_to_send(&u->s))
		irq_edge(&u->irq, true);
}

static void receive(struct uart_state *s, uint8_t byte)
{
	if (s->count >= fifo_capacity(s)) {
		s->overrun = 1;
		return;
	}
	s->fifo[(s->head + s->count) % UART_FIFO_BYTES] = byte;
	s->count++;
}

/* Input that waits outside may come now. */
static void room(struct uart16550 *u)
{
	if (u->uart.room && uart16550_listens(&u->device))
		u->uart.room(u->uart.ctx);
}

static uint8_t take(struct uart16550 *u)
{
	struct uart_state *s = &u->s;
	uint8_t byte;

	if (!s->count)
		return 0;
	byte = s->fifo[s->head];
	s->head = (s->head + 1) % UART_FIFO_BYTES;
	s->count--;
	room(u);
	return byte;
}

static uint8_t line_status(struct uart16550 *u)
{
	struct uart_state *s = &u->s;
	uint8_t lsr = UART_LSR_THRE | UART_LSR_TEMT;

	if (s->polls < POLLS_LISTEN)
		s->polls++;
	s->looking = 1;
	room(u);
	s->looking = 0;
	if (s->count)
		lsr |= UART_LSR_DR;
	if (s->overrun)
		lsr |= UART_LSR_OE;
	if (s->broken)
		lsr |= UART_LSR_BI;
	s->overrun = s->broken = 0;
	return lsr;
}

/* In loop-back the modem outputs come back as inputs; otherwise a terminal is always ready. */
static uint8_t modem_status(const struct uart_state *s)
{
	uint8_t msr = 0;

	if (!(s->mcr & UART_MCR_LOOP))
		return UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS;
	if (s->mcr & UART_MCR_RTS)
		msr |= UART_MSR_CTS;
	if (s->mcr & UART_MCR_DTR)
		msr |= UART_MSR_DSR;
	if (s->mcr & UART_MCR_OUT1)
		msr |= UART_MSR_RI;
	if (s->mcr & UART_MCR_OUT2)
		msr |= UART_MSR_DCD;
	return msr;
}

static uint8_t read_iir(struct uart_state *s)
{
	uint8_t id = interrupt_id(s);

	if (id == UART_IIR_THRI)
		s->thri_pending = 0; /* reading IIR answers this one */
	return id | (s->fcr & UART_FCR_ENABLE ? UART_IIR_FIFO : 0);
}

static uint64_t uart_read(struct device *device, uint64_t offset, unsigned bytes)
{
	struct uart16550 *u = uart_of(device);
	struct uart_state *s = &u->s;
	bool dlab = s->lcr & UART_LCR_DLAB;
	uint8_t value = 0;

	(void)bytes;
	if (offset != UART_LSR && s->polls < POLLS_LISTEN)
		s->polls = 0;
	switch (offset) {
	case UART_RBR:
		value = dlab ? s->dll : take(u);
		break;
	case UART_IER:
		value = dlab ? s->dlm : s->ier;
		break;
	case UART_IIR:
		value = read_iir(s);
		break;
	case UART_LCR:
		value = s->lcr;
		break;
	case UART_MCR:
		value = s->mcr;
		break;
	case UART_LSR:
		value = line_status(u);
		break;
	case UART_MSR:
		value = modem_status(s);
		break;
	case UART_SCR:
		value = s->scr;
		break;
	}
	update(u);
	return value;
}

static void write_thr(struct uart16550 *u, uint8_t byte)
{
	if (u->s.mcr & UART_MCR_LOOP)
		receive(&u->s, byte);
	else if (u->uart.output)
		u->uart.output(u->uart.ctx, &byte, 1);
	transmitter_empty(u); /* sent at once */
}

static void write_ier(struct uart16550 *u, uint8_t value)
{
	struct uart_state *s = &u->s;
	const struct device_host *host = u->device.host;
	bool starts;

	if ((value & ~s->ier) & UART_IER_RDI)
		device_set_deadline(&u->device, host->now_ns(host->ctx) + FIRST_BYTE_NS);
	else if (!(value & UART_IER_RDI))
		device_set_deadline(&u->device, DEVICE_NO_DEADLINE);
	/* Enabling the interrupt while the transmitter is empty raises it: drivers start with it. */
	starts = (value & ~s->ier) & UART_IER_THRI;
	s->ier = value & 0x0f;
	if (starts)
		transmitter_empty(u);
}

static void write_fcr(struct uart16550 *u, uint8_t value)
{
	struct uart_state *s = &u->s;
	bool toggled = (value ^ s->fcr) & UART_FCR_ENABLE;

	if (toggled || (value & UART_FCR_CLEAR_RX))
		s->head = s->count = s->broken = 0;
	if (value & UART_FCR_CLEAR_TX)
		transmitter_empty(u);
	s->fcr = value & UART_FCR_ENABLE ? value & (UART_FCR_ENABLE | UART_FCR_TRIGGER) : 0;
}

static void uart_write(struct device *device, uint64_t offset, unsigned bytes, uint64_t value64)
{
	struct uart16550 *u = uart_of(device);
	struct uart_state *s = &u->s;
	bool dlab = s->lcr & UART_LCR_DLAB;
	uint8_t value = (uint8_t)value64;

	(void)bytes;
	if (offset == UART_IER || offset == UART_FCR || s->polls < POLLS_LISTEN)
		s->polls = 0;
	switch (offset) {
	case UART_THR:
		if (dlab)
			s->dll = value;
		else
			write_thr(u, value);
		break;
	case UART_IER:
		if (dlab)
			s->dlm = value;
		else
			write_ier(u, value);
		break;
	case UART_FCR:
		write_fcr(u, value);
		break;
	case UART_LCR:
		s->lcr = value;
		break;
	case UART_MCR:
		s->mcr = value & 0x1f;
		break;
	case UART_SCR:
		s->scr = value;
		break;
	}
	room(u);
	update(u);
}

static void uart_tick(struct device *device, uint64_t now_ns)
{
	(void)now_ns;
	device_set_deadline(device, DEVICE_NO_DEADLINE);
	room(uart_of(device));
	update(uart_of(device));
}

bool uart16550_listens(const struct device *device)
{
	const struct uart_state *s = &uart_of(device)->s;

	if (s->mcr & UART_MCR_LOOP)
		return false;
	if (s->ier & UART_IER_RDI && device->deadline_ns == DEVICE_NO_DEADLINE)
		return s->count == 0;
	return s->count == 0 && s->looking && s->polls == POLLS_LISTEN;
}

bool uart16550_interrupts(const struct device *device)
{
	return uart_of(device)->s.ier & UART_IER_RDI;
}

size_t uart16550_input(struct device *device, const uint8_t *bytes, size_t n)
{
	struct uart16550 *u = uart_of(device);
	size_t done = 0;

	while (done < n && u->s.count < fifo_capacity(&u->s))
		receive(&u->s, bytes[done++]);
	update(u);
	return done;
}

void uart16550_break(struct device *device)
{
	struct uart16550 *u = uart_of(device);

	receive(&u->s, 0);
	u->s.broken = 1;
	update(u);
}

static void uart_reset(struct device *device)
{
	struct uart16550 *u = uart_of(device);

	memset(&u->s, 0, sizeof(u->s));
	u->s.dll = 12; /* 9600 baud of the usual clock; no meaning here */
	u->s.mcr = UART_MCR_OUT2;
	device_set_deadline(device, DEVICE_NO_DEADLINE);
	update(u);
}

static void uart_save(const struct device *device, struct state_out *out)
{
	state_put(out, &uart_of(device)->s, sizeof(struct uart_state));
}

static bool uart_load(struct device *device, struct state_in *in)
{
	struct uart16550 *u = uart_of(device);

	state_get(in, &u->s, sizeof(u->s));
	if (u->s.head >= UART_FIFO_BYTES || u->s.count > UART_FIFO_BYTES) {
		uart_reset(device);
		return false;
	}
	update(u);
	return !in->failed;
}

static void uart_destroy(struct device *device)
{
	free(uart_of(device));
}

static const struct device_ops uart_ops = {
	.name = "uart16550",
	.sizes = 1 | 2 | 4 | 8, /* as on QEMU: the register at that address, whatever the width */
	.read = uart_read,
	.write = uart_write,
	.tick = uart_tick,
	.reset = uart_reset,
	.save = uart_save,
	.load = uart_load,
	.destroy = uart_destroy,
};

struct device *uart16550_create(const struct device_host *host, struct irq_line irq,
				struct uart_host uart)
{
	struct uart16550 *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->device = (struct device){ .ops = &uart_ops,
				     .host = host,
				     .deadline_ns = DEVICE_NO_DEADLINE };
	u->irq = irq;
	u->uart = uart;
	uart_reset(&u->device);
	return &u->device;
}
