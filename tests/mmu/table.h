/*
 * Physical memory with one page table in it, and a port to it that counts, refuses and interferes
 * as a test asks.
 *
 * What this is: what the walker's tests share.  What this does not know: what a walk should do.
 */
#ifndef TESTS_MMU_TABLE_H
#define TESTS_MMU_TABLE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "mmu/walk.h"

#define RAM_BASE  0x80000000ull
#define RAM_PAGES 16
#define RAM_BYTES (RAM_PAGES * 4096ull)

struct table {
	uint64_t ram[RAM_PAGES * 512];
	struct sv_port port;
	struct sv_context context;
	unsigned reads, updates; /* calls of the port */
	uint64_t deny_read;	 /* the PTE at this address refuses (0: none) */
	uint64_t deny_update;
	uint64_t deny_pa;	    /* check_pa refuses this address */
	enum sv_access checked_for; /* what check_pa was last asked about */
	unsigned changes;	    /* so many updates find the PTE changed ... */
	uint64_t change_to;	    /* ... to this */
	uint64_t update_pa, update_expected, update_desired; /* the last one tried */
};

static inline uint64_t *table_word(struct table *t, uint64_t pa)
{
	if (pa < RAM_BASE || pa >= RAM_BASE + RAM_BYTES || pa % 8)
		return NULL;
	return &t->ram[(pa - RAM_BASE) / 8];
}

static inline enum sv_port_status table_read(void *ctx, uint64_t pte_pa, uint64_t *pte)
{
	struct table *t = ctx;
	uint64_t *word = table_word(t, pte_pa);

	t->reads++;
	if (!word || pte_pa == t->deny_read) {
		*pte = 0xdeadbeefdeadbeef; /* a refused read's value must go nowhere */
		return SV_PORT_DENIED;
	}
	*pte = *word;
	return SV_PORT_OK;
}

static inline enum sv_port_status table_cas(void *ctx, uint64_t pte_pa, uint64_t expected,
					    uint64_t desired)
{
	struct table *t = ctx;
	uint64_t *word = table_word(t, pte_pa);

	t->updates++;
	t->update_pa = pte_pa;
	t->update_expected = expected;
	t->update_desired = desired;
	if (!word || pte_pa == t->deny_update)
		return SV_PORT_DENIED;
	if (t->changes > 0) {
		t->changes--;
		*word = t->change_to;
	}
	if (*word != expected)
		return SV_PORT_CHANGED;
	*word = desired;
	return SV_PORT_OK;
}

static inline enum sv_port_status table_check_pa(void *ctx, uint64_t pa, enum sv_access access)
{
	struct table *t = ctx;

	t->checked_for = access;
	return pa == t->deny_pa ? SV_PORT_DENIED : SV_PORT_OK;
}

static inline void table_init(struct table *t, enum sv_mode mode)
{
	memset(t, 0, sizeof(*t));
	t->port = (struct sv_port){ .ctx = t, .read_pte = table_read, .cas_pte = table_cas };
	t->context = (struct sv_context){
		.mode = mode,
		.root_ppn = RAM_BASE >> 12,
		.priv = SV_SUPERVISOR,
		.ad_update = true,
		.svpbmt = true,
		.svnapot = true,
		.pa_bits = 56,
	};
}

/* The PTE of `level` on the way to `va`: the root is page 0 of RAM, the next level page 1, ... */
static inline uint64_t table_pte_pa(const struct table *t, uint64_t va, unsigned level)
{
	unsigned depth = (unsigned)(t->context.mode - SV_39) + 2 - level;

	return RAM_BASE + depth * 4096ull + (va >> (12 + 9 * level)) % 512 * 8;
}

static inline uint64_t *table_pte(struct table *t, uint64_t va, unsigned level)
{
	return table_word(t, table_pte_pa(t, va, level));
}

/* Make `pte` the PTE of `level` for `va`, with plain pointers above it. */
static inline void table_map(struct table *t, uint64_t va, unsigned level, uint64_t pte)
{
	unsigned top = (unsigned)(t->context.mode - SV_39) + 2;

	for (unsigned i = top; i > level; i--)
		*table_pte(t, va, i) = (table_pte_pa(t, va, i - 1) >> 12 << 10) | PTE_V;
	*table_pte(t, va, level) = pte;
}

static inline struct sv_walk table_walk(struct table *t, uint64_t va, enum sv_access access)
{
	t->reads = t->updates = 0;
	return sv39_walk(&t->port, &t->context, va, access);
}

#define assert_status(got, want)                                                                   \
	do {                                                                                       \
		enum sv_status got_ = (got), want_ = (want);                                       \
		if (got_ != want_)                                                                 \
			fail_msg("want %s, got %s", sv_status_name(want_), sv_status_name(got_));  \
	} while (0)

#endif
