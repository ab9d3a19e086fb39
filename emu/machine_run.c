/*
 * The main loop: harts take turns on one clock, deadlines come due, idle time passes.
 *
 * Everything that decides where a hart stops is made from virtual time and retired instructions.
 * What the host wants (a look at the keyboard, a picture, a signal) may end a piece of a slice
 * early; the next piece then goes on at the same place, so that nothing of it shows.
 */
#include <sys/mman.h>
#include <time.h>

#include "devices/virtio_blk.h"
#include "emu/machine_private.h"

/* Of one hart_run: after it a signal is seen.  A fraction of a second even for the slow engine. */
#define BUDGET_MOST (8u << 20)

/* Idle time shorter than this is not worth a host's sleep: it is slept later, in one. */
#define PACE_NS 2000000u

/* The longest sleep at one go: a signal that came just before it waits no longer. */
#define SLEEP_MOST_NS 100000000u

uint64_t machine_now_ns(const struct machine *m)
{
	const struct machine_private *p = m->private;

	if (p->in_slice)
		return hart_now_ns(m->hart[p->current]);
	return m->clock.round_start_ns + p->current * m->clock.slice_insns / m->config.nharts;
}

/*
 * A round's slices are of one length, but no two rounds': were they all, a hart whose loop fits into
 * them might be stopped at the same place for ever, with a lock in its hand for which the others wait.
 */
static uint64_t slice_of_round(const struct machine *m)
{
	uint64_t most = m->private->slice_insns;
	uint64_t mixed = (m->clock.round_start_ns + 1) * 0x9e3779b97f4a7c15u;

	return m->config.nharts > 1 ? most - (mixed >> 32) % (most / 4 + 1) : most;
}

/* A new round begins, and this is its time. */
static void set_clock(struct machine *m, uint64_t now_ns)
{
	struct machine_private *p = m->private;

	m->clock.round_start_ns = now_ns;
	m->clock.slice_insns = slice_of_round(m);
	p->current = 0;
	p->in_slice = false;
	for (unsigned h = 0; h < m->config.nharts; h++)
		hart_begin_slice(m->hart[h]);
}

void machine_request_stop(struct machine *m)
{
	struct machine_private *p = m->private;

	p->stop = 1;
	hart_request_poll(m->hart[p->current]);
}

void machine_request_end(struct machine *m, int code)
{
	struct machine_private *p = m->private;

	p->end_code = code;
	p->end_wanted = 1;
	p->stop = 1;
	hart_request_poll_async(m->hart[p->current]);
}

bool machine_end_requested(const struct machine *m)
{
	return m->private->end_wanted;
}

/* ---- Deadlines ---- */

static void tick_due(struct machine *m, uint64_t now)
{
	struct machine_private *p = m->private;

	for (unsigned i = 0; i < p->ndevices; i++) {
		struct device *d = p->device[i];

		if (d->deadline_ns <= now && d->ops->tick)
			d->ops->tick(d, now);
	}
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t devices_deadline(const struct machine *m, uint64_t now)
{
	const struct machine_private *p = m->private;
	uint64_t next = DEVICE_NO_DEADLINE;

	for (unsigned i = 0; i < p->ndevices; i++)
		if (p->device[i]->deadline_ns > now)
			next = least(next, p->device[i]->deadline_ns);
	return next;
}

/* When a hart itself next wants an interrupt.  A deadline that has passed on the hart's own clock
 * has had its effect; the effect only waits to be enabled. */
static uint64_t hart_next(const struct machine *m, unsigned h, uint64_t now)
{
	uint64_t at = hart_deadline_ns(m->hart[h]);

	if (at <= hart_now_ns(m->hart[h]))
		return DEVICE_NO_DEADLINE;
	return at > now ? at : now;
}

/* The next time at which something happens by itself, when every hart waits. */
static uint64_t next_event(const struct machine *m, uint64_t now)
{
	uint64_t next = devices_deadline(m, now);

	for (unsigned h = 0; h < m->config.nharts; h++)
		next = least(next, hart_next(m, h, now));
	return next;
}

/* ---- Idle ---- */

static bool disk_busy(const struct machine *m)
{
	for (unsigned i = 0; i < m->private->ndisks; i++)
		if (virtio_blk_busy(m->private->disk[i].device))
			return true;
	return false;
}

static bool all_wait(struct machine *m)
{
	struct machine_private *p = m->private;

	for (unsigned h = 0; h < m->config.nharts; h++)
		if (!p->waiting[h] || hart_wfi_ended(m->hart[h]))
			return false;
	return true;
}

static uint64_t host_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void skip_to(struct machine *m, uint64_t now, uint64_t to)
{
	m->idle_ns += to - now;
	set_clock(m, to);
}

/* Idle time passes on the host as well, since input may come into it; `to` may be never.  Returns
 * the time that it is then. */
static uint64_t wait_on_host(struct machine *m, uint64_t now, uint64_t to)
{
	struct machine_private *p = m->private;
	bool never = to == DEVICE_NO_DEADLINE;
	uint64_t began, slept, wait;

	if (!never) {
		p->paced_ns += to - now;
		if (p->paced_ns < PACE_NS)
			return to;
	}
	wait = never ? SLEEP_MOST_NS : least(p->paced_ns, SLEEP_MOST_NS);
	began = host_ns();
	machine_input_wait(m, wait);
	slept = host_ns() - began;
	/* Slept to the end: the time is exactly what was to come.  Else as much as the host slept. */
	if (never || slept < p->paced_ns)
		to = least(now + slept, to);
	p->paced_ns = 0;
	return to;
}

/* No hart runs: go to the next moment, or find that there is none. */
static void idle(struct machine *m, uint64_t now, uint64_t until_ns)
{
	struct machine_private *p = m->private;
	uint64_t next = next_event(m, now);
	uint64_t to = least(least(next, machine_input_ns(m, now)), until_ns);

	if (machine_input_due(m)) {
		to = least(now + 1, to);
	} else if (machine_input_external(m)) {
		/* A disk's latency is over before anybody could type: it is only skipped. */
		if (!disk_busy(m))
			to = wait_on_host(m, now, to);
	} else if (next == DEVICE_NO_DEADLINE && machine_input_ns(m, now) == DEVICE_NO_DEADLINE) {
		m->end = END_STUCK;
		for (unsigned h = 0; p->barren && h < m->config.nharts; h++)
			if (p->trapping[h])
				m->trap_loop = (int)h;
		return;
	}
	if (to == next)
		p->barren = false;
	/* What has come happens at a time of its own. */
	if (to > now)
		machine_input_idle(m);
	skip_to(m, now, to);
}

/* ---- Slices ---- */

static void next_hart(struct machine *m, uint64_t progress)
{
	struct machine_private *p = m->private;
	uint64_t n = m->config.nharts, slice = m->clock.slice_insns;

	hart_break_reservation(m->hart[p->current], m->ram.base, m->ram.bytes);
	/* Running on to a poll point took longer than the slice: everybody's time moves by that. */
	if (progress > slice)
		m->clock.round_start_ns += (progress - slice + n - 1) / n;
	if (++p->current == n) {
		p->current = 0;
		m->clock.round_start_ns += slice;
		m->clock.slice_insns = slice_of_round(m);
	}
	p->in_slice = false;
}

/* ---- Traps without end ---- */

#define CSR_MSTATUS 0x300
#define CSR_MIDELEG 0x303
#define CSR_MIE	    0x304
#define MSTATUS_MIE (1u << 3)

/* May an interrupt still be taken between two of the traps?  Each trap switches off those of its
 * own privilege. */
static bool can_be_interrupted(const struct hart *hart)
{
	uint64_t mstatus = 0, mideleg = 0, mie = 0;

	hart_csr_peek(hart, CSR_MSTATUS, &mstatus);
	hart_csr_peek(hart, CSR_MIDELEG, &mideleg);
	hart_csr_peek(hart, CSR_MIE, &mie);
	if (hart_priv(hart) == PRIV_M)
		return (mstatus & MSTATUS_MIE) && mie;
	return mie & ~mideleg;
}

/* The current hart traps for ever, which takes no time: let it pass as if the hart waited. */
static void trap_loop(struct machine *m)
{
	struct machine_private *p = m->private;
	/* A disk may yet write into the page tables or the handler. */
	bool hope = disk_busy(m);

	for (unsigned h = 0; h < m->config.nharts; h++) {
		if (!p->trapping[h] && (!p->waiting[h] || hart_wfi_ended(m->hart[h]))) {
			next_hart(m, hart_slice_progress(m->hart[p->current]));
			return;
		}
		hope |= p->waiting[h] || can_be_interrupted(m->hart[h]);
	}
	if (hope) {
		p->barren = true;
	} else {
		m->end = END_STUCK;
		m->trap_loop = (int)p->current;
	}
}

/* ---- A hart's turn ---- */

/* Instructions that the current hart may retire until its time is `deadline`. */
static uint64_t insns_until(const struct machine *m, uint64_t now, uint64_t deadline)
{
	const struct machine_private *p = m->private;
	uint64_t n = m->config.nharts, slice = m->clock.slice_insns;
	uint64_t target;

	if (n == 1)
		return deadline - now;
	if (deadline - m->clock.round_start_ns >= slice)
		return slice;
	target = (deadline - m->clock.round_start_ns) * n - p->current * slice;
	return target - hart_slice_progress(m->hart[p->current]);
}

static uint64_t insns_left(const struct machine *m, uint64_t limit)
{
	uint64_t done = machine_insns(m);

	return limit > done ? limit - done : 0;
}

static uint64_t budget(const struct machine *m, uint64_t now, uint64_t progress, uint64_t deadline)
{
	uint64_t insns = least(insns_until(m, now, deadline), BUDGET_MOST);

	if (m->config.nharts > 1)
		insns = least(insns, m->clock.slice_insns - progress);
	if (m->config.max_insns)
		insns = least(insns, insns_left(m, m->config.max_insns));
	if (m->config.power_cut_insns)
		insns = least(insns, insns_left(m, m->config.power_cut_insns));
	if (m->stop_insns)
		insns = least(insns, insns_left(m, m->stop_insns));
	insns = least(insns, insns_left(m, machine_input_insns(m)));
	return insns ? insns : 1;
}

/* Run the current hart up to the end of its slice, the next deadline, or what its guest does. */
static void run_piece(struct machine *m, uint64_t now, uint64_t until_ns)
{
	struct machine_private *p = m->private;
	struct hart *hart = m->hart[p->current];
	uint64_t progress, deadline;
	enum hart_exit why;

	if (!p->in_slice) {
		hart_begin_slice(hart);
		p->in_slice = true;
	}
	if (p->waiting[p->current] && !hart_wfi_ended(hart)) {
		next_hart(m, 0);
		return;
	}
	p->waiting[p->current] = false;
	progress = hart_slice_progress(hart);
	if (m->config.nharts > 1 && progress >= m->clock.slice_insns) {
		next_hart(m, progress);
		return;
	}
	deadline = least(devices_deadline(m, now), hart_next(m, p->current, now));
	deadline = least(least(deadline, until_ns), machine_input_ns(m, now));
	if (ports_external(&p->ports))
		deadline = least(deadline, p->pump_at_ns);
	p->run_until_ns = deadline;
	p->running = true;
	why = hart_run(hart, budget(m, now, progress, deadline));
	p->running = false;
	p->waiting[p->current] = why == HART_WFI;
	p->trapping[p->current] = why == HART_STUCK;
	if (why == HART_STUCK)
		trap_loop(m);
	else if (m->config.nharts > 1 && p->waiting[p->current])
		next_hart(m, hart_slice_progress(hart));
	else if (m->config.nharts == 1)
		set_clock(m, hart_now_ns(hart));
}

/* ---- What ends or begins a run ---- */

static void reset(struct machine *m)
{
	struct machine_private *p = m->private;
	uint64_t now = machine_now_ns(m);
	char error[256];

	p->reset_wanted = false;
	for (unsigned i = 0; i < p->ndevices; i++)
		device_reset(p->device[i]);
	for (unsigned h = 0; h < m->config.nharts; h++)
		hart_code_written(m->hart[h], m->ram.base, m->ram.bytes);
	/* Zeros again, and the host has its memory back. */
	madvise(m->ram.host, m->ram.bytes, MADV_DONTNEED);
	p->htif.state = (struct htif){ 0 };
	/* The images were there a moment ago; if one is gone now there is nothing left to run. */
	if (!machine_boot(m, error, sizeof(error)))
		m->end = END_STUCK;
	set_clock(m, now);
}

static void power_cut(struct machine *m)
{
	struct machine_private *p = m->private;

	for (unsigned i = 0; i < p->ndisks; i++)
		if (m->config.drive[i].power_cut)
			page_store_power_cut(p->disk[i].store, m->config.power_cut_seed);
	m->end = END_POWER_CUT;
}

/* At a poll point, everything settled.  True: go on. */
static bool settle(struct machine *m)
{
	struct machine_private *p = m->private;

	if (p->htif.stored)
		machine_htif_service(m);
	if (m->end != END_NOT_YET)
		return false;
	if (p->reset_wanted)
		reset(m);
	if (m->config.power_cut_insns && !insns_left(m, m->config.power_cut_insns))
		power_cut(m);
	else if (m->config.max_insns && !insns_left(m, m->config.max_insns))
		m->end = END_MAX_INSNS;
	return m->end == END_NOT_YET;
}

void machine_run(struct machine *m, uint64_t until_ns)
{
	struct machine_private *p = m->private;

	while (settle(m) && (!p->stop || p->end_wanted)) {
		uint64_t now = machine_now_ns(m);

		tick_due(m, now);
		/* Held by whoever drives it: what the user types is heard all the same. */
		machine_input_turn(m, now, now >= until_ns);
		if (p->end_wanted)
			until_ns = UINT64_MAX;
		if (m->end != END_NOT_YET || now >= until_ns)
			return;
		if (m->stop_insns && !insns_left(m, m->stop_insns))
			return;
		if (p->barren || (p->waiting[p->current] && all_wait(m)))
			idle(m, now, until_ns);
		else
			run_piece(m, now, until_ns);
	}
	p->stop = 0;
}
