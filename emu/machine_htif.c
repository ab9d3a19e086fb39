/* How bare-metal programs talk to whoever runs them: HTIF by the symbols tohost and fromhost,
 * semihosting, and the signature of a test at its end. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "devices/semihosting.h"
#include "emu/inspect.h"
#include "emu/loader.h"
#include "emu/machine_private.h"

static void flag(struct machine *m, uint64_t pa)
{
	m->ram.frame_flags[ram_frame(&m->ram, pa)] |= FRAME_FLAG_HTIF;
	m->ram.frame_flags[ram_frame(&m->ram, pa + 7)] |= FRAME_FLAG_HTIF;
}

struct lookup {
	const struct machine *m;
	const struct symbols *symbols;
	const struct image *image;
	uint64_t moved;
};

static bool find(const struct lookup *l, const char *name, uint64_t bytes, uint64_t *pa)
{
	uint64_t va, linked;

	if (!symbols_lookup(l->symbols, name, &va) ||
	    !image_symbol_pa(l->image, &l->m->ram, va, &linked) ||
	    !ram_holds(&l->m->ram, linked + l->moved, bytes))
		return false;
	*pa = linked + l->moved;
	return true;
}

void machine_htif_find(struct machine *m, const struct symbols *symbols, const struct image *image,
		       uint64_t moved)
{
	const struct lookup l = { m, symbols, image, moved };
	struct machine_htif *htif = &m->private->htif;
	uint64_t begin, end;

	if (find(&l, "begin_signature", 0, &begin) && find(&l, "end_signature", 0, &end) &&
	    end >= begin) {
		htif->signature_pa = begin;
		htif->signature_bytes = end - begin;
	}
	if (!find(&l, "tohost", 8, &htif->tohost_pa))
		return;
	flag(m, htif->tohost_pa);
	if (find(&l, "fromhost", 8, &htif->fromhost_pa))
		flag(m, htif->fromhost_pa);
}

/* Two 32-bit stores are one message: it is looked at when a poll point comes. */
void machine_htif_stored(void *ctx, uint64_t pa)
{
	struct machine *m = ctx;
	struct machine_private *p = m->private;
	const struct machine_htif *htif = &p->htif;

	if (pa + 8 <= htif->tohost_pa || pa >= htif->tohost_pa + 8) {
		bool answer = htif->fromhost_pa && pa + 8 > htif->fromhost_pa &&
			      pa < htif->fromhost_pa + 8 && htif->state.getchar_waiting;

		if (!answer)
			return;
	}
	p->htif.stored = true;
	hart_request_poll(m->hart[p->current]);
}

static void output(void *ctx, int fd, const uint8_t *bytes, size_t n)
{
	struct machine *m = ctx;

	if (m->hooks.output && m->hooks.output(m->hooks.ctx, (unsigned)fd, bytes, n))
		return;
	ports_write(&m->private->ports, fd, bytes, n);
}

static int next_char(void *ctx)
{
	struct machine *m = ctx;
	uint8_t byte;

	return machine_input_take(m, &byte, 1) == 1 ? byte : -1;
}

static void end(void *ctx, uint64_t code)
{
	struct machine *m = ctx;

	m->end = END_FINISHER;
	m->exit_code = code > 255 ? (code & 255 ? (int)(code & 255) : 255) : (int)code;
}

/* Through the same door as a device's DMA, so that decoded code and reservations hear of it. */
static void put(struct machine *m, uint64_t pa, uint64_t value)
{
	m->private->host.dma_write(m, pa, &value, sizeof(value));
}

void machine_htif_service(struct machine *m)
{
	struct machine_private *p = m->private;
	struct machine_htif *htif = &p->htif;
	struct htif_host host = { .ctx = m, .output = output, .getchar = next_char, .exit = end };
	uint64_t command = 0, pending = 0, answer;

	if (!htif->tohost_pa)
		return;
	if (htif->stored) {
		htif->stored = false;
		p->host.dma_read(m, htif->tohost_pa, &command, sizeof(command));
		if (command) {
			put(m, htif->tohost_pa, 0);
			htif_command(&htif->state, &p->host, &host, command);
		}
	}
	if (!htif->fromhost_pa || (!htif->state.fromhost && !htif->state.getchar_waiting))
		return;
	p->host.dma_read(m, htif->fromhost_pa, &pending, sizeof(pending));
	if (pending)
		return;
	answer = htif_answer(&htif->state, &host);
	if (answer)
		put(m, htif->fromhost_pa, answer);
}

/* ---- Semihosting ---- */

struct caller {
	struct machine *m;
	const struct hart *hart;
};

/* Where `va` is for the hart that calls, of which U-mode is not one. */
static bool caller_pa(const struct caller *c, uint64_t va, uint64_t *pa)
{
	uint64_t satp = hart_priv(c->hart) == PRIV_M ? 0 : hart_satp(c->hart);
	struct sv_walk walk;

	*pa = va;
	if (satp >> 60 == 0)
		return true;
	walk = inspect_walk(c->m, satp, va);
	*pa = walk.pa;
	return walk.status == SV_OK;
}

/* To or from the guest, by pages: `to` or `from` is NULL. */
static bool caller_copy(const struct caller *c, uint64_t va, void *to, const void *from,
			size_t bytes)
{
	const struct device_host *host = &c->m->private->host;
	uint64_t pa;

	for (size_t done = 0, n; done < bytes; done += n) {
		n = 4096 - ((va + done) & 4095);
		if (n > bytes - done)
			n = bytes - done;
		if (!caller_pa(c, va + done, &pa) ||
		    !(to ? host->dma_read(c->m, pa, (uint8_t *)to + done, n)
			 : host->dma_write(c->m, pa, (const uint8_t *)from + done, n)))
			return false;
	}
	return true;
}

static bool caller_read(void *ctx, uint64_t va, void *to, size_t bytes)
{
	return caller_copy(ctx, va, to, NULL, bytes);
}

static bool caller_write(void *ctx, uint64_t va, const void *from, size_t bytes)
{
	return caller_copy(ctx, va, NULL, from, bytes);
}

static void caller_output(void *ctx, int fd, const uint8_t *bytes, size_t n)
{
	output(((struct caller *)ctx)->m, fd, bytes, n);
}

static int caller_getchar(void *ctx)
{
	return next_char(((struct caller *)ctx)->m);
}

static void caller_exit(void *ctx, uint64_t status)
{
	struct machine *m = ((struct caller *)ctx)->m;

	end(m, status);
	hart_request_poll(m->hart[m->private->current]);
}

bool machine_semihost(void *ctx, const struct hart *hart, uint64_t *a0)
{
	static const uint32_t sequence[] = { 0x01f01013, 0x00100073, 0x40705013 };
	struct machine *m = ctx;
	const struct machine_config *config = &m->config;
	struct caller caller = { m, hart };
	const struct semihosting_host host = {
		.ctx = &caller,
		.read = caller_read,
		.write = caller_write,
		.output = caller_output,
		.getchar = caller_getchar,
		.exit = caller_exit,
		.now_ns = machine_now_ns(m),
		.epoch_ns = machine_epoch_ns(m),
		.command_line = config->semihosting_line ? config->semihosting_line : "",
	};
	uint32_t around[3];

	if (hart_priv(hart) == PRIV_U ||
	    !caller_read(&caller, hart_pc(hart) - 4, around, sizeof(around)) ||
	    memcmp(around, sequence, sizeof(sequence)) != 0)
		return false;
	*a0 = semihosting_call(&host, *a0, hart_reg(hart, 11));
	return true;
}

bool machine_write_signature(const struct machine *m, char *error, unsigned error_bytes)
{
	const struct machine_htif *htif = &m->private->htif;
	unsigned step = m->config.signature_granularity ? m->config.signature_granularity : 16;
	FILE *file;
	bool ok;

	file = fopen(m->config.signature, "w");
	if (!file)
		return machine_refuse(error, error_bytes, "%s: %s", m->config.signature,
				      strerror(errno));
	/* As Spike: one line for each `step` bytes, most significant byte first. */
	for (uint64_t at = 0; at < htif->signature_bytes; at += step) {
		for (unsigned i = step; i-- > 0;) {
			uint64_t pa = htif->signature_pa + at + i;

			fprintf(file, "%02x",
				at + i < htif->signature_bytes ? *ram_at(&m->ram, pa) : 0);
		}
		fputc('\n', file);
	}
	ok = !ferror(file);
	if (fclose(file) != 0 || !ok)
		return machine_refuse(error, error_bytes, "%s: cannot be written",
				      m->config.signature);
	return true;
}
