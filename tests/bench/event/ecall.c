/* A system call that does nothing: from U-mode to S-mode and back. */
#include "event.h"

#define CALLS 2000000

NAKED void handler(void)
{
	asm("csrw sscratch, t0\n\t"
	    "bnez a7, 1f\n\t"
	    "csrr t0, sepc\n\t"
	    "addi t0, t0, 4\n\t"
	    "csrw sepc, t0\n\t"
	    "csrr t0, sscratch\n\t"
	    "sret\n"
	    "1:	la t0, 2f\n\t"
	    "csrw sepc, t0\n\t"
	    "li t0, 0x100\n\t"
	    "csrs sstatus, t0\n\t"
	    "sret\n"
	    "2:	ret"); /* to main, whose ra and sp nobody changed */
}

NAKED void user(void)
{
	asm("mv t1, a0\n\t"
	    "li a7, 0\n"
	    "1:	addi t1, t1, -1\n\t" EVENT("ecall") "bnez t1, 1b\n\t"
						    "li a7, 1\n\t"
						    "ecall");
}

/* As a call: comes back by the ecall with a7 = 1. */
NAKED void enter_user(uint64_t calls)
{
	(void)calls;
	asm("la t0, user\n\t"
	    "csrw sepc, t0\n\t"
	    "li t0, 0x100\n\t"
	    "csrc sstatus, t0\n\t"
	    "sret");
}

int main(void)
{
	bench_map_page(bench_root, (uint64_t)user, (uint64_t)user, LEAF_USER);
	asm volatile("sfence.vma" ::: "memory");
	event_trap_to(handler);
	enter_user(CALLS);
	bench_report("ecall", CALLS);
	return 0;
}
