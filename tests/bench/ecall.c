/* U-mode calls S-mode, which saves and restores everything. */
#include "bench.h"

#define CALLS 1000000

void bench_trap(uint64_t *frame, uint64_t cause, uint64_t tval);
void bench_enter_user(void (*pc)(void), void *sp);

static uint8_t stack[PAGE * 2] __attribute__((aligned(4096)));
static uint64_t calls;

void bench_trap(uint64_t *frame, uint64_t cause, uint64_t tval)
{
	if (cause != 8)
		bench_finish((int)tval | 1);
	frame[0] += 4;
	frame[10] += ++calls;
	if (calls == CALLS) {
		bench_report("ecall", frame[10]);
		bench_finish(0);
	}
}

__attribute__((aligned(4096), section(".text.user"))) static void user(void)
{
	register uint64_t a0 asm("a0") = 0;

	for (;;)
		asm volatile("ecall" : "+r"(a0)::"memory");
}

int main(void)
{
	for (uint64_t va = (uint64_t)user; va < (uint64_t)user + PAGE; va += PAGE)
		bench_map_page(bench_root, va & ~(PAGE - 1), va & ~(PAGE - 1), 0xdb);
	for (uint64_t va = (uint64_t)stack; va < (uint64_t)stack + sizeof(stack); va += PAGE)
		bench_map_page(bench_root, va, va, 0xd7);
	asm volatile("sfence.vma" ::: "memory");
	bench_enter_user(user, stack + sizeof(stack));
	return 1;
}
