/*
 * Walker and TLB together, as mmu/tlb.h says that a look-up is made: whatever the tables are, as long
 * as each change of them is followed by a fence that suffices, a look-up says what a walk would say.
 */
#include "tests/mmu/table.h"

#include "mmu/tlb.h"
#include "tests/random.h"

#define ROUNDS	90
#define LOOKUPS 4000
#define GROUP	16 /* PTEs of a NAPOT page */

/* Two gigabytes with two parts of 2 MiB each, of which 32 pages are mapped. */
static const uint64_t gigabyte[] = { 0, -1ull << 30 };

#define PARTS 2
#define PAGES 32

static uint64_t random_state = 0x5eed;

static uint64_t rnd(void)
{
	return xorshift(&random_state) * 0x2545f4914f6cdd1dull >> 20;
}

static struct table t;
static struct tlb *tlb;
static unsigned long hits, walks, refusals, again_for_d;

static uint64_t address(unsigned g, unsigned part, unsigned page)
{
	return gigabyte[g] + part * 0x200000ull + page * 4096ull;
}

/* A leaf as software might write it: valid mostly, never W without R. */
static uint64_t random_leaf(unsigned level)
{
	uint64_t flags = rnd() % 16 ? PTE_V : 0;

	flags |= (rnd() | rnd()) & (PTE_R | PTE_W | PTE_X | PTE_A);
	flags |= rnd() & (PTE_U | PTE_D);
	flags |= rnd() % 8 ? 0 : PTE_G;
	if (!(flags & PTE_R))
		flags = (flags & ~PTE_W) | PTE_X;
	return flags | (rnd() % 4096 << (9 * level) << PTE_PPN_SHIFT);
}

/* Where the table of `level` for this part stands: each has its own page. */
static uint64_t table_pa(unsigned g, unsigned part, unsigned level)
{
	return RAM_BASE + 4096 * (level == 1 ? 1 + g : 3 + PARTS * g + part);
}

static uint64_t pointer_to(uint64_t pa)
{
	return pa >> 12 << PTE_PPN_SHIFT | PTE_V | (rnd() % 16 ? 0 : PTE_G);
}

static void write_pages(unsigned g, unsigned part, unsigned first)
{
	uint64_t *pte = table_word(&t, table_pa(g, part, 0) + 8 * first);
	uint64_t napot = PTE_N | (rnd() % 4096 << 4 | 8) << PTE_PPN_SHIFT;
	bool one = rnd() % 4 == 0;

	napot |= random_leaf(0) & 0xff;
	for (unsigned k = 0; k < GROUP; k++)
		pte[k] = one ? napot : random_leaf(0);
}

static void write_part(unsigned g, unsigned part)
{
	*table_word(&t, table_pa(g, part, 1) + 8 * part) =
		rnd() % 3 ? pointer_to(table_pa(g, part, 0)) : random_leaf(1);
}

static void write_gigabyte(unsigned g)
{
	*table_word(&t, RAM_BASE + (gigabyte[g] >> 30) % 512 * 8) =
		rnd() % 6 ? pointer_to(table_pa(g, 0, 1)) : random_leaf(2);
}

static enum sv_port_status look_only(void *ctx, uint64_t pte_pa, uint64_t expected,
				     uint64_t desired)
{
	(void)ctx, (void)pte_pa, (void)expected, (void)desired;
	return SV_PORT_OK;
}

/* What a walk would say, without doing anything. */
static struct sv_walk peek(uint64_t va, enum sv_access access)
{
	struct sv_port port = t.port;

	port.cas_pte = look_only;
	return sv39_walk(&port, &t.context, va, access);
}

/* Change something, and fence it in one of the ways that suffice. */
static void change(void)
{
	unsigned g = rnd() % 2, part = rnd() % PARTS, first = rnd() % (PAGES / GROUP) * GROUP;
	unsigned way = rnd() % 8;

	if (way == 0)
		write_gigabyte(g);
	else if (way == 1)
		write_part(g, part);
	else
		write_pages(g, part, first);
	if (way < 3) {
		tlb_flush_all(tlb);
		return;
	}
	for (unsigned k = first; k < first + GROUP; k++)
		tlb_flush_va(tlb, address(g, part, k));
}

/* Change pages of which the TLB holds no global entry: to fence both ASIDs suffices. */
static void change_private(void)
{
	unsigned g = rnd() % 2, part = rnd() % PARTS, first = rnd() % (PAGES / GROUP) * GROUP;
	struct tlb_entry *entry;

	for (unsigned k = first; k < first + GROUP; k++)
		for (uint16_t asid = 1; asid <= 2; asid++) {
			entry = tlb_find(tlb, address(g, part, k), asid);
			if (entry && entry->global)
				return;
		}
	write_pages(g, part, first);
	for (unsigned k = first; k < first + GROUP; k++)
		tlb_flush_va_asid(tlb, address(g, part, k), 1);
	if (rnd() % 2)
		tlb_flush_asid(tlb, 2);
	else
		for (unsigned k = first; k < first + GROUP; k++)
			tlb_flush_va_asid(tlb, address(g, part, k), 2);
}

/* The look-up of mmu/tlb.h. */
static enum sv_status look_up(uint64_t va, uint16_t asid, enum sv_access access, uint64_t *pa)
{
	struct tlb_entry *entry = tlb_find(tlb, va, asid);
	struct sv_walk walk;

	if (entry) {
		enum sv_status status = sv_check_leaf(entry->pte, &t.context, access);

		if (status != SV_OK)
			return status;
		if (access == SV_STORE && !(entry->pte & PTE_D)) {
			again_for_d++;
			entry = NULL;
		}
	}
	if (!entry) {
		walks++;
		tlb_count_miss(tlb);
		walk = sv39_walk(&t.port, &t.context, va, access);
		if (walk.status != SV_OK)
			return walk.status;
		entry = tlb_fill(tlb, &walk, asid);
	} else {
		hits++;
	}
	*pa = entry->pa + (va - entry->va);
	return SV_OK;
}

static void compare(void)
{
	uint64_t va = address(rnd() % 2, rnd() % PARTS, rnd() % PAGES) + rnd() % 4096, pa = 0;
	enum sv_access access = (enum sv_access)(rnd() % 3);
	uint16_t asid = 1 + rnd() % 2;
	enum sv_status status;
	struct sv_walk want;

	t.context.priv = rnd() % 2 ? SV_USER : SV_SUPERVISOR;
	t.context.sum = rnd() % 2;
	t.context.mxr = rnd() % 2;
	want = peek(va, access);
	status = look_up(va, asid, access, &pa);
	assert_status(status, want.status);
	refusals += status != SV_OK;
	if (status != SV_OK)
		return;
	assert_int_equal(pa, want.pa);
	if (access == SV_STORE && !(want.pte & PTE_N))
		assert_int_equal(*table_word(&t, want.pte_pa), want.pte);
}

static void round_of(bool ad_update, unsigned sets, unsigned ways)
{
	struct tlb_config config = { sets, ways, TLB_RANDOM, 1 };

	tlb = tlb_create(&config, NULL, NULL);
	assert_non_null(tlb);
	table_init(&t, SV_39);
	t.context.ad_update = ad_update;
	for (unsigned g = 0; g < 2; g++) {
		write_gigabyte(g);
		for (unsigned part = 0; part < PARTS; part++) {
			write_part(g, part);
			for (unsigned k = 0; k < PAGES; k += GROUP)
				write_pages(g, part, k);
		}
	}
	for (unsigned k = 0; k < LOOKUPS; k++) {
		if (rnd() % 32 == 0)
			change();
		else if (rnd() % 32 == 0)
			change_private();
		compare();
	}
	tlb_destroy(tlb);
}

static void look_ups_say_what_walks_say(void **state)
{
	(void)state;
	for (unsigned k = 0; k < ROUNDS; k++)
		round_of(k % 2, 1u << k % 6, 1 + k % 5);
	/* it was about all of these */
	assert_true(hits > 20000);
	assert_true(walks > 20000);
	assert_true(refusals > 20000);
	assert_true(again_for_d > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "look-up: TLB and walker together say what a walk says, if every change is fenced",
		  look_ups_say_what_walks_say, 0, 0, 0 },
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("look-up", tests, NULL, NULL);
}
