#include "devices/virtio_console.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "devices/virtio_mmio.h"

#define BUFFER_BYTES 4096
#define CHAIN_MAX    (UINT64_C(4) << 20) /* a longer transmission breaks the protocol */

/* Control messages that wait for a buffer of the guest's, one bit each, sent in this order. */
enum { SEND_ADD = 1, SEND_CONSOLE = 2, SEND_RESIZE = 4, SEND_NAME = 8, SEND_OPEN = 16 };

struct port_state {
	uint64_t sent;	    /* bytes of the chain at tx_head that the host accepted */
	uint32_t tx_head;   /* valid while tx_waiting */
	uint8_t tx_waiting; /* the host took only part of a chain */
	uint8_t to_send;    /* SEND_ bits */
	uint8_t guest_open;
	uint8_t input_ended; /* the host's input came to its end */
	uint8_t output_gone; /* the host's reader is gone */
	uint8_t announced;   /* the guest has been told that our side is open */
	uint8_t pad[2];
};

struct virtio_console {
	struct virtio virtio;
	struct virtio_console_config config;
	struct port_state port[VIRTIO_CONSOLE_PORTS];
	uint16_t cols, rows;
	uint8_t buffer[BUFFER_BYTES];
};

static struct virtio_console *console_of(const struct virtio *virtio)
{
	return (struct virtio_console *)virtio;
}

static bool multiport(const struct virtio_console *c)
{
	return virtio_has(&c->virtio, VIRTIO_CONSOLE_F_MULTIPORT);
}

static bool host_open(const struct port_state *p)
{
	return !p->input_ended && !p->output_gone;
}

/* Build the message for one SEND_ bit; returns its length. */
static size_t control_message(const struct virtio_console *c, unsigned port, unsigned which,
			      uint8_t *buf)
{
	uint32_t id = port;
	uint16_t event = VIRTIO_CONSOLE_PORT_ADD, value = 1;
	size_t extra = 0;

	switch (which) {
	case SEND_CONSOLE:
		event = VIRTIO_CONSOLE_CONSOLE_PORT;
		break;
	case SEND_RESIZE:
		event = VIRTIO_CONSOLE_RESIZE;
		memcpy(buf + VIRTIO_CONSOLE_CONTROL_BYTES, &c->cols, 2);
		memcpy(buf + VIRTIO_CONSOLE_CONTROL_BYTES + 2, &c->rows, 2);
		extra = 4;
		break;
	case SEND_NAME:
		event = VIRTIO_CONSOLE_PORT_NAME;
		extra = strlen(c->config.port[port].name);
		memcpy(buf + VIRTIO_CONSOLE_CONTROL_BYTES, c->config.port[port].name, extra);
		break;
	case SEND_OPEN:
		event = VIRTIO_CONSOLE_PORT_OPEN;
		value = host_open(&c->port[port]);
		break;
	}
	memcpy(buf, &id, 4);
	memcpy(buf + 4, &event, 2);
	memcpy(buf + 6, &value, 2);
	return VIRTIO_CONSOLE_CONTROL_BYTES + extra;
}

/* Send what waits, as far as the guest has posted buffers.  A message that does not fit into its
 * buffer is dropped. */
static void control_flush(struct virtio_console *c)
{
	struct virtio_chain chain;
	uint8_t message[VIRTIO_CONSOLE_CONTROL_BYTES + VIRTIO_CONSOLE_NAME_MAX + 1];

	if (!multiport(c))
		return;
	for (unsigned port = 0; port < c->config.ports; port++) {
		struct port_state *p = &c->port[port];
		while (p->to_send) {
			unsigned which = p->to_send & -p->to_send;
			size_t bytes;
			if (!virtio_pop(&c->virtio, VIRTIO_CONSOLE_CONTROL_RECEIVEQ, &chain))
				return;
			p->to_send &= ~which;
			bytes = control_message(c, port, which, message);
			if (which == SEND_OPEN)
				p->announced = host_open(p);
			if (!virtio_chain_write(&c->virtio, &chain, 0, message, bytes))
				bytes = 0;
			virtio_push(&c->virtio, VIRTIO_CONSOLE_CONTROL_RECEIVEQ, chain.head,
				    (uint32_t)bytes);
		}
	}
}

static void control_send(struct virtio_console *c, unsigned port, unsigned which)
{
	c->port[port].to_send |= which;
	control_flush(c);
}

/* May input be given to the guest now?  Before it has heard that our side is open, it would take
 * data for an error. */
static bool input_flows(const struct virtio_console *c, unsigned port)
{
	const struct port_state *p = &c->port[port];

	if (!c->config.input || p->input_ended)
		return false;
	return !multiport(c) || (p->guest_open && p->announced && !(p->to_send & SEND_OPEN));
}

static void receive(struct virtio_console *c, unsigned port)
{
	unsigned queue = VIRTIO_CONSOLE_RECEIVEQ(port);
	struct virtio_chain chain;

	for (unsigned n = 0; n < VIRTIO_QUEUE_MAX && input_flows(c, port); n++) {
		size_t room;
		ssize_t got;
		if (!virtio_peek(&c->virtio, queue, &chain))
			return;
		room = chain.writable_bytes < BUFFER_BYTES ? (size_t)chain.writable_bytes
							   : BUFFER_BYTES;
		got = room ? c->config.input(c->config.ctx, port, c->buffer, room) : 0;
		if (got < 0) {
			c->port[port].input_ended = 1;
			control_send(c, port, SEND_OPEN);
			return;
		}
		if (got == 0 && room)
			return;
		if (!virtio_pop(&c->virtio, queue, &chain))
			return;
		if (!virtio_chain_write(&c->virtio, &chain, 0, c->buffer, (size_t)got)) {
			virtio_break(&c->virtio); /* input is lost: never in silence */
			return;
		}
		virtio_push(&c->virtio, queue, chain.head, (uint32_t)got);
	}
}

/* Send the rest of a chain.  False: the host takes no more for now. */
static bool transmit_chain(struct virtio_console *c, unsigned port,
			   const struct virtio_chain *chain)
{
	struct port_state *p = &c->port[port];

	while (p->sent < chain->readable_bytes && !p->output_gone) {
		uint64_t rest = chain->readable_bytes - p->sent;
		size_t n = rest < BUFFER_BYTES ? (size_t)rest : BUFFER_BYTES;
		ssize_t taken;
		if (!virtio_chain_read(&c->virtio, chain, p->sent, c->buffer, n))
			return true; /* a buffer outside RAM ends the transmission */
		taken = c->config.output(c->config.ctx, port, c->buffer, n);
		if (taken < 0) {
			p->output_gone = 1;
			control_send(c, port, SEND_OPEN);
			return true;
		}
		p->sent += (size_t)taken < n ? (size_t)taken : n;
		if ((size_t)taken < n)
			return false;
	}
	return true;
}

static void transmit(struct virtio_console *c, unsigned port)
{
	unsigned queue = VIRTIO_CONSOLE_TRANSMITQ(port);
	struct port_state *p = &c->port[port];
	struct virtio_chain chain;

	for (unsigned n = 0; n < VIRTIO_QUEUE_MAX; n++) {
		if (p->tx_waiting) {
			if (!virtio_chain_at(&c->virtio, queue, (uint16_t)p->tx_head, &chain))
				return;
		} else {
			if (!virtio_pop(&c->virtio, queue, &chain))
				return;
			p->sent = 0;
		}
		if (chain.readable_bytes > CHAIN_MAX) {
			virtio_break(&c->virtio);
			return;
		}
		p->tx_head = chain.head;
		p->tx_waiting = !transmit_chain(c, port, &chain);
		if (p->tx_waiting)
			return;
		virtio_push(&c->virtio, queue, chain.head, 0);
	}
}

static void port_opened(struct virtio_console *c, unsigned port, bool open)
{
	c->port[port].guest_open = open;
	if (c->config.opened)
		c->config.opened(c->config.ctx, port, open);
	if (open)
		receive(c, port);
}

static void port_ready(struct virtio_console *c, unsigned port)
{
	unsigned which = SEND_OPEN;

	if (c->config.port[port].console)
		which |= SEND_CONSOLE | (c->cols || c->rows ? SEND_RESIZE : 0);
	if (c->config.port[port].name[0])
		which |= SEND_NAME;
	control_send(c, port, which);
}

static void control_received(struct virtio_console *c, const uint8_t *message)
{
	uint32_t id;
	uint16_t event, value;

	memcpy(&id, message, 4);
	memcpy(&event, message + 4, 2);
	memcpy(&value, message + 6, 2);
	if (event == VIRTIO_CONSOLE_DEVICE_READY && value) {
		for (unsigned port = 0; port < c->config.ports; port++)
			c->port[port].to_send |= SEND_ADD;
		control_flush(c);
		return;
	}
	if (id >= c->config.ports)
		return;
	if (event == VIRTIO_CONSOLE_PORT_READY && value)
		port_ready(c, id);
	else if (event == VIRTIO_CONSOLE_PORT_OPEN)
		port_opened(c, id, value);
}

static void control_notified(struct virtio_console *c)
{
	struct virtio_chain chain;
	uint8_t message[VIRTIO_CONSOLE_CONTROL_BYTES];

	for (unsigned n = 0; n < VIRTIO_QUEUE_MAX; n++) {
		bool whole;
		if (!virtio_pop(&c->virtio, VIRTIO_CONSOLE_CONTROL_TRANSMITQ, &chain))
			return;
		whole = virtio_chain_read(&c->virtio, &chain, 0, message, sizeof(message));
		virtio_push(&c->virtio, VIRTIO_CONSOLE_CONTROL_TRANSMITQ, chain.head, 0);
		if (whole)
			control_received(c, message);
	}
}

/* Whose queue this is, unless it is one of the two for control. */
static unsigned port_of_queue(unsigned queue)
{
	return queue < 2 ? 0 : queue / 2 - 1;
}

static void console_notify(struct virtio *v, unsigned queue)
{
	struct virtio_console *c = console_of(v);
	unsigned port = port_of_queue(queue);

	if (queue == VIRTIO_CONSOLE_CONTROL_RECEIVEQ) {
		control_flush(c);
		for (port = 0; port < c->config.ports; port++)
			receive(c, port); /* what waited for the announcement */
	} else if (queue == VIRTIO_CONSOLE_CONTROL_TRANSMITQ) {
		if (multiport(c))
			control_notified(c);
	} else if (port < c->config.ports && (port == 0 || multiport(c))) {
		if (queue % 2)
			transmit(c, port);
		else
			receive(c, port);
	}
}

/* A transmission that the host took part of is over: the rest was the driver's. */
static void console_queue_stopped(struct virtio *v, unsigned queue)
{
	if (queue % 2 && queue != VIRTIO_CONSOLE_CONTROL_TRANSMITQ)
		console_of(v)->port[port_of_queue(queue)].tx_waiting = 0;
}

static bool usable(const struct virtio_console *c, unsigned port)
{
	return port < c->config.ports && (port == 0 || multiport(c)) &&
	       (c->virtio.status & VIRTIO_STATUS_DRIVER_OK) &&
	       !(c->virtio.status & VIRTIO_STATUS_NEEDS_RESET);
}

void virtio_console_poll(struct device *device, unsigned port)
{
	struct virtio_console *c = (struct virtio_console *)device;

	if (!usable(c, port))
		return;
	if (c->port[port].tx_waiting)
		transmit(c, port);
	receive(c, port);
}

bool virtio_console_wants_input(const struct device *device, unsigned port)
{
	const struct virtio_console *c = (const struct virtio_console *)device;
	const struct virtq *q;
	uint16_t available;

	if (!usable(c, port) || !input_flows(c, port))
		return false;
	q = &c->virtio.queue[VIRTIO_CONSOLE_RECEIVEQ(port)];
	return q->ready &&
	       device->host->dma_read(device->host->ctx, q->driver + VIRTQ_AVAIL_IDX, &available,
				      2) &&
	       available != q->last_avail;
}

void virtio_console_resize(struct device *device, uint16_t cols, uint16_t rows)
{
	struct virtio_console *c = (struct virtio_console *)device;

	if (c->cols == cols && c->rows == rows)
		return;
	c->cols = cols;
	c->rows = rows;
	virtio_config_changed(&c->virtio);
	for (unsigned port = 0; port < c->config.ports; port++)
		if (usable(c, port) && c->config.port[port].console && c->port[port].guest_open)
			control_send(c, port, SEND_RESIZE);
}

static void console_config_read(struct virtio *v, unsigned offset, void *buf, unsigned bytes)
{
	struct virtio_console *c = console_of(v);
	uint8_t config[VIRTIO_CONSOLE_CFG_BYTES] = { 0 };
	uint32_t ports = c->config.ports;

	memcpy(config + VIRTIO_CONSOLE_CFG_COLS, &c->cols, 2);
	memcpy(config + VIRTIO_CONSOLE_CFG_ROWS, &c->rows, 2);
	memcpy(config + VIRTIO_CONSOLE_CFG_MAX_NR_PORTS, &ports, 4);
	memcpy(buf, config + offset, bytes);
}

/* Section 5.3.6.1: a byte for the first port, before any queue works. */
static void console_config_write(struct virtio *v, unsigned offset, const void *buf, unsigned bytes)
{
	struct virtio_console *c = console_of(v);

	(void)bytes;
	if (offset == VIRTIO_CONSOLE_CFG_EMERG_WR && !c->port[0].output_gone)
		c->config.output(c->config.ctx, 0, buf, 1);
}

/* The guest's side closes; what became of the host's side stays. */
static void console_reset(struct virtio *v)
{
	struct virtio_console *c = console_of(v);

	for (unsigned port = 0; port < VIRTIO_CONSOLE_PORTS; port++) {
		struct port_state *p = &c->port[port];
		bool was_open = p->guest_open;
		*p = (struct port_state){ .input_ended = p->input_ended,
					  .output_gone = p->output_gone };
		if (was_open && c->config.opened)
			c->config.opened(c->config.ctx, port, false);
	}
}

static void console_save(const struct virtio *v, struct state_out *out)
{
	const struct virtio_console *c = console_of(v);

	state_put(out, c->port, sizeof(c->port));
	state_put(out, &c->cols, sizeof(c->cols));
	state_put(out, &c->rows, sizeof(c->rows));
}

static bool console_load(struct virtio *v, struct state_in *in)
{
	struct virtio_console *c = console_of(v);

	state_get(in, c->port, sizeof(c->port));
	state_get(in, &c->cols, sizeof(c->cols));
	state_get(in, &c->rows, sizeof(c->rows));
	return !in->failed;
}

static const struct virtio_backend console_backend = {
	.device_id = VIRTIO_ID_CONSOLE,
	.queues = 2 + 2 * VIRTIO_CONSOLE_PORTS,
	.notify = console_notify,
	.queue_stopped = console_queue_stopped,
	.config_bytes = VIRTIO_CONSOLE_CFG_BYTES,
	.config_read = console_config_read,
	.config_write = console_config_write,
	.reset = console_reset,
	.save = console_save,
	.load = console_load,
};

struct device *virtio_console_create(const struct device_host *host, struct irq_line irq,
				     const struct virtio_console_config *config)
{
	uint64_t features = UINT64_C(1) << VIRTIO_CONSOLE_F_MULTIPORT |
			    UINT64_C(1) << VIRTIO_CONSOLE_F_EMERG_WRITE;
	struct virtio_console *c;

	assert(config->ports >= 1 && config->ports <= VIRTIO_CONSOLE_PORTS);
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	if (config->cols || config->rows)
		features |= UINT64_C(1) << VIRTIO_CONSOLE_F_SIZE;
	virtio_init(&c->virtio, host, irq, &console_backend, features);
	c->config = *config;
	c->cols = config->cols;
	c->rows = config->rows;
	return &c->virtio.device;
}
