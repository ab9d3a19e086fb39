/* Svnapot maps 64 KiB by one PTE; PBMT is reserved until menvcfg.PBMTE is set, and 3 always */
/* QEMU 7 has both only when asked */
#include "tests/isa/isa.h"

#define N     (1 << 63)
#define PBMT(n) ((n) << 61)

	/* PTE \page of VM: the 64 KiB at `block` with \high bits above */
	.macro MAP_HIGH page, pages, high
	la	t6, block
	srli	t6, t6, 12
	addi	t6, t6, \pages
	slli	t6, t6, 10
	ori	t6, t6, PTE_RWXAD
	li	s6, \high
	or	t6, t6, s6
	la	s6, vm_pte + 8 * \page
	sd	t6, (s6)
	sfence.vma
	.endm

	.globl	main
main:
	VM_ON
	MAP_HIGH 16, 8, N
	MAP_HIGH 19, 8, N
	li	a0, VM + 16 * 4096 + 0x128
	li	a1, VM + 19 * 4096 + 0x128
	la	a2, block
	li	a3, 0x1111
	sd	a3, 0x128(a2)
	li	a3, 0x2222
	li	a4, 3 * 4096 + 0x128
	add	a4, a4, a2
	sd	a3, (a4)
	ENTER_S
	ld	a5, (a0)
	IS	a5, 0x1111
	ld	a5, (a1)
	IS	a5, 0x2222
	li	a3, 0x3333
	sd	a3, (a1)
	ENTER_M
	ld	a5, (a4)
	IS	a5, 0x3333
	/* PPN[3:0] must be 1000 */
	.irp	low, 0, 1, 4, 9, 12
	MAP_HIGH 16, \low, N
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a5, (a0)
	.endr

	/* Svpbmt */
	csrw	0x30a, zero
	MAP_HIGH 16, 0, PBMT(1)
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a5, (a0)
	li	a3, 1 << 62
	csrw	0x30a, a3
	csrr	a5, 0x30a
	IS_REG	a5, a3
	sfence.vma
	ENTER_S
	ld	a5, (a0)
	IS	a5, 0x1111
	ENTER_M
	MAP_HIGH 16, 0, PBMT(2)
	ENTER_S
	ld	a5, (a0)
	IS	a5, 0x1111
	ENTER_M
	MAP_HIGH 16, 0, PBMT(3)
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a5, (a0)
	PASS

	.bss
	.balign	65536
block:	.skip	65536
