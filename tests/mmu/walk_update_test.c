/* One named test for each rule of steps 9 and 10: A and D, and the physical address. */
#include "tests/mmu/case.h"

static void bad_napot_faults_before_a_and_d_are_touched(void **state)
{
	(void)state;
	table_init(&t, SV_39);
	table_map(&t, VA, 0, PTE_N | PPN(0x1234) | PTE_V | RWX);
	expect(VA, SV_STORE, SV_PTE_NAPOT);
	assert_int_equal(t.updates, 0);
}

static void good_napot_sets_a_and_d_in_its_own_pte(void **state)
{
	struct sv_walk walk;

	(void)state;
	table_init(&t, SV_39);
	table_map(&t, VA, 0, PTE_N | PPN(0x1238) | PTE_V | RWX);
	walk = table_walk(&t, VA, SV_STORE);
	assert_status(walk.status, SV_OK);
	assert_int_equal(*table_pte(&t, VA, 0), PTE_N | PPN(0x1238) | LEAF);
	assert_int_equal(t.update_pa, table_pte_pa(&t, VA, 0));
}

static void misaligned_superpage_changes_no_pte(void **state)
{
	(void)state;
	table_init(&t, SV_39);
	table_map(&t, VA, 1, PPN(0x201) | PTE_V | RWX);
	expect(VA, SV_STORE, SV_MISALIGNED);
	assert_int_equal(t.updates, 0);
	assert_int_equal(*table_pte(&t, VA, 1), PPN(0x201) | PTE_V | RWX);
}

static void svade_faults_on_a_clear_and_on_a_store_with_d_clear(void **state)
{
	(void)state;
	table_init(&t, SV_39);
	t.context.ad_update = false;
	t.port.cas_pte = NULL;
	for (unsigned a = 0; a < 3; a++) {
		table_map(&t, VA, 0, PTE_V | RWX);
		expect(VA, accesses[a], SV_ACCESSED_CLEAR);
		table_map(&t, VA, 0, PTE_V | RWX | PTE_D);
		expect(VA, accesses[a], SV_ACCESSED_CLEAR);
		table_map(&t, VA, 0, PTE_V | RWX | PTE_A);
		expect(VA, accesses[a], accesses[a] == SV_STORE ? SV_DIRTY_CLEAR : SV_OK);
		table_map(&t, VA, 0, PTE_V | RWX | AD);
		expect(VA, accesses[a], SV_OK);
	}
}

static void a_port_that_sets_nothing_is_svade(void **state)
{
	(void)state;
	table_init(&t, SV_39);
	t.port.cas_pte = NULL;
	table_map(&t, VA, 0, PTE_V | RWX);
	expect(VA, SV_LOAD, SV_ACCESSED_CLEAR);
	table_map(&t, VA, 0, PTE_V | RWX | PTE_A);
	expect(VA, SV_LOAD, SV_OK);
	expect(VA, SV_STORE, SV_DIRTY_CLEAR);
}

static void svadu_sets_a_and_only_for_a_store_d(void **state)
{
	(void)state;
	for (unsigned a = 0; a < 3; a++)
		for (unsigned had = 0; had < 4; had++) {
			uint64_t before = PPN(0x55) | PTE_V | RWX | (had & 1 ? PTE_A : 0) |
					  (had & 2 ? PTE_D : 0);
			uint64_t after = before | PTE_A | (accesses[a] == SV_STORE ? PTE_D : 0);
			struct sv_walk walk;

			table_init(&t, SV_39);
			table_map(&t, VA, 0, before);
			walk = table_walk(&t, VA, accesses[a]);
			assert_status(walk.status, SV_OK);
			assert_int_equal(*table_pte(&t, VA, 0), after);
			assert_int_equal(walk.pte, after);
			assert_int_equal(walk.step[2].pte, before);
			assert_int_equal(walk.updated, before != after);
			assert_int_equal(t.updates, before != after);
		}
}

static void load_then_store_sets_d(void **state)
{
	(void)state;
	table_init(&t, SV_39);
	table_map(&t, VA, 0, PTE_V | PTE_R | PTE_W);
	expect(VA, SV_LOAD, SV_OK);
	assert_int_equal(*table_pte(&t, VA, 0), PTE_V | PTE_R | PTE_W | PTE_A);
	expect(VA, SV_STORE, SV_OK);
	assert_int_equal(*table_pte(&t, VA, 0), PTE_V | PTE_R | PTE_W | AD);
}

static void refused_access_changes_no_pte(void **state)
{
	static const struct {
		uint64_t pte;
		enum sv_access access;
		enum sv_priv priv;
	} rows[] = {
		{ PTE_V | PTE_R, SV_STORE, SV_SUPERVISOR },
		{ PTE_V | PTE_R, SV_FETCH, SV_SUPERVISOR },
		{ PTE_V | PTE_X, SV_LOAD, SV_SUPERVISOR },
		{ PTE_V | RWX, SV_STORE, SV_USER },
		{ PTE_V | RWX | PTE_U, SV_STORE, SV_SUPERVISOR },
		{ PTE_V | RWX | 1ull << 54, SV_STORE, SV_SUPERVISOR },
		{ PTE_V | RWX | 3ull << 61, SV_STORE, SV_SUPERVISOR },
	};

	(void)state;
	for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		table_init(&t, SV_39);
		t.context.priv = rows[k].priv;
		table_map(&t, VA, 0, rows[k].pte);
		assert_int_not_equal(table_walk(&t, VA, rows[k].access).status, SV_OK);
		assert_int_equal(t.updates, 0);
		assert_int_equal(*table_pte(&t, VA, 0), rows[k].pte);
	}
}

static void denied_update_is_an_access_fault_of_the_access(void **state)
{
	static const unsigned cause[] = { 1, 5, 7 };

	(void)state;
	for (unsigned a = 0; a < 3; a++) {
		struct sv_walk walk;

		table_init(&t, SV_39);
		table_map(&t, VA, 0, PTE_V | RWX);
		t.deny_update = table_pte_pa(&t, VA, 0);
		walk = table_walk(&t, VA, accesses[a]);
		assert_status(walk.status, SV_PTE_UPDATE_ACCESS);
		assert_int_equal(sv_cause(walk.status, walk.access), cause[a]);
		assert_int_equal(*table_pte(&t, VA, 0), PTE_V | RWX);
		assert_int_equal(walk.pte, PTE_V | RWX);
		assert_false(walk.updated);
	}
}

static void changed_pte_is_read_again(void **state)
{
	struct sv_walk walk;

	(void)state;
	table_init(&t, SV_39);
	table_map(&t, VA, 0, PPN(1) | PTE_V | RWX | PTE_G);
	t.changes = 1;
	t.change_to = PPN(2) | PTE_V | RWX;
	walk = table_walk(&t, VA, SV_STORE);
	assert_status(walk.status, SV_OK);
	assert_int_equal(walk.pa, 0x2000 + VA % 4096);
	assert_int_equal(walk.pte, PPN(2) | LEAF);
	assert_int_equal(walk.nsteps, 3);
	assert_int_equal(walk.pte_reads, 4);
	assert_int_equal(walk.step[2].pte, PPN(2) | PTE_V | RWX);
	assert_int_equal(t.updates, 2);
	assert_int_equal(t.update_expected, PPN(2) | PTE_V | RWX);
	assert_int_equal(t.update_desired, PPN(2) | LEAF);
	assert_true(walk.updated);
	assert_false(walk.global); /* the G that was read first counts no more */
}

static void pte_changed_by_another_hart_may_refuse(void **state)
{
	struct sv_walk walk;

	(void)state;
	table_init(&t, SV_39);
	table_map(&t, VA, 0, PPN(5) | PTE_V | RWX);
	t.changes = 1;
	t.change_to = PTE_R | PTE_W;
	walk = table_walk(&t, VA, SV_STORE);
	assert_status(walk.status, SV_PTE_INVALID);
	assert_int_equal(walk.pa, 0); /* nor is anything left of the PTE that was there */
	assert_int_equal(walk.page_bytes, 0);
	assert_int_equal(walk.pte, PTE_R | PTE_W);
	assert_int_equal(*table_pte(&t, VA, 0), PTE_R | PTE_W);
}

static void superpage_changed_to_a_pointer_is_followed(void **state)
{
	struct sv_walk walk;

	(void)state;
	table_init(&t, SV_39);
	table_map(&t, VA, 0, PPN(3) | LEAF);
	t.change_to = *table_pte(&t, VA, 1);
	table_map(&t, VA, 1, PPN(0x200) | PTE_V | RWX);
	t.changes = 1;
	walk = table_walk(&t, VA, SV_LOAD);
	assert_status(walk.status, SV_OK);
	assert_int_equal(walk.pa, 0x3000 + VA % 4096);
	assert_int_equal(walk.nsteps, 3);
	assert_int_equal(walk.page_bytes, 4096);
	assert_false(walk.updated);
}

static void update_done_by_another_hart_meanwhile_is_not_ours(void **state)
{
	struct sv_walk walk;

	(void)state;
	table_init(&t, SV_39);
	table_map(&t, VA, 0, PTE_V | RWX);
	t.changes = 1;
	t.change_to = LEAF;
	walk = table_walk(&t, VA, SV_STORE);
	assert_status(walk.status, SV_OK);
	assert_false(walk.updated);
	assert_int_equal(t.updates, 1);
}

static void too_wide_physical_address_is_an_access_fault(void **state)
{
	(void)state;
	for (unsigned pa_bits = 32; pa_bits < 56; pa_bits++) {
		struct sv_walk walk;

		table_init(&t, SV_39);
		t.context.pa_bits = pa_bits;
		table_map(&t, VA, 0, PPN(1ull << (pa_bits - 12)) | PTE_V | RWX);
		walk = table_walk(&t, VA, SV_LOAD);
		assert_status(walk.status, SV_PA_WIDTH);
		assert_int_equal(sv_cause(walk.status, SV_LOAD), 5);
		assert_int_equal(t.updates, 0);
		table_map(&t, VA, 0, PPN((1ull << (pa_bits - 12)) - 1) | PTE_V | RWX);
		walk = table_walk(&t, VA, SV_LOAD);
		assert_status(walk.status, SV_OK);
		assert_int_equal(walk.pa, (1ull << pa_bits) - 4096 + VA % 4096);
	}
}

static void physical_addresses_have_56_bits_unless_told(void **state)
{
	(void)state;
	table_init(&t, SV_39);
	t.context.pa_bits = 0;
	table_map(&t, VA, 0, PTE_PPN_MASK | LEAF);
	expect(VA, SV_LOAD, SV_OK);
	assert_int_equal(table_walk(&t, VA, SV_LOAD).pa, (1ull << 56) - 4096 + VA % 4096);
	t.context.root_ppn = 1ull << 44;
	expect(VA, SV_LOAD, SV_PA_WIDTH);
}

static void bare_addresses_are_physical_ones(void **state)
{
	struct sv_walk walk;

	(void)state;
	table_init(&t, SV_BARE);
	t.context.pa_bits = 34;
	t.context.root_ppn = 0x123;
	walk = table_walk(&t, (1ull << 34) - 5, SV_STORE);
	assert_status(walk.status, SV_OK);
	assert_int_equal(walk.pa, (1ull << 34) - 5);
	assert_int_equal(walk.page_bytes, 4096);
	assert_int_equal(walk.nsteps + walk.pte_reads + t.reads + t.updates, 0);
	assert_int_equal(walk.pte, 0);
	assert_false(walk.global || walk.updated);
	expect(1ull << 34, SV_FETCH, SV_PA_WIDTH);
	t.port.check_pa = table_check_pa;
	t.deny_pa = 0x5008;
	expect(0x5008, SV_LOAD, SV_PA_ACCESS);
	assert_int_equal(t.checked_for, SV_LOAD);
	expect(0x5000, SV_LOAD, SV_OK);
}

static void svade_fault_comes_before_the_physical_address(void **state)
{
	(void)state;
	table_init(&t, SV_39);
	t.context.pa_bits = 34;
	t.context.ad_update = false;
	table_map(&t, VA, 0, PPN(1ull << 22) | PTE_V | RWX);
	expect(VA, SV_LOAD, SV_ACCESSED_CLEAR);
}

static void refused_physical_address_leaves_a_and_d_alone(void **state)
{
	struct sv_walk walk;

	(void)state;
	table_init(&t, SV_39);
	t.port.check_pa = table_check_pa;
	t.deny_pa = 0x5000 + VA % 4096;
	table_map(&t, VA, 0, PPN(5) | PTE_V | RWX);
	walk = table_walk(&t, VA, SV_STORE);
	assert_status(walk.status, SV_PA_ACCESS);
	assert_int_equal(sv_cause(walk.status, walk.access), 7);
	assert_int_equal(t.updates, 0);
	assert_int_equal(t.checked_for, SV_STORE);
	t.deny_pa = 0;
	expect(VA, SV_FETCH, SV_OK);
	assert_int_equal(t.checked_for, SV_FETCH);
}

static enum sv_port_status look_only(void *ctx, uint64_t pte_pa, uint64_t expected,
				     uint64_t desired)
{
	(void)ctx, (void)pte_pa, (void)expected, (void)desired;
	return SV_PORT_OK;
}

static void viewer_walk_touches_nothing(void **state)
{
	static struct table before;

	(void)state;
	table_init(&t, SV_39);
	table_map(&t, VA, 0, PPN(1) | PTE_V | RWX);
	t.port.cas_pte = look_only;
	before = t;
	assert_status(table_walk(&t, VA, SV_STORE).status, SV_OK);
	assert_memory_equal(before.ram, t.ram, sizeof(t.ram));
}

int main(void)
{
	// clang-format off
	const struct CMUnitTest tests[] = {
		{"walk step 3: bad NAPOT faults before A and D are touched", bad_napot_faults_before_a_and_d_are_touched, 0, 0, 0},
		{"walk step 9: a NAPOT page's A and D are set in the PTE that was read", good_napot_sets_a_and_d_in_its_own_pte, 0, 0, 0},
		{"walk step 5: a misaligned superpage changes no PTE", misaligned_superpage_changes_no_pte, 0, 0, 0},
		{"walk step 9: Svade faults on A=0, and on a store with D=0", svade_faults_on_a_clear_and_on_a_store_with_d_clear, 0, 0, 0},
		{"walk step 9: so it is where the port sets nothing", a_port_that_sets_nothing_is_svade, 0, 0, 0},
		{"walk step 9: Svadu sets A, and D for a store only, and nothing if they stand", svadu_sets_a_and_only_for_a_store_d, 0, 0, 0},
		{"walk step 9: a load, then a store: D becomes 1", load_then_store_sets_d, 0, 0, 0},
		{"walk step 9: a refused access changes no PTE", refused_access_changes_no_pte, 0, 0, 0},
		{"walk step 9: a denied update is an access fault of the original access", denied_update_is_an_access_fault_of_the_access, 0, 0, 0},
		{"walk step 9: a PTE that changed meanwhile is read again", changed_pte_is_read_again, 0, 0, 0},
		{"walk step 9: a PTE that another hart made invalid refuses", pte_changed_by_another_hart_may_refuse, 0, 0, 0},
		{"walk step 9: a superpage that became a pointer is followed", superpage_changed_to_a_pointer_is_followed, 0, 0, 0},
		{"walk step 9: an update done by another hart is not done again", update_done_by_another_hart_meanwhile_is_not_ours, 0, 0, 0},
		{"walk step 10: a physical address that is too wide is an access fault", too_wide_physical_address_is_an_access_fault, 0, 0, 0},
		{"walk step 10: physical addresses have 56 bits unless the context says less", physical_addresses_have_56_bits_unless_told, 0, 0, 0},
		{"walk: in Bare mode an address is a physical one, and only step 10 refuses", bare_addresses_are_physical_ones, 0, 0, 0},
		{"walk step 9: Svade's page fault comes before the physical address", svade_fault_comes_before_the_physical_address, 0, 0, 0},
		{"walk step 10: a refused physical address leaves A and D alone", refused_physical_address_leaves_a_and_d_alone, 0, 0, 0},
		{"walk: a viewer's walk changes nothing", viewer_walk_touches_nothing, 0, 0, 0},
	};
	// clang-format on

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("update", tests, NULL, NULL);
}
