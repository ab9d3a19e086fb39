/* The TLB's saved state: whole, equal for equal contents, and refused if it is damaged. */
#include "tests/mmu/tlb_case.h"

static void *saved_state(size_t *bytes)
{
	void *buf;

	*bytes = tlb_state_bytes(tlb);
	buf = malloc(*bytes);
	assert_non_null(buf);
	memset(buf, 0xa5, *bytes); /* every byte must be written */
	tlb_save(tlb, buf);
	return buf;
}

static void loaded_state_goes_on_as_the_saved_one(void **state)
{
	uint64_t order[2][40];
	size_t bytes;
	void *buf, *again;

	(void)state;
	for (unsigned kind = 0; kind < 2; kind++) {
		make(2, 4, kind ? TLB_RANDOM : TLB_FIFO, 4);
		for (uint64_t k = 0; k < 11; k++)
			page(k * 4096, k & 1);
		fill(0x600000, 0x40000000, 2 * MIB, 9, true)->held = 6;
		tlb_count_miss(tlb);
		tlb_flush_asid(tlb, 0);
		tlb_flush_va(tlb, 0x9000);
		buf = saved_state(&bytes);
		for (unsigned run = 0; run < 2; run++) {
			const struct tlb_counters *c = tlb_counters(tlb);

			if (run == 1) {
				make(2, 4, kind ? TLB_RANDOM : TLB_FIFO, 0);
				page(0x77000, 3);
				page(0x78000, 3);
				tlb_flush_asid(tlb, 1);
				assert_true(tlb_load(tlb, buf, bytes));
				again = saved_state(&bytes);
				assert_memory_equal(buf, again, bytes);
				free(again);
				c = tlb_counters(tlb);
				assert_false(has(0x77000, 3));
				assert_int_equal(tlb_geometry(tlb)->seed, 4);
				assert_int_equal(tlb_find(tlb, 0x600000, 1)->held, 0);
			}
			assert_int_equal(c->misses, 1);
			assert_int_equal(c->fills, 12);
			assert_int_equal(c->flushes, 2);
			assert_false(has(0x8000, 0));
			assert_false(has(0x9000, 1));
			assert_true(tlb_find(tlb, 0x7ff000, 1)->global);
			assert_int_equal(tlb_page_bytes(tlb_find(tlb, 0x600000, 1)), 2 * MIB);
			assert_int_equal(tlb_find(tlb, 0x600000, 1)->pa, 0x40000000);
			assert_int_equal(tlb_find(tlb, 0x600000, 1)->va, 0x600000);
			assert_int_equal(tlb_find(tlb, 0x600000, 1)->pte, 0x40000000 >> 2 | 0xcf);
			assert_int_equal(tlb_find(tlb, 0x600000, 1)->asid, 9);
			dropped.va = 0;
			for (uint64_t k = 20; k < 60; k++) {
				page(k * 4096, 1);
				order[run][k - 20] = dropped.va;
			}
		}
		assert_memory_equal(order[0], order[1], sizeof(order[0]));
		free(buf);
	}
}

static void loaded_state_knows_no_flush_of_the_tlb_it_came_to(void **state)
{
	size_t bytes;
	void *buf;

	(void)state;
	page(0x1000, 1);
	buf = saved_state(&bytes);
	make(4, 2, TLB_FIFO, 0);
	page(0x5000, 1);
	page(0x6000, 1);
	tlb_flush_asid(tlb, 1);
	assert_true(tlb_load(tlb, buf, bytes));
	tlb_flush_asid(tlb, 2);
	assert_true(has(0x1000, 1));
	free(buf);
}

static void equal_states_are_equal_bytes(void **state)
{
	size_t bytes;
	void *buf[2];

	(void)state;
	for (unsigned run = 0; run < 2; run++) {
		make(2, 2, TLB_FIFO, 0);
		page(0x2000, 1);
		page(0x1000, 1);
		page(0x3000, 2);
		page(0x5000, 1); /* evicts 0x1000 */
		tlb_flush_asid(tlb, 2);
		if (run == 1) { /* the same again, by way of a load into a used TLB */
			make(2, 2, TLB_FIFO, 0);
			page(0x8000, 1);
			for (unsigned k = 0; k < 500; k++)
				tlb_flush_all(tlb);
			assert_true(tlb_load(tlb, buf[0], bytes));
		}
		buf[run] = saved_state(&bytes);
	}
	assert_memory_equal(buf[0], buf[1], bytes);
	free(buf[0]);
	free(buf[1]);
}

static void foreign_state_is_refused_and_changes_nothing(void **state)
{
	static const struct {
		unsigned sets, ways;
		enum tlb_replacement replacement;
	} rows[] = {
		{ 8, 2, TLB_FIFO }, { 4, 4, TLB_FIFO }, { 4, 2, TLB_RANDOM }, { 2, 4, TLB_FIFO }
	};
	size_t bytes;
	void *buf;

	(void)state;
	page(0x1000, 1);
	buf = saved_state(&bytes);
	for (unsigned k = 0; k < 4; k++) {
		make(rows[k].sets, rows[k].ways, rows[k].replacement, 0);
		page(0x2000, 1);
		assert_false(tlb_load(tlb, buf, bytes));
		assert_true(has(0x2000, 1));
		assert_int_equal(tlb_counters(tlb)->fills, 1);
	}
	make(4, 2, TLB_FIFO, 0);
	page(0x2000, 1);
	assert_false(tlb_load(tlb, buf, bytes - 1));
	assert_false(tlb_load(tlb, buf, 0));
	assert_true(has(0x2000, 1));
	assert_true(tlb_load(tlb, buf, bytes));
	free(buf);
}

static void damaged_state_is_refused_or_harmless(void **state)
{
	unsigned refused = 0;
	unsigned char *buf;
	size_t bytes;

	(void)state;
	page(0x1000, 1);
	fill(0x40000000, 0x80000000, GIB, 2, true);
	fill(0x800000, 0x40000000, 2 * MIB, 1, false); /* the first way of all */
	buf = saved_state(&bytes);
	for (size_t k = 0; k < bytes; k++)
		for (unsigned bit = 0; bit < 8; bit++) {
			buf[k] ^= 1u << bit;
			make(4, 2, TLB_FIFO, 0);
			if (!tlb_load(tlb, buf, bytes)) {
				refused++;
			} else {
				for (uint64_t va = 0; va < 0x10000; va += 4096) {
					page(va, 1);
					assert_true(has(va, 1));
				}
				tlb_flush_va(tlb, 0x1000);
				tlb_flush_va(tlb, 0x40000000);
			}
			buf[k] ^= 1u << bit;
		}
	/*
	 * Refused are exactly: every bit of sets and replacement; of the number of the next fill (4)
	 * its one bit, which makes it smaller than an entry's, and the seven that make it absurd; of
	 * each entry, the address bits that select the set or lie in the page, any other size (4 KiB is
	 * sound for the 2 MiB entry), all bits of valid and global but one, and the bits of the fill's
	 * number (1, 2, 3) that make it 0 or a coming one; of five empty ones all bits of valid.
	 */
	assert_int_equal(refused, 64 + 8 + (14 + 12 + 8 + 7 + 7) + (32 + 30 + 8 + 7 + 7) +
					  (23 + 21 + 7 + 7 + 7) + (63 + 63 + 62) + 5 * 8);
	/* the last fill is not the next one: the number stands behind geometry, seed and counters */
	buf[8 + 8 + sizeof(struct tlb_counters) + 8] = 3;
	assert_false(tlb_load(tlb, buf, bytes));
	buf[8 + 8 + sizeof(struct tlb_counters) + 8] = 4;
	assert_true(tlb_load(tlb, buf, bytes));
	buf[8 + 8 + sizeof(struct tlb_counters) + 8 + 8 + 33] = 2; /* the first way's `valid` */
	assert_false(tlb_load(tlb, buf, bytes));
	free(buf);
	/* an empty TLB's next fill may be the first, but not the one before that */
	make(4, 2, TLB_FIFO, 0);
	buf = saved_state(&bytes);
	assert_true(tlb_load(tlb, buf, bytes));
	buf[8 + 8 + sizeof(struct tlb_counters) + 8] = 0;
	assert_false(tlb_load(tlb, buf, bytes));
	free(buf);
}

int main(void)
{
	// clang-format off
	const struct CMUnitTest tests[] = {
		T("tlb: a loaded state goes on as the saved one", loaded_state_goes_on_as_the_saved_one),
		T("tlb: a loaded state knows no flush of the TLB that it came to", loaded_state_knows_no_flush_of_the_tlb_it_came_to),
		T("tlb: equal states are equal bytes", equal_states_are_equal_bytes),
		T("tlb: a state of another geometry is refused and changes nothing", foreign_state_is_refused_and_changes_nothing),
		T("tlb: a damaged state is refused or harmless", damaged_state_is_refused_or_harmless),
	};
	// clang-format on

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("tlb state", tests, NULL, NULL);
}
