/* PMP: how the registers take writes, and which accesses pass. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mmu/pmp.h"

#define OFF   0x00
#define TOR   0x08
#define NA4   0x10
#define NAPOT 0x18
#define RWX   (PMP_R | PMP_W | PMP_X)

static struct pmp p;

static void set(unsigned index, uint8_t cfg, uint64_t addr)
{
	pmp_addr_write(&p, index, addr);
	pmp_cfg_write(&p, index, cfg);
}

/* pmpaddr of the NAPOT region of `bytes` (8 or more) at `pa` */
static uint64_t napot(uint64_t pa, uint64_t bytes)
{
	return pa / 4 + bytes / 8 - 1;
}

static bool user(uint64_t pa, uint64_t bytes, enum sv_access access)
{
	return pmp_check(&p, pa, bytes, access, false);
}

static bool machine(uint64_t pa, uint64_t bytes, enum sv_access access)
{
	return pmp_check(&p, pa, bytes, access, true);
}

static int reset(void **state)
{
	(void)state;
	memset(&p, 0, sizeof(p));
	return 0;
}

static void all_off_refuses_s_and_u_but_not_m(void **state)
{
	(void)state;
	for (unsigned a = 0; a < 3; a++) {
		assert_false(user(0x80000000, 4, (enum sv_access)a));
		assert_true(machine(0x80000000, 4, (enum sv_access)a));
	}
	assert_false(p.any_active);
	assert_false(p.any_locked);
	pmp_cfg_write(&p, 3, OFF | RWX);
	pmp_addr_write(&p, 3, -1ull);
	assert_false(user(0x80000000, 4, SV_LOAD));
	assert_false(p.any_active);
	pmp_cfg_write(&p, 3, NA4);
	assert_true(p.any_active);
	pmp_cfg_write(&p, 3, OFF);
	assert_false(p.any_active);
	pmp_cfg_write(&p, 15, OFF | PMP_L);
	assert_false(p.any_active);
	assert_true(p.any_locked);
}

static void na4_is_four_bytes(void **state)
{
	(void)state;
	set(0, NA4 | PMP_R, 0x80000004 / 4);
	assert_false(user(0x80000003, 1, SV_LOAD));
	assert_true(user(0x80000004, 1, SV_LOAD));
	assert_true(user(0x80000007, 1, SV_LOAD));
	assert_true(user(0x80000004, 4, SV_LOAD));
	assert_true(user(0x80000006, 2, SV_LOAD));
	assert_false(user(0x80000008, 1, SV_LOAD));
	assert_false(user(0x80000004, 8, SV_LOAD));
	assert_false(user(0x80000000, 8, SV_LOAD));
}

static void napot_of_every_size(void **state)
{
	(void)state;
	for (unsigned bits = 3; bits <= 55; bits++) {
		uint64_t bytes = 1ull << bits;
		uint64_t pa = bits < 55 ? 3 * bytes % (1ull << 56) : bytes;

		reset(NULL);
		set(0, NAPOT | PMP_R, napot(pa, bytes));
		assert_true(user(pa, 1, SV_LOAD));
		assert_true(user(pa, 8, SV_LOAD));
		assert_true(user(pa + bytes - 1, 1, SV_LOAD));
		assert_false(user(pa - 1, 1, SV_LOAD));
		assert_false(user(pa + bytes, 1, SV_LOAD));
		assert_false(user(pa + bytes - 4, 8, SV_LOAD));
		assert_false(user(pa - 4, 8, SV_LOAD));
	}
}

static void napot_of_all_ones_is_everything(void **state)
{
	(void)state;
	set(0, NAPOT | RWX, -1ull);
	assert_int_equal(p.addr[0], (1ull << 54) - 1);
	assert_true(user(0, 8, SV_STORE));
	assert_true(user((1ull << 56) - 8, 8, SV_FETCH));
	reset(NULL);
	set(0, NAPOT | RWX, -1ull >> 11); /* 53 ones: the lower half */
	assert_true(user((1ull << 55) + 8, 8, SV_LOAD));
	reset(NULL);
	set(0, NAPOT | RWX, -1ull >> 12);
	assert_true(user((1ull << 55) - 8, 8, SV_LOAD));
	assert_false(user(1ull << 55, 8, SV_LOAD));
}

static void tor_reaches_from_the_entry_before(void **state)
{
	(void)state;
	set(0, OFF, 0x80001000 / 4);
	set(1, TOR | PMP_W | PMP_R, 0x80001010 / 4);
	assert_false(user(0x80000fff, 1, SV_STORE));
	assert_true(user(0x80001000, 8, SV_STORE));
	assert_true(user(0x80001008, 8, SV_STORE));
	assert_false(user(0x8000100c, 8, SV_STORE));
	assert_false(user(0x80001010, 1, SV_STORE));
	assert_false(user(0x80001000, 4, SV_FETCH));
}

static void tor_of_entry_0_begins_at_0(void **state)
{
	(void)state;
	set(0, TOR | PMP_X, 0x1000 / 4);
	assert_true(user(0, 4, SV_FETCH));
	assert_true(user(0xffe, 2, SV_FETCH));
	assert_false(user(0xffe, 4, SV_FETCH));
	assert_false(user(0x1000, 2, SV_FETCH));
}

static void empty_tor_matches_nothing(void **state)
{
	(void)state;
	set(0, OFF, 0x2000 / 4);
	set(1, TOR | PMP_L, 0x2000 / 4);
	set(2, TOR | PMP_L, 0x1000 / 4);
	set(3, NAPOT | RWX, -1ull);
	assert_true(user(0x1ffc, 8, SV_LOAD));
	assert_true(user(0x0ffc, 8, SV_LOAD));
	assert_true(user(0x1800, 8, SV_LOAD));
}

static void off_matches_nothing_not_even_byte_0(void **state)
{
	(void)state;
	set(0, OFF, 0);
	set(1, NAPOT | RWX, -1ull);
	assert_true(user(0, 1, SV_LOAD));
	assert_true(user(0, 8, SV_STORE));
	assert_int_equal(p.range[0].lo, 0);
	assert_int_equal(p.range[0].hi, 0);
}

static void tor_follows_its_lower_neighbour(void **state)
{
	(void)state;
	set(1, TOR | PMP_R, 0x3000 / 4);
	assert_true(user(0x1000, 8, SV_LOAD));
	pmp_addr_write(&p, 0, 0x2000 / 4);
	assert_false(user(0x1000, 8, SV_LOAD));
	assert_true(user(0x2000, 8, SV_LOAD));
}

static void lowest_match_decides(void **state)
{
	(void)state;
	set(2, NAPOT | RWX, -1ull);
	set(1, NAPOT | PMP_R, napot(0x4000, 0x1000));
	set(0, NA4, 0x4008 / 4);
	assert_true(user(0x5000, 8, SV_STORE));
	assert_true(user(0x4000, 8, SV_LOAD));
	assert_false(user(0x4000, 8, SV_STORE));
	assert_false(user(0x4008, 4, SV_LOAD));
	assert_true(user(0x400c, 4, SV_LOAD));
	/* and the last entry counts as well as the first */
	reset(NULL);
	set(15, NAPOT | PMP_W | PMP_R, -1ull);
	assert_true(user(0x5000, 8, SV_STORE));
	assert_false(user(0x5000, 8, SV_FETCH));
}

static void partial_match_fails_whatever_follows(void **state)
{
	(void)state;
	set(0, NAPOT | RWX, napot(0x4000, 0x1000));
	set(1, NAPOT | RWX, -1ull);
	assert_true(user(0x3ff8, 8, SV_LOAD));
	assert_true(user(0x4ff8, 8, SV_LOAD));
	assert_false(user(0x3ffc, 8, SV_LOAD));
	assert_false(user(0x4ffc, 8, SV_LOAD));
	assert_false(user(0x3fff, 2, SV_LOAD));
	assert_false(user(0x4fff, 2, SV_LOAD));
	assert_false(user(0x3000, 0x4000, SV_LOAD)); /* the entry inside the access */
	/* "irrespective of privilege mode", locked or not */
	assert_false(machine(0x3ffc, 8, SV_LOAD));
	assert_false(machine(0x4ffc, 8, SV_STORE));
	/* a locked entry of M-mode's own likewise */
	pmp_cfg_write(&p, 0, NAPOT | RWX | PMP_L);
	assert_false(machine(0x4ffc, 8, SV_LOAD));
}

static void each_permission_is_its_own(void **state)
{
	static const uint8_t legal[] = { 0, PMP_R, PMP_R | PMP_W, PMP_X, PMP_R | PMP_X, RWX };

	(void)state;
	for (unsigned k = 0; k < sizeof(legal); k++) {
		reset(NULL);
		set(0, NAPOT | legal[k], -1ull);
		assert_int_equal(user(8, 8, SV_LOAD), (legal[k] & PMP_R) != 0);
		assert_int_equal(user(8, 8, SV_STORE), (legal[k] & PMP_W) != 0);
		assert_int_equal(user(8, 8, SV_FETCH), (legal[k] & PMP_X) != 0);
	}
}

static void unlocked_entry_does_not_bind_m(void **state)
{
	(void)state;
	set(0, NAPOT, -1ull);
	assert_true(machine(8, 8, SV_STORE));
	pmp_cfg_write(&p, 0, NAPOT | PMP_L | PMP_R);
	assert_true(machine(8, 8, SV_LOAD));
	assert_false(machine(8, 8, SV_STORE));
	assert_false(machine(8, 8, SV_FETCH));
	assert_false(user(8, 8, SV_STORE));
}

static void unmatched_m_access_passes_beside_locked_entries(void **state)
{
	(void)state;
	set(0, NA4 | PMP_L, 0x1000 / 4);
	assert_true(machine(0x2000, 8, SV_STORE));
	assert_false(user(0x2000, 8, SV_STORE));
}

static void locked_entry_ignores_writes(void **state)
{
	(void)state;
	set(4, NAPOT | PMP_R | PMP_L, 0x1234);
	assert_true(p.any_locked);
	pmp_cfg_write(&p, 4, RWX | NA4);
	assert_int_equal(p.cfg[4], NAPOT | PMP_R | PMP_L);
	pmp_cfg_write(&p, 4, 0);
	assert_int_equal(p.cfg[4], NAPOT | PMP_R | PMP_L);
	pmp_addr_write(&p, 4, 0x9999);
	assert_int_equal(p.addr[4], 0x1234);
	/* its neighbours are free */
	set(3, NA4 | PMP_R, 0x77);
	set(5, NA4 | PMP_R, 0x78);
	assert_int_equal(p.addr[3], 0x77);
	assert_int_equal(p.addr[5], 0x78);
	/* a locked entry that is OFF ignores writes as well */
	pmp_cfg_write(&p, 7, PMP_L);
	set(7, NAPOT | RWX, 5);
	assert_int_equal(p.cfg[7], PMP_L);
	assert_int_equal(p.addr[7], 0);
}

static void locked_tor_also_locks_the_address_below(void **state)
{
	(void)state;
	set(3, OFF, 0x1000);
	set(4, TOR | PMP_R | PMP_L, 0x2000);
	pmp_addr_write(&p, 3, 0x1800);
	assert_int_equal(p.addr[3], 0x1000);
	pmp_cfg_write(&p, 3, NA4 | PMP_R); /* its cfg stays free */
	assert_int_equal(p.cfg[3], NA4 | PMP_R);
	pmp_addr_write(&p, 2, 0x500);
	assert_int_equal(p.addr[2], 0x500);
	/* TOR without lock, and lock with another mode, do not */
	set(8, TOR | PMP_R, 0x9000);
	pmp_addr_write(&p, 7, 0x8000);
	assert_int_equal(p.addr[7], 0x8000);
	set(10, NAPOT | PMP_R | PMP_L, 0x9000);
	pmp_addr_write(&p, 9, 0x8000);
	assert_int_equal(p.addr[9], 0x8000);
	/* the last entry has no neighbour above */
	pmp_addr_write(&p, 15, 0x7000);
	assert_int_equal(p.addr[15], 0x7000);
	/* entry 15 locked TOR binds entry 14 */
	pmp_cfg_write(&p, 15, TOR | PMP_L);
	pmp_addr_write(&p, 14, 0x7000);
	assert_int_equal(p.addr[14], 0);
}

static void reserved_w_without_r_keeps_the_old_value(void **state)
{
	(void)state;
	set(0, NAPOT | PMP_R, 0x100);
	pmp_cfg_write(&p, 0, NA4 | PMP_W);
	assert_int_equal(p.cfg[0], NAPOT | PMP_R);
	pmp_cfg_write(&p, 0, NA4 | PMP_W | PMP_X | PMP_L);
	assert_int_equal(p.cfg[0], NAPOT | PMP_R);
	pmp_cfg_write(&p, 0, TOR | PMP_W | PMP_R);
	assert_int_equal(p.cfg[0], TOR | PMP_W | PMP_R);
}

static void registers_keep_only_legal_bits(void **state)
{
	(void)state;
	pmp_addr_write(&p, 6, -1ull);
	assert_int_equal(p.addr[6], 0x003fffffffffffffull);
	pmp_cfg_write(&p, 6, 0xff);
	assert_int_equal(p.cfg[6], PMP_L | NAPOT | RWX);
}

static void access_at_the_very_top_does_not_wrap(void **state)
{
	(void)state;
	set(0, NA4 | PMP_R, 0);
	assert_false(user(-4ull, 8, SV_LOAD));
	assert_true(machine(-8ull, 8, SV_LOAD));
	assert_true(machine(-4ull, 8, SV_LOAD)); /* matches nothing: it does not reach 0 */
}

static void boundaries_inside_pages_are_known(void **state)
{
	(void)state;
	set(0, NAPOT | PMP_R, napot(0x4000, 0x1000));
	set(1, OFF, 0x804);
	assert_false(p.any_fine);
	set(2, NA4, 0x4ffc);
	assert_true(p.any_fine);
	set(2, NA4, 0x4000);
	assert_true(p.any_fine);
	set(2, TOR, 0x900); /* from 0x804 */
	assert_true(p.any_fine);
	set(2, TOR, 0x700); /* nothing */
	assert_false(p.any_fine);
}

static void state_is_whole_after_update(void **state)
{
	struct pmp copy = { 0 };

	(void)state;
	set(0, NAPOT | PMP_R | PMP_L, napot(0x4000, 0x1000));
	memcpy(copy.cfg, p.cfg, sizeof(p.cfg));
	memcpy(copy.addr, p.addr, sizeof(p.addr));
	pmp_update(&copy);
	assert_memory_equal(&copy, &p, sizeof(p));
	/* loading a state may unlock and deactivate, which no register write can */
	memset(copy.cfg, 0, sizeof(copy.cfg));
	copy.cfg[3] = OFF | RWX;
	pmp_update(&copy);
	assert_false(copy.any_locked);
	assert_false(copy.any_active);
	assert_true(pmp_check(&copy, 0x4000, 8, SV_STORE, true));
}

static uint8_t common(uint64_t pa, uint64_t bytes, bool m, bool want_uniform)
{
	bool uniform = !want_uniform;
	uint8_t permissions = pmp_permissions(&p, pa, bytes, m, &uniform);

	assert_int_equal(uniform, want_uniform);
	return permissions;
}

static void page_permissions(void **state)
{
	(void)state;
	assert_int_equal(common(0x8000, 4096, false, true), 0);
	assert_int_equal(common(0x8000, 4096, true, true), RWX);
	set(1, NAPOT | PMP_R | PMP_X, napot(0x4000, 0x4000));
	assert_int_equal(common(0x4000, 4096, false, true), PMP_R | PMP_X);
	assert_int_equal(common(0x7000, 4096, false, true), PMP_R | PMP_X);
	assert_int_equal(common(0x7000, 4096, true, true), RWX);
	assert_int_equal(common(0x8000, 4096, false, true), 0);
	assert_int_equal(common(0x3000, 4096, false, true), 0);
	set(0, NA4 | PMP_R | PMP_W, 0x5800 / 4);
	assert_int_equal(common(0x5000, 4096, false, false), PMP_R);
	assert_int_equal(common(0x4000, 4096, false, true), PMP_R | PMP_X);
	pmp_cfg_write(&p, 1, NAPOT | PMP_R | PMP_X | PMP_L);
	assert_int_equal(common(0x4000, 4096, true, true), PMP_R | PMP_X);
	assert_int_equal(common(0x5000, 4096, true, false), PMP_R | PMP_X);
}

static void boundary_inside_a_page_is_not_lost(void **state)
{
	(void)state;
	/* first and last word of a page, and both neighbours */
	set(0, NA4 | RWX, 0x5000 / 4);
	assert_int_equal(common(0x5000, 4096, false, false), 0);
	assert_int_equal(common(0x4000, 4096, false, true), 0);
	set(0, NA4 | RWX, 0x5ffc / 4);
	assert_int_equal(common(0x5000, 4096, false, false), 0);
	assert_int_equal(common(0x6000, 4096, false, true), 0);
	assert_int_equal(common(0x5ffc, 4, false, true), RWX);
	assert_int_equal(common(0x5ff8, 8, false, false), 0);
	/* to the very byte */
	assert_int_equal(common(0x5ff8, 4, false, true), 0);
	assert_int_equal(common(0x5ff8, 5, false, false), 0);
	assert_int_equal(common(0x5ffc, 5, false, false), 0);
	assert_int_equal(common(0x5fff, 2, false, false), 0);
	assert_int_equal(common(0x5ffb, 2, false, false), 0);
}

static void equal_neighbours_are_not_uniform(void **state)
{
	(void)state;
	/* an access across the boundary fails though either side permits it */
	set(0, NAPOT | RWX, napot(0x5000, 0x800));
	set(1, NAPOT | RWX, napot(0x5800, 0x800));
	assert_int_equal(common(0x5000, 4096, false, false), RWX);
	assert_false(user(0x57fc, 8, SV_LOAD));
	/* a boundary under an entry that decides the whole page is none */
	reset(NULL);
	set(0, NAPOT | PMP_R, napot(0x5000, 0x1000));
	set(1, NAPOT | RWX, napot(0x5800, 0x800));
	assert_int_equal(common(0x5000, 4096, false, true), PMP_R);
}

/* The answer, byte by byte, from pmp_check on single bytes and on pairs of them. */
static void permissions_agree_with_checks(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		uint8_t want = RWX, got;
		bool uniform, whole = true;

		reset(NULL);
		for (unsigned i = 0; i < 5; i++) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			set(i, seed >> 33 & 0x9f, seed >> 45 & 15);
		}
		for (uint64_t pa = 0; pa < 32; pa++)
			for (unsigned a = 0; a < 3; a++) {
				static const uint8_t bit[] = { PMP_X, PMP_R, PMP_W };

				if (!pmp_check(&p, pa, 1, (enum sv_access)a, round & 1))
					want &= ~bit[a];
			}
		got = pmp_permissions(&p, 0, 32, round & 1, &uniform);
		assert_int_equal(got, want);
		/* uniform: one entry decides all, so the whole may be accessed as each byte may */
		if (uniform) {
			for (unsigned a = 0; a < 3; a++)
				for (uint64_t pa = 0; pa < 32; pa++)
					whole &= pmp_check(&p, pa, 1, (enum sv_access)a,
							   round & 1) ==
						 pmp_check(&p, 0, 32, (enum sv_access)a, round & 1);
			assert_true(whole);
		}
	}
}

int main(void)
{
	// clang-format off
	const struct CMUnitTest tests[] = {
		{"pmp: with all entries OFF S and U fail and M passes", all_off_refuses_s_and_u_but_not_m, reset, 0, 0},
		{"pmp: NA4 is four bytes", na4_is_four_bytes, reset, 0, 0},
		{"pmp: NAPOT of every size from 8 bytes", napot_of_every_size, reset, 0, 0},
		{"pmp: NAPOT of all ones is everything", napot_of_all_ones_is_everything, reset, 0, 0},
		{"pmp: TOR reaches from the address of the entry before", tor_reaches_from_the_entry_before, reset, 0, 0},
		{"pmp: TOR of entry 0 begins at 0", tor_of_entry_0_begins_at_0, reset, 0, 0},
		{"pmp: an empty TOR range matches nothing", empty_tor_matches_nothing, reset, 0, 0},
		{"pmp: an entry that is OFF matches nothing", off_matches_nothing_not_even_byte_0, reset, 0, 0},
		{"pmp: a TOR range follows a write of the address below it", tor_follows_its_lower_neighbour, reset, 0, 0},
		{"pmp: the lowest-numbered match decides", lowest_match_decides, reset, 0, 0},
		{"pmp: a partial match fails whatever follows, in M too", partial_match_fails_whatever_follows, reset, 0, 0},
		{"pmp: R, W and X are each their own", each_permission_is_its_own, reset, 0, 0},
		{"pmp: an entry binds M only if locked", unlocked_entry_does_not_bind_m, reset, 0, 0},
		{"pmp: an M access that matches nothing passes", unmatched_m_access_passes_beside_locked_entries, reset, 0, 0},
		{"pmp: a locked entry ignores writes, also when OFF", locked_entry_ignores_writes, reset, 0, 0},
		{"pmp: a locked TOR entry also locks the address below", locked_tor_also_locks_the_address_below, reset, 0, 0},
		{"pmp: W without R is reserved and keeps the old value", reserved_w_without_r_keeps_the_old_value, reset, 0, 0},
		{"pmp: registers keep only legal bits", registers_keep_only_legal_bits, reset, 0, 0},
		{"pmp: an access at the top of the address space does not wrap", access_at_the_very_top_does_not_wrap, reset, 0, 0},
		{"pmp: boundaries inside pages are known", boundaries_inside_pages_are_known, reset, 0, 0},
		{"pmp: pmp_update restores all that is derived", state_is_whole_after_update, reset, 0, 0},
		{"pmp: the permissions of a page are those of the entry that decides it", page_permissions, reset, 0, 0},
		{"pmp: a boundary inside a page is not lost", boundary_inside_a_page_is_not_lost, reset, 0, 0},
		{"pmp: two entries that grant the same are not uniform", equal_neighbours_are_not_uniform, reset, 0, 0},
		{"pmp: page permissions agree with checks of single bytes", permissions_agree_with_checks, reset, 0, 0},
	};
	// clang-format on

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pmp", tests, NULL, NULL);
}
