/* cbo.zero zeroes 64 bytes as a store does; cbo.clean, flush and inval want what a load wants; envcfg gates all */
/* QEMU 7 is not asked: its blocks may have another size */
#include "tests/isa/isa.h"

#define CBO(n)	  .word 0x0005200f | (n) << 20 /* on (a0) */
#define INVAL	  CBO(0) /* cbo.inval */
#define CLEAN	  CBO(1) /* cbo.clean */
#define FLUSH	  CBO(2) /* cbo.flush */
#define ZERO	  CBO(4) /* cbo.zero */
#define MENVCFG	  0x30a
#define SENVCFG	  0x10a
#define CBIE_FLUSH 0x10
#define CBIE_INVAL 0x30
#define CBCFE	  0x40
#define CBZE	  0x80

	.globl	main
main:
	la	a0, page_a + 64 + 40
	ZERO
	la	a1, page_a
	ld	a2, 56(a1)
	IS	a2, -1
	ld	a2, 64(a1)
	IS	a2, 0
	ld	a2, 120(a1)
	IS	a2, 0
	ld	a2, 128(a1)
	IS	a2, -1
	/* M-mode may do all, whatever envcfg says */
	csrw	MENVCFG, zero
	INVAL
	CLEAN
	FLUSH
	ld	a2, 56(a1)
	IS	a2, -1

	VM_ON
	MAP	0, page_a, PTE_RWXAD
	li	a0, VM + 0x100
	ENTER_S
	ILLEGAL_INSN INVAL
	ENTER_S
	ILLEGAL_INSN CLEAN
	ENTER_S
	ILLEGAL_INSN FLUSH
	ENTER_S
	ILLEGAL_INSN ZERO
	li	a2, CBIE_FLUSH | CBCFE
	csrw	MENVCFG, a2
	ENTER_S
	INVAL
	CLEAN
	FLUSH
	ILLEGAL_INSN ZERO
	li	a2, CBIE_INVAL | CBZE
	csrw	MENVCFG, a2
	ENTER_S
	INVAL
	ZERO
	ILLEGAL_INSN FLUSH

	/* U-mode needs senvcfg too */
	li	a2, CBIE_INVAL | CBCFE | CBZE
	csrw	MENVCFG, a2
	csrw	SENVCFG, zero
	MAP	0, page_a, PTE_RWXAD | PTE_U
	ENTER_U
	ILLEGAL_INSN INVAL
	ENTER_U
	ILLEGAL_INSN CLEAN
	ENTER_U
	ILLEGAL_INSN ZERO
	csrw	SENVCFG, a2
	ENTER_U
	INVAL
	CLEAN
	FLUSH
	ZERO
	ZERO
	ENTER_M
	csrw	MENVCFG, zero
	ENTER_U
	ILLEGAL_INSN CLEAN
	ENTER_U
	ILLEGAL_INSN ZERO /* though it was allowed on this page a moment ago */
	csrw	MENVCFG, a2

	/* read only: it may be managed, not zeroed; D stays clear, and a fault tells of a0 itself */
	MAP	1, page_a, PTE_V | PTE_R | PTE_A
	li	a0, VM + 0x1013
	ENTER_S
	INVAL
	CLEAN
	FLUSH
	TRAPS	STORE_PAGE, a0, ZERO
	PTE_FLAGS a3, 1
	IS	a3, PTE_V | PTE_R | PTE_A
	/* not there: store page faults */
	MAP	1, page_a, 0
	ENTER_S
	TRAPS	STORE_PAGE, a0, CLEAN
	ENTER_S
	TRAPS	STORE_PAGE, a0, ZERO
	/* managing sets A, zeroing A and D */
	li	a2, 1 << 61 /* ADUE */
	csrs	MENVCFG, a2
	MAP	1, page_a, PTE_V | PTE_R | PTE_W
	ENTER_S
	FLUSH
	ENTER_M
	PTE_FLAGS a3, 1
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A
	ENTER_S
	ZERO
	ENTER_M
	PTE_FLAGS a3, 1
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D
	/* execute only: neither a load nor a store is permitted; with MXR a load is */
	MAP	1, page_a, PTE_V | PTE_X | PTE_A
	ENTER_S
	TRAPS	STORE_PAGE, a0, CLEAN
	li	a2, MSTATUS_MXR
	csrs	mstatus, a2
	ENTER_S
	CLEAN
	ENTER_M
	/* a device has no blocks */
	csrw	satp, zero
	li	a0, FINISHER
	TRAPS	STORE_ACCESS, a0, ZERO
	/* but may be loaded from, so blocks there may be managed; where nothing is they may not */
	CLEAN
	FLUSH
	INVAL
	li	a0, 0x40000005
	TRAPS	STORE_ACCESS, a0, ZERO
	TRAPS	STORE_ACCESS, a0, CLEAN
	TRAPS	STORE_ACCESS, a0, FLUSH
	TRAPS	STORE_ACCESS, a0, INVAL
	/* nor where PMP lets M-mode load from one part of a block alone */
	la	a0, page_a + 0x140
	addi	a2, a0, 32
	srli	a2, a2, 2
	csrw	pmpaddr1, a2
	srli	a2, a0, 2
	csrw	pmpaddr0, a2
	li	a2, 0x8800 /* entry 1: locked, TOR, nothing is allowed */
	csrw	pmpcfg0, a2
	addi	a0, a0, 50
	TRAPS	STORE_ACCESS, a0, CLEAN
	addi	a0, a0, -64
	CLEAN
	/* many in a row: all but the first and the last block of a page */
	la	a1, page_b
	li	a3, 4096
	add	a3, a1, a3
	li	a2, -1
	mv	a0, a1
1:	sd	a2, (a0)
	addi	a0, a0, 8
	bne	a0, a3, 1b
	addi	a0, a1, 64 + 63
	addi	a4, a3, -64
2:	ZERO
	addi	a0, a0, 64
	ZERO
	addi	a0, a0, 64
	bltu	a0, a4, 2b
	li	a5, 0
	mv	a0, a1
3:	ld	a2, (a0)
	add	a5, a5, a2
	addi	a0, a0, 8
	bne	a0, a3, 3b
	IS	a5, -16
	ld	a5, 56(a1)
	IS	a5, -1
	ld	a5, -64(a3)
	IS	a5, -1
	/* code that is zeroed is gone */
	la	a0, code
	jalr	ra, a0
	IS	a1, 3
	ZERO
	fence.i
	CASE
	la	s11, 1f
	jr	a0
1:	IS	s7, ILLEGAL
	IS	s9, 0
	PASS

	.balign	64
code:	li	a1, 3
	ret
	.balign	64

	.data
	.balign	4096
page_a:
	.rept	512
	.dword	-1
	.endr
page_b:
	.space	4096
