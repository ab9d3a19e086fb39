/*
 * virtio console with ports (virtio 1.1 section 5.3): byte streams to the host, and a line below the
 * terminal.  Received bytes stay in the device's buffers until somebody takes them, which holds the
 * host back by itself.
 */
#include "device.h"
#include "virtio.h"

#define F_SIZE	    1ul
#define F_MULTIPORT 2ul

#define PORTS		4u
#define BUFFERS		2u
#define BUFFER_BYTES	2048u
#define CONTROL_BUFFERS 4u
#define CONTROL_BYTES	64u
#define PROBE_TICKS	(TICKS_PER_SECOND / 50)

enum { DEVICE_READY, PORT_ADD, PORT_REMOVE, PORT_READY, CONSOLE_PORT, RESIZE, PORT_OPEN };

struct control {
	u32 id;
	u16 event, value;
	u16 columns, rows; /* of RESIZE */
};
#define CONTROL_HEADER 8

struct buffer {
	struct port *port;
	char *data;
	u32 bytes, used; /* received, and taken of that */
	u32 copying;	 /* readers that are at it */
	bool busy;	 /* with the device (transmission) */
};

struct port {
	bool exists, open, was_open;
	struct tty *tty; /* whose input this is */
	struct virtq *in, *out;
	struct buffer received[BUFFERS], sending[BUFFERS];
	struct buffer *filled[BUFFERS]; /* in the order of arrival */
	u32 nfilled;
};

static struct virtio_device *console;
static struct virtq *control_in, *control_out;
static struct port ports[PORTS];
static u32 tty_in, tty_out;

static void give_back(struct buffer *buffer)
{
	struct virtq_buffer entry = { buffer->data, BUFFER_BYTES, true };

	buffer->bytes = buffer->used = 0;
	virtq_add(buffer->port->in, &entry, 1, buffer);
	virtq_kick(buffer->port->in);
}

static void give_back_control(char *buffer)
{
	struct virtq_buffer entry = { buffer, CONTROL_BYTES, true };

	virtq_add(control_in, &entry, 1, buffer);
	virtq_kick(control_in);
}

static void send_control(u32 id, u16 event, u16 value)
{
	struct control *message;
	struct virtq_buffer entry;
	void *done;

	while ((done = virtq_take(control_out, NULL)))
		kfree(done);
	message = kmalloc(sizeof(*message));
	if (!message)
		return;
	*message = (struct control){ .id = id, .event = event, .value = value };
	entry = (struct virtq_buffer){ message, CONTROL_HEADER, false };
	if (!virtq_add(control_out, &entry, 1, message))
		kfree(message);
	virtq_kick(control_out);
}

static void wake_port(struct port *port)
{
	wakeup(port);
	poll_wakeup();
}

static void add_port(struct port *port)
{
	char *page;

	if (port->exists || !port->in || !port->out)
		return;
	page = kpage_alloc();
	if (!page)
		return;
	port->exists = true;
	for (u32 i = 0; i < BUFFERS; i++) {
		port->received[i] =
			(struct buffer){ .port = port, .data = page + i * BUFFER_BYTES };
		give_back(&port->received[i]);
	}
	send_control(port - ports, PORT_READY, 1);
	send_control(port - ports, PORT_OPEN, 1);
}

static void open_changed(struct port *port, bool open)
{
	port->open = open;
	port->was_open |= open;
	if (!open && port->tty && !port->nfilled)
		tty_hangup(port->tty);
	wake_port(port);
}

static void control_received(const struct control *message, u32 bytes)
{
	struct port *port = &ports[message->id % PORTS];

	if (bytes < CONTROL_HEADER || message->id >= PORTS)
		return;
	switch (message->event) {
	case PORT_ADD:
		add_port(port);
		break;
	case PORT_OPEN:
		open_changed(port, message->value);
		break;
	case RESIZE:
		if (bytes >= sizeof(*message) && message->columns && message->rows)
			tty_resize(&port_tty, message->columns, message->rows);
		break;
	}
}

/* Hand received bytes to the terminal, as far as it takes them. */
static void feed_tty(struct port *port)
{
	while (port->tty && port->nfilled) {
		struct buffer *buffer = port->filled[0];

		buffer->used += tty_input(port->tty, buffer->data + buffer->used,
					  buffer->bytes - buffer->used);
		if (buffer->used < buffer->bytes)
			return;
		port->filled[0] = port->filled[1];
		port->nfilled--;
		give_back(buffer);
	}
	if (port->tty && port->was_open && !port->open)
		tty_hangup(port->tty);
}

static void port_interrupt(struct port *port)
{
	struct buffer *buffer;
	bool changed = false;
	u32 bytes;

	while ((buffer = virtq_take(port->in, &bytes))) {
		buffer->bytes = min_u64(bytes, BUFFER_BYTES);
		port->filled[port->nfilled++] = buffer;
		changed = true;
	}
	if (changed)
		feed_tty(port);
	while ((buffer = virtq_take(port->out, NULL))) {
		buffer->busy = false;
		changed = true;
	}
	if (changed)
		wake_port(port);
	if (changed && tty_attached(&port_tty) && port == &ports[tty_out])
		tty_writable(&port_tty);
}

static void control_interrupt(void)
{
	char *message;
	u32 bytes;

	while ((message = virtq_take(control_in, &bytes))) {
		control_received((struct control *)message, bytes);
		give_back_control(message);
	}
}

static void interrupt(struct virtio_device *device)
{
	(void)device;
	control_interrupt();
	for (u32 i = 0; i < PORTS; i++)
		if (ports[i].exists)
			port_interrupt(&ports[i]);
}

/* ---- sending ---- */

static struct buffer *free_buffer(struct port *port)
{
	for (u32 i = 0; i < BUFFERS; i++)
		if (!port->sending[i].busy)
			return &port->sending[i];
	return NULL;
}

/* Memory to send from, before anybody waits for it. */
static bool ready_to_send(struct port *port)
{
	char *page = port->sending[0].data ? NULL : kpage_alloc();

	for (u32 i = 0; page && i < BUFFERS; i++)
		port->sending[i].data = page + i * BUFFER_BYTES;
	return port->sending[0].data != NULL;
}

/* Puts at most a buffer's worth on the way; 0: no buffer is free. */
static size_t port_send(struct port *port, const char *data, size_t bytes)
{
	struct buffer *buffer = free_buffer(port);
	struct virtq_buffer entry;

	if (!buffer)
		port_interrupt(port); /* perhaps the device has finished one meanwhile */
	buffer = free_buffer(port);
	if (!buffer)
		return 0;
	bytes = min_u64(bytes, BUFFER_BYTES);
	memcpy(buffer->data, data, bytes);
	buffer->busy = true;
	entry = (struct virtq_buffer){ buffer->data, bytes, false };
	virtq_add(port->out, &entry, 1, buffer);
	virtq_kick(port->out);
	return bytes;
}

/* ---- the terminal's line ---- */

static size_t tty_line_send(struct tty *tty, const char *data, size_t bytes)
{
	struct port *port = &ports[tty_out];

	(void)tty;
	return port->was_open && !port->open ? bytes : port_send(port, data, bytes);
}

static void tty_line_receive(struct tty *tty)
{
	(void)tty;
	feed_tty(&ports[tty_in]);
}

static const struct line_ops port_line = { .send = tty_line_send, .receive = tty_line_receive };

bool port_exists(u32 port)
{
	return port < PORTS && ports[port].exists;
}

void port_make_tty(u32 input, u32 output)
{
	if (!port_exists(input) || !port_exists(output) || !ready_to_send(&ports[output]))
		return;
	tty_in = input;
	tty_out = output;
	tty_attach(&port_tty, &port_line, DEV_HVC0);
	ports[input].tty = &port_tty;
	feed_tty(&ports[input]);
}

/* ---- ports as files ---- */

static s64 port_read(struct file *file, struct iter *to, s64 *pos)
{
	struct port *port = file->data;
	s64 done = 0;

	(void)pos;
	while (to->left && !port->nfilled) {
		port_interrupt(port);
		if (port->nfilled)
			break;
		if (port->was_open && !port->open)
			return 0;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		if (sleep_on(port, true))
			return -ERESTARTSYS;
	}
	while (to->left && port->nfilled) {
		struct buffer *buffer = port->filled[0];
		size_t left = to->left, n = min_u64(left, buffer->bytes - buffer->used);
		int error;

		/* Copying may sleep, and another reader may come: what it copies is taken first. */
		buffer->used += n;
		if (buffer->used == buffer->bytes) {
			port->filled[0] = port->filled[1];
			port->nfilled--;
		}
		buffer->copying++;
		error = iter_put(to, buffer->data + buffer->used - n, n);
		if (--buffer->copying == 0 && buffer->used == buffer->bytes)
			give_back(buffer);
		done += left - to->left;
		if (error)
			return done ? done : error;
	}
	return done;
}

static int port_gone(const void *device)
{
	const struct port *port = device;

	return port->was_open && !port->open ? -EPIPE : 0;
}

static size_t port_take(void *device, const char *data, size_t bytes)
{
	return port_send(device, data, bytes);
}

static s64 port_write(struct file *file, struct iter *from, s64 *pos)
{
	s64 done = device_write(file, from, file->data, port_take, port_gone);

	(void)pos;
	if (done == -EPIPE)
		signal_send(current, SIGPIPE);
	return done;
}

static unsigned port_poll(struct file *file)
{
	struct port *port = file->data;
	bool closed = port->was_open && !port->open;

	port_interrupt(port);
	return (port->nfilled || closed ? POLL_IN : 0) | (free_buffer(port) ? POLL_OUT : 0) |
	       (closed ? POLL_HUP : 0);
}

static const struct file_ops port_fops = { .read = port_read,
					   .write = port_write,
					   .poll = port_poll };

int port_open(u32 number, struct inode *inode, int flags, struct file **file)
{
	if (!port_exists(number))
		return -ENXIO;
	if ((flags & O_ACCMODE) != O_RDONLY && !ready_to_send(&ports[number]))
		return -ENOMEM;
	*file = file_new(&port_fops, inode, flags);
	if (!*file)
		return -ENOMEM;
	(*file)->data = &ports[number];
	return 0;
}

static bool sending(void)
{
	for (u32 i = 0; i < PORTS; i++) {
		if (ports[i].exists && ports[i].open)
			port_interrupt(&ports[i]);
		for (u32 k = 0; k < BUFFERS; k++)
			if (ports[i].open && ports[i].sending[k].busy)
				return true;
	}
	return false;
}

/* Until all that was written has reached the host. */
void port_drain(void)
{
	bool timed_out;

	while (sending())
		sleep_until(ports, false, time_now() + TICKS_PER_SECOND / 100, &timed_out);
}

/* ---- start ---- */

static bool make_queues(struct virtio_device *device, u32 nports)
{
	control_in = virtio_queue(device, 2, CONTROL_BUFFERS);
	control_out = virtio_queue(device, 3, 16);
	for (u32 i = 0; i < nports; i++) {
		ports[i].in = virtio_queue(device, i ? 2 * i + 2 : 0, BUFFERS);
		ports[i].out = virtio_queue(device, i ? 2 * i + 3 : 1, BUFFERS);
		for (u32 k = 0; k < BUFFERS; k++)
			ports[i].sending[k].port = &ports[i];
	}
	return control_in && control_out;
}

static bool settled(u32 nports)
{
	for (u32 i = 0; i < nports; i++)
		if (!ports[i].was_open)
			return false;
	return true;
}

void virtio_console_probe(struct virtio_device *device)
{
	u64 deadline = time_now() + PROBE_TICKS;
	u32 nports;
	char *buffers;

	if (console || virtio_start(device, F_SIZE | F_MULTIPORT) ||
	    !(device->features & F_MULTIPORT))
		return;
	nports = min_u64(virtio_config_u32(device, 4), 3);
	buffers = kmalloc(CONTROL_BUFFERS * CONTROL_BYTES);
	if (!buffers || !make_queues(device, nports))
		return;
	console = device;
	device->interrupt = interrupt;
	virtio_ready(device);
	for (u32 i = 0; i < CONTROL_BUFFERS; i++)
		give_back_control(buffers + i * CONTROL_BYTES);
	send_control(0, DEVICE_READY, 1);
	while (!settled(nports) && time_now() < deadline)
		control_interrupt();
	if ((device->features & F_SIZE) && virtio_config_u16(device, 0))
		tty_resize(&port_tty, virtio_config_u16(device, 0), virtio_config_u16(device, 2));
}
