#include "mmu/walk.h"

#include <stddef.h>

#define PAGE_SHIFT 12
#define PTESIZE	   8
#define VPN_BITS   9
#define PA_BITS	   56 /* the widest: a PPN of 44 bits */

unsigned sv_levels(enum sv_mode mode)
{
	return mode == SV_BARE ? 0 : 3 + (mode - SV_39);
}

static uint64_t vpn(uint64_t va, unsigned i)
{
	return va >> (PAGE_SHIFT + i * VPN_BITS) & ((1u << VPN_BITS) - 1);
}

static uint64_t ppn(uint64_t pte)
{
	return (pte & PTE_PPN_MASK) >> PTE_PPN_SHIFT;
}

/* The bits above the translated ones must all equal the topmost translated bit. */
static bool is_canonical(uint64_t va, unsigned levels)
{
	unsigned unused = 64 - (PAGE_SHIFT + levels * VPN_BITS);

	return (uint64_t)((int64_t)(va << unused) >> unused) == va;
}

static bool is_too_wide(const struct sv_context *context, uint64_t pa)
{
	return pa >> (context->pa_bits ? context->pa_bits : PA_BITS) != 0;
}

static uint64_t leaf_bytes(uint64_t pte, unsigned i)
{
	if (pte & PTE_N)
		return 64 * 1024;
	return 1ull << (PAGE_SHIFT + i * VPN_BITS);
}

/* Step 2: read the PTE at `pte_pa`, of level `i`, and record the step. */
static enum sv_status read_pte(const struct sv_port *port, const struct sv_context *context,
			       struct sv_walk *walk, uint64_t pte_pa, unsigned i)
{
	struct sv_step *step;

	walk->pte = 0;
	walk->pte_pa = pte_pa;
	walk->level = i;
	walk->pa = walk->page_bytes = 0; /* of a PTE that has changed meanwhile */
	if (is_too_wide(context, pte_pa))
		return SV_PA_WIDTH;
	walk->pte_reads++;
	if (port->read_pte(port->ctx, pte_pa, &walk->pte) != SV_PORT_OK) {
		walk->pte = 0;
		return SV_PTE_ACCESS;
	}
	/* A walk sent back to step 2 reads a PTE of a level that it has recorded already. */
	if (walk->nsteps == 0 || walk->step[walk->nsteps - 1].level != i)
		walk->nsteps++;
	step = &walk->step[walk->nsteps - 1];
	step->level = i;
	step->pte_pa = pte_pa;
	step->pte = walk->pte;
	return SV_OK;
}

/* Step 3: V, the reserved W without R, and whatever else is reserved for future use. */
static enum sv_status check_encoding(const struct sv_context *context, uint64_t pte, unsigned i)
{
	uint64_t pbmt = (pte & PTE_PBMT) >> PTE_PBMT_SHIFT;
	bool pointer = !(pte & (PTE_R | PTE_X));

	if (!(pte & PTE_V))
		return SV_PTE_INVALID;
	if ((pte & (PTE_R | PTE_W)) == PTE_W)
		return SV_PTE_WRITE_ONLY;
	if (pte & PTE_RESERVED)
		return SV_PTE_RESERVED;
	if (pbmt == 3 || (pbmt != 0 && !context->svpbmt))
		return SV_PTE_PBMT;
	if ((pte & PTE_N) && !context->svnapot)
		return SV_PTE_NAPOT;
	if (pointer && (pte & (PTE_A | PTE_D | PTE_U | PTE_N | PTE_PBMT)))
		return SV_POINTER_RESERVED;
	/* Svnapot: only 64 KiB, encoded as PPN[3:0] = 1000 in a PTE of level 0. */
	if ((pte & PTE_N) && (i != 0 || (ppn(pte) & 0xf) != 0x8))
		return SV_PTE_NAPOT;
	return SV_OK;
}

enum sv_status sv_check_leaf(uint64_t pte, const struct sv_context *context, enum sv_access access)
{
	/* Step 6: U against the effective privilege.  SUM never lets S-mode execute a U page. */
	if (context->priv == SV_USER && !(pte & PTE_U))
		return SV_SUPERVISOR_PAGE;
	if (context->priv == SV_SUPERVISOR && (pte & PTE_U) &&
	    (access == SV_FETCH || !context->sum))
		return SV_USER_PAGE;

	/* Step 7 belongs to shadow stacks (Zicfiss). */

	/* Step 8: R, W and X.  MXR makes executable pages readable by explicit loads. */
	switch (access) {
	case SV_FETCH:
		return pte & PTE_X ? SV_OK : SV_NOT_EXECUTABLE;
	case SV_STORE:
		return pte & PTE_W ? SV_OK : SV_NOT_WRITABLE;
	default:
		return pte & PTE_R || (context->mxr && pte & PTE_X) ? SV_OK : SV_NOT_READABLE;
	}
}

/* Step 10, the half that only computes. */
static void form_pa(struct sv_walk *walk)
{
	uint64_t offset;

	walk->page_bytes = leaf_bytes(walk->pte, walk->level);
	offset = walk->page_bytes - 1;
	walk->pa = ((ppn(walk->pte) << PAGE_SHIFT) & ~offset) | (walk->va & offset);
}

static enum sv_status check_pa(const struct sv_port *port, const struct sv_context *context,
			       const struct sv_walk *walk)
{
	if (is_too_wide(context, walk->pa))
		return SV_PA_WIDTH;
	if (port->check_pa && port->check_pa(port->ctx, walk->pa, walk->access) != SV_PORT_OK)
		return SV_PA_ACCESS;
	return SV_OK;
}

/* Everything but step[], which is valid only as far as nsteps says: a TLB miss should not wait until
 * it is cleared. */
static void start_walk(struct sv_walk *walk, uint64_t va, enum sv_access access)
{
	walk->access = access; /* the status is whatever the walk comes to */
	walk->va = va;
	walk->pa = 0;
	walk->page_bytes = 0;
	walk->pte = 0;
	walk->pte_pa = 0;
	walk->level = 0;
	walk->global = false;
	walk->updated = false;
	walk->pte_reads = 0;
	walk->nsteps = 0;
}

/* satp.MODE = Bare: of all steps, only the last. */
static enum sv_status walk_bare(const struct sv_port *port, const struct sv_context *context,
				struct sv_walk *walk)
{
	walk->pa = walk->va;
	walk->page_bytes = 1 << PAGE_SHIFT;
	return check_pa(port, context, walk);
}

/* Supervisor-Level ISA, "Virtual Address Translation Process"; the numbers are its steps. */
static enum sv_status walk_tables(const struct sv_port *port, const struct sv_context *context,
				  struct sv_walk *walk)
{
	enum sv_status status;
	uint64_t a, missing;
	unsigned i;

	/* 1. Let a be satp.ppn * PAGESIZE, and let i = LEVELS - 1. */
	a = context->root_ppn << PAGE_SHIFT;
	i = sv_levels(context->mode) - 1;
	if (!is_canonical(walk->va, i + 1))
		return SV_NONCANONICAL;

	/* 2. Let pte be the value of the PTE at address a + va.vpn[i] * PTESIZE. */
step_2:
	status = read_pte(port, context, walk, a + vpn(walk->va, i) * PTESIZE, i);
	if (status != SV_OK)
		return status;

	/* 3. If pte.v = 0, or if pte.r = 0 and pte.w = 1, or if any reserved bit is set: refuse. */
	status = check_encoding(context, walk->pte, i);
	if (status != SV_OK)
		return status;

	/* 4. If pte.r = 1 or pte.x = 1, go to step 5.  Otherwise this PTE is a pointer. */
	if (!(walk->pte & (PTE_R | PTE_X))) {
		if (i == 0)
			return SV_NO_LEAF;
		walk->global |= (walk->pte & PTE_G) != 0;
		i--;
		a = ppn(walk->pte) << PAGE_SHIFT;
		goto step_2;
	}

	/* 5. If i > 0 and pte.ppn[i-1:0] != 0, this is a misaligned superpage. */
	if (ppn(walk->pte) & ((1ull << (i * VPN_BITS)) - 1))
		return SV_MISALIGNED;

	/* 6, 7, 8. Is the access allowed by pte.u, pte.r, pte.w, pte.x, given SUM and MXR? */
	status = sv_check_leaf(walk->pte, context, walk->access);
	if (status != SV_OK)
		return status;

	/* 9. If pte.a = 0, or if the access is a store and pte.d = 0: refuse (Svade) ... */
	missing = (walk->access == SV_STORE ? PTE_A | PTE_D : PTE_A) & ~walk->pte;
	if (missing && !(context->ad_update && port->cas_pte))
		return missing & PTE_A ? SV_ACCESSED_CLEAR : SV_DIRTY_CLEAR;

	/* An access that step 10 will refuse must not have changed its PTE: look ahead. */
	form_pa(walk);
	status = check_pa(port, context, walk);
	if (status != SV_OK)
		return status;

	/* ... or update (Svadu): if the PTE has changed meanwhile, return to step 2. */
	if (missing) {
		switch (port->cas_pte(port->ctx, walk->pte_pa, walk->pte, walk->pte | missing)) {
		case SV_PORT_CHANGED:
			goto step_2;
		case SV_PORT_DENIED:
			return SV_PTE_UPDATE_ACCESS;
		case SV_PORT_OK:
			break;
		}
		walk->pte |= missing;
		walk->updated = true;
	}

	/* 10. The translation is successful. */
	walk->global |= (walk->pte & PTE_G) != 0;
	return SV_OK;
}

struct sv_walk sv39_walk(const struct sv_port *port, const struct sv_context *context, uint64_t va,
			 enum sv_access access)
{
	struct sv_walk walk;

	start_walk(&walk, va, access);
	if (context->mode == SV_BARE)
		walk.status = walk_bare(port, context, &walk);
	else
		walk.status = walk_tables(port, context, &walk);
	return walk;
}

bool sv_status_is_access_fault(enum sv_status status)
{
	return status == SV_PTE_ACCESS || status == SV_PTE_UPDATE_ACCESS || status == SV_PA_WIDTH ||
	       status == SV_PA_ACCESS;
}

unsigned sv_cause(enum sv_status status, enum sv_access access)
{
	static const unsigned access_fault[] = { [SV_FETCH] = 1, [SV_LOAD] = 5, [SV_STORE] = 7 };
	static const unsigned page_fault[] = { [SV_FETCH] = 12, [SV_LOAD] = 13, [SV_STORE] = 15 };

	return sv_status_is_access_fault(status) ? access_fault[access] : page_fault[access];
}

// clang-format off
static const struct {
	const char *name, *text;
} status_words[SV_STATUS_COUNT] = {
	[SV_OK]                = {"ok",
		"The translation succeeded."},
	[SV_NONCANONICAL]      = {"non-canonical",
		"The upper bits of the virtual address are not copies of its topmost translated bit."},
	[SV_PTE_ACCESS]        = {"pte unreadable",
		"PMP or the memory map refused the read of a page table entry."},
	[SV_PTE_INVALID]       = {"invalid",
		"The page table entry is not valid: V is 0."},
	[SV_PTE_WRITE_ONLY]    = {"write-only",
		"The page table entry has W without R, which is reserved."},
	[SV_PTE_RESERVED]      = {"reserved bits",
		"The page table entry has a bit set among 60:54, which are reserved."},
	[SV_PTE_PBMT]          = {"bad memory type",
		"The page table entry has a PBMT that is reserved or not enabled."},
	[SV_PTE_NAPOT]         = {"bad napot",
		"The page table entry has N set where no NAPOT translation is defined."},
	[SV_POINTER_RESERVED]  = {"bad pointer",
		"A pointer to the next level has A, D, U, N or PBMT set, which is reserved there."},
	[SV_NO_LEAF]           = {"no leaf",
		"The page table entry of the last level is a pointer."},
	[SV_MISALIGNED]        = {"misaligned superpage",
		"The low PPN bits of a superpage are not all zero."},
	[SV_USER_PAGE]         = {"user page",
		"Supervisor mode may not use this user page: a fetch, or SUM is 0."},
	[SV_SUPERVISOR_PAGE]   = {"supervisor page",
		"User mode may not use a page without the U bit."},
	[SV_NOT_READABLE]      = {"not readable",
		"The page may not be read: R is 0, and MXR does not make X do."},
	[SV_NOT_WRITABLE]      = {"not writable",
		"The page may not be written: W is 0."},
	[SV_NOT_EXECUTABLE]    = {"not executable",
		"The page may not be executed: X is 0."},
	[SV_ACCESSED_CLEAR]    = {"accessed clear",
		"A is 0, and hardware does not update it."},
	[SV_DIRTY_CLEAR]       = {"dirty clear",
		"A store met D = 0, and hardware does not update it."},
	[SV_PTE_UPDATE_ACCESS] = {"pte unwritable",
		"PMP or the memory map refused the update of A or D in the page table entry."},
	[SV_PA_WIDTH]          = {"address too wide",
		"A physical address is wider than this machine's."},
	[SV_PA_ACCESS]         = {"pa refused",
		"PMP or the memory map refused the physical address."},
};
// clang-format on

const char *sv_status_name(enum sv_status status)
{
	return (unsigned)status < SV_STATUS_COUNT ? status_words[status].name : "unknown";
}

const char *sv_status_text(enum sv_status status)
{
	return (unsigned)status < SV_STATUS_COUNT ? status_words[status].text
						  : "This is no status of the walker.";
}

char *sv_pte_flags(uint64_t pte, char buf[9])
{
	static const char letter[] = "DAGUXWRV";

	for (unsigned k = 0; k < 8; k++)
		buf[k] = pte >> (7 - k) & 1 ? letter[k] : '-';
	buf[8] = '\0';
	return buf;
}
