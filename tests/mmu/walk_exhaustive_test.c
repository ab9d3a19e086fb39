/*
 * Every value of a PTE's flag byte at every level, for every privilege, SUM, MXR, access and A/D
 * mode, with the bits around it, against an oracle.
 *
 * The oracle is not a walker.  It is the specification's text as a list of sentences, each with the
 * verdict that follows if the sentence is true of the case; the first true one decides.  It works
 * on what a PTE *says* (its fields, taken apart by hand), knows no loop and no level but its own.
 */
#include <stdlib.h>

#include "tests/mmu/table.h"

#define VA 0x0000001a2b3c4d58ull

/* One PTE met in one situation, taken apart. */
struct situation {
	/* the PTE */
	unsigned v, xwr, u, g, a, d, reserved, pbmt, n;
	unsigned long long ppn;
	unsigned level;
	/* the access */
	char access; /* 'F', 'L', 'S' */
	bool user, sum, mxr, svadu, svpbmt, svnapot;
};

/* "Encoding of PTE R/W/X fields": what may be done with a page, by its X, W and R. */
static const char *const encoding[8] = {
	"pointer", "L", "reserved", "LS", "F", "FL", "reserved", "FLS",
};

static bool is_pointer(const struct situation *s)
{
	return encoding[s->xwr][0] == 'p';
}

static bool v_is_clear(const struct situation *s)
{
	return s->v == 0;
}

static bool writable_pages_must_also_be_readable(const struct situation *s)
{
	return encoding[s->xwr][0] == 'r';
}

static bool reserved_for_future_use(const struct situation *s)
{
	return s->reserved > 0;
}

static bool memory_type_is_reserved(const struct situation *s)
{
	/* "3: reserved"; "If Svpbmt is not implemented, bits 62-61 remain reserved" */
	return s->svpbmt ? s->pbmt > 2 : s->pbmt > 0;
}

static bool napot_is_not_implemented(const struct situation *s)
{
	return s->n == 1 && !s->svnapot;
}

static bool pointer_says_what_only_leaves_may(const struct situation *s)
{
	return is_pointer(s) && s->d + s->a + s->u + s->pbmt + s->n > 0;
}

static bool napot_encoding_is_reserved(const struct situation *s)
{
	/* Svnapot's table: at i = 0 ppn xxxx_1000 is the one encoding, at i >= 1 there is none */
	return s->n == 1 && !(s->level == 0 && s->ppn % 16 == 8);
}

static bool there_is_no_next_level(const struct situation *s)
{
	return is_pointer(s) && s->level == 0;
}

static bool superpage_is_misaligned(const struct situation *s)
{
	unsigned long long pages = 1;

	for (unsigned k = 0; k < s->level; k++)
		pages *= 512;
	return !is_pointer(s) && s->ppn % pages > 0;
}

static bool user_needs_user_page(const struct situation *s)
{
	return !is_pointer(s) && s->user && !s->u;
}

static bool supervisor_may_not_use_user_page(const struct situation *s)
{
	/* "SUM has no effect when executing in U-mode"; "supervisor may not execute code on pages
	 * with U=1" irrespective of SUM */
	return !is_pointer(s) && !s->user && s->u && !(s->sum && strchr("LS", s->access));
}

static bool encoding_forbids(const struct situation *s, char access)
{
	/* "When MXR=1, loads from pages marked either readable or executable will succeed." */
	if (is_pointer(s) || s->access != access || strchr(encoding[s->xwr], access))
		return false;
	return !(access == 'L' && s->mxr && strchr(encoding[s->xwr], 'F'));
}

static bool load_is_forbidden(const struct situation *s)
{
	return encoding_forbids(s, 'L');
}

static bool store_is_forbidden(const struct situation *s)
{
	return encoding_forbids(s, 'S');
}

static bool fetch_is_forbidden(const struct situation *s)
{
	return encoding_forbids(s, 'F');
}

static bool svade_and_not_accessed(const struct situation *s)
{
	return !is_pointer(s) && !s->svadu && !s->a;
}

static bool svade_and_not_dirty(const struct situation *s)
{
	return !is_pointer(s) && !s->svadu && !s->d && s->access == 'S';
}

static const struct {
	bool (*is_true)(const struct situation *s);
	enum sv_status verdict;
} sentences[] = {
	{ v_is_clear, SV_PTE_INVALID },
	{ writable_pages_must_also_be_readable, SV_PTE_WRITE_ONLY },
	{ reserved_for_future_use, SV_PTE_RESERVED },
	{ memory_type_is_reserved, SV_PTE_PBMT },
	{ napot_is_not_implemented, SV_PTE_NAPOT },
	{ pointer_says_what_only_leaves_may, SV_POINTER_RESERVED },
	{ napot_encoding_is_reserved, SV_PTE_NAPOT },
	{ there_is_no_next_level, SV_NO_LEAF },
	{ superpage_is_misaligned, SV_MISALIGNED },
	{ user_needs_user_page, SV_SUPERVISOR_PAGE },
	{ supervisor_may_not_use_user_page, SV_USER_PAGE },
	{ load_is_forbidden, SV_NOT_READABLE },
	{ store_is_forbidden, SV_NOT_WRITABLE },
	{ fetch_is_forbidden, SV_NOT_EXECUTABLE },
	{ svade_and_not_accessed, SV_ACCESSED_CLEAR },
	{ svade_and_not_dirty, SV_DIRTY_CLEAR },
};

static enum sv_status oracle(const struct situation *s)
{
	for (unsigned k = 0; k < sizeof(sentences) / sizeof(sentences[0]); k++)
		if (sentences[k].is_true(s))
			return sentences[k].verdict;
	return SV_OK;
}

static void take_apart(struct situation *s, uint64_t pte, unsigned level)
{
	s->v = pte % 2;
	s->xwr = pte / 2 % 8;
	s->u = pte / 16 % 2;
	s->g = pte / 32 % 2;
	s->a = pte / 64 % 2;
	s->d = pte / 128 % 2;
	s->ppn = pte / 1024 % (1ull << 44);
	s->reserved = (pte >> 54) % 128;
	s->pbmt = (pte >> 61) % 4;
	s->n = pte >> 63;
	s->level = level;
}

/* Memory that answers every read but those of the way down to the PTE under test. */
struct memory {
	uint64_t under_test, under_test_pa;
	uint64_t below; /* what any PTE under the one under test reads as */
	unsigned level, top;
	uint64_t way_pa[SV_MAX_LEVELS];
	unsigned updates;
	uint64_t update_pa, expected, desired;
};

#define ROOT   0x80000ull
#define WAY(i) (ROOT + 1 + (i)) /* page number of the table of level i on the way */

static enum sv_port_status memory_read(void *ctx, uint64_t pte_pa, uint64_t *pte)
{
	struct memory *m = ctx;

	if (pte_pa == m->under_test_pa) {
		*pte = m->under_test;
		return SV_PORT_OK;
	}
	for (unsigned i = m->top; i > m->level; i--)
		if (pte_pa == m->way_pa[i]) {
			*pte = WAY(i - 1) << 10 | PTE_V;
			return SV_PORT_OK;
		}
	*pte = m->below;
	return SV_PORT_OK;
}

static enum sv_port_status memory_cas(void *ctx, uint64_t pte_pa, uint64_t expected,
				      uint64_t desired)
{
	struct memory *m = ctx;

	m->updates++;
	m->update_pa = pte_pa;
	m->expected = expected;
	m->desired = desired;
	return SV_PORT_OK;
}

static struct memory memory;
static const struct sv_port port = { .ctx = &memory,
				     .read_pte = memory_read,
				     .cas_pte = memory_cas };
static struct sv_context context;
static unsigned long cases;

static void place(enum sv_mode mode, unsigned level)
{
	unsigned top = (unsigned)(mode - SV_39) + 2;

	memory.level = level;
	memory.top = top;
	for (unsigned i = 0; i <= top; i++)
		memory.way_pa[i] =
			(i == top ? ROOT : WAY(i)) * 4096 + (VA >> (12 + 9 * i)) % 512 * 8;
	memory.under_test_pa = memory.way_pa[level];
	context = (struct sv_context){ .mode = mode, .root_ppn = ROOT, .pa_bits = 56 };
}

static void explain(const struct situation *s, uint64_t pte, enum sv_status want,
		    enum sv_status got)
{
	char flags[9];

	fail_msg("PTE %016llx (%s) level %u, %s %c, sum %d mxr %d svadu %d svpbmt %d svnapot %d: "
		 "want %s, got %s",
		 (unsigned long long)pte, sv_pte_flags(pte, flags), s->level, s->user ? "U" : "S",
		 s->access, s->sum, s->mxr, s->svadu, s->svpbmt, s->svnapot, sv_status_name(want),
		 sv_status_name(got));
}

static void check_success(const struct situation *s, const struct sv_walk *walk, bool pointer,
			  uint64_t pte)
{
	unsigned long long bytes = 4096, page, in_page;
	uint64_t after;

	for (unsigned k = 0; k < s->level; k++)
		bytes *= 512;
	if (s->n)
		bytes = 65536;
	page = s->ppn * 4096 / bytes * bytes;
	in_page = VA % bytes;
	after = pte - s->a * 64 + 64;
	if (s->access == 'S')
		after = after - s->d * 128 + 128;
	if (walk->page_bytes != bytes || walk->pa != page + in_page || walk->pte != after ||
	    walk->updated != (after != pte) || memory.updates != (after != pte))
		fail_msg("PTE %016llx level %u: pa %llx of %llu bytes, pte %016llx, %u updates",
			 (unsigned long long)pte, s->level, (unsigned long long)walk->pa,
			 (unsigned long long)walk->page_bytes, (unsigned long long)walk->pte,
			 memory.updates);
	if (memory.updates)
		assert_true(memory.update_pa == walk->pte_pa && memory.expected == pte &&
			    memory.desired == after);
	if (!pointer)
		assert_int_equal(walk->global, s->g);
}

/* One PTE under one context for one access. */
static void check(uint64_t pte, unsigned access)
{
	struct situation s = {
		.access = "FLS"[access],
		.user = context.priv == SV_USER,
		.sum = context.sum,
		.mxr = context.mxr,
		.svadu = context.ad_update,
		.svpbmt = context.svpbmt,
		.svnapot = context.svnapot,
	};
	struct sv_walk walk;
	enum sv_status want;
	bool pointer;

	cases++;
	memory.under_test = pte;
	memory.updates = 0;
	take_apart(&s, pte, memory.level);
	want = oracle(&s);
	pointer = want == SV_OK && is_pointer(&s);
	if (pointer) {
		take_apart(&s, memory.below, memory.level - 1);
		want = oracle(&s);
	}
	walk = sv39_walk(&port, &context, VA, (enum sv_access)access);
	if (walk.status != want)
		explain(&s, pte, want, walk.status);
	if (want == SV_OK)
		check_success(&s, &walk, pointer, pointer ? memory.below : pte);
	else if (memory.updates)
		fail_msg("PTE %016llx was updated although %s", (unsigned long long)pte,
			 sv_status_name(want));
	assert_int_equal(walk.nsteps, memory.top - s.level + 1);
}

/* All flag bytes, privileges, SUM, MXR, accesses and A/D modes, with `rest` in the other bits. */
static void sweep(uint64_t rest)
{
	for (unsigned k = 0; k < 16; k++) {
		context.priv = k & 1 ? SV_USER : SV_SUPERVISOR;
		context.sum = k & 2;
		context.mxr = k & 4;
		context.ad_update = k & 8;
		for (unsigned access = 0; access < 3; access++)
			for (uint64_t flags = 0; flags < 256; flags++)
				check(rest | flags, access);
	}
}

static void extensions(unsigned k)
{
	context.svpbmt = k & 1;
	context.svnapot = k & 2;
}

static uint64_t aligned(unsigned level)
{
	return (0xa5a5a5a5a5aull >> (9 * level) << (9 * level)) << 10;
}

/* A PTE below that has other faults than the one above it may have. */
static void choose_below(unsigned level)
{
	memory.below = level ? aligned(level - 1) | 0x5f /* A, U, X, W, R, V */ : 0;
}

static void flags_at_every_level_of_every_mode(void **state)
{
	(void)state;
	cases = 0;
	for (enum sv_mode mode = SV_39; mode <= SV_57; mode++)
		for (unsigned level = 0; level < 3 + (unsigned)(mode - SV_39); level++) {
			place(mode, level);
			choose_below(level);
			extensions(3);
			sweep(aligned(level));
		}
	assert_int_equal(cases, 12ul * 16 * 3 * 256);
}

static void flags_with_pbmt_and_n(void **state)
{
	(void)state;
	for (unsigned level = 0; level < 3; level++)
		for (unsigned k = 0; k < 4; k++)
			for (uint64_t high = 0; high < 8; high++)
				for (uint64_t low = 0; low < 10; low += 4) {
					place(SV_39, level);
					choose_below(level);
					extensions(k);
					sweep(aligned(level) | low << 10 | high << 61);
				}
}

static void flags_with_each_reserved_bit(void **state)
{
	(void)state;
	for (unsigned level = 0; level < 3; level++)
		for (unsigned bit = 54; bit <= 60; bit++) {
			place(SV_39, level);
			choose_below(level);
			extensions(3);
			sweep(aligned(level) | 1ull << bit);
		}
}

static void flags_with_each_low_ppn_bit_and_rsw(void **state)
{
	(void)state;
	for (unsigned level = 0; level < 3; level++)
		for (unsigned bit = 8; bit < 10 + 18; bit++) {
			place(SV_39, level);
			choose_below(level);
			extensions(3);
			sweep(aligned(level) ^ 1ull << bit);
		}
}

static void napot_with_every_low_ppn(void **state)
{
	(void)state;
	for (uint64_t low = 0; low < 32; low++) {
		place(SV_39, 0);
		choose_below(0);
		extensions(3);
		sweep(PTE_N | 0x3a00ull << 10 | low << 10);
	}
}

int main(void)
{
	// clang-format off
	const struct CMUnitTest tests[] = {
		{"walk, exhaustive: all flags x level x privilege x SUM x MXR x access x A/D in every mode", flags_at_every_level_of_every_mode, 0, 0, 0},
		{"walk, exhaustive: all flags with every PBMT and N, with and without the extensions", flags_with_pbmt_and_n, 0, 0, 0},
		{"walk, exhaustive: all flags with each reserved bit", flags_with_each_reserved_bit, 0, 0, 0},
		{"walk, exhaustive: all flags with each low PPN bit and RSW", flags_with_each_low_ppn_bit_and_rsw, 0, 0, 0},
		{"walk, exhaustive: NAPOT with every low PPN", napot_with_every_low_ppn, 0, 0, 0},
	};
	// clang-format on

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("walk, exhaustive", tests, NULL, NULL);
}
