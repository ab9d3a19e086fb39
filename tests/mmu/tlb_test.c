/* The TLB: its geometry, what it finds, whom a fill replaces, what it counts. */
#include "tests/mmu/tlb_case.h"

static void geometry_is_checked(void **state)
{
	static const struct {
		unsigned sets, ways;
		bool good;
	} rows[] = {
		{ 1, 1, true },	 { 4, 4, true },   { 65536, 1, true }, { 1, 64, true },
		{ 0, 4, false }, { 3, 4, false },  { 6, 1, false },    { 131072, 1, false },
		{ 4, 0, false }, { 4, 65, false },
	};

	(void)state;
	for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct tlb_config config = { rows[k].sets, rows[k].ways, TLB_RANDOM, 77 };
		struct tlb *other = tlb_create(&config, NULL, NULL);

		assert_int_equal(other != NULL, rows[k].good);
		if (other) {
			assert_int_equal(tlb_geometry(other)->sets, rows[k].sets);
			assert_int_equal(tlb_geometry(other)->ways, rows[k].ways);
			assert_int_equal(tlb_geometry(other)->replacement, TLB_RANDOM);
			assert_int_equal(tlb_geometry(other)->seed, 77);
			assert_null(tlb_find(other, 0, 0));
		}
		tlb_destroy(other);
	}
}

/* calloc, but for the call that a test wants to fail. */
static unsigned calloc_fails_at;

void *__wrap_calloc(size_t n, size_t bytes);
void *__real_calloc(size_t n, size_t bytes);

void *__wrap_calloc(size_t n, size_t bytes)
{
	if (calloc_fails_at > 0 && --calloc_fails_at == 0)
		return NULL;
	return __real_calloc(n, bytes);
}

static void shortage_of_memory_is_survived(void **state)
{
	struct tlb_config config = { 16, 4, TLB_FIFO, 0 };

	(void)state;
	for (unsigned call = 1; call <= 3; call++) {
		calloc_fails_at = call;
		assert_null(tlb_create(&config, NULL, NULL));
		assert_int_equal(calloc_fails_at, 0);
	}
}

static void new_tlb_is_empty(void **state)
{
	const struct tlb_counters *c = tlb_counters(tlb);

	(void)state;
	assert_false(has(0, 0));
	assert_int_equal(census().entries, 0);
	assert_int_equal(c->misses + c->fills + c->evictions + c->flushes, 0);
}

static void fill_is_found_for_the_whole_page_and_no_more(void **state)
{
	static const uint64_t sizes[] = {
		4 * KIB, 64 * KIB, 2 * MIB, GIB, 512 * GIB, 262144 * GIB
	};

	(void)state;
	for (unsigned k = 0; k < 6; k++) {
		uint64_t bytes = sizes[k], base = 0x5000000000000 & ~(bytes - 1);
		uint64_t va = base + bytes - 0x233, pa = 0xa000000000000 + bytes - 0x233;
		struct tlb_entry *entry;

		make(4, 2, TLB_FIFO, 0);
		entry = fill(va, pa, bytes, 3, false);
		assert_ptr_equal(tlb_find(tlb, va, 3), entry);
		assert_ptr_equal(tlb_find(tlb, base, 3), entry);
		assert_ptr_equal(tlb_find(tlb, base + bytes - 1, 3), entry);
		assert_false(has(base - 1, 3));
		assert_false(has(base + bytes, 3));
		assert_true(tlb_entry_valid(tlb, entry));
		assert_int_equal(entry->va, base);
		assert_int_equal(entry->pa, 0xa000000000000);
		assert_int_equal(tlb_page_bytes(entry), bytes);
		assert_int_equal(entry->pte, pa >> 12 << 10 | 0xcf);
		assert_int_equal(entry->asid, 3);
		assert_int_equal(entry->held, 0);
		assert_false(entry->global);
	}
}

static void a_missing_page_is_entered_as_its_walk_would_be(void **state)
{
	struct sv_walk walk = walk_of(0x123456789abc, 0x89abcdef123, 4 * KIB, false);
	struct tlb_entry *entry, want;

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		walk.global = k;
		make(4, 2, TLB_FIFO, 0);
		want = *tlb_fill(tlb, &walk, 7);
		make(4, 2, TLB_FIFO, 0);
		entry = tlb_fill_page(tlb, walk.va, walk.pa, walk.pte, 7, k);
		assert_memory_equal(entry, &want, sizeof(want));
		assert_ptr_equal(tlb_find(tlb, walk.va, 7), entry);
		assert_int_equal(tlb_counters(tlb)->fills, 1);
		tlb_flush_all(tlb);
		entry->held = 5;
		assert_int_equal(tlb_fill_page(tlb, walk.va, 0, 0, 7, false)->held, 0);
	}
}

static void all_bits_of_an_address_are_matched(void **state)
{
	(void)state;
	make(1, 4, TLB_FIFO, 0);
	fill(0x1a2b3c4000, 0x1000, 4 * KIB, 0, false);
	for (unsigned bit = 12; bit < 64; bit++)
		assert_false(has(0x1a2b3c4000 ^ 1ull << bit, 0));
	make(1, 4, TLB_FIFO, 0);
	fill(0x1a2b200000, 0, 2 * MIB, 0, false);
	for (unsigned bit = 21; bit < 64; bit++)
		assert_false(has(0x1a2b200000 ^ 1ull << bit, 0));
}

static void upper_half_addresses_are_found(void **state)
{
	(void)state;
	page(-4096ull, 1);
	fill(-GIB, 0, GIB / 512, 1, false);
	assert_true(has(UINT64_MAX, 1));
	assert_true(has(-GIB + 5, 1));
	assert_int_equal(tlb_find(tlb, UINT64_MAX, 1)->va, -4096ull);
}

static void entries_belong_to_their_asid(void **state)
{
	(void)state;
	fill(0x4000, 0x1000, 4 * KIB, 1, false);
	assert_false(has(0x4000, 0));
	assert_false(has(0x4000, 2));
	assert_false(has(0x4000, 0x101));
	fill(0x4000, 0x2000, 4 * KIB, 2, false);
	assert_int_equal(tlb_find(tlb, 0x4000, 1)->pa, 0x1000);
	assert_int_equal(tlb_find(tlb, 0x4000, 2)->pa, 0x2000);
	fill(0x8000, 0x3000, 4 * KIB, 0xffff, false);
	assert_int_equal(tlb_find(tlb, 0x8000, 0xffff)->pa, 0x3000);
	assert_false(has(0x8000, 0x7fff));
}

static void global_entries_belong_to_all(void **state)
{
	(void)state;
	fill(0x4000, 0x1000, 4 * KIB, 1, true);
	assert_true(has(0x4000, 0));
	assert_true(has(0x4000, 0xffff));
	assert_true(tlb_find(tlb, 0x4000, 9)->global);
}

static void smaller_page_is_found_first(void **state)
{
	(void)state;
	fill(0x200000, 0x40000000, 2 * MIB, 1, false);
	fill(0x203000, 0x5000, 4 * KIB, 2, false);
	assert_int_equal(tlb_page_bytes(tlb_find(tlb, 0x203000, 1)), 2 * MIB);
	assert_int_equal(tlb_page_bytes(tlb_find(tlb, 0x203000, 2)), 4 * KIB);
}

static void sets_are_chosen_by_the_page_number(void **state)
{
	struct census c;

	(void)state;
	for (uint64_t k = 0; k < 8; k++)
		page(k * 4096, 1);
	c = census();
	assert_int_equal(c.entries, 8);
	for (unsigned set = 0; set < 4; set++) {
		assert_int_equal(c.sets_seen[set], 2);
		assert_int_equal(c.va[2 * set], set * 4096);
		assert_int_equal(c.va[2 * set + 1], (set + 4) * 4096);
	}
	/* superpages by their own page number: these four fill four sets */
	make(4, 1, TLB_FIFO, 0);
	for (uint64_t k = 0; k < 4; k++)
		fill(k * 2 * MIB, 0, 2 * MIB, 1, false);
	assert_int_equal(census().entries, 4);
	make(4, 1, TLB_FIFO, 0);
	for (uint64_t k = 0; k < 4; k++)
		fill(k * 64 * KIB, 0, 64 * KIB, 1, false);
	assert_int_equal(census().entries, 4);
}

static void sets_and_ways_are_used_to_the_last(void **state)
{
	(void)state;
	make(8, 3, TLB_FIFO, 0);
	for (uint64_t k = 0; k < 24; k++)
		page(k * 4096, 0);
	assert_int_equal(drops, 0);
	assert_int_equal(tlb_counters(tlb)->evictions, 0);
	for (uint64_t k = 0; k < 24; k++)
		assert_true(has(k * 4096, 0));
	page(24 * 4096, 0);
	assert_int_equal(drops, 1);
}

static void fifo_evicts_in_order_of_filling(void **state)
{
	(void)state;
	make(1, 3, TLB_FIFO, 0);
	page(0x1000, 0);
	page(0x2000, 0);
	page(0x3000, 0);
	assert_true(has(0x1000, 0)); /* a hit changes no order */
	page(0x4000, 0);
	assert_int_equal(dropped.va, 0x1000);
	/* a hole is filled first, and its new entry is the youngest */
	tlb_flush_va(tlb, 0x3000);
	drops = 0;
	page(0x5000, 0);
	assert_int_equal(drops, 0);
	page(0x6000, 0);
	assert_int_equal(dropped.va, 0x2000);
	page(0x7000, 0);
	assert_int_equal(dropped.va, 0x4000);
	page(0x8000, 0);
	assert_int_equal(dropped.va, 0x5000);
	assert_int_equal(tlb_counters(tlb)->evictions, 4);
}

static void refill_is_the_youngest(void **state)
{
	(void)state;
	make(1, 2, TLB_FIFO, 0);
	page(0x1000, 0);
	page(0x2000, 0);
	page(0x1000, 0);
	page(0x3000, 0);
	assert_int_equal(dropped.va, 0x2000);
}

static void random_replacement_follows_its_seed(void **state)
{
	uint64_t order[3][40];
	unsigned hit[4] = { 0 };

	(void)state;
	for (unsigned run = 0; run < 3; run++) {
		make(1, 4, TLB_RANDOM, run == 2 ? 99 : 5);
		for (uint64_t k = 0; k < 44; k++) {
			struct tlb_entry *entry = page(k * 4096, 0);

			assert_true(tlb_entry_valid(tlb, entry));
			if (k < 4) {
				assert_int_equal(drops, 0);
				continue;
			}
			assert_int_equal(drops, k - 3);
			order[run][k - 4] = dropped.va;
		}
		assert_int_equal(census().entries, 4);
		assert_int_equal(tlb_counters(tlb)->evictions, 40);
	}
	assert_memory_equal(order[0], order[1], sizeof(order[0]));
	assert_memory_not_equal(order[0], order[2], sizeof(order[0]));
	/* every way is chosen about as often as another */
	make(1, 4, TLB_RANDOM, 1);
	for (uint64_t k = 0; k < 4; k++)
		page(k * 4096, 0)->held = (uint32_t)k;
	for (uint64_t k = 4; k < 4004; k++) {
		struct tlb_entry *entry = page(k * 4096, 0);

		entry->held = dropped.held;
		hit[entry->held]++;
	}
	for (unsigned k = 0; k < 4; k++)
		assert_in_range(hit[k], 850, 1150);
}

static void random_replacement_is_splitmix64(void **state)
{
	/* the generator's first outputs for this seed, as its author publishes them */
	static const uint64_t published[] = { 6457827717110365317u, 3203168211198807973u,
					      9817491932198370423u, 4593380528125082431u,
					      16408922859458223821u };

	(void)state;
	make(1, 64, TLB_RANDOM, 1234567);
	for (uint64_t k = 0; k < 64; k++)
		page(k * 4096, 0)->held = (uint32_t)k;
	for (unsigned k = 0; k < 5; k++) {
		struct tlb_entry *entry = page((100 + k) * 4096, 0);

		entry->held = dropped.held;
		assert_int_equal(dropped.held, published[k] % 64);
	}
}

static void refill_replaces_and_says_so(void **state)
{
	struct tlb_entry *entry;

	(void)state;
	entry = fill(0x4000, 0x1000, 4 * KIB, 1, false);
	entry->held = 0x55;
	entry = fill(0x4000, 0x2000, 4 * KIB, 1, false);
	assert_int_equal(drops, 1);
	assert_true(dropped_was_valid);
	assert_int_equal(dropped.pa, 0x1000);
	assert_int_equal(dropped.held, 0x55);
	assert_int_equal(entry->held, 0);
	assert_int_equal(census().entries, 1);
	assert_int_equal(tlb_counters(tlb)->evictions, 0);
	assert_int_equal(tlb_counters(tlb)->fills, 2);
	assert_int_equal(tlb_find(tlb, 0x4000, 1)->pa, 0x2000);
}

static void refill_of_another_size_replaces_what_would_be_found(void **state)
{
	(void)state;
	fill(0x203000, 0x5000, 4 * KIB, 1, false);
	fill(0x203000, 0x40003000, 2 * MIB, 1, false);
	assert_int_equal(drops, 1);
	assert_int_equal(tlb_page_bytes(tlb_find(tlb, 0x203000, 1)), 2 * MIB);
	fill(0x203000, 0x5000, 4 * KIB, 1, false);
	assert_int_equal(tlb_page_bytes(tlb_find(tlb, 0x203000, 1)), 4 * KIB);
	assert_int_equal(census().entries, 1);
}

static void refill_replaces_global_and_private_at_once(void **state)
{
	(void)state;
	fill(0x4000, 0x1000, 4 * KIB, 1, false);
	fill(0x4000, 0x2000, 4 * KIB, 2, true);
	assert_int_equal(drops, 0);
	assert_int_equal(tlb_find(tlb, 0x4000, 2)->pa, 0x2000);
	fill(0x4000, 0x3000, 4 * KIB, 1, false);
	assert_int_equal(drops, 2);
	assert_int_equal(tlb_find(tlb, 0x4000, 1)->pa, 0x3000);
	assert_false(has(0x4000, 2));
}

static void eviction_says_what_leaves_while_it_is_there(void **state)
{
	struct tlb_entry *entry;

	(void)state;
	make(1, 1, TLB_FIFO, 0);
	entry = fill(0x4000, 0x1000, 4 * KIB, 7, false);
	entry->held = 3;
	page(0x5000, 7);
	assert_int_equal(drops, 1);
	assert_true(dropped_was_valid);
	assert_int_equal(dropped.va, 0x4000);
	assert_int_equal(dropped.asid, 7);
	assert_int_equal(dropped.held, 3);
	assert_false(has(0x4000, 7));
}

static void no_hook_is_needed(void **state)
{
	struct tlb_config config = { 1, 1, TLB_FIFO, 0 };

	(void)state;
	tlb_destroy(tlb);
	tlb = tlb_create(&config, NULL, NULL);
	page(0x1000, 0);
	page(0x2000, 0);
	tlb_flush_va(tlb, 0x2000);
	assert_int_equal(census().entries, 0);
	tlb_destroy(NULL);
}

static void counters_count_each_operation_once(void **state)
{
	const struct tlb_counters *c;

	(void)state;
	make(1, 2, TLB_FIFO, 0);
	c = tlb_counters(tlb);
	tlb_count_miss(tlb);
	page(0x1000, 0);
	page(0x2000, 0);
	page(0x3000, 0);
	assert_int_equal(c->misses, 1);
	assert_int_equal(c->fills, 3);
	assert_int_equal(c->evictions, 1);
	assert_int_equal(c->flushes, 0);
	has(0x2000, 0);
	has(0x9000, 0);
	assert_int_equal(c->misses, 1);
	tlb_flush_va(tlb, 0x2000);
	tlb_flush_va_asid(tlb, 0x3000, 0);
	tlb_flush_asid(tlb, 0);
	tlb_flush_all(tlb);
	assert_int_equal(c->flushes, 4);
	assert_int_equal(c->evictions, 1);
}

int main(void)
{
	// clang-format off
	const struct CMUnitTest tests[] = {
		T("tlb: the geometry is checked and told", geometry_is_checked),
		T("tlb: is not created when memory is short, and leaks none", shortage_of_memory_is_survived),
		T("tlb: a new one is empty", new_tlb_is_empty),
		T("tlb: an entry is found for its whole page, of every size, and no more", fill_is_found_for_the_whole_page_and_no_more),
		T("tlb: a page that was missing is entered as its walk would be", a_missing_page_is_entered_as_its_walk_would_be),
		T("tlb: all bits of an address are matched", all_bits_of_an_address_are_matched),
		T("tlb: addresses of the upper half are found", upper_half_addresses_are_found),
		T("tlb: entries belong to their ASID", entries_belong_to_their_asid),
		T("tlb: global entries belong to every ASID", global_entries_belong_to_all),
		T("tlb: the smaller of two pages is found first", smaller_page_is_found_first),
		T("tlb: the page number chooses the set, for each page size", sets_are_chosen_by_the_page_number),
		T("tlb: all sets and ways are used before anything leaves", sets_and_ways_are_used_to_the_last),
		T("tlb: fifo evicts in the order of filling, hits or not", fifo_evicts_in_order_of_filling),
		T("tlb: a refilled entry is the youngest", refill_is_the_youngest),
		T("tlb: random replacement follows its seed and spares no way", random_replacement_follows_its_seed),
		T("tlb: random replacement is splitmix64, seed by seed", random_replacement_is_splitmix64),
		T("tlb: a refill replaces the old entry and reports it", refill_replaces_and_says_so),
		T("tlb: a refill of another page size replaces what would be found", refill_of_another_size_replaces_what_would_be_found),
		T("tlb: a refill replaces a global and a private entry at once", refill_replaces_global_and_private_at_once),
		T("tlb: an eviction reports the entry while it is valid", eviction_says_what_leaves_while_it_is_there),
		T("tlb: works without a drop hook", no_hook_is_needed),
		T("tlb: counters count each operation once", counters_count_each_operation_once),
	};
	// clang-format on

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("tlb", tests, NULL, NULL);
}
