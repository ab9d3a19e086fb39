/* Processes, and the scheduler that each hart runs. */
#include "tests/xv6/xv6.h"

static struct cpu cpus[NCPU];
static struct proc proc[NPROC];
static struct proc *initproc;
static struct spinlock pid_lock, wait_lock;
static int nextpid = 1;

volatile uint32 harts_ran;

int cpuid(void)
{
	uint64 id;

	__asm__ volatile("mv %0, tp" : "=r"(id));
	return (int)id;
}

struct cpu *mycpu(void)
{
	return &cpus[cpuid()];
}

struct proc *myproc(void)
{
	struct proc *p;

	push_off();
	p = mycpu()->proc;
	pop_off();
	return p;
}

void procinit(void)
{
	for (int i = 0; i < NPROC; i++)
		proc[i].kstack = KSTACK((uint64)i);
}

/* With its lock held. */
static struct proc *allocproc(void)
{
	for (struct proc *p = proc; p < proc + NPROC; p++) {
		acquire(&p->lock);
		if (p->state != UNUSED) {
			release(&p->lock);
			continue;
		}
		acquire(&pid_lock);
		p->pid = nextpid++;
		release(&pid_lock);
		p->state = USED;
		p->trapframe = kalloc();
		p->pagetable = uvmcreate(p->trapframe);
		memset(&p->context, 0, sizeof(p->context));
		p->context.ra = (uint64)forkret;
		p->context.sp = p->kstack + PGSIZE;
		return p;
	}
	return NULL;
}

static void freeproc(struct proc *p)
{
	kfree(p->trapframe);
	uvmfree(p->pagetable, p->sz);
	p->trapframe = NULL;
	p->pagetable = NULL;
	p->sz = 0;
	p->pid = p->killed = p->xstate = 0;
	p->parent = NULL;
	p->chan = NULL;
	p->state = UNUSED;
}

/* The image begins with a jump; then where its data begin and where all of it ends. */
void userinit(void)
{
	struct proc *p = allocproc();
	uint64 data = user_image[1], all = user_image[2];
	uint64 bytes = (uint64)user_image_end - (uint64)user_image;

	initproc = p;
	if (!uvmalloc(p->pagetable, 0, data, PTE_X) || !uvmalloc(p->pagetable, data, all, PTE_W))
		panic("userinit");
	for (uint64 va = 0; va < bytes; va += PGSIZE) {
		uint64 part = bytes - va < PGSIZE ? bytes - va : PGSIZE;

		memcpy((void *)(*walk(p->pagetable, va, 0) >> 10 << 12),
		       (const char *)user_image + va, part);
	}
	p->sz = (all + PGSIZE - 1) & ~(PGSIZE - 1L);
	if (!uvmalloc(p->pagetable, p->sz, p->sz + PGSIZE, PTE_W))
		panic("userinit: stack");
	p->sz += PGSIZE;
	p->trapframe->epc = 0;
	p->trapframe->x[2] = p->sz;
	p->state = RUNNABLE;
	release(&p->lock);
}

int growproc(int n)
{
	struct proc *p = myproc();

	if (n < 0 || n % PGSIZE || !uvmalloc(p->pagetable, p->sz, p->sz + (uint64)n, PTE_W))
		return -1;
	p->sz += (uint64)n;
	return 0;
}

int fork(void)
{
	struct proc *p = myproc(), *child = allocproc();
	int pid;

	if (!child)
		return -1;
	if (uvmcopy(p->pagetable, child->pagetable, p->sz) < 0)
		panic("fork: no memory");
	child->sz = p->sz;
	*child->trapframe = *p->trapframe;
	child->trapframe->x[10] = 0;
	pid = child->pid;
	release(&child->lock);
	acquire(&wait_lock);
	child->parent = p;
	release(&wait_lock);
	acquire(&child->lock);
	child->state = RUNNABLE;
	release(&child->lock);
	return pid;
}

void exit(int status)
{
	struct proc *p = myproc();

	if (p == initproc)
		panic("init exits");
	acquire(&wait_lock);
	wakeup(p->parent);
	acquire(&p->lock);
	p->xstate = status;
	p->state = ZOMBIE;
	release(&wait_lock);
	sched();
	panic("a zombie runs");
}

int wait(uint64 va)
{
	struct proc *p = myproc();

	acquire(&wait_lock);
	for (;;) {
		int children = 0;

		for (struct proc *child = proc; child < proc + NPROC; child++) {
			int pid;

			if (child->parent != p)
				continue;
			acquire(&child->lock);
			children++;
			if (child->state != ZOMBIE) {
				release(&child->lock);
				continue;
			}
			pid = child->pid;
			if (va)
				copyout(p->pagetable, va, &child->xstate, sizeof(child->xstate));
			freeproc(child);
			release(&child->lock);
			release(&wait_lock);
			return pid;
		}
		if (!children) {
			release(&wait_lock);
			return -1;
		}
		sleep(p, &wait_lock);
	}
}

/* Interrupts are off when nothing is found: wfi wakes all the same, and then they are let in. */
void scheduler(void)
{
	struct cpu *c = mycpu();

	c->proc = NULL;
	for (;;) {
		int found = 0;

		intr_on();
		intr_off();
		for (struct proc *p = proc; p < proc + NPROC; p++) {
			acquire(&p->lock);
			if (p->state == RUNNABLE) {
				p->state = RUNNING;
				c->proc = p;
				__sync_fetch_and_or(&harts_ran, 1u << cpuid());
				swtch(&c->context, &p->context);
				c->proc = NULL;
				found = 1;
			}
			release(&p->lock);
		}
		if (!found)
			__asm__ volatile("wfi");
	}
}

void sched(void)
{
	struct proc *p = myproc();
	int intena;

	if (!holding(&p->lock) || mycpu()->noff != 1 || p->state == RUNNING || intr_get())
		panic("sched");
	intena = mycpu()->intena;
	swtch(&p->context, &mycpu()->context);
	mycpu()->intena = intena;
}

void yield(void)
{
	struct proc *p = myproc();

	acquire(&p->lock);
	p->state = RUNNABLE;
	sched();
	release(&p->lock);
}

void forkret(void)
{
	release(&myproc()->lock);
	usertrapret();
}

void sleep(void *chan, struct spinlock *lk)
{
	struct proc *p = myproc();

	acquire(&p->lock);
	release(lk);
	p->chan = chan;
	p->state = SLEEPING;
	sched();
	p->chan = NULL;
	release(&p->lock);
	acquire(lk);
}

void wakeup(void *chan)
{
	for (struct proc *p = proc; p < proc + NPROC; p++) {
		if (p == myproc())
			continue;
		acquire(&p->lock);
		if (p->state == SLEEPING && p->chan == chan)
			p->state = RUNNABLE;
		release(&p->lock);
	}
}
