#include "emu/hart.h"

#include <stdlib.h>
#include <string.h>

#include "emu/blocks.h"
#include "emu/fp.h"
#include "emu/hart_internal.h"

/* ---- Birth and death ----------------------------------------------------------------------- */

static bool join_group(struct hart *h)
{
	struct ram *ram = h->env.ram;

	if (!ram->harts)
		ram->harts = calloc(1, sizeof(*ram->harts));
	h->group = ram->harts;
	if (!h->group || h->group->count == sizeof(h->group->hart) / sizeof(h->group->hart[0]))
		return false;
	h->group->hart[h->group->count++] = h;
	if (!h->group->code)
		h->group->code =
			code_create(h->group, ram, h->config.code_cache_bytes, h->config.lacks);
	return h->group->code != NULL;
}

static void leave_group(struct hart *h)
{
	struct hart_group *group = h->group;
	unsigned kept = 0;

	if (!group)
		return;
	for (unsigned k = 0; k < group->count; k++)
		if (group->hart[k] != h)
			group->hart[kept++] = group->hart[k];
	group->count = kept;
	if (kept == 0) {
		code_destroy(group->code);
		free(group);
		h->env.ram->harts = NULL;
	}
}

struct hart *hart_create(unsigned id, const struct hart_config *config, const struct hart_env *env)
{
	struct hart *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->id = id;
	h->config = *config;
	h->apart = config->slow;
	h->env = *env;
	h->drop_random = config->drop_seed;
	h->itlb = tlb_create(&config->itlb, mmu_tlb_dropped_fetch, h);
	h->dtlb = tlb_create(&config->dtlb, mmu_tlb_dropped_data, h);
	h->data_context = calloc(CONTEXTS, sizeof(*h->data_context));
	h->code_context = calloc(CONTEXTS, sizeof(*h->code_context));
	if (!h->itlb || !h->dtlb || !h->data_context || !h->code_context || !join_group(h)) {
		hart_destroy(h);
		return NULL;
	}
	fp_detect();
	mmu_init(h);
	hart_reset(h, 0, 0, 0, 0);
	return h;
}

void hart_destroy(struct hart *h)
{
	if (!h)
		return;
	leave_group(h);
	tlb_destroy(h->itlb);
	tlb_destroy(h->dtlb);
	free(h->data_context);
	free(h->code_context);
	free(h);
}

void hart_reset(struct hart *h, uint64_t pc, uint64_t a0, uint64_t a1, uint64_t a2)
{
	hart_settle(h);
	memset(h->x, 0, sizeof(h->x));
	memset(h->f, 0, sizeof(h->f));
	h->x[10] = a0;
	h->x[11] = a1;
	h->x[12] = a2;
	h->pc = pc;
	h->priv = PRIV_M;
	h->waiting = false;
	h->reservation.valid = false;
	h->fetch_page = FETCH_NONE;
	memset(&h->pmp, 0, sizeof(h->pmp));
	pmp_update(&h->pmp);
	csr_reset(h);
	csr_fp_changed(h);
	tlb_flush_all(h->itlb);
	tlb_flush_all(h->dtlb);
	mmu_pmp_changed(h);
	mmu_update_view(h);
}

/* ---- Accounts ------------------------------------------------------------------------------ */

void hart_settle(struct hart *h)
{
	int32_t left = (int32_t)(h->acc >> 32);
	uint32_t retired = (uint32_t)h->settled - (uint32_t)left;

	h->instret += retired;
	h->counters.insns_by_priv[h->priv] += retired;
	if (h->data->translated)
		h->counters.dtlb_accesses += (uint32_t)h->acc;
	h->acc &= ~(int64_t)UINT32_MAX;
	h->settled = left;
}

/* Move what is left of the budget to the reserve: the next poll point then looks over. */
void hart_steal(struct hart *h)
{
	int64_t left = (h->acc >> 32) + 1;

	if (left <= 0)
		return;
	h->reserve += (uint64_t)left;
	h->acc -= left * (1ll << 32);
	h->settled -= (int32_t)left;
}

/* Forget, sometimes, something that only makes things fast.  Nobody may notice. */
static uint64_t drop_something(struct hart *h)
{
	uint64_t r = h->drop_random;

	r ^= r << 13; /* xorshift64 */
	r ^= r >> 7;
	r ^= r << 17;
	h->drop_random = r;
	if (r >> 60 == 0)
		code_drop_all(h->group->code);
	if (r >> 58 & 1)
		mmu_drop_data(h);
	if (r >> 57 & 1)
		mmu_drop_jumps(h);
	return r >> 8;
}

/* Distribute what is left of the budget anew; the lower half of acc stays. */
static void deal_budget(struct hart *h, uint64_t total)
{
	uint64_t most = 1u << 30; /* the lower half cannot overflow within it */
	uint64_t now;

	if (h->config.drop_seed)
		most = 1 + drop_something(h) % 300;
	now = total < most ? total : most;

	hart_settle(h);
	h->acc = ((int64_t)now - 1) * (1ll << 32);
	h->settled = (int32_t)now - 1;
	h->reserve = total - now;
}

static int64_t budget_left(const struct hart *h)
{
	return (int64_t)h->reserve + (h->acc >> 32) + 1;
}

/* ---- Running ------------------------------------------------------------------------------- */

static void run_slowly(struct hart *h)
{
	do {
		while (slow_step(h) == STEP_ON)
			;
	} while (h->acc >= 0);
}

enum hart_exit hart_run(struct hart *h, uint64_t insns)
{
	uint32_t host_mxcsr = fp_mxcsr();
	enum hart_exit why;

	h->running = true;
	/* A row that the host cut goes on: how many are taken until it is given up is the guest's. */
	if (h->barren_traps >= HART_STUCK_TRAPS)
		h->barren_traps = 0;
	fp_set_mxcsr(MXCSR_MASKED | fp_rounding_bits((unsigned)h->csr.frm));
	deal_budget(h, insns);
	for (;;) {
		int64_t left = budget_left(h);
		unsigned irq;

		if (h->waiting && hart_wfi_ended(h))
			h->waiting = false;
		why = HART_WFI;
		if (h->waiting)
			break;
		why = HART_BUDGET;
		if (left <= 0)
			break;
		why = HART_POLL;
		if (h->poll)
			break;
		deal_budget(h, (uint64_t)left);
		irq = hart_irq_ready(h);
		if (irq) {
			hart_trap(h, CAUSE_INTERRUPT | irq, 0);
			continue;
		}
		why = HART_STUCK;
		if (h->barren_traps >= HART_STUCK_TRAPS)
			break;
		if (h->config.slow || event_wanted(h->env.events, EVENT_INSN))
			run_slowly(h);
		else
			exec_run(h);
	}
	hart_settle(h);
	h->poll = false; /* not at entry: a signal may have come just before */
	h->running = false;
	h->csr.fflags |= fp_flags_of(fp_mxcsr());
	fp_set_mxcsr(host_mxcsr);
	return why;
}

void hart_request_poll(struct hart *h)
{
	h->poll = true;
	hart_steal(h);
}

void hart_request_poll_async(struct hart *h)
{
	h->poll = true;
}

void hart_set_irq(struct hart *h, unsigned bit, bool level)
{
	if (level)
		h->csr.lines |= 1ull << bit;
	else
		h->csr.lines &= ~(1ull << bit);
	hart_irq_changed(h);
}

bool hart_wfi_ended(const struct hart *h)
{
	return csr_mip(h, h->csr.mie);
}

/* ---- Time ---------------------------------------------------------------------------------- */

uint64_t hart_instret(const struct hart *h)
{
	int64_t acc = h->acc;

	if (h->op)
		acc += block_counts(op_block(h->op), op_info(h->op)->index + h->op_extra);
	return h->instret + (uint32_t)(h->settled - (int32_t)(acc >> 32));
}

void hart_begin_slice(struct hart *h)
{
	h->slice_start = hart_instret(h);
}

uint64_t hart_slice_progress(const struct hart *h)
{
	return hart_instret(h) - h->slice_start;
}

uint64_t hart_now_ns(const struct hart *h)
{
	const struct clock *clock = h->env.clock;
	uint64_t progress = hart_slice_progress(h);

	if (likely(clock->nharts == 1)) /* a division is slow, and the time is asked for often */
		return clock->round_start_ns + progress;
	return clock->round_start_ns + (h->id * clock->slice_insns + progress) / clock->nharts;
}

uint64_t hart_deadline_ns(const struct hart *h)
{
	if (!(h->csr.menvcfg & MENVCFG_STCE) || h->csr.stimecmp > UINT64_MAX / 100)
		return UINT64_MAX;
	return h->csr.stimecmp * 100;
}

/* ---- From outside -------------------------------------------------------------------------- */

void hart_emit(struct hart *h, struct event *event)
{
	event->hart = h->id;
	event->time_ns = hart_now_ns(h);
	event_emit(h->env.events, event);
}

uint64_t hart_reg(const struct hart *h, unsigned regno)
{
	return regno < 32 ? h->x[regno] : 0;
}

void hart_set_reg(struct hart *h, unsigned regno, uint64_t value)
{
	if (regno > 0 && regno < 32)
		h->x[regno] = value;
}

uint64_t hart_freg(const struct hart *h, unsigned regno)
{
	return regno < 32 ? h->f[regno] : 0;
}

uint64_t hart_pc(const struct hart *h)
{
	if (h->op)
		return h->fetch_page +
		       block_offset(op_block(h->op), op_info(h->op)->index + h->op_extra);
	return h->pc;
}

void hart_set_pc(struct hart *h, uint64_t pc)
{
	h->pc = pc & ~1ull;
	h->fetch_page = FETCH_NONE;
}

enum priv hart_priv(const struct hart *h)
{
	return h->priv;
}

bool hart_csr_peek(const struct hart *h, unsigned number, uint64_t *value)
{
	return csr_peek(h, number, value);
}

uint64_t hart_satp(const struct hart *h)
{
	return h->csr.satp;
}

const struct hart_counters *hart_counters(const struct hart *h)
{
	return &h->counters;
}

struct tlb *hart_itlb(struct hart *h)
{
	return h->itlb;
}

struct tlb *hart_dtlb(struct hart *h)
{
	return h->dtlb;
}

void hart_code_written(struct hart *h, uint64_t pa, uint64_t bytes)
{
	code_written(h->group, pa, bytes);
}

void hart_break_reservation(struct hart *h, uint64_t pa, uint64_t bytes)
{
	if (h->reservation.valid && pa < h->reservation.pa + h->reservation.bytes &&
	    h->reservation.pa < pa + bytes)
		h->reservation.valid = false;
}

void hart_drop_fast(struct hart *h)
{
	mmu_drop_data(h);
	mmu_drop_jumps(h);
}

void hart_set_watch(struct hart *h, const struct hart_watch *watch)
{
	h->watch = watch;
	h->apart = watch || h->config.slow;
	hart_watch_again(h);
}

void hart_watch_again(struct hart *h)
{
	mmu_drop_user(h, true);
}
