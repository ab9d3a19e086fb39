/* One named test for each rule of the walk that looks and refuses (steps 1 to 8), on tables small
 * enough to read.  What a walk changes is in walk_update_test.c. */
#include "tests/mmu/case.h"

static const enum sv_mode modes[] = { SV_39, SV_48, SV_57 };

/* A PPN of 44 bits, aligned for a leaf of `level`, with a bit pattern in all that is left. */
static uint64_t aligned_ppn(unsigned level)
{
	return 0xa5a5a5a5a5aull >> (9 * level) << (9 * level);
}

static void levels_are_3_4_and_5(void **state)
{
	(void)state;
	assert_int_equal(sv_levels(SV_39), 3);
	assert_int_equal(sv_levels(SV_48), 4);
	assert_int_equal(sv_levels(SV_57), 5);
	assert_int_equal(sv_levels(SV_BARE), 0);
}

static void pages_of_every_size_translate(void **state)
{
	(void)state;
	for (unsigned m = 0; m < 3; m++)
		for (unsigned level = 0; level < 3 + m; level++) {
			uint64_t bytes = 4096ull << (9 * level);
			struct sv_walk walk;

			table_init(&t, modes[m]);
			table_map(&t, VA, level, PPN(aligned_ppn(level)) | LEAF);
			walk = table_walk(&t, VA, SV_LOAD);
			assert_status(walk.status, SV_OK);
			assert_int_equal(walk.pa, aligned_ppn(level) * 4096 + VA % bytes);
			assert_int_equal(walk.page_bytes, bytes);
			assert_int_equal(walk.level, level);
			assert_int_equal(walk.va, VA);
			assert_int_equal(walk.access, SV_LOAD);
			assert_int_equal(walk.pte, PPN(aligned_ppn(level)) | LEAF);
			assert_int_equal(walk.pte_pa, table_pte_pa(&t, VA, level));
			assert_int_equal(walk.pte_reads, 3 + m - level);
			assert_int_equal(t.reads, walk.pte_reads);
			assert_int_equal(t.updates, 0);
			assert_false(walk.updated);
			assert_false(walk.global);
		}
}

/* What a call finds on the stack is not zero afterwards. */
static __attribute__((noinline)) void soil_the_stack(void)
{
	unsigned char dirt[4096];

	memset(dirt, 0xa5, sizeof(dirt));
	__asm__ volatile("" : : "r"(dirt) : "memory");
}

static struct sv_walk walk_on_dirt(uint64_t va)
{
	struct sv_walk walk;

	memset(&walk, 0xa5, sizeof(walk));
	soil_the_stack();
	walk = sv39_walk(&t.port, &t.context, va, SV_LOAD);
	return walk;
}

static void a_refused_walk_tells_no_more_than_it_came_to(void **state)
{
	struct sv_walk walk;

	(void)state;
	table_init(&t, SV_39);
	walk = walk_on_dirt(1ull << 40);
	assert_status(walk.status, SV_NONCANONICAL);
	assert_int_equal(walk.pte, 0);
	assert_int_equal(walk.pte_pa, 0);
	assert_int_equal(walk.level, 0);
	assert_int_equal(walk.pte_reads, 0);
	assert_int_equal(walk.nsteps, 0);
	assert_int_equal(walk.pa, 0);
	assert_int_equal(walk.page_bytes, 0);
	table_map(&t, VA, 0, PPN(0x12345) | PTE_R);
	walk = walk_on_dirt(VA);
	assert_status(walk.status, SV_PTE_INVALID);
	assert_int_equal(walk.nsteps, 3);
	assert_int_equal(walk.pa, 0);
	assert_int_equal(walk.page_bytes, 0);
	assert_false(walk.global);
	assert_false(walk.updated);
}

static void every_step_is_told(void **state)
{
	struct sv_walk walk;

	(void)state;
	for (unsigned m = 0; m < 3; m++) {
		table_init(&t, modes[m]);
		table_map(&t, VA, 0, PPN(0x12345) | LEAF);
		walk = table_walk(&t, VA, SV_FETCH);
		assert_int_equal(walk.nsteps, 3 + m);
		for (unsigned k = 0; k < walk.nsteps; k++) {
			unsigned level = 2 + m - k;

			assert_int_equal(walk.step[k].level, level);
			assert_int_equal(walk.step[k].pte_pa, table_pte_pa(&t, VA, level));
			assert_int_equal(walk.step[k].pte, *table_pte(&t, VA, level));
		}
	}
}

static void noncanonical_addresses_page_fault(void **state)
{
	(void)state;
	for (unsigned m = 0; m < 3; m++)
		for (unsigned bit = 38 + 9 * m; bit < 64; bit++)
			for (unsigned a = 0; a < 3; a++) {
				uint64_t low = VA & ((1ull << (38 + 9 * m)) - 1);

				table_init(&t, modes[m]);
				/* one bit unlike the others: high among zeros, zero among ones */
				expect(low | 1ull << bit, accesses[a], SV_NONCANONICAL);
				expect((low | -1ull << (38 + 9 * m)) & ~(1ull << bit), accesses[a],
				       SV_NONCANONICAL);
				assert_int_equal(t.reads, 0);
			}
}

static void both_halves_of_the_address_space_translate(void **state)
{
	(void)state;
	for (unsigned m = 0; m < 3; m++) {
		uint64_t top = 1ull << (38 + 9 * m);
		uint64_t edge[] = { 0, top - 8, -top, UINT64_MAX - 7 };

		for (unsigned k = 0; k < 4; k++) {
			struct sv_walk walk;

			table_init(&t, modes[m]);
			table_map(&t, edge[k], 0, PPN(0x77) | LEAF);
			walk = table_walk(&t, edge[k], SV_LOAD);
			assert_status(walk.status, SV_OK);
			assert_int_equal(walk.pa, 0x77000 + edge[k] % 4096);
		}
	}
}

static void denied_pte_read_is_an_access_fault_of_the_access(void **state)
{
	static const unsigned cause[] = { 1, 5, 7 };

	(void)state;
	for (unsigned level = 0; level < 3; level++)
		for (unsigned a = 0; a < 3; a++) {
			struct sv_walk walk;

			table_init(&t, SV_39);
			table_map(&t, VA, 0, PPN(1) | LEAF);
			t.deny_read = table_pte_pa(&t, VA, level);
			walk = table_walk(&t, VA, accesses[a]);
			assert_status(walk.status, SV_PTE_ACCESS);
			assert_int_equal(walk.pte_pa, t.deny_read);
			assert_int_equal(walk.pte, 0);
			assert_int_equal(walk.level, level);
			assert_int_equal(walk.pte_reads, 3 - level);
			assert_int_equal(walk.nsteps, 2 - level);
			assert_int_equal(sv_cause(walk.status, walk.access), cause[a]);
		}
}

static void pte_outside_memory_is_an_access_fault(void **state)
{
	(void)state;
	table_init(&t, SV_39);
	t.context.root_ppn = 0x40000;
	expect(VA, SV_STORE, SV_PTE_ACCESS);
	table_init(&t, SV_39);
	table_map(&t, VA, 1, PPN(0x40000) | PTE_V);
	expect(VA, SV_STORE, SV_PTE_ACCESS);
}

static void invalid_pte_is_looked_at_no_further(void **state)
{
	(void)state;
	for (unsigned level = 0; level < 3; level++) {
		table_init(&t, SV_39);
		t.context.svpbmt = t.context.svnapot = false;
		table_map(&t, VA, level, ~PTE_V);
		expect(VA, SV_LOAD, SV_PTE_INVALID);
		assert_int_equal(t.reads, 3 - level);
	}
}

static void write_without_read_is_reserved(void **state)
{
	(void)state;
	for (unsigned level = 0; level < 3; level++) {
		table_init(&t, SV_39);
		table_map(&t, VA, level, PTE_V | PTE_W | AD);
		expect(VA, SV_STORE, SV_PTE_WRITE_ONLY);
		table_map(&t, VA, level, PTE_V | PTE_W | PTE_X | AD);
		expect(VA, SV_FETCH, SV_PTE_WRITE_ONLY);
	}
}

static void reserved_bits_60_to_54_page_fault(void **state)
{
	(void)state;
	for (unsigned bit = 54; bit <= 60; bit++)
		for (unsigned level = 0; level < 3; level++) {
			table_init(&t, SV_39);
			table_map(&t, VA, level, 1ull << bit | LEAF);
			expect(VA, SV_LOAD, SV_PTE_RESERVED);
			assert_int_equal(sv_cause(SV_PTE_RESERVED, SV_LOAD), 13);
			if (level > 0) {
				*table_pte(&t, VA, level) =
					1ull << bit | PTE_V | table_pte_pa(&t, VA, 0) >> 12 << 10;
				expect(VA, SV_LOAD, SV_PTE_RESERVED);
			}
		}
}

static void rsw_is_never_looked_at(void **state)
{
	(void)state;
	table_init(&t, SV_39);
	table_map(&t, VA, 0, PPN(9) | LEAF | 3ull << 8);
	*table_pte(&t, VA, 1) |= 3ull << 8;
	*table_pte(&t, VA, 2) |= 3ull << 8;
	expect(VA, SV_LOAD, SV_OK);
	assert_int_equal(table_walk(&t, VA, SV_LOAD).pa, 0x9000 + VA % 4096);
}

static void pbmt_3_and_pbmt_without_svpbmt_page_fault(void **state)
{
	(void)state;
	for (uint64_t pbmt = 1; pbmt < 4; pbmt++)
		for (unsigned level = 0; level < 3; level++) {
			table_init(&t, SV_39);
			table_map(&t, VA, level, LEAF | pbmt << PTE_PBMT_SHIFT);
			expect(VA, SV_LOAD, pbmt == 3 ? SV_PTE_PBMT : SV_OK);
			t.context.svpbmt = false;
			expect(VA, SV_LOAD, SV_PTE_PBMT);
		}
}

static void napot_is_64_kib_at_level_0_with_ppn_1000_only(void **state)
{
	(void)state;
	for (uint64_t low = 0; low < 16; low++) {
		struct sv_walk walk;

		table_init(&t, SV_39);
		table_map(&t, VA, 0, PTE_N | PPN(0x1230 | low) | LEAF);
		walk = table_walk(&t, VA, SV_LOAD);
		if (low != 8) {
			assert_status(walk.status, SV_PTE_NAPOT);
			continue;
		}
		assert_status(walk.status, SV_OK);
		assert_int_equal(walk.page_bytes, 65536);
		assert_int_equal(walk.pa, 0x1230000 + VA % 65536);
		t.context.svnapot = false;
		expect(VA, SV_LOAD, SV_PTE_NAPOT);
	}
	for (unsigned level = 1; level < 3; level++) {
		table_init(&t, SV_39);
		table_map(&t, VA, level, PTE_N | PPN(8) | LEAF);
		expect(VA, SV_LOAD, SV_PTE_NAPOT);
		table_map(&t, VA, level, PTE_N | LEAF);
		expect(VA, SV_LOAD, SV_PTE_NAPOT);
	}
}

static void pointers_with_leaf_bits_are_reserved(void **state)
{
	static const uint64_t bits[] = { PTE_A, PTE_D, PTE_U, PTE_N, 1ull << 61, 2ull << 61 };

	(void)state;
	for (unsigned k = 0; k < 6; k++)
		for (unsigned level = 0; level < 3; level++) {
			table_init(&t, SV_39);
			table_map(&t, VA, 0, PPN(1) | LEAF);
			*table_pte(&t, VA, level) = PPN(RAM_BASE >> 12) | PTE_V | bits[k];
			expect(VA, SV_LOAD, SV_POINTER_RESERVED);
		}
}

static void pointer_at_level_0_is_no_leaf(void **state)
{
	(void)state;
	for (unsigned m = 0; m < 3; m++) {
		table_init(&t, modes[m]);
		table_map(&t, VA, 0, PPN(RAM_BASE >> 12) | PTE_V);
		expect(VA, SV_LOAD, SV_NO_LEAF);
		assert_int_equal(t.reads, 3 + m);
		assert_int_equal(table_walk(&t, VA, SV_LOAD).level, 0);
	}
}

static void every_low_ppn_bit_of_a_superpage_is_checked(void **state)
{
	(void)state;
	for (unsigned m = 0; m < 3; m++)
		for (unsigned level = 1; level < 3 + m; level++)
			for (unsigned bit = 0; bit < 44; bit++) {
				table_init(&t, modes[m]);
				table_map(&t, VA, level, PPN(1ull << bit) | LEAF);
				expect(VA, SV_LOAD, bit < 9 * level ? SV_MISALIGNED : SV_OK);
			}
}

static void user_mode_needs_the_u_bit(void **state)
{
	(void)state;
	table_init(&t, SV_39);
	t.context.priv = SV_USER;
	for (unsigned a = 0; a < 3; a++)
		for (unsigned sum = 0; sum < 2; sum++) {
			t.context.sum = sum; /* SUM means nothing to U-mode */
			table_map(&t, VA, 0, LEAF);
			expect(VA, accesses[a], SV_SUPERVISOR_PAGE);
			table_map(&t, VA, 0, LEAF | PTE_U);
			expect(VA, accesses[a], SV_OK);
		}
}

static void supervisor_needs_sum_for_user_data(void **state)
{
	(void)state;
	table_init(&t, SV_39);
	table_map(&t, VA, 0, LEAF | PTE_U);
	expect(VA, SV_LOAD, SV_USER_PAGE);
	expect(VA, SV_STORE, SV_USER_PAGE);
	t.context.sum = true;
	expect(VA, SV_LOAD, SV_OK);
	expect(VA, SV_STORE, SV_OK);
}

static void supervisor_never_executes_a_user_page(void **state)
{
	(void)state;
	table_init(&t, SV_39);
	table_map(&t, VA, 0, LEAF | PTE_U);
	for (unsigned k = 0; k < 4; k++) {
		t.context.sum = k & 1;
		t.context.mxr = k & 2;
		expect(VA, SV_FETCH, SV_USER_PAGE);
	}
}

static void permissions_follow_r_w_and_x(void **state)
{
	/* X W R: what a fetch, a load and a store may do with each legal leaf encoding */
	static const struct {
		uint64_t bits;
		enum sv_status fetch, load, store;
	} rows[] = {
		{ PTE_R, SV_NOT_EXECUTABLE, SV_OK, SV_NOT_WRITABLE },
		{ PTE_R | PTE_W, SV_NOT_EXECUTABLE, SV_OK, SV_OK },
		{ PTE_X, SV_OK, SV_NOT_READABLE, SV_NOT_WRITABLE },
		{ PTE_R | PTE_X, SV_OK, SV_OK, SV_NOT_WRITABLE },
		{ RWX, SV_OK, SV_OK, SV_OK },
	};

	(void)state;
	table_init(&t, SV_39);
	for (unsigned k = 0; k < 5; k++) {
		table_map(&t, VA, 0, PTE_V | AD | rows[k].bits);
		expect(VA, SV_FETCH, rows[k].fetch);
		expect(VA, SV_LOAD, rows[k].load);
		expect(VA, SV_STORE, rows[k].store);
	}
}

static void mxr_makes_executable_pages_readable_by_loads_only(void **state)
{
	(void)state;
	table_init(&t, SV_39);
	t.context.mxr = true;
	table_map(&t, VA, 0, PTE_V | AD | PTE_X);
	expect(VA, SV_LOAD, SV_OK);
	expect(VA, SV_STORE, SV_NOT_WRITABLE);
	table_map(&t, VA, 0, PTE_V | AD | PTE_R);
	expect(VA, SV_LOAD, SV_OK);
	expect(VA, SV_FETCH, SV_NOT_EXECUTABLE);
}

static void too_wide_pte_address_is_an_access_fault(void **state)
{
	(void)state;
	table_init(&t, SV_39);
	t.context.pa_bits = 34;
	t.context.root_ppn |= 1ull << 22;
	expect(VA, SV_FETCH, SV_PA_WIDTH);
	assert_int_equal(t.reads, 0);
	t.context.root_ppn = RAM_BASE >> 12;
	table_map(&t, VA, 0, LEAF);
	*table_pte(&t, VA, 2) |= PPN(1ull << 22);
	expect(VA, SV_FETCH, SV_PA_WIDTH);
	assert_int_equal(t.reads, 1);
	assert_int_equal(table_walk(&t, VA, SV_FETCH).pte_reads, 1);
	assert_int_equal(table_walk(&t, VA, SV_FETCH).level, 1);
	assert_int_equal(table_walk(&t, VA, SV_FETCH).pte, 0);
}

static void g_is_inherited_from_pointers(void **state)
{
	(void)state;
	for (unsigned level = 0; level < 3; level++) {
		table_init(&t, SV_39);
		table_map(&t, VA, 0, PPN(1) | LEAF);
		*table_pte(&t, VA, level) |= PTE_G;
		assert_status(table_walk(&t, VA, SV_LOAD).status, SV_OK);
		assert_true(table_walk(&t, VA, SV_LOAD).global);
	}
}

static void hit_checks_u_sum_mxr_and_access_again(void **state)
{
	struct sv_context c = { .mode = SV_39, .priv = SV_SUPERVISOR };

	(void)state;
	assert_status(sv_check_leaf(LEAF | PTE_U, &c, SV_LOAD), SV_USER_PAGE);
	c.sum = true;
	assert_status(sv_check_leaf(LEAF | PTE_U, &c, SV_LOAD), SV_OK);
	assert_status(sv_check_leaf(LEAF | PTE_U, &c, SV_FETCH), SV_USER_PAGE);
	assert_status(sv_check_leaf(PTE_V | PTE_X, &c, SV_LOAD), SV_NOT_READABLE);
	c.mxr = true;
	assert_status(sv_check_leaf(PTE_V | PTE_X, &c, SV_LOAD), SV_OK);
	assert_status(sv_check_leaf(PTE_V | PTE_R, &c, SV_STORE), SV_NOT_WRITABLE);
	assert_status(sv_check_leaf(PTE_V, &c, SV_LOAD), SV_NOT_READABLE);
	c.priv = SV_USER;
	assert_status(sv_check_leaf(LEAF, &c, SV_LOAD), SV_SUPERVISOR_PAGE);
	assert_status(sv_check_leaf(PTE_V | PTE_U | PTE_R, &c, SV_FETCH), SV_NOT_EXECUTABLE);
}

static void causes_are_the_specifications(void **state)
{
	(void)state;
	for (int s = SV_OK + 1; s < SV_STATUS_COUNT; s++) {
		bool access = s == SV_PTE_ACCESS || s == SV_PTE_UPDATE_ACCESS || s == SV_PA_WIDTH ||
			      s == SV_PA_ACCESS;

		assert_int_equal(sv_status_is_access_fault(s), access);
		assert_int_equal(sv_cause(s, SV_FETCH), access ? 1 : 12);
		assert_int_equal(sv_cause(s, SV_LOAD), access ? 5 : 13);
		assert_int_equal(sv_cause(s, SV_STORE), access ? 7 : 15);
	}
	assert_false(sv_status_is_access_fault(SV_OK));
}

static void every_status_has_its_own_words(void **state)
{
	(void)state;
	for (int s = 0; s < SV_STATUS_COUNT; s++) {
		size_t length = strlen(sv_status_text(s));

		assert_true(strlen(sv_status_name(s)) > 1);
		assert_int_equal(sv_status_text(s)[length - 1], '.');
		for (int other = 0; other < s; other++) {
			assert_string_not_equal(sv_status_name(s), sv_status_name(other));
			assert_string_not_equal(sv_status_text(s), sv_status_text(other));
		}
	}
	assert_string_equal(sv_status_name(SV_NOT_WRITABLE), "not writable");
	assert_string_equal(sv_status_name(SV_STATUS_COUNT), "unknown");
	assert_string_equal(sv_status_text(SV_STATUS_COUNT), "This is no status of the walker.");
}

static void flags_are_written_dagu_xwrv(void **state)
{
	char buf[10] = "123456789";

	(void)state;
	assert_string_equal(sv_pte_flags(0xff, buf), "DAGUXWRV");
	assert_string_equal(sv_pte_flags(0, buf), "--------");
	assert_string_equal(sv_pte_flags(PTE_V | PTE_W, buf), "-----W-V");
	assert_string_equal(sv_pte_flags(PTE_R | PTE_X | PTE_U, buf), "---UX-R-");
	assert_string_equal(sv_pte_flags(PTE_G | PTE_A | PTE_D | ~0xffull, buf), "DAG-----");
	assert_ptr_equal(sv_pte_flags(0, buf), buf);
	assert_memory_equal(buf, "--------\0", 10);
}

int main(void)
{
	// clang-format off
	const struct CMUnitTest tests[] = {
		{"walk: Sv39, Sv48 and Sv57 have 3, 4 and 5 levels", levels_are_3_4_and_5, 0, 0, 0},
		{"walk: pages of every size translate, superpages take low PPN bits from the VPN", pages_of_every_size_translate, 0, 0, 0},
		{"walk: the result tells every step's level, address and PTE", every_step_is_told, 0, 0, 0},
		{"a refused walk says nothing of what it did not come to", a_refused_walk_tells_no_more_than_it_came_to, 0, 0, 0},
		{"walk step 1: a non-canonical address page-faults before any PTE is read", noncanonical_addresses_page_fault, 0, 0, 0},
		{"walk step 1: addresses at the edges of both halves translate", both_halves_of_the_address_space_translate, 0, 0, 0},
		{"walk step 2: a denied PTE read is an access fault of the original access", denied_pte_read_is_an_access_fault_of_the_access, 0, 0, 0},
		{"walk step 2: a PTE outside memory is an access fault", pte_outside_memory_is_an_access_fault, 0, 0, 0},
		{"walk step 3: with V=0 nothing else is looked at", invalid_pte_is_looked_at_no_further, 0, 0, 0},
		{"walk step 3: W without R is reserved at every level", write_without_read_is_reserved, 0, 0, 0},
		{"walk step 3: each reserved bit of 60:54 page-faults", reserved_bits_60_to_54_page_fault, 0, 0, 0},
		{"walk step 3: RSW is never looked at", rsw_is_never_looked_at, 0, 0, 0},
		{"walk step 3: PBMT=3, and any PBMT without Svpbmt, page-faults", pbmt_3_and_pbmt_without_svpbmt_page_fault, 0, 0, 0},
		{"walk step 3: NAPOT is 64 KiB, at level 0 and with PPN[3:0]=1000 only", napot_is_64_kib_at_level_0_with_ppn_1000_only, 0, 0, 0},
		{"walk step 3: A, D, U, N or PBMT in a pointer is reserved", pointers_with_leaf_bits_are_reserved, 0, 0, 0},
		{"walk step 4: a pointer at level 0 page-faults", pointer_at_level_0_is_no_leaf, 0, 0, 0},
		{"walk step 5: every low PPN bit of a superpage is checked, and no other", every_low_ppn_bit_of_a_superpage_is_checked, 0, 0, 0},
		{"walk step 6: U-mode needs the U bit, whatever SUM is", user_mode_needs_the_u_bit, 0, 0, 0},
		{"walk step 6: S-mode needs SUM for user data", supervisor_needs_sum_for_user_data, 0, 0, 0},
		{"walk step 6: S-mode never executes a user page, SUM or not", supervisor_never_executes_a_user_page, 0, 0, 0},
		{"walk step 8: fetch, load and store follow X, R and W", permissions_follow_r_w_and_x, 0, 0, 0},
		{"walk step 8: MXR makes executable pages readable, for loads only", mxr_makes_executable_pages_readable_by_loads_only, 0, 0, 0},
		{"walk step 2: a PTE address that is too wide is an access fault", too_wide_pte_address_is_an_access_fault, 0, 0, 0},
		{"walk: G is inherited from pointers", g_is_inherited_from_pointers, 0, 0, 0},
		{"walk: a TLB hit checks U, SUM, MXR and the access again", hit_checks_u_sum_mxr_and_access_again, 0, 0, 0},
		{"walk: causes are 1, 5, 7 and 12, 13, 15", causes_are_the_specifications, 0, 0, 0},
		{"walk: every status has a name and a sentence of its own", every_status_has_its_own_words, 0, 0, 0},
		{"walk: PTE flags are written DAGUXWRV", flags_are_written_dagu_xwrv, 0, 0, 0},
	};
	// clang-format on

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
