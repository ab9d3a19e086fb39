/* All guest-visible state as bytes, and back. */
#include <string.h>
#include <sys/mman.h>

#include "emu/machine_private.h"

#define STATE_MAGIC 0x33455441545346ull /* "FSTATE3" */
#define FRAME	    4096u
#define LAST_FRAME  UINT64_MAX

/* What a state must agree with before anything of it is taken. */
struct head {
	uint64_t magic, ram_bytes, nharts, ndevices, ndisks, slice_insns;
};

struct position {
	uint64_t round_start_ns, round_slice_insns, idle_ns;
	uint64_t waiting, trapping; /* one bit for each hart */
	uint32_t current, in_slice, reset_wanted, htif_stored, barren;
	int32_t end, exit_code;
	struct htif htif;
	uint64_t tohost_pa, fromhost_pa, signature_pa, signature_bytes;
};

static struct head head_of(const struct machine *m)
{
	return (struct head){ STATE_MAGIC,	    m->ram.bytes,	m->config.nharts,
			      m->private->ndevices, m->private->ndisks, m->private->slice_insns };
}

/* Frames that hold anything but zeros, each behind its number. */
static void save_ram(const struct machine *m, struct state_out *out)
{
	static const uint8_t zeros[FRAME];
	uint64_t last = LAST_FRAME;

	for (uint64_t f = 0; f < m->ram.bytes / FRAME; f++) {
		const uint8_t *frame = m->ram.host + f * FRAME;

		if (memcmp(frame, zeros, FRAME) == 0)
			continue;
		state_put(out, &f, sizeof(f));
		state_put(out, frame, FRAME);
	}
	state_put(out, &last, sizeof(last));
}

static bool load_ram(struct machine *m, struct state_in *in)
{
	uint64_t f;

	madvise(m->ram.host, m->ram.bytes, MADV_DONTNEED);
	for (;;) {
		state_get(in, &f, sizeof(f));
		if (in->failed)
			return false;
		if (f == LAST_FRAME)
			return true;
		if (f >= m->ram.bytes / FRAME)
			return false;
		state_get(in, m->ram.host + f * FRAME, FRAME);
	}
}

static void save_position(const struct machine *m, struct state_out *out)
{
	const struct machine_private *p = m->private;
	struct position at;

	memset(&at, 0, sizeof(at));
	at.round_start_ns = m->clock.round_start_ns;
	at.round_slice_insns = m->clock.slice_insns;
	at.idle_ns = m->idle_ns;
	for (unsigned h = 0; h < m->config.nharts; h++) {
		at.waiting |= (uint64_t)p->waiting[h] << h;
		at.trapping |= (uint64_t)p->trapping[h] << h;
	}
	at.current = p->current;
	at.in_slice = p->in_slice;
	at.reset_wanted = p->reset_wanted;
	at.htif_stored = p->htif.stored;
	at.barren = p->barren;
	at.end = (int32_t)m->end;
	at.exit_code = m->exit_code;
	at.htif = p->htif.state;
	at.tohost_pa = p->htif.tohost_pa;
	at.fromhost_pa = p->htif.fromhost_pa;
	at.signature_pa = p->htif.signature_pa;
	at.signature_bytes = p->htif.signature_bytes;
	state_put(out, &at, sizeof(at));
}

static bool load_position(struct machine *m, struct state_in *in)
{
	struct machine_private *p = m->private;
	struct position at;

	state_get(in, &at, sizeof(at));
	if (in->failed || at.current >= m->config.nharts)
		return false;
	if (!at.round_slice_insns || at.round_slice_insns > p->slice_insns)
		return false;
	m->clock.round_start_ns = at.round_start_ns;
	m->clock.slice_insns = at.round_slice_insns;
	m->idle_ns = at.idle_ns;
	for (unsigned h = 0; h < m->config.nharts; h++) {
		p->waiting[h] = at.waiting >> h & 1;
		p->trapping[h] = at.trapping >> h & 1;
	}
	p->current = at.current;
	p->in_slice = at.in_slice;
	p->reset_wanted = at.reset_wanted;
	p->htif.stored = at.htif_stored;
	p->barren = at.barren;
	m->end = (enum machine_end)at.end;
	m->exit_code = at.exit_code;
	p->htif.state = at.htif;
	/* Where they are follows from the image, which is the same. */
	return at.tohost_pa == p->htif.tohost_pa && at.fromhost_pa == p->htif.fromhost_pa;
}

void machine_save(const struct machine *m, struct state_out *out)
{
	struct head head = head_of(m);

	state_put(out, &head, sizeof(head));
	save_position(m, out);
	save_ram(m, out);
	for (unsigned h = 0; h < m->config.nharts; h++)
		hart_save(m->hart[h], out);
	for (unsigned i = 0; i < m->private->ndevices; i++)
		device_save(m->private->device[i], out);
	for (unsigned i = 0; i < m->private->ndisks; i++)
		page_store_save(m->private->disk[i].store, out);
	machine_input_save(m, out);
}

bool machine_load(struct machine *m, struct state_in *in)
{
	struct head want = head_of(m), head;

	state_get(in, &head, sizeof(head));
	if (in->failed || memcmp(&head, &want, sizeof(head)) != 0)
		return false;
	for (unsigned h = 0; h < m->config.nharts; h++)
		hart_code_written(m->hart[h], m->ram.base, m->ram.bytes);
	if (!load_position(m, in) || !load_ram(m, in))
		return false;
	for (unsigned h = 0; h < m->config.nharts; h++)
		if (!hart_load(m->hart[h], in))
			return false;
	for (unsigned i = 0; i < m->private->ndevices; i++)
		if (!device_load(m->private->device[i], in))
			return false;
	for (unsigned i = 0; i < m->private->ndisks; i++)
		if (!page_store_load(m->private->disk[i].store, in))
			return false;
	return machine_input_load(m, in) && !in->failed;
}
