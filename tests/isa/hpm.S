/* The hpm counters count page faults, walks and TLB misses; overflow interrupts once; inhibits are obeyed */
/* QEMU 7 has other events */
#include "tests/isa/isa.h"

#define PAGE_FAULTS 1
#define LOAD_FAULTS 3
#define WALKS	    5
#define LOAD_MISSES 0x10019
#define SCOUNTOVF   0xda0
#define LCOFI	    13

	.globl	main
main:
	VM_ON
	MAP	0, page_a, PTE_RWXAD
	MAP	1, page_a, 0
	li	a0, VM
	li	a1, VM + 4096
	li	a2, PAGE_FAULTS
	csrw	mhpmevent3, a2
	li	a2, LOAD_FAULTS
	csrw	mhpmevent4, a2
	li	a2, WALKS
	csrw	mhpmevent5, a2
	li	a2, LOAD_MISSES
	csrw	mhpmevent31, a2
	sfence.vma
	csrw	mhpmcounter3, zero
	csrw	mhpmcounter4, zero
	csrw	mhpmcounter5, zero
	csrw	mhpmcounter31, zero
	ENTER_S
	ld	a2, (a0)
	ld	a2, 8(a0)
	TRAPS	STORE_PAGE, a1, sd a2, (a1)
	ENTER_S
	TRAPS	LOAD_PAGE, a1, ld a2, (a1)
	csrr	a2, mhpmcounter3
	IS	a2, 2
	csrr	a2, mhpmcounter4
	IS	a2, 1
	csrr	a2, mhpmcounter31
	IS	a2, 2 /* a0's first, a1's load; its store missed as a store */
	csrr	a2, mhpmcounter5
	IS	a2, 4 /* and the code's page */

	/* an event that does not exist is none; nothing counts then */
	li	a2, 77
	csrw	mhpmevent3, a2
	csrr	a2, mhpmevent3
	IS	a2, 0
	ENTER_S
	TRAPS	LOAD_PAGE, a1, ld a2, (a1)
	csrr	a2, mhpmcounter3
	IS	a2, 2
	csrr	a2, mhpmcounter4
	IS	a2, 2

	/* mcountinhibit; SINH, UINH, MINH */
	csrwi	mcountinhibit, 1 << 4
	ENTER_S
	TRAPS	LOAD_PAGE, a1, ld a2, (a1)
	csrw	mcountinhibit, zero
	csrr	a2, mhpmcounter4
	IS	a2, 2
	li	a2, 1 << 61 | LOAD_FAULTS
	csrw	mhpmevent4, a2
	ENTER_S
	TRAPS	LOAD_PAGE, a1, ld a2, (a1)
	csrr	a2, mhpmcounter4
	IS	a2, 2
	ENTER_U
	TRAPS	LOAD_PAGE, a1, ld a2, (a1)
	csrr	a2, mhpmcounter4
	IS	a2, 3
	li	a2, 5 << 60 | LOAD_FAULTS
	csrw	mhpmevent4, a2
	ENTER_U
	TRAPS	LOAD_PAGE, a1, ld a2, (a1)
	csrr	a2, mhpmcounter4
	IS	a2, 3

	/* overflow: OF and LCOFIP once, until OF is cleared */
	li	a2, -1
	csrw	mhpmcounter4, a2
	li	a2, LOAD_FAULTS
	csrw	mhpmevent4, a2
	csrr	a2, mip
	srli	a2, a2, LCOFI
	IS	a2, 0
	ENTER_S
	TRAPS	LOAD_PAGE, a1, ld a2, (a1)
	csrr	a2, mhpmevent4
	li	a3, 1 << 63 | LOAD_FAULTS
	IS_REG	a2, a3
	csrr	a2, mhpmcounter4
	IS	a2, 0
	csrr	a2, mip
	srli	a2, a2, LCOFI
	IS	a2, 1
	csrr	a2, SCOUNTOVF
	IS	a2, 1 << 4
	li	a2, 1 << LCOFI
	csrc	mip, a2
	li	a3, -1
	csrw	mhpmcounter4, a3
	ENTER_S
	TRAPS	LOAD_PAGE, a1, ld a2, (a1)
	csrr	a2, mip
	srli	a2, a2, LCOFI
	IS	a2, 0

	/* S-mode sees of scountovf what mcounteren shows, and reads the counters so */
	csrw	mcounteren, zero
	ENTER_S
	csrr	a2, SCOUNTOVF
	IS	a2, 0
	ILLEGAL_INSN csrr a2, hpmcounter4
	li	a2, 1 << 4
	csrw	mcounteren, a2
	ENTER_S
	csrr	a2, SCOUNTOVF
	IS	a2, 1 << 4
	csrr	a2, hpmcounter4
	IS	a2, 0
	ENTER_M
	csrw	scounteren, zero
	ENTER_U
	ILLEGAL_INSN csrr a2, hpmcounter4
	li	a2, 1 << 4
	csrw	scounteren, a2
	ENTER_U
	csrr	a2, hpmcounter4
	IS	a2, 0
	ENTER_M

	/* the interrupt, delegated: sip.LCOFIP is the supervisor's to clear */
	li	a2, 1 << LCOFI
	csrw	mideleg, a2
	csrs	mip, a2
	ENTER_S
	csrr	a3, sip
	IS_REG	a3, a2
	csrc	sip, a2
	csrr	a3, sip
	IS	a3, 0
	ENTER_M
	csrw	mideleg, zero
	csrs	mie, a2
	csrs	mip, a2
	CASE
	la	s11, 1f
	li	a3, MSTATUS_MIE
	csrs	mstatus, a3
	nop
	FAIL
1:	li	a3, 1 << 63 | LCOFI
	IS_REG	s7, a3
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
