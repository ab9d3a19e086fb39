#include "emu/machine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "emu/machine_private.h"

/* Between one host page and what an Sv39 machine of today would have. */
#define RAM_LEAST 4096ull
#define RAM_MOST  (64ull << 30)

bool machine_refuse(char *error, unsigned error_bytes, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, error_bytes, format, args);
	va_end(args);
	return false;
}

static bool ram_create(struct ram *ram, uint64_t bytes, uint8_t fill, char *error,
		       unsigned error_bytes)
{
	void *host;

	if (bytes < RAM_LEAST || bytes > RAM_MOST || bytes % 4096)
		return machine_refuse(error, error_bytes,
				      "-m: memory must be 4K to 64G, in whole pages of 4K");
	/* Untouched guest memory costs the host nothing. */
	host = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (host == MAP_FAILED)
		return machine_refuse(error, error_bytes, "-m: the host gives no %llu MiB: %s",
				      (unsigned long long)(bytes >> 20), strerror(errno));
	/* Guests that touch much wait less for the host's own TLB. A wish: it may be refused. */
	madvise(host, bytes, MADV_HUGEPAGE);
	ram->host = host;
	ram->base = MEMMAP_RAM;
	ram->bytes = bytes;
	ram->frame_flags = calloc(bytes >> 12, 1);
	ram->touched = calloc(bytes >> 12, 1);
	if (!ram->frame_flags || !ram->touched)
		return machine_refuse(error, error_bytes, "out of memory");
	if (fill)
		memset(host, fill, bytes);
	return true;
}

static void ram_destroy(struct ram *ram)
{
	if (ram->host)
		munmap(ram->host, ram->bytes);
	free(ram->frame_flags);
	free(ram->touched);
}

static bool harts_create(struct machine *m, char *error, unsigned error_bytes)
{
	struct hart_env env = {
		.ram = &m->ram,
		.bus = &m->bus,
		.events = &m->events,
		.clock = &m->clock,
		.ctx = m,
		.htif_store = machine_htif_stored,
		.semihost = m->config.semihosting ? machine_semihost : NULL,
	};

	for (unsigned h = 0; h < m->config.nharts; h++) {
		m->hart[h] = hart_create(h, &m->config.hart, &env);
		if (!m->hart[h])
			return machine_refuse(error, error_bytes, "out of memory");
	}
	return true;
}

struct machine *machine_create(const struct machine_config *config, char *error,
			       unsigned error_bytes)
{
	struct machine *m = calloc(1, sizeof(*m));
	struct machine_private *p = calloc(1, sizeof(*p));

	if (!m || !p) {
		free(m);
		free(p);
		machine_refuse(error, error_bytes, "out of memory");
		return NULL;
	}
	m->config = *config;
	m->private = p;
	p->uart_fd = -1;
	m->trap_loop = -1;
	p->slice_insns = config->slice_insns ? config->slice_insns : MACHINE_DEFAULT_SLICE;
	m->clock.nharts = config->nharts;
	m->clock.slice_insns = p->slice_insns;
	if (config->nharts < 1 || config->nharts > MEMMAP_MAX_HARTS)
		machine_refuse(error, error_bytes, "-smp: 1 to %d harts", MEMMAP_MAX_HARTS);
	else if (ram_create(&m->ram, config->ram_bytes, config->fill, error, error_bytes) &&
		 harts_create(m, error, error_bytes) &&
		 machine_devices_create(m, error, error_bytes) &&
		 machine_boot(m, error, error_bytes))
		return m;
	machine_destroy(m);
	return NULL;
}

void machine_destroy(struct machine *m)
{
	if (!m)
		return;
	machine_devices_destroy(m);
	for (unsigned h = 0; h < MEMMAP_MAX_HARTS; h++)
		if (m->hart[h])
			hart_destroy(m->hart[h]);
	symbols_free(m->kernel_symbols);
	ram_destroy(&m->ram);
	free(m->private);
	free(m);
}

const void *machine_peek(const struct machine *m, uint64_t pa, uint64_t bytes)
{
	return ram_holds(&m->ram, pa, bytes) ? ram_at(&m->ram, pa) : NULL;
}

uint64_t machine_insns(const struct machine *m)
{
	uint64_t sum = 0;

	for (unsigned h = 0; h < m->config.nharts; h++)
		sum += hart_instret(m->hart[h]);
	return sum;
}
