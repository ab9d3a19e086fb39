/* Sv57 has more levels, the same rules, and its own canonical addresses */
/* faultline: --mmu sv57 */
#include "tests/isa/isa.h"

	/* the table at \child is what entry 0 of the table at \parent points to */
	.macro LINK parent, child, index
	la	t0, \parent
	la	t1, \child
	srli	t1, t1, 2
	ori	t1, t1, PTE_V
	sd	t1, 8 * \index(t0)
	.endm

	.globl	main
main:
	/* on top of the three levels of VM_ON */
	VM_ON
	LINK	top1, vm_root, 0
	LINK	top2, top1, 0
	la	t0, top2
	srli	t0, t0, 12
	li	t1, 10 << 60
	or	t0, t0, t1
	csrw	satp, t0
	csrr	t1, satp
	IS_REG	t1, t0
	sfence.vma
	MAP	0, page_a, PTE_RWXAD
	la	a1, page_a
	li	a2, 0x457
	sd	a2, (a1)
	li	a0, VM
	ENTER_S
	ld	a1, (a0)
	IS	a1, 0x457
	/* canonical in this mode, not in the one below: nothing is mapped there yet */
	li	a0, 1 << 47 | VM
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	/* the same through the entry that this bit selects */
	LINK	top2, top1, 1
	li	a0, 1 << 48 | VM
	sfence.vma
	ENTER_S
	ld	a1, (a0)
	IS	a1, 0x457
	/* not canonical */
	li	a0, 1 << 56 | VM
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	/* the topmost page is */
	li	a0, -8
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	/* a superpage of the new level: 2^48 bytes, where RAM is; then misaligned */
	la	t0, top2
	li	t1, PTE_RWXAD
	sd	t1, 16(t0)
	sfence.vma
	la	a0, page_a
	li	a2, 2 << 48
	or	a0, a0, a2
	ENTER_S
	ld	a1, (a0)
	IS	a1, 0x457
	ENTER_M
	li	t1, PTE_RWXAD | 1 << 45
	sd	t1, 16(t0)
	sfence.vma
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
top1:	.skip	4096
top2:	.skip	4096
