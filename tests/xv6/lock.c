/* Spinlocks by AMO; while one is held the hart takes no interrupt. */
#include "tests/xv6/xv6.h"

void push_off(void)
{
	int old = intr_get();

	intr_off();
	if (mycpu()->noff == 0)
		mycpu()->intena = old;
	mycpu()->noff++;
}

void pop_off(void)
{
	struct cpu *c = mycpu();

	if (intr_get() || c->noff < 1)
		panic("pop_off");
	if (--c->noff == 0 && c->intena)
		intr_on();
}

int holding(struct spinlock *lk)
{
	return lk->locked && lk->cpu == mycpu();
}

void acquire(struct spinlock *lk)
{
	push_off();
	if (holding(lk))
		panic("acquire");
	while (__sync_lock_test_and_set(&lk->locked, 1) != 0)
		;
	__sync_synchronize();
	lk->cpu = mycpu();
}

void release(struct spinlock *lk)
{
	if (!holding(lk))
		panic("release");
	lk->cpu = NULL;
	__sync_synchronize();
	__sync_lock_release(&lk->locked);
	pop_off();
}
