#include "emu/view_scan.h"

#include <string.h>

void view_model_satp(struct view_model *model, uint64_t satp)
{
	satp &= ~(0xffffull << 44); /* the ASID says nothing here */
	if (!(satp >> 60))
		return;
	/* Most recent first. */
	unsigned at = 0;
	while (at < model->nsatps && model->satp[at] != satp)
		at++;
	if (at == model->nsatps) {
		if (model->nsatps < VIEW_SATPS)
			model->nsatps++;
		else
			at--;
	}
	memmove(model->satp + 1, model->satp, at * sizeof *model->satp);
	model->satp[0] = satp;
}

static struct view_frame *frame_at(struct view_model *model, uint64_t pa)
{
	const struct ram *ram = &model->machine->ram;
	return ram_holds(ram, pa, 4096) ? &model->frame[ram_frame(ram, pa)] : NULL;
}

static void derive_table(void *ctx, uint64_t pa, unsigned level)
{
	struct view_model *model = ctx;
	struct view_frame *frame = frame_at(model, pa);
	(void)level;
	if (frame) {
		frame->kind = VIEW_TABLE;
		frame->frame_class = FRAME_PAGE_TABLE;
	}
}

static void derive_page(struct view_model *model, const struct inspect_mapping *mapping,
			uint64_t pa)
{
	uint64_t index = ram_frame(&model->machine->ram, pa);
	struct view_frame *frame = &model->frame[index];
	if (frame->frame_class == FRAME_PAGE_TABLE)
		return;
	if (mapping->pte & PTE_U) {
		frame->sharers++;
		frame->page = (mapping->va + (pa - mapping->pa)) >> 12;
		frame->frame_class = mapping->pte & PTE_W   ? FRAME_ANON
				     : mapping->pte & PTE_X ? FRAME_TEXT
							    : FRAME_FILE;
		if (mapping->pte & PTE_D)
			frame->dirty = true;
	} else if (!frame->sharers && (mapping->pte & (PTE_X | PTE_W)) == PTE_X) {
		frame->frame_class = FRAME_KERNEL;
	}
}

static bool derive_leaf(void *ctx, const struct inspect_mapping *mapping)
{
	struct view_model *model = ctx;
	const struct ram *ram = &model->machine->ram;
	uint64_t ram_end = ram->base + ram->bytes, end = mapping->pa + mapping->bytes;
	uint64_t pa = mapping->pa > ram->base ? mapping->pa : ram->base;
	if (!(mapping->pte & PTE_V))
		return true;
	for (; pa < end && pa < ram_end; pa += 4096)
		derive_page(model, mapping, pa);
	return true;
}

void view_scan_frames(struct view_model *model)
{
	static const uint8_t kinds[FRAME_CLASS_COUNT] = {
		[FRAME_FREE] = VIEW_FREE,	 [FRAME_KERNEL] = VIEW_KERNEL,
		[FRAME_PAGE_TABLE] = VIEW_TABLE, [FRAME_ANON] = VIEW_HEAP,
		[FRAME_TEXT] = VIEW_TEXT,	 [FRAME_FILE] = VIEW_FILE,
	};
	const uint8_t *touched = model->machine->ram.touched;
	for (uint64_t f = 0; f < model->nframes; f++) {
		struct view_frame *frame = &model->frame[f];
		frame->frame_class = model->ever[f] || touched[f] ? FRAME_KERNEL : FRAME_FREE;
		frame->flags = 0;
		frame->dirty = false;
		frame->sharers = 0;
		frame->owner = 0;
		frame->page = 0;
	}
	for (unsigned pass = 0; pass < 2; pass++) { /* tables first: they win */
		for (unsigned i = 0; i < model->nsatps; i++) {
			if (pass == 0)
				inspect_each_mapping(model->machine, model->satp[i], NULL,
						     derive_table, model);
			else
				inspect_each_mapping(model->machine, model->satp[i], derive_leaf,
						     NULL, model);
		}
	}
	for (uint64_t f = 0; f < model->nframes; f++) {
		struct view_frame *frame = &model->frame[f];
		bool user = frame->frame_class != FRAME_PAGE_TABLE && frame->sharers;
		frame->kind = user && frame->sharers > 1 ? VIEW_SHARED : kinds[frame->frame_class];
	}
}

struct process_scan {
	struct view_model *model;
	struct view_process *process;
};

static bool process_leaf(void *ctx, const struct inspect_mapping *mapping)
{
	struct process_scan *scan = ctx;
	const struct ram *ram = &scan->model->machine->ram;
	bool user = mapping->pte & PTE_U && mapping->bytes == 4096;
	if (!(mapping->pte & PTE_V))
		scan->process->swapped += (mapping->pte & PTE_R) != 0; /* the kernel's mark */
	else if (user && ram_holds(ram, mapping->pa, 4096)) {
		scan->process->resident++;
		if (mapping->pte & PTE_D)
			scan->model->frame[ram_frame(ram, mapping->pa)].dirty = true;
	}
	return true;
}

void view_scan_processes(struct view_model *model)
{
	for (unsigned i = 0; i < model->nprocesses; i++) {
		struct process_scan scan = { model, &model->process[i] };
		if (!scan.process->satp)
			continue;
		scan.process->resident = scan.process->swapped = 0;
		inspect_each_mapping(model->machine, scan.process->satp, process_leaf, NULL, &scan);
	}
}

struct owner_search {
	uint64_t pa;
	uint32_t pid;
	uint64_t satp;
	struct view_owner *owner;
	unsigned n, max;
	bool supervisor; /* the kernel's own mappings too */
};

static bool owner_leaf(void *ctx, const struct inspect_mapping *mapping)
{
	struct owner_search *search = ctx;
	if (!(mapping->pte & PTE_V) || (!(mapping->pte & PTE_U) && !search->supervisor) ||
	    search->pa - mapping->pa >= mapping->bytes)
		return true;
	search->owner[search->n++] =
		(struct view_owner){ search->pid, search->satp,
				     mapping->va + (search->pa - mapping->pa), mapping->pte };
	return search->n < search->max;
}

static void owner_table(void *ctx, uint64_t pa, unsigned level)
{
	struct owner_search *search = ctx;
	(void)level;
	if (pa == search->pa && search->n < search->max)
		search->owner[search->n++] = (struct view_owner){ search->pid, search->satp, 0, 0 };
}

unsigned view_model_owners(const struct view_model *model, uint64_t frame, struct view_owner *owner,
			   unsigned max)
{
	struct owner_search search = { .pa = model->machine->ram.base + (frame << 12),
				       .owner = owner,
				       .max = max };
	unsigned spaces = model->has_kernel ? model->nprocesses : model->nsatps;
	/* The kernel's own mappings only where nothing else is known. */
	for (unsigned pass = 0; pass < (model->has_kernel ? 1 : 2) && !search.n; pass++) {
		search.supervisor = pass;
		for (unsigned i = 0; i < spaces && search.n < max; i++) {
			search.pid = model->has_kernel ? model->process[i].pid : 0;
			search.satp = model->has_kernel ? model->process[i].satp : model->satp[i];
			if (search.satp)
				inspect_each_mapping(model->machine, search.satp, owner_leaf,
						     pass ? NULL : owner_table, &search);
		}
	}
	return search.n;
}

struct page_list {
	const struct view_model *model;
	struct view_page *page;
	unsigned n, max;
};

static bool list_page(void *ctx, const struct inspect_mapping *mapping)
{
	struct page_list *list = ctx;
	bool resident = mapping->pte & PTE_V;
	const struct ram *ram = &list->model->machine->ram;
	if ((int64_t)mapping->va < 0 || (resident && !(mapping->pte & PTE_U)))
		return true;
	uint8_t kind = resident && ram_holds(ram, mapping->pa, 4096)
			       ? list->model->frame[ram_frame(ram, mapping->pa)].kind
			       : VIEW_HEAP;
	list->page[list->n++] = (struct view_page){ mapping->va, kind, resident };
	return list->n < list->max;
}

unsigned view_model_pages(const struct view_model *model, uint64_t satp, struct view_page *page,
			  unsigned max)
{
	struct page_list list = { model, page, 0, max };
	if (max)
		inspect_each_mapping(model->machine, satp, list_page, NULL, &list);
	return list.n;
}
