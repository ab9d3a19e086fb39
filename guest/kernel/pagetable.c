/*
 * Page tables: the kernel's map, and setting and clearing the entries of processes together with the
 * reverse map, the counts and the fence.
 */
#include "arch.h"
#include "mm.h"
#include "virtio.h"

#define SATP_SV39 (8ul << 60)
#define GIB	  (1ul << 30)
#define KERNEL_RW (PTE_V | PTE_R | PTE_W | PTE_G | PTE_A | PTE_D)
#define ENTRIES	  512

static u64 asid_max, asid_next = 1, asid_generation = 1;
u32 kstack_deepest;
u32 direct_superpages, direct_pages;
static u64 device_cursor = VMAP_BASE;
static u32 stack_cursor;
#define STACKS_BASE  (VMAP_BASE + TABLE_SPAN)
#define STACK_SLOT   (2 * KSTACK_BYTES)
#define STACKS_TABLE (TABLE_SPAN / STACK_SLOT)
static u8 stack_used[512 / 8];

/* ---- the kernel's own map ---- */

static u64 image_pa(const void *va)
{
	return (u64)va - IMAGE_BASE + kernel_pa;
}

/* One 2 MiB piece of the direct map: a superpage if all of it may be mapped, else a table. */
static u64 direct_entry(u64 pa)
{
	bool whole = frame_is_mappable(pa, TABLE_SPAN);
	u64 *table;

	for (u64 at = pa; at < pa + TABLE_SPAN; at += PAGE_SIZE)
		whole = whole && frame_is_ram(at);
	if (whole) {
		direct_superpages++;
		return pte_make(pa, KERNEL_RW);
	}
	table = early_alloc(PAGE_SIZE);
	for (u64 i = 0; i < ENTRIES; i++) {
		u64 at = pa + i * PAGE_SIZE;

		if (frame_is_ram(at) && frame_is_mappable(at, PAGE_SIZE))
			table[i] = pte_make(at, KERNEL_RW);
		direct_pages += table[i] != 0;
	}
	return pte_make(va_pa(table), PTE_V);
}

static bool any_ram(u64 pa, u64 bytes)
{
	return pa < ram_base + nframes * PAGE_SIZE && pa + bytes > ram_base;
}

static void direct_map_init(void)
{
	for (u64 gib = 0; gib < 253; gib++) {
		u64 *l1, entry = 0;

		if (any_ram(gib * GIB, GIB)) {
			l1 = early_alloc(PAGE_SIZE);
			for (u64 i = 0; i < ENTRIES; i++) {
				u64 pa = gib * GIB + i * TABLE_SPAN;

				if (any_ram(pa, TABLE_SPAN))
					l1[i] = direct_entry(pa);
			}
			entry = pte_make(va_pa(l1), PTE_V);
		}
		image_l1[1] = 0; /* keep the image's second GiB empty */
		kernel_root[256 + gib] = entry ? entry : kernel_root[256 + gib];
	}
}

void kernel_map_init(void)
{
	u64 *devices;

	for (u64 va = (u64)kernel_start; va < (u64)kernel_end; va += PAGE_SIZE) {
		u64 flags = PTE_V | PTE_R | PTE_G | PTE_A | PTE_D;

		if (va < (u64)kernel_text_end)
			flags |= PTE_X;
		else if (va >= (u64)kernel_rodata_end)
			flags |= PTE_W;
		image_l0[(va - IMAGE_BASE) / PAGE_SIZE] = pte_make(image_pa((void *)va), flags);
	}
	devices = early_alloc(PAGE_SIZE);
	vmap_l1[0] = pte_make(va_pa(devices), PTE_V);
	kernel_root[509] = pte_make(image_pa(vmap_l1), PTE_V);
	direct_map_init();
	for (u64 i = 0; i < 253; i++)
		if (kernel_root[256 + i] & PTE_R) /* gigapages of the boot map */
			kernel_root[256 + i] = 0;
	memset(kernel_root, 0, 256 * sizeof(u64)); /* the identity map too */
	csr_write(satp, SATP_SV39 | 0xfffful << 44 | image_pa(kernel_root) >> PAGE_SHIFT);
	asid_max = min_u64(csr_read(satp) >> 44 & 0xffff, param_number(PARAM_asids));
	csr_write(satp, SATP_SV39 | image_pa(kernel_root) >> PAGE_SHIFT);
	asm volatile("sfence.vma" ::: "memory");
}

static u64 *kernel_table(u64 va)
{
	u64 entry = vmap_l1[(va >> 21) & (ENTRIES - 1)];

	return entry ? pa_va(pte_pa(entry)) : NULL;
}

volatile void *map_device(u64 pa, u64 bytes)
{
	u64 first = PAGE_DOWN(pa), va = device_cursor;

	for (u64 at = first; at < pa + bytes; at += PAGE_SIZE, device_cursor += PAGE_SIZE)
		kernel_table(device_cursor)[(device_cursor >> PAGE_SHIFT) & (ENTRIES - 1)] =
			pte_make(at, KERNEL_RW);
	asm volatile("sfence.vma" ::: "memory");
	return (volatile void *)(va + (pa - first));
}

/* ---- kernel stacks: the upper half of each 16 KiB, so that trap entry sees an overflow ---- */

static bool stack_map(u64 va)
{
	u64 *entry = &vmap_l1[(va >> 21) & (ENTRIES - 1)], *table;

	if (!*entry) {
		table = kpage_alloc();
		if (!table)
			return false;
		*entry = pte_make(va_pa(table), PTE_V);
		asm volatile("sfence.vma" ::: "memory");
	}
	table = kernel_table(va);
	for (u64 at = va; at < va + KSTACK_BYTES; at += PAGE_SIZE) {
		void *page = kpage_alloc();

		if (!page) {
			kstack_free((void *)va);
			return false;
		}
		table[(at >> PAGE_SHIFT) & (ENTRIES - 1)] = pte_make(va_pa(page), KERNEL_RW);
		asm volatile("sfence.vma %0" ::"r"(at) : "memory");
	}
	return true;
}

void *kstack_alloc(void)
{
	for (u32 n = 0; n < sizeof(stack_used) * 8; n++) {
		u32 slot = (stack_cursor + n) % (sizeof(stack_used) * 8);
		u64 va = STACKS_BASE + slot * STACK_SLOT + KSTACK_BYTES;

		if (stack_used[slot / 8] & 1 << slot % 8)
			continue;
		if (!stack_map(va))
			return NULL;
		stack_used[slot / 8] |= (u8)(1 << slot % 8);
		stack_cursor = 0;
		return (void *)va;
	}
	return NULL;
}

void kstack_free(void *stack)
{
	u64 va = (u64)stack;
	u64 *table = kernel_table(va);
	u32 slot = (u32)((va - STACKS_BASE) / STACK_SLOT);

	if (stack_used[slot / 8] & 1 << slot % 8) {
		const u64 *word = stack;

		/* Stacks begin as zeros: is one no longer, deeper than any before? */
		while ((u64)word < va + KSTACK_BYTES - kstack_deepest && !*word)
			word++;
		kstack_deepest = (u32)(va + KSTACK_BYTES - (u64)word);
	}
	stack_used[slot / 8] &= (u8) ~(1 << slot % 8);
	for (u64 at = va; at < va + KSTACK_BYTES; at += PAGE_SIZE) {
		u64 *pte = &table[(at >> PAGE_SHIFT) & (ENTRIES - 1)];
		u64 old = *pte;

		*pte = 0;
		asm volatile("sfence.vma %0" ::"r"(at) : "memory");
		if (old)
			kpage_free(pa_va(pte_pa(old)));
	}
}

/* ---- fences and address space numbers ---- */

static bool asid_live(const struct mm *mm)
{
	return mm->asid_generation == asid_generation;
}

void fence_page(struct mm *mm, u64 va)
{
	if (asid_live(mm))
		asm volatile("sfence.vma %0, %1" ::"r"(va), "r"(mm->asid) : "memory");
}

static void fence_mm(struct mm *mm)
{
	if (asid_live(mm))
		asm volatile("sfence.vma zero, %0" ::"r"(mm->asid) : "memory");
}

void mm_use(struct mm *mm)
{
	static struct mm *in_use;

	if (!mm) {
		csr_write(satp, SATP_SV39 | image_pa(kernel_root) >> PAGE_SHIFT);
		in_use = NULL;
		return;
	}
	if (asid_max == 0) {
		mm->asid_generation = asid_generation;
		csr_write(satp, SATP_SV39 | mm->root_pa >> PAGE_SHIFT);
		if (in_use != mm)
			asm volatile("sfence.vma" ::: "memory");
		in_use = mm;
		return;
	}
	in_use = mm;
	if (!asid_live(mm)) {
		if (asid_next > asid_max) { /* all used up: start again with an empty TLB */
			asid_generation++;
			asid_next = 1;
			asm volatile("sfence.vma" ::: "memory");
		}
		mm->asid = asid_next++;
		mm->asid_generation = asid_generation;
	}
	csr_write(satp, SATP_SV39 | mm->asid << 44 | mm->root_pa >> PAGE_SHIFT);
}

/* ---- tables of processes ---- */

static struct page *table_alloc(struct mm *mm, u64 va)
{
	struct page *page;

	if (alloc_fails())
		return NULL;
	page = frame_take(FRAME_PAGE_TABLE);
	if (!page && reclaim_clean_one())
		page = frame_take(FRAME_PAGE_TABLE);
	if (!page)
		return NULL;
	frame_zero(page);
	page->index = va >> PAGE_SHIFT;
	introspect_page(page);
	mm->table_pages++;
	return page;
}

bool mm_root_alloc(struct mm *mm)
{
	struct page *page = table_alloc(mm, 0);

	if (!page)
		return false;
	mm->root_pa = page_pa(page);
	mm->root = page_data(page);
	memcpy(mm->root + 256, kernel_root + 256, 256 * sizeof(u64));
	return true;
}

void mm_root_free(struct mm *mm)
{
	frame_release(pa_page(mm->root_pa));
}

static u64 *table_below(struct mm *mm, u64 *entry, u64 va, bool make)
{
	struct page *page;

	if (!*entry && make) {
		page = table_alloc(mm, va);
		if (page)
			*entry = pte_make(page_pa(page), PTE_V);
	}
	return *entry ? pa_va(pte_pa(*entry)) : NULL;
}

static u64 *pte_walk(struct mm *mm, u64 va, bool make)
{
	u64 *table = table_below(mm, &mm->root[va >> 30], va & ~(GIB - 1), make);

	if (table)
		table = table_below(mm, &table[(va >> 21) & (ENTRIES - 1)], va & ~(TABLE_SPAN - 1),
				    make);
	return table ? &table[(va >> PAGE_SHIFT) & (ENTRIES - 1)] : NULL;
}

u64 *pte_find(struct mm *mm, u64 va)
{
	return pte_walk(mm, va, false);
}

u64 *pte_create(struct mm *mm, u64 va)
{
	return pte_walk(mm, va, true);
}

void pte_each(struct mm *mm, u64 start, u64 end, void (*each)(struct mm *, u64, u64 *, void *),
	      void *arg)
{
	for (u64 va = start, next; va < end; va = next) {
		u64 *pte = pte_find(mm, va);

		next = (va | (TABLE_SPAN - 1)) + 1;
		if (!pte) {
			if (!mm->root[va >> 30])
				next = (va | (GIB - 1)) + 1;
			continue;
		}
		for (; va < next && va < end; va += PAGE_SIZE, pte++)
			if (*pte)
				each(mm, va, pte, arg);
	}
}

static bool table_empty(const u64 *table)
{
	for (int i = 0; i < ENTRIES; i++)
		if (table[i])
			return false;
	return true;
}

static void table_free(struct mm *mm, u64 *entry)
{
	struct page *page = pa_page(pte_pa(*entry));

	*entry = 0;
	fence_mm(mm); /* no walk may use it once it is free */
	mm->table_pages--;
	frame_release(page);
}

void tables_free(struct mm *mm, u64 start, u64 end, bool search)
{
	const struct region *below = region_before(mm, start), *above = region_above(mm, start);
	u64 low = below ? below->end : 0, high = above ? above->start : USER_TOP;

	for (u64 gib = start & ~(GIB - 1); gib < end; gib += GIB) {
		u64 *upper = &mm->root[gib / GIB], *l1, stop = min_u64(gib + GIB, end);

		if (!*upper)
			continue;
		l1 = pa_va(pte_pa(*upper));
		for (u64 va = max_u64(gib, start & ~(TABLE_SPAN - 1)); va < stop;
		     va += TABLE_SPAN) {
			u64 *entry = &l1[va / TABLE_SPAN % ENTRIES];

			if (*entry && ((va >= low && va + TABLE_SPAN <= high) ||
				       (search && table_empty(pa_va(pte_pa(*entry))))))
				table_free(mm, entry);
		}
		if ((gib >= low && gib + GIB <= high) || (search && table_empty(l1)))
			table_free(mm, upper);
	}
}

/* ---- entries ---- */

u64 pte_flags(u32 prot)
{
	u64 flags = PTE_U | PTE_A;

	if (!(prot & (PROT_READ | PROT_WRITE | PROT_EXEC)))
		return PTE_NONE;
	flags |= PTE_V;
	if (prot & (PROT_READ | PROT_WRITE))
		flags |= PTE_R;
	if (prot & PROT_WRITE)
		flags |= PTE_W;
	if (prot & PROT_EXEC)
		flags |= PTE_X;
	return flags;
}

/* Class of a page of a file by how it is mapped: text as soon as somebody may execute it. */
static void classify(struct page *page, u64 flags)
{
	u8 c = page->frame_class;

	if (page->flags & PAGE_ANON)
		return;
	if (!page->sharers)
		c = page->mapping && page->mapping->swapped ? FRAME_SHM : FRAME_CACHE;
	else if (page->mapping && page->mapping->swapped)
		c = FRAME_SHM;
	else if (flags & PTE_X)
		c = FRAME_TEXT;
	else if (c != FRAME_TEXT)
		c = FRAME_FILE;
	if (page->frame_class != c)
		frame_set_class(page, c);
}

static void drop_swap_entry(struct mm *mm, u64 *pte)
{
	u32 slot = pte_slot(*pte);
	struct page *page;

	*pte = 0;
	mm->swapped--;
	slot_put(slot);
	page = cache_lookup(&swap_mapping, slot);
	if (page)
		page_unused(page);
}

bool pte_map(struct mm *mm, u64 va, u64 *pte, struct page *page, u64 flags)
{
	if (!rmap_add(page, mm, va))
		return false;
	if (pte_is_swap(*pte)) {
		page->pins++; /* or it may look unused */
		drop_swap_entry(mm, pte);
		page->pins--;
	}
	ASSERT(*pte == 0);
	*pte = pte_make(page_pa(page), flags);
	if (++mm->resident > mm->peak_resident)
		mm->peak_resident = mm->resident;
	classify(page, flags);
	introspect_page(page);
	if (flags & PTE_X)
		fence_i();
	fence_page(mm, va); /* an implementation may have cached the invalid entry */
	return true;
}

void pte_unmap(struct mm *mm, u64 va, u64 *pte, u64 replacement)
{
	u64 old = *pte;
	struct page *page;

	if (pte_is_swap(old)) {
		drop_swap_entry(mm, pte);
		return;
	}
	page = pa_page(pte_pa(old));
	*pte = replacement;
	fence_page(mm, va);
	if (old & PTE_D)
		page_set_dirty(page);
	if (old & PTE_A)
		page->flags |= PAGE_REFERENCED;
	mm->resident--;
	if (pte_is_swap(replacement))
		mm->swapped++;
	rmap_remove(page, mm, va);
	classify(page, 0);
	introspect_page(page);
	page_unused(page);
}
