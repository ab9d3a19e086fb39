/*
 * The engines agree: the same programs, run one instruction at a time, in threaded code, and in
 * threaded code whose caches are dropped at random, are in the same state with the same counters
 * at every poll point.  The programs are those of guest/chaos.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/emu/rig.h"
#include "tests/random.h"

#define ENGINES	  3
#define RAM	  (16u << 20)
#define MAX_STEPS 3000 /* random code may loop with interrupts off */

static unsigned test_number;

static const char *const engine_name[ENGINES] = { "slow", "fast", "fast with drops" };

struct outcome {
	enum hart_exit why;
	struct state_out state;
};

static uint64_t next_random(uint64_t *state)
{
	return xorshift(state);
}

static void report_difference(unsigned engine, const struct rig *want, const struct rig *got)
{
	const struct hart_counters *a = hart_counters(want->hart), *b = hart_counters(got->hart);

	printf("# %s: pc %#llx %#llx  instret %llu %llu  priv %d %d\n", engine_name[engine],
	       (unsigned long long)hart_pc(want->hart), (unsigned long long)hart_pc(got->hart),
	       (unsigned long long)hart_instret(want->hart),
	       (unsigned long long)hart_instret(got->hart), hart_priv(want->hart),
	       hart_priv(got->hart));
	printf("# itlb %llu %llu  dtlb %llu %llu  walks %llu %llu  pte reads %llu %llu\n",
	       (unsigned long long)a->itlb_accesses, (unsigned long long)b->itlb_accesses,
	       (unsigned long long)a->dtlb_accesses, (unsigned long long)b->dtlb_accesses,
	       (unsigned long long)a->walks, (unsigned long long)b->walks,
	       (unsigned long long)a->pte_reads, (unsigned long long)b->pte_reads);
	for (unsigned k = 0; k < 32; k++) {
		if (hart_reg(want->hart, k) != hart_reg(got->hart, k))
			printf("# x%u %#llx %#llx\n", k,
			       (unsigned long long)hart_reg(want->hart, k),
			       (unsigned long long)hart_reg(got->hart, k));
		if (hart_freg(want->hart, k) != hart_freg(got->hart, k))
			printf("# f%u %#llx %#llx\n", k,
			       (unsigned long long)hart_freg(want->hart, k),
			       (unsigned long long)hart_freg(got->hart, k));
	}
	for (unsigned k = 0; k < 4096; k++) {
		uint64_t x, y;

		if (hart_csr_peek(want->hart, k, &x) && hart_csr_peek(got->hart, k, &y) && x != y)
			printf("# csr %#x %#llx %#llx\n", k, (unsigned long long)x,
			       (unsigned long long)y);
	}
}

static void step(struct rig *rig, uint64_t insns, struct outcome *outcome)
{
	uint64_t now = hart_now_ns(rig->hart), deadline = hart_deadline_ns(rig->hart);

	if (deadline > now && deadline - now < insns)
		insns = deadline - now;
	outcome->why = hart_run(rig->hart, insns);
	now = hart_now_ns(rig->hart);
	if (outcome->why == HART_WFI && deadline > now)
		rig->clock.round_start_ns += deadline - now;
	outcome->state.bytes = 0;
	hart_save(rig->hart, &outcome->state);
}

/* Runs one program on all engines; false and a report at the first difference. */
static bool run_seed(uint64_t seed, const char *program, struct tlb_config tlb, enum ad_mode ad,
		     uint64_t *insns)
{
	struct outcome outcome[ENGINES] = { 0 };
	struct rig rig[ENGINES];
	uint64_t random = seed * 77 + 1, steps = 0;
	bool same = true;

	for (unsigned e = 0; e < ENGINES; e++) {
		struct hart_config config = rig_config();
		uint64_t entry;

		config.ad = ad;
		config.itlb = config.dtlb = tlb;
		config.lacks = seed & 1 ? 0 : ~(EXT_BIT(EXT_ZIC64B) - 1) | EXT_BIT(EXT_ZBB);
		config.slow = e == 0;
		config.drop_seed = e == 2 ? seed : 0;
		config.code_cache_bytes = 1 << 16;
		if (!rig_create(&rig[e], RAM, &config))
			return false;
		entry = rig_load(&rig[e], program);
		if (!entry)
			return false;
		hart_reset(rig[e].hart, entry, seed, 0, 0);
	}
	while (same && !rig[0].finished && outcome[0].why != HART_STUCK && steps < MAX_STEPS) {
		uint64_t n = 1 + next_random(&random) % 3000;

		if (next_random(&random) % 4 == 0)
			n = 1 + n % 16;
		for (unsigned e = 0; e < ENGINES; e++)
			step(&rig[e], n, &outcome[e]);
		for (unsigned e = 1; same && e < ENGINES; e++) {
			same = outcome[0].why == outcome[e].why &&
			       outcome[0].state.bytes == outcome[e].state.bytes &&
			       !memcmp(outcome[0].state.data, outcome[e].state.data,
				       outcome[0].state.bytes);
			if (same && (steps % 64 == 0 || rig[0].finished))
				same = !memcmp(rig[0].ram.host, rig[e].ram.host, RAM);
			if (!same) {
				printf("# seed %llu step %llu exits %d %d\n",
				       (unsigned long long)seed, (unsigned long long)steps,
				       outcome[0].why, outcome[e].why);
				report_difference(e, &rig[0], &rig[e]);
			}
		}
		steps++;
	}
	*insns += hart_instret(rig[0].hart);
	for (unsigned e = 0; e < ENGINES; e++) {
		state_out_free(&outcome[e].state);
		rig_destroy(&rig[e]);
	}
	return same;
}

static void test_random(const char *program, struct tlb_config tlb, enum ad_mode ad, unsigned first,
			unsigned count, const char *what)
{
	unsigned failed = 0;
	uint64_t insns = 0;

	for (unsigned seed = first; seed < first + count && failed < 3; seed++)
		failed += !run_seed(seed, program, tlb, ad, &insns);
	printf("%sok %u - engines agree at every poll point: %s (%u programs, %llu instructions)\n",
	       failed ? "not " : "", ++test_number, what, count, (unsigned long long)insns);
}

int main(int argc, char **argv)
{
	const struct tlb_config tiny = { 1, 1, TLB_FIFO, 0 };
	const struct tlb_config small = { 4, 4, TLB_FIFO, 0 };
	const struct tlb_config random = { 8, 2, TLB_RANDOM, 5 };
	const char *build = getenv("B");
	unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 12;
	unsigned first = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : 1;
	char program[256];

	snprintf(program, sizeof(program), "%s/tests/emu/chaos.elf", build ? build : "build");
	printf("1..4\n");
	test_random(program, small, AD_HW, first, count, "4x4 TLBs");
	test_random(program, tiny, AD_HW, first + 1000, count, "TLBs of one entry");
	test_random(program, random, AD_HW, first + 2000, count, "random replacement");
	test_random(program, small, AD_SVADE, first + 3000, count, "Svade");
	return 0;
}
