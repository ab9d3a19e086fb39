/* Frames and page tables.  No leaf is made with A or D: the machine sets them. */
#include "tests/xv6/xv6.h"

#define LEVEL_INDEX(level, va) ((va) >> (12 + 9 * (level)) & 511)
#define PTE_PA(pte)	       ((pte) >> 10 << 12)
#define PA_PTE(pa)	       ((uint64)(pa) >> 12 << 10)
#define ROUND_UP(n)	       (((n) + PGSIZE - 1) & ~(PGSIZE - 1L))

struct run {
	struct run *next;
};

static struct spinlock lock;
static struct run *freelist;
static pagetable_t kernel_pagetable;

void kfree(void *page)
{
	struct run *r = page;

	if ((uint64)page % PGSIZE || (char *)page < end || (uint64)page >= PHYSTOP)
		panic("kfree");
	memset(page, 1, PGSIZE); /* whoever still uses it shall notice */
	acquire(&lock);
	r->next = freelist;
	freelist = r;
	release(&lock);
}

void *kalloc(void)
{
	struct run *r;

	acquire(&lock);
	r = freelist;
	if (r)
		freelist = r->next;
	release(&lock);
	if (r)
		memset(r, 5, PGSIZE);
	return r;
}

/* Of the last 16 MiB: to fill all 128 with junk takes longer than the test. */
void kinit(void)
{
	for (uint64 p = PHYSTOP - (16 << 20); p < PHYSTOP; p += PGSIZE)
		kfree((void *)p);
}

static uint64 *new_table(void)
{
	uint64 *table = kalloc();

	if (table)
		memset(table, 0, PGSIZE);
	return table;
}

uint64 *walk(pagetable_t table, uint64 va, int alloc)
{
	if (va >= MAXVA)
		return NULL;
	for (int level = 2; level > 0; level--) {
		uint64 *pte = &table[LEVEL_INDEX(level, va)];

		if (*pte & PTE_V) {
			table = (pagetable_t)PTE_PA(*pte);
		} else {
			table = alloc ? new_table() : NULL;
			if (!table)
				return NULL;
			*pte = PA_PTE(table) | PTE_V;
		}
	}
	return &table[LEVEL_INDEX(0, va)];
}

int mappages(pagetable_t table, uint64 va, uint64 size, uint64 pa, uint64 perm)
{
	for (uint64 at = 0; at < size; at += PGSIZE) {
		uint64 *pte = walk(table, va + at, 1);

		if (!pte)
			return -1;
		if (*pte & PTE_V)
			panic("mapped twice");
		*pte = PA_PTE(pa + at) | perm | PTE_V;
	}
	return 0;
}

static void kvmmap(uint64 va, uint64 pa, uint64 size, uint64 perm)
{
	if (mappages(kernel_pagetable, va, size, pa, perm) < 0)
		panic("kvmmap");
}

void kvminit(void)
{
	kernel_pagetable = new_table();
	kvmmap(FINISHER, FINISHER, PGSIZE, PTE_R | PTE_W);
	kvmmap(UART0, UART0, PGSIZE, PTE_R | PTE_W);
	kvmmap(VIRTIO0, VIRTIO0, PGSIZE, PTE_R | PTE_W);
	kvmmap(PLIC, PLIC, 0x4000000, PTE_R | PTE_W);
	kvmmap(KERNBASE, KERNBASE, (uint64)etext - KERNBASE, PTE_R | PTE_X);
	kvmmap((uint64)etext, (uint64)etext, PHYSTOP - (uint64)etext, PTE_R | PTE_W);
	kvmmap(TRAMPOLINE, (uint64)trampoline, PGSIZE, PTE_R | PTE_X);
	/* Each with a page below it that is not mapped. */
	for (uint64 i = 0; i < NPROC; i++)
		kvmmap(KSTACK(i), (uint64)kalloc(), PGSIZE, PTE_R | PTE_W);
}

uint64 kernel_satp(void)
{
	return 8L << 60 | (uint64)kernel_pagetable >> 12;
}

void kvminithart(void)
{
	__asm__ volatile("sfence.vma" ::: "memory");
	WRITE_CSR(satp, kernel_satp());
	__asm__ volatile("sfence.vma" ::: "memory");
}

/* ---- Of processes ---- */

pagetable_t uvmcreate(struct trapframe *trapframe)
{
	pagetable_t table = new_table();

	if (!table || mappages(table, TRAMPOLINE, PGSIZE, (uint64)trampoline, PTE_R | PTE_X) < 0 ||
	    mappages(table, TRAPFRAME, PGSIZE, (uint64)trapframe, PTE_R | PTE_W) < 0)
		panic("uvmcreate");
	return table;
}

uint64 uvmalloc(pagetable_t table, uint64 from, uint64 to, uint64 perm)
{
	for (uint64 va = ROUND_UP(from); va < to; va += PGSIZE) {
		void *page = kalloc();

		if (!page)
			return 0;
		memset(page, 0, PGSIZE);
		if (mappages(table, va, PGSIZE, (uint64)page, perm | PTE_R | PTE_U) < 0)
			return 0;
	}
	return to;
}

static void free_tables(pagetable_t table, int level)
{
	for (int i = 0; level > 0 && i < 512; i++)
		if (table[i] & PTE_V)
			free_tables((pagetable_t)PTE_PA(table[i]), level - 1);
	kfree(table);
}

void uvmfree(pagetable_t table, uint64 size)
{
	for (uint64 va = 0; va < size; va += PGSIZE)
		kfree((void *)PTE_PA(*walk(table, va, 0)));
	free_tables(table, 2);
}

int uvmcopy(pagetable_t from, pagetable_t to, uint64 size)
{
	for (uint64 va = 0; va < size; va += PGSIZE) {
		uint64 pte = *walk(from, va, 0);
		void *page = kalloc();

		if (!page)
			return -1;
		memcpy(page, (void *)PTE_PA(pte), PGSIZE);
		if (mappages(to, va, PGSIZE, (uint64)page, pte & (PTE_R | PTE_W | PTE_X | PTE_U)) <
		    0)
			return -1;
	}
	return 0;
}

/* The kernel reaches a process's memory by its own mapping of all RAM. */
static int copy(pagetable_t table, uint64 va, char *kernel, uint64 n, uint64 wanted, int out)
{
	while (n) {
		uint64 *pte = walk(table, va & ~(PGSIZE - 1L), 0);
		uint64 part = PGSIZE - va % PGSIZE;
		char *user;

		if (!pte || (*pte & wanted) != wanted)
			return -1;
		if (part > n)
			part = n;
		user = (char *)PTE_PA(*pte) + va % PGSIZE;
		if (out)
			memcpy(user, kernel, part);
		else
			memcpy(kernel, user, part);
		kernel += part;
		va += part;
		n -= part;
	}
	return 0;
}

int copyout(pagetable_t table, uint64 va, const void *from, uint64 n)
{
	return copy(table, va, (char *)from, n, PTE_V | PTE_U | PTE_W, 1);
}

int copyin(pagetable_t table, void *to, uint64 va, uint64 n)
{
	return copy(table, va, to, n, PTE_V | PTE_U, 0);
}
