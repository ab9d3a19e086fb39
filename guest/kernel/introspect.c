/*
 * Keeping the introspection structure up to date.
 */
#include "arch.h"
#include "mm.h"
#include "reclaim.h"

struct introspect faultline_introspect __attribute__((section(".data.introspect"))) = {
	.magic = INTROSPECT_MAGIC,
	.version = INTROSPECT_VERSION,
	.bytes = sizeof(struct introspect),
};

static struct introspect_frame *frame_table;
static struct introspect_process *process_table;
u32 proc_max;

void introspect_init(void)
{
	struct introspect *in = &faultline_introspect;

	proc_max = (u32)min_u64(256, max_u64(32, nframes / 16));
	frame_table = early_alloc(nframes * sizeof(*frame_table));
	process_table = early_alloc(proc_max * sizeof(*process_table));
	in->sequence++;
	in->ram_base = ram_base;
	in->nframes = nframes;
	in->frames_pa = va_pa(frame_table);
	in->processes_pa = va_pa(process_table);
	in->nprocesses = proc_max;
	in->kernel_va = (u64)kernel_start;
	in->kernel_pa = kernel_pa;
	in->kernel_bytes = (u64)(kernel_end - kernel_start);
	in->sequence++;
}

const struct introspect_frame *introspect_frame(const struct page *page)
{
	return &frame_table[page - frames];
}

static u8 flags_of(const struct page *page)
{
	return (u8)((page->flags & (PAGE_DIRTY | PAGE_REFERENCED | PAGE_IO)) |
		    (page->pins ? FRAME_PINNED : 0) |
		    (page->mapping == &swap_mapping ? FRAME_HAS_SLOT : 0));
}

/* What changes often: pins, references. */
void introspect_flags(const struct page *page)
{
	frame_table[page - frames].flags = flags_of(page);
}

void introspect_class(const struct page *page)
{
	frame_table[page - frames].frame_class = page->frame_class;
}

void introspect_page(const struct page *page)
{
	struct introspect_frame *frame = &frame_table[page - frames];

	frame->frame_class = page->frame_class;
	frame->flags = flags_of(page);
	frame->sharers = page->sharers;
	if (page->frame_class < FRAME_PAGE_TABLE) {
		frame->flags = 0;
		frame->owner = 0;
		frame->page = 0;
	} else if (page->frame_class == FRAME_PAGE_TABLE) {
		frame->owner = 0;
		frame->page = page->index;
	} else if (page->flags & PAGE_ANON) {
		if (page->rmap.mm) { /* else: as last mapped */
			frame->owner = page->rmap.mm->owner_pid;
			frame->page = page->rmap.va >> PAGE_SHIFT;
		}
	} else {
		frame->owner = page->mapping ? page->mapping->inode : 0;
		frame->page = page->index;
	}
}

void introspect_state(const struct proc *proc)
{
	process_table[proc->slot].state = proc->state;
}

static void tell_mm(struct introspect_process *p, const struct mm *mm)
{
	p->satp = (8ul << 60) | mm->asid << 44 | mm->root_pa >> PAGE_SHIFT;
	p->resident_pages = mm->resident;
	p->peak_resident_pages = mm->peak_resident;
	p->swapped_pages = mm->swapped;
	p->page_table_pages = mm->table_pages;
}

/* Its counts have changed by what another process did. */
void introspect_mm(const struct mm *mm)
{
	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc))
		if (proc->mm == mm)
			tell_mm(&process_table[proc->slot], mm);
}

/* What changes with every fault. */
void introspect_counts(const struct proc *proc)
{
	struct introspect_process *p = &process_table[proc->slot];

	p->minor = proc->minor;
	p->major = proc->major;
	if (proc->mm)
		tell_mm(p, proc->mm);
}

void introspect_proc(const struct proc *proc)
{
	struct introspect_process *p = &process_table[proc->slot];

	introspect_counts(proc);
	introspect_state(proc);
	p->pid = proc->pid;
	p->ppid = proc->ppid;
	if (proc->state == PROC_ZOMBIE)
		p->exit_status = proc->group->wait_status;
	if (!proc->mm)
		p->satp = p->resident_pages = p->swapped_pages = p->page_table_pages = 0;
	memcpy(p->name, proc->name, sizeof(p->name));
}

void introspect_proc_gone(const struct proc *proc)
{
	memset(&process_table[proc->slot], 0, sizeof(process_table[0]));
}

void introspect_fault(const struct fault *fault)
{
	struct introspect *in = &faultline_introspect;
	struct introspect_fault_record *r = &in->faults[in->fault_head % INTROSPECT_FAULT_RING];

	in->sequence++;
	r->time_ticks = fault->start;
	r->end_ticks = time_now();
	r->va = fault->va;
	r->pc = fault->pc;
	r->pid = current->tgid;
	r->kind = fault->kind;
	r->flags = (u8)((fault->access == PROT_WRITE ? FAULT_FLAG_STORE : 0) |
			(fault->access == PROT_EXEC ? FAULT_FLAG_FETCH : 0) |
			(fault->kernel ? FAULT_FLAG_KERNEL : 0) |
			(fault->major ? FAULT_FLAG_MAJOR : 0));
	r->region = fault->region;
	r->reason = fault->reason;
	r->frame = fault->frame;
	r->slot = fault->slot;
	r->victim_owner = r->victim_class = 0;
	r->victim_page = 0;
	r->victim_frame = UINT32_MAX;
	if (current->victim.valid) {
		r->flags |= FAULT_FLAG_EVICTED | (current->victim.written ? FAULT_FLAG_WRITTEN : 0);
		r->victim_owner = current->victim.owner;
		r->victim_class = current->victim.frame_class;
		r->victim_page = current->victim.page;
		r->victim_frame = current->victim.frame;
	}
	in->fault_head++;
	in->sequence++;
}

void introspect_tell(enum introspect_told what, const struct page *page, u64 detail)
{
	u64 told = what;

	if (current && current->in_fault)
		told |= TOLD_IN_FAULT;
	if (page) {
		told |= (u64)(page - frames) << TOLD_FRAME;
		if (page->flags & PAGE_DIRTY)
			told |= TOLD_IS_DIRTY;
		if (page->flags & PAGE_ANON)
			told |= TOLD_IS_ANON;
		if (page->mapping == &swap_mapping)
			told |= TOLD_HAS_SLOT;
	}
	faultline_introspect.told_detail = detail;
	faultline_introspect.told = told;
}

void introspect_eviction(const struct eviction *gone, u8 flags)
{
	struct introspect *in = &faultline_introspect;
	struct introspect_eviction *e =
		&in->evictions[in->eviction_head % INTROSPECT_EVICTION_RING];

	in->sequence++;
	e->time_ticks = gone->ticks;
	e->faults = in->fault_head;
	e->page = gone->page;
	e->owner = gone->owner;
	e->frame = gone->frame;
	e->pid = current->tgid;
	e->frame_class = (u8)gone->frame_class;
	e->flags = (u8)(flags | (gone->written ? EVICTION_WRITTEN : 0));
	in->eviction_head++;
	in->sequence++;
}

static struct introspect_life *life_append(const struct proc *proc, u32 kind)
{
	struct introspect *in = &faultline_introspect;
	struct introspect_life *life = &in->life[in->life_head % INTROSPECT_LIFE_RING];

	memset(life, 0, sizeof(*life));
	life->time_ticks = time_now();
	life->pid = proc->tgid;
	life->tid = proc->pid;
	life->kind = kind;
	return life;
}

void introspect_signal(const struct proc *proc, u32 kind, const struct siginfo *info,
		       const struct trapframe *call)
{
	struct introspect_life *life;

	faultline_introspect.sequence++;
	life = life_append(proc, kind);
	life->in_call = call && call->scause == CAUSE_ECALL;
	life->result = call ? (s64)FRAME_A(call, 0) : 0;
	memcpy(life->info, info, sizeof(life->info));
	faultline_introspect.life_head++;
	faultline_introspect.sequence++;
}

void introspect_ended(const struct proc *proc, u32 wait_status)
{
	faultline_introspect.sequence++;
	life_append(proc, LIFE_ENDED)->status = wait_status;
	faultline_introspect.life_head++;
	faultline_introspect.sequence++;
}
