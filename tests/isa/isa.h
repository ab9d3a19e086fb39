/*
 * What the bare-metal tests of instructions and privilege share.
 *
 * A test is one .S file about one rule, which its first line says.  It begins at `main` in M-mode
 * and ends with PASS.  gp is the number of the present case; a case that fails ends the machine
 * with that number as its status.  These registers are spoken for:
 *
 *   gp   number of the case          s11  where to go on after a trap; 0: a trap fails the test
 *   s7   mcause of the last trap     s9   its mtval
 *   s8   its mepc                    s10  its mstatus
 *   t6   scratch of the macros       s6   scratch of the trap handler
 *
 * Harts but the first wait for ever, unless the test has a symbol `secondary`: they go there.
 *
 * After a trap the test goes on at s11 in M-mode.  With VM_ON, S- and U-mode see
 *   0x80000000  RAM, for S only, RWX, one gigapage, A and D set    (code of S-mode runs here)
 *   0xc0000000  the same RAM, U, RWX, likewise                     (code of U-mode runs here)
 *   0x40000000  512 pages whose PTEs the test writes to vm_pte (RAM): see MAP
 */
#ifndef TESTS_ISA_ISA_H
#define TESTS_ISA_ISA_H

#define PRIV_U 0
#define PRIV_S 1
#define PRIV_M 3

#define MSTATUS_SIE  0x2
#define MSTATUS_MIE  0x8
#define MSTATUS_SPIE 0x20
#define MSTATUS_MPIE 0x80
#define MSTATUS_SPP  0x100
#define MSTATUS_MPP  0x1800
#define MSTATUS_FS   0x6000
#define MSTATUS_MPRV 0x20000
#define MSTATUS_SUM  0x40000
#define MSTATUS_MXR  0x80000
#define MSTATUS_TVM  0x100000
#define MSTATUS_TW   0x200000
#define MSTATUS_TSR  0x400000

#define PTE_V	  0x01
#define PTE_R	  0x02
#define PTE_W	  0x04
#define PTE_X	  0x08
#define PTE_U	  0x10
#define PTE_G	  0x20
#define PTE_A	  0x40
#define PTE_D	  0x80
#define PTE_RWXAD (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)

#define VM	 0x40000000 /* where MAP maps */
#define VM_USER	 0x40000000 /* U-mode's view of RAM is this much above RAM */
#define FINISHER 0x100000

#define FETCH_ACCESS   1
#define ILLEGAL	       2
#define BREAKPOINT     3
#define LOAD_MISALIGN  4
#define LOAD_ACCESS    5
#define STORE_MISALIGN 6
#define STORE_ACCESS   7
#define ECALL_U	       8
#define ECALL_S	       9
#define ECALL_M	       11
#define FETCH_PAGE     12
#define LOAD_PAGE      13
#define STORE_PAGE     15

.option norvc
	.option norelax

	.macro CASE
	addi	gp, gp, 1
	.endm

	.macro PASS
	j	test_passed
	.endm

	.macro FAIL
	j	test_failed
	.endm

	/* A new case: \reg must hold \value (any 64-bit constant). */
	.macro IS reg, value
	CASE
	li	t6, \value
	beq	\reg, t6, 97f
	j	test_failed
97:
	.endm

	.macro IS_REG reg, other
	CASE
	beq	\reg, \other, 97f
	j	test_failed
97:
	.endm

	/* A new case: \insn, run in the present privilege, traps with \cause at its own pc and with
	 * mtval = \tval (a register).  Goes on in M-mode. */
	.macro TRAPS cause, tval, insn:vararg
	CASE
	la	s11, 99f
98:	\insn
	j	test_failed
99:	li	t6, \cause
	bne	s7, t6, 96f
	la	t6, 98b
	xor	t6, t6, s8 /* but for U-mode's alias of RAM */
	slli	t6, t6, 34
	bnez	t6, 96f
	beq	s9, \tval, 97f
96:	j	test_failed
97:
	.endm

	/* The same for an instruction that is illegal: mtval is its 32 bits. */
	.macro ILLEGAL_INSN insn:vararg
	CASE
	la	s11, 99f
98:	\insn
	j	test_failed
99:	li	t6, ILLEGAL
	bne	s7, t6, 96f
	la	t6, 98b
	xor	s8, t6, s8
	slli	s8, s8, 34
	bnez	s8, 96f
	lwu	t6, (t6)
	beq	s9, t6, 97f
96:	j	test_failed
97:
	.endm

	/* From M-mode to S- or U-mode at the next instruction.  U-mode is entered at its alias if
	 * satp is not Bare.  Interrupts stay as MPIE says. */
	.macro ENTER_S
	li	t6, MSTATUS_MPP
	csrc	mstatus, t6
	li	t6, PRIV_S << 11
	csrs	mstatus, t6
	la	t6, 97f
	csrw	mepc, t6
	mret
97:
	.endm

	.macro ENTER_U
	li	t6, MSTATUS_MPP
	csrc	mstatus, t6
	la	t6, 97f
	csrr	s6, satp
	beqz	s6, 96f
	li	s6, VM_USER
	add	t6, t6, s6
96:	csrw	mepc, t6
	mret
97:
	.endm

	/* From S- or U-mode back to M-mode at the next instruction (not a case). */
	.macro ENTER_M
	la	s11, 97f
	ecall
97:
	.endm

	/* Translation on, in ASID 0, with the map above; call in M-mode. */
	.macro VM_ON
	call	vm_on
	.endm

	/* Page \page of VM is the page at symbol \at with \flags; fences it. */
	.macro MAP page, at, flags
	la	t6, \at
	srli	t6, t6, 12
	slli	t6, t6, 10
	ori	t6, t6, (\flags) & 0x7ff
	la	s6, vm_pte + 8 * \page
	sd	t6, (s6)
	li	t6, VM + 4096 * \page
	sfence.vma t6, zero
	.endm

	/* \reg = the low byte of the PTE of page \page of VM */
	.macro PTE_FLAGS reg, page
	la	\reg, vm_pte + 8 * \page
	ld	\reg, (\reg)
	andi	\reg, \reg, 0xff
	.endm

	/* An area of memory that S and U may use, for all (a PMP entry). */
	.macro PMP_OPEN
	li	t6, -1
	csrw	pmpaddr15, t6
	li	t6, 0x1f << 56
	csrs	pmpcfg2, t6
	.endm

#define CLINT_MSIP     0x2000000
#define CLINT_MTIMECMP 0x2004000
#define CLINT_MTIME    0x200bff8

	.section .text.start, "ax"
	.globl	_start
	.weak	secondary
_start:
	csrr	t0, mhartid
	beqz	t0, 2f
	la	t1, secondary /* other harts */
	bnez	t1, 3f
1:	wfi
	j	1b
3:	jr	t1
2:	la	t0, trap_to_m
	csrw	mtvec, t0
	csrw	satp, zero
	csrw	medeleg, zero
	csrw	mideleg, zero
	csrw	mie, zero
	li	t0, MSTATUS_FS
	csrs	mstatus, t0
	li	gp, 0
	li	s11, 0
	la	sp, stack_top
	PMP_OPEN
	j	main

	/* The handler of all traps taken in M-mode. */
	.balign	4
trap_to_m:
	csrr	s7, mcause
	csrr	s8, mepc
	csrr	s9, mtval
	csrr	s10, mstatus
	beqz	s11, test_failed
	li	s6, 0x3fffffff /* from U-mode's alias, if it is one, to RAM */
	and	s11, s11, s6
	li	s6, 0x80000000
	or	s6, s11, s6
	li	s11, 0
	jr	s6

test_failed:
	/* In S- or U-mode the finisher is out of reach: a trap with s11 = 0 comes back here. */
	li	s11, 0
	li	t6, MSTATUS_MPRV
	csrc	mstatus, t6
	li	t6, FINISHER
	bnez	gp, 2f
	li	gp, 255 /* before the first case */
2:	slli	t5, gp, 16
	li	t4, 0x3333
	or	t5, t5, t4
	sw	t5, (t6)
1:	j	1b

test_passed:
	li	t6, MSTATUS_MPRV
	csrc	mstatus, t6 /* traps, and so fails, unless the test ended in M-mode */
	li	t6, FINISHER
	li	t5, 0x5555
	sw	t5, (t6)
1:	j	1b

vm_on:
	la	t0, vm_root
	la	t1, vm_mid
	la	t2, vm_pte
	srli	t3, t1, 2
	ori	t3, t3, PTE_V
	sd	t3, 8 * 1(t0)
	li	t3, 0x80000000 >> 2 | PTE_RWXAD
	sd	t3, 8 * 2(t0)
	ori	t3, t3, PTE_U
	sd	t3, 8 * 3(t0)
	srli	t3, t2, 2
	ori	t3, t3, PTE_V
	sd	t3, (t1)
	srli	t0, t0, 12
	li	t3, 8 << 60
	or	t0, t0, t3
	csrw	satp, t0
	sfence.vma
	ret

	.bss
	.balign	4096
vm_root:
	.skip	4096
vm_mid:
	.skip	4096
vm_pte:
	.skip	4096
stack:
	.skip	4096
stack_top:

	.text
#endif
