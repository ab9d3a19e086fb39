/* What leaves the TLB by sfence.vma (Supervisor-Level ISA), in its four forms, and never comes back. */
#include "tests/mmu/tlb_case.h"

/* Private and global, small and large, under two ASIDs. */
static void populate(void)
{
	make(16, 4, TLB_FIFO, 0);
	page(0x1000, 1);
	page(0x1000, 2);
	page(0x2000, 1);
	fill(0x3000, 0, 4 * KIB, 1, true);
	fill(0x400000, 0, 2 * MIB, 1, false);
	fill(0x600000, 0, 2 * MIB, 1, true);
	fill(0x40010000, 0, 64 * KIB, 1, false);
}

static void flush_all_empties(void **state)
{
	(void)state;
	populate();
	tlb_flush_all(tlb);
	assert_int_equal(census().entries, 0);
	assert_false(has(0x1000, 1));
	assert_false(has(0x3000, 1));
	assert_false(has(0x400000, 1));
	assert_int_equal(drops, 0);
	page(0x1000, 1);
	assert_true(has(0x1000, 1));
	assert_false(has(0x2000, 1));
	assert_int_equal(tlb_counters(tlb)->evictions, 0);
}

static void flush_of_an_asid_keeps_others_and_global_entries(void **state)
{
	(void)state;
	populate();
	tlb_flush_asid(tlb, 1);
	assert_false(has(0x1000, 1));
	assert_false(has(0x2000, 1));
	assert_false(has(0x400000, 1));
	assert_false(has(0x40010000, 1));
	assert_true(has(0x1000, 2));
	assert_true(has(0x3000, 1));
	assert_true(has(0x600000, 1));
	assert_int_equal(census().entries, 3);
	page(0x1000, 1); /* the first after the flush ... */
	assert_true(has(0x1000, 1));
	assert_false(has(0x2000, 1));
	tlb_flush_asid(tlb, 3); /* ... outlives that of another ASID */
	assert_true(has(0x1000, 1));
}

static void flushed_ways_are_free_again(void **state)
{
	(void)state;
	make(1, 2, TLB_FIFO, 0);
	page(0x1000, 1);
	page(0x2000, 2);
	tlb_flush_asid(tlb, 2);
	page(0x3000, 1);
	assert_int_equal(drops, 0);
	assert_true(has(0x1000, 1));
	tlb_flush_all(tlb);
	page(0x4000, 1);
	page(0x5000, 1);
	assert_int_equal(drops, 0);
	assert_int_equal(tlb_counters(tlb)->evictions, 0);
}

static void flush_of_an_address_takes_every_asid_and_global(void **state)
{
	(void)state;
	populate();
	tlb_flush_va(tlb, 0x1fff);
	assert_false(has(0x1000, 1));
	assert_false(has(0x1000, 2));
	assert_true(has(0x2000, 1));
	assert_int_equal(drops, 2);
	assert_true(dropped_was_valid);
	tlb_flush_va(tlb, 0x3000);
	assert_false(has(0x3000, 1));
	assert_int_equal(drops, 3);
	tlb_flush_va(tlb, 0x9000);
	assert_int_equal(drops, 3);
}

static void flush_of_an_address_and_asid_keeps_global_and_others(void **state)
{
	(void)state;
	populate();
	tlb_flush_va_asid(tlb, 0x1000, 1);
	assert_false(has(0x1000, 1));
	assert_true(has(0x1000, 2));
	assert_true(has(0x2000, 1));
	tlb_flush_va_asid(tlb, 0x3000, 1);
	assert_true(has(0x3000, 1));
	assert_int_equal(drops, 1);
}

static void one_address_drops_a_whole_superpage(void **state)
{
	(void)state;
	populate();
	tlb_flush_va(tlb, 0x5ff000);
	assert_false(has(0x400000, 1));
	assert_true(has(0x600000, 1));
	tlb_flush_va(tlb, 0x600000);
	assert_false(has(0x7fffff, 1));
	tlb_flush_va_asid(tlb, 0x4001f000, 1);
	assert_false(has(0x40010000, 1));
	assert_int_equal(drops, 3);
	/* also where there are no smaller pages */
	make(16, 4, TLB_FIFO, 0);
	fill(0x40000000, 0, GIB, 1, false);
	tlb_flush_va(tlb, 0x7ffff000);
	assert_int_equal(drops, 1);
}

static void flush_of_a_noncanonical_address_has_no_effect(void **state)
{
	(void)state;
	populate();
	for (unsigned bit = 39; bit < 64; bit++) {
		tlb_flush_va(tlb, 0x1000 | 1ull << bit);
		tlb_flush_va(tlb, 0x400000 | 1ull << bit);
		tlb_flush_va_asid(tlb, 0x40010000 | 1ull << bit, 1);
	}
	assert_int_equal(census().entries, 7);
	assert_int_equal(drops, 0);
}

static void dropped_entries_are_not_dropped_again(void **state)
{
	(void)state;
	populate();
	tlb_flush_asid(tlb, 1);
	tlb_flush_va(tlb, 0x2000);
	tlb_flush_va(tlb, 0x400000);
	tlb_flush_all(tlb);
	tlb_flush_va(tlb, 0x3000);
	tlb_flush_va_asid(tlb, 0x1000, 2);
	assert_int_equal(drops, 0);
}

/* More flushes than a number of 16 bits has values. */
#define MANY 140000

static void no_number_of_full_flushes_revives_an_entry(void **state)
{
	(void)state;
	page(0x1000, 1);
	fill(0x2000, 0, 4 * KIB, 1, true);
	for (unsigned k = 0; k < MANY; k++) {
		tlb_flush_all(tlb);
		if (has(0x1000, 1) || has(0x2000, 1) || census().entries > 0)
			fail_msg("an entry is back after %u flushes", k + 1);
	}
	assert_int_equal(census().entries, 0);
	page(0x1000, 1);
	fill(0x600000, 0, 2 * MIB, 2, false);
	assert_true(has(0x1000, 1));
	assert_true(has(0x600000, 2));
	assert_int_equal(census().entries, 2);
}

static void no_number_of_asid_flushes_revives_or_loses_an_entry(void **state)
{
	(void)state;
	page(0x0000, 1); /* way 0 of set 0 */
	page(0x7000, 1);
	page(0x3000, 1); /* the last way of the last set */
	page(0x1000, 1);
	page(0x1000, 2);
	fill(0x2000, 0, 4 * KIB, 1, true);
	for (unsigned k = 0; k < MANY; k++) {
		tlb_flush_asid(tlb, 1);
		if (has(0x1000, 1) || has(0x0000, 1) || has(0x3000, 1))
			fail_msg("an entry is back after %u flushes", k + 1);
		if (!has(0x1000, 2) || !has(0x2000, 1))
			fail_msg("an entry is lost after %u flushes", k + 1);
	}
	page(0x1000, 1);
	assert_true(has(0x1000, 1));
	assert_int_equal(census().entries, 3);
}

/* If either flush looked at entries, this would take minutes. */
static void flushes_do_not_look_at_entries(void **state)
{
	(void)state;
	make(4096, 64, TLB_FIFO, 0);
	page(0x1000, 1);
	for (unsigned k = 0; k < 60000; k++) {
		tlb_flush_asid(tlb, 1);
		tlb_flush_all(tlb);
	}
	assert_int_equal(census().entries, 0);
	assert_int_equal(tlb_counters(tlb)->flushes, 120000);
}

static void many_flushes_of_both_kinds_revive_nothing(void **state)
{
	(void)state;
	/* an entry whose ASID was flushed long ago, then many flushes of all */
	page(0x1000, 1);
	for (unsigned k = 0; k < 1000; k++)
		tlb_flush_asid(tlb, 1);
	for (unsigned k = 0; k < 70000; k++)
		tlb_flush_all(tlb);
	for (unsigned k = 0; k < 70000; k++) {
		tlb_flush_asid(tlb, 1);
		if (has(0x1000, 1))
			fail_msg("an entry is back after %u flushes", k + 1);
	}
	page(0x3000, 1);
	tlb_flush_asid(tlb, 1);
	assert_false(has(0x3000, 1));
}

int main(void)
{
	// clang-format off
	const struct CMUnitTest tests[] = {
		T("tlb: sfence.vma x0, x0 drops all", flush_all_empties),
		T("tlb: sfence.vma x0, asid keeps other ASIDs and global entries", flush_of_an_asid_keeps_others_and_global_entries),
		T("tlb: flushed ways are filled before anything is evicted", flushed_ways_are_free_again),
		T("tlb: sfence.vma va, x0 drops that page of every ASID, and global", flush_of_an_address_takes_every_asid_and_global),
		T("tlb: sfence.vma va, asid keeps global entries and other ASIDs", flush_of_an_address_and_asid_keeps_global_and_others),
		T("tlb: one address drops a whole superpage or NAPOT page", one_address_drops_a_whole_superpage),
		T("tlb: a fence of a non-canonical address has no effect", flush_of_a_noncanonical_address_has_no_effect),
		T("tlb: what a flush has dropped is not reported later", dropped_entries_are_not_dropped_again),
		T("tlb: no number of full flushes revives an entry", no_number_of_full_flushes_revives_an_entry),
		T("tlb: no number of ASID flushes revives an entry or loses another", no_number_of_asid_flushes_revives_or_loses_an_entry),
		T("tlb: flushing all or an ASID looks at no entry", flushes_do_not_look_at_entries),
		T("tlb: many flushes of both kinds together revive no entry", many_flushes_of_both_kinds_revive_nothing),
	};
	// clang-format on

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("tlb flush", tests, NULL, NULL);
}
