/* Every device of the board, its wires, and the host behind it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices/clint.h"
#include "devices/finisher.h"
#include "devices/plic.h"
#include "devices/rtc_goldfish.h"
#include "devices/uart16550.h"
#include "devices/virtio_blk.h"
#include "devices/virtio_console.h"
#include "devices/virtio_mmio.h"
#include "devices/virtio_rng.h"
#include "emu/machine_private.h"
#include "emu/rom.h"

/* ---- What devices may ask of the machine ---- */

static bool host_dma_read(void *ctx, uint64_t pa, void *buf, size_t bytes)
{
	struct machine *m = ctx;

	if (!ram_holds(&m->ram, pa, bytes))
		return false;
	memcpy(buf, ram_at(&m->ram, pa), bytes);
	return true;
}

static bool host_dma_write(void *ctx, uint64_t pa, const void *buf, size_t bytes)
{
	struct machine *m = ctx;
	bool code = false;

	if (!ram_holds(&m->ram, pa, bytes))
		return false;
	if (!bytes)
		return true;
	memcpy(ram_at(&m->ram, pa), buf, bytes);
	for (uint64_t f = ram_frame(&m->ram, pa); f <= ram_frame(&m->ram, pa + bytes - 1); f++) {
		code |= m->ram.frame_flags[f] & FRAME_FLAG_CODE;
		m->ram.touched[f] = 1;
	}
	for (unsigned h = 0; h < m->config.nharts; h++) {
		if (code)
			hart_code_written(m->hart[h], pa, bytes);
		hart_break_reservation(m->hart[h], pa, bytes);
	}
	return true;
}

static uint64_t host_now(void *ctx)
{
	return machine_now_ns(ctx);
}

/* The hart that runs was given instructions up to run_until_ns: call it back for what is nearer. */
static void host_deadline_changed(void *ctx, struct device *device)
{
	struct machine *m = ctx;
	struct machine_private *p = m->private;

	if (p->running && device->deadline_ns < p->run_until_ns)
		hart_request_poll(m->hart[p->current]);
}

/* ---- Wires ---- */

/* The number of a wire into a hart: 64 * hart + the bit of mip. */
static void hart_wire(void *ctx, unsigned number, bool level)
{
	struct machine *m = ctx;

	hart_set_irq(m->hart[number / 64], number % 64, level);
}

static struct irq_line wire(struct machine *m, unsigned hart, unsigned bit)
{
	return (struct irq_line){ .set = hart_wire, .ctx = m, .number = 64 * hart + bit };
}

/* A write to mtime moves every deadline that a hart keeps of its own. */
static void mtime_written(void *ctx)
{
	struct machine *m = ctx;

	if (m->private->running)
		hart_request_poll(m->hart[m->private->current]);
}

/* ---- Consoles ---- */

static ssize_t console_bytes(struct machine *m, unsigned fd, const uint8_t *bytes, size_t n)
{
	struct machine_private *p = m->private;
	ssize_t wrote = (ssize_t)n;

	if (!m->hooks.output || !m->hooks.output(m->hooks.ctx, fd, bytes, n))
		wrote = ports_write(&p->ports, (int)fd, bytes, n);
	/* A signal stops the hart when its budget is used up; who does nothing but write takes long. */
	if (p->end_wanted && p->running)
		hart_request_poll(m->hart[p->current]);
	return wrote;
}

static void uart_output(void *ctx, const uint8_t *bytes, size_t n)
{
	struct machine *m = ctx;
	ssize_t wrote = 0;

	switch (m->config.uart) {
	case CONSOLE_NONE:
		break;
	case CONSOLE_STDIO:
		wrote = console_bytes(m, 1, bytes, n);
		break;
	case CONSOLE_STDERR:
		console_bytes(m, 2, bytes, n);
		break;
	case CONSOLE_FILE:
		wrote = ports_write(&m->private->ports, m->private->uart_fd, bytes, n);
		if (m->private->end_wanted)
			machine_request_stop(m);
		break;
	}
	if (wrote >= 0 || m->output_errno)
		return;
	m->output_errno = (int)-wrote;
	/* As a program's: who reads no more wants no more. */
	if (wrote == -EPIPE) {
		machine_request_end(m, SIGPIPE);
		machine_request_stop(m);
	}
}

/* A program that has HTIF may wait for its input there: the UART gets it if it asks by interrupt. */
static bool uart_listens(const struct machine_private *p)
{
	if (p->htif.state.getchar_waiting)
		return false;
	return uart16550_listens(p->uart) &&
	       (!p->htif.fromhost_pa || uart16550_interrupts(p->uart));
}

void machine_feed_uart(struct machine *m)
{
	struct machine_private *p = m->private;
	uint8_t byte;

	if (m->config.uart == CONSOLE_STDIO && uart_listens(p) &&
	    machine_input_take(m, &byte, 1) > 0)
		uart16550_input(p->uart, &byte, 1);
}

static void uart_room(void *ctx)
{
	machine_feed_uart(ctx);
}

static ssize_t port_output(void *ctx, unsigned port, const uint8_t *bytes, size_t n)
{
	struct machine *m = ctx;

	if (machine_output_gone(m, port))
		return -EPIPE;
	/* Port 0 is a terminal opened for reading and writing, or standard input: not written. */
	return machine_output_result(m, port, n,
				     console_bytes(m,
						   port	       ? port
						   : isatty(0) ? 0
							       : 1,
						   bytes, n));
}

static ssize_t port_input(void *ctx, unsigned port, uint8_t *buf, size_t max)
{
	return port == 0 ? machine_input_take(ctx, buf, max) : 0;
}

static void host_key(void *ctx, int key)
{
	struct machine *m = ctx;

	if (key == 'x')
		machine_request_end(m, 0);
	else if (key == 's' && m->hooks.status)
		m->hooks.status(m->hooks.ctx);
	else if (m->hooks.key)
		m->hooks.key(m->hooks.ctx, key);
}

static bool host_give_up(void *ctx)
{
	const struct machine *m = ctx;

	return m->private->end_wanted;
}

/* ---- The finisher ---- */

static void finish(void *ctx, enum finisher_action action, unsigned code)
{
	struct machine *m = ctx;
	struct machine_private *p = m->private;

	if (action == FINISH_RESET && !m->config.no_reboot) {
		p->reset_wanted = true;
	} else {
		m->end = END_FINISHER;
		m->exit_code = action == FINISH_FAIL ? (int)code : 0;
	}
	if (p->running)
		hart_request_poll(m->hart[p->current]);
}

/* ---- Disks ---- */

static void observe_disk(void *ctx, unsigned disk, uint64_t page, bool write)
{
	struct machine *m = ctx;
	struct event event = { .kind = EVENT_DISK };

	if (!event_wanted(&m->events, EVENT_DISK))
		return;
	event.hart = m->private->current;
	event.time_ns = machine_now_ns(m);
	event.disk.disk = disk;
	event.disk.page = page;
	event.disk.write = write;
	event_emit(&m->events, &event);
}

static struct page_store *open_store(const struct drive_config *drive, char *error,
				     unsigned error_bytes)
{
	enum page_store_mode mode = drive->read_only  ? PAGE_STORE_READ_ONLY
				    : drive->snapshot ? PAGE_STORE_SNAPSHOT
						      : PAGE_STORE_WRITE_THROUGH;
	struct page_store *store;
	int fd = drive->fd;

	if (fd < 0 && !drive->path) {
		store = page_store_anonymous(drive->bytes);
		if (!store)
			machine_refuse(error, error_bytes, "a disk of %llu MiB: %s",
				       (unsigned long long)(drive->bytes >> 20), strerror(errno));
		return store;
	}
	if (fd < 0)
		fd = open(drive->path,
			  (mode == PAGE_STORE_WRITE_THROUGH ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd >= 0 && drive->fd < 0 && mode == PAGE_STORE_WRITE_THROUGH && !page_store_lock(fd)) {
		machine_refuse(error, error_bytes, "%s: the image is in use already", drive->path);
		close(fd);
		return NULL;
	}
	store = fd < 0 ? NULL : page_store_open(fd, mode);
	if (!store) {
		machine_refuse(error, error_bytes, "%s: %s", drive->path ? drive->path : "disk",
			       strerror(errno));
		if (fd >= 0 && drive->fd < 0)
			close(fd);
	}
	return store;
}

/* ---- Putting it together ---- */

static bool own(struct machine *m, struct device *device, uint64_t base, uint64_t bytes)
{
	struct machine_private *p = m->private;

	if (!device)
		return false;
	p->device[p->ndevices++] = device;
	return bus_attach(&m->bus, device, base, bytes);
}

static bool own_slot(struct machine *m, struct device *device, unsigned slot)
{
	m->private->slot[slot] = device;
	if (device && m->config.virtio_legacy)
		virtio_make_legacy(device);
	return own(m, device, MEMMAP_VIRTIO + (uint64_t)slot * MEMMAP_VIRTIO_BYTES,
		   MEMMAP_VIRTIO_BYTES);
}

static struct irq_line slot_irq(struct machine *m, unsigned slot)
{
	return plic_input(m->private->plic, MEMMAP_VIRTIO_IRQ + slot);
}

/* Interrupt controllers first: the others' wires lead to them. */
static bool create_controllers(struct machine *m)
{
	struct machine_private *p = m->private;
	struct clint_config clint = { .harts = m->config.nharts,
				      .mtime_written = mtime_written,
				      .ctx = m };
	struct irq_line context[PLIC_MAX_CONTEXTS];

	for (unsigned h = 0; h < m->config.nharts; h++) {
		clint.msi[h] = wire(m, h, 3);
		clint.mti[h] = wire(m, h, 7);
		context[PLIC_CONTEXT_M(h)] = wire(m, h, 11);
		context[PLIC_CONTEXT_S(h)] = wire(m, h, 9);
	}
	p->clint = clint_create(&p->host, &clint);
	p->plic = plic_create(&p->host, 2 * m->config.nharts, context);
	return own(m, p->clint, MEMMAP_CLINT, MEMMAP_CLINT_BYTES) &&
	       own(m, p->plic, MEMMAP_PLIC, MEMMAP_PLIC_BYTES);
}

uint64_t machine_epoch_ns(const struct machine *m)
{
	if (m->config.host.epoch_ns)
		return m->config.host.epoch_ns;
	return MACHINE_EPOCH_SECONDS * 1000000000ull;
}

static bool create_board(struct machine *m)
{
	struct machine_private *p = m->private;
	struct rom_config rom = { 0 };
	struct finisher_host finisher = { .ctx = m, .finish = finish };
	struct uart_host uart = { .ctx = m, .output = uart_output, .room = uart_room };
	uint64_t epoch = machine_epoch_ns(m);

	p->rom = rom_create(&p->host, &rom);
	p->uart = uart16550_create(&p->host, plic_input(p->plic, MEMMAP_UART_IRQ), uart);
	return own(m, p->rom, MEMMAP_ROM, MEMMAP_ROM_BYTES) &&
	       own(m, finisher_create(&p->host, finisher), MEMMAP_FINISHER,
		   MEMMAP_FINISHER_BYTES) &&
	       own(m, rtc_goldfish_create(&p->host, plic_input(p->plic, MEMMAP_RTC_IRQ), epoch),
		   MEMMAP_RTC, MEMMAP_RTC_BYTES) &&
	       own(m, p->uart, MEMMAP_UART, MEMMAP_UART_BYTES);
}

/* The slot asked for, or the first free one; -1 when there is none. */
static int choose_slot(const struct machine *m, const bool reserved[MEMMAP_VIRTIO_SLOTS], int asked)
{
	if (asked >= 0)
		return asked < MEMMAP_VIRTIO_SLOTS && !m->private->slot[asked] ? asked : -1;
	for (int s = 0; s < MEMMAP_VIRTIO_SLOTS; s++)
		if (!m->private->slot[s] && !reserved[s])
			return s;
	return -1;
}

static bool create_disk(struct machine *m, unsigned index, const bool *reserved, char *error,
			unsigned error_bytes)
{
	struct machine_private *p = m->private;
	const struct drive_config *drive = &m->config.drive[index];
	struct machine_disk *disk = &p->disk[index];
	struct virtio_blk_config config = { .request_ns = drive->latency_request_ns,
					    .page_ns = drive->latency_page_ns,
					    .bad = drive->bad,
					    .disk = index,
					    .observe = observe_disk,
					    .ctx = m };
	int slot = choose_slot(m, reserved, drive->slot);

	if (slot < 0)
		return machine_refuse(error, error_bytes,
				      "no free virtio slot for a disk (slot %d asked for)",
				      drive->slot);
	disk->store = open_store(drive, error, error_bytes);
	if (!disk->store)
		return false;
	if (drive->power_cut)
		page_store_model_cache(disk->store);
	disk->slot = (unsigned)slot;
	config.store = disk->store;
	if (drive->id)
		strncpy(config.id, drive->id, sizeof(config.id) - 1);
	p->ndisks = index + 1;
	disk->device = virtio_blk_create(&p->host, slot_irq(m, disk->slot), &config);
	if (!own_slot(m, disk->device, disk->slot))
		return machine_refuse(error, error_bytes, "out of memory");
	return true;
}

static bool create_console(struct machine *m, int slot)
{
	struct machine_private *p = m->private;
	struct virtio_console_config config = {
		.ports = 3,
		.port = { { .name = "stdin", .console = true },
			  { .name = "stdout" },
			  { .name = "stderr" } },
		.cols = m->config.host.cols,
		.rows = m->config.host.rows,
		.ctx = m,
		.output = port_output,
		.input = port_input,
	};

	p->console = virtio_console_create(&p->host, slot_irq(m, (unsigned)slot), &config);
	return own_slot(m, p->console, (unsigned)slot);
}

static bool create_virtio(struct machine *m, char *error, unsigned error_bytes)
{
	struct machine_private *p = m->private;
	const struct machine_config *config = &m->config;
	bool reserved[MEMMAP_VIRTIO_SLOTS] = { false };

	for (unsigned i = 0; i < config->ndrives; i++)
		if (config->drive[i].slot >= 0 && config->drive[i].slot < MEMMAP_VIRTIO_SLOTS)
			reserved[config->drive[i].slot] = true;
	for (unsigned i = 0; i < config->ndrives; i++)
		if (!create_disk(m, i, reserved, error, error_bytes))
			return false;
	if (config->program_ports) {
		int slot = choose_slot(m, reserved, config->console_slot);

		if (slot < 0 || !create_console(m, slot))
			return machine_refuse(error, error_bytes, "no virtio slot for the console");
	}
	if (config->rng) {
		int slot = choose_slot(m, reserved, config->rng_slot);

		if (slot < 0 || !own_slot(m,
					  virtio_rng_create(&p->host, slot_irq(m, (unsigned)slot),
							    config->seed),
					  (unsigned)slot))
			return machine_refuse(error, error_bytes, "no virtio slot for virtio-rng");
	}
	for (unsigned s = 0; s < MEMMAP_VIRTIO_SLOTS; s++)
		if (!p->slot[s] && !own_slot(m, virtio_empty_create(&p->host), s))
			return machine_refuse(error, error_bytes, "out of memory");
	return true;
}

bool machine_devices_create(struct machine *m, char *error, unsigned error_bytes)
{
	struct machine_private *p = m->private;
	bool input = m->config.uart == CONSOLE_STDIO || m->config.program_ports;

	p->host = (struct device_host){ .ctx = m,
					.dma_read = host_dma_read,
					.dma_write = host_dma_write,
					.now_ns = host_now,
					.deadline_changed = host_deadline_changed };
	if (m->config.uart == CONSOLE_FILE) {
		p->uart_fd =
			open(m->config.uart_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (p->uart_fd < 0)
			return machine_refuse(error, error_bytes, "%s: %s", m->config.uart_path,
					      strerror(errno));
	}
	p->ports.ctx = m;
	p->ports.key = host_key;
	p->ports.give_up = host_give_up;
	if (!create_controllers(m) || !create_board(m))
		return machine_refuse(error, error_bytes, "out of memory");
	if (!create_virtio(m, error, error_bytes))
		return false;
	ports_open(&p->ports, input, m->config.escape, input, m->config.program_ports,
		   m->config.replay);
	return true;
}

void machine_devices_destroy(struct machine *m)
{
	struct machine_private *p = m->private;

	ports_close(&p->ports);
	free(p->input.bytes);
	for (unsigned i = 0; i < p->ndevices; i++)
		device_destroy(p->device[i]);
	for (unsigned i = 0; i < p->ndisks; i++)
		page_store_close(p->disk[i].store);
	if (p->uart_fd >= 0)
		close(p->uart_fd);
}

unsigned machine_ndisks(const struct machine *m)
{
	return m->private->ndisks;
}

struct disk_counters machine_disk(const struct machine *m, unsigned disk)
{
	const struct device *device = m->private->disk[disk].device;
	struct virtio_blk_stats stats = virtio_blk_stats(device);

	return (struct disk_counters){ .reads = stats.reads,
				       .writes = stats.writes,
				       .requests = stats.requests,
				       .flushes = stats.flushes,
				       .pages = virtio_blk_pages(device),
				       .busy_ns = stats.busy_ns };
}
