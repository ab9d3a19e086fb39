/* An access over two pages needs both: the faulting part is in tval, and nothing is written */
#include "tests/isa/isa.h"

	.globl	main
main:
	VM_ON
	MAP	0, page_a, PTE_RWXAD
	MAP	1, page_c, PTE_RWXAD /* not adjacent in RAM */
	MAP	2, page_b, PTE_V | PTE_R | PTE_A
	MAP	4, page_a, PTE_RWXAD
	la	a0, page_a + 4088
	li	a1, 0x1111111111111111
	sd	a1, (a0)
	la	a0, page_c
	li	a1, 0x2222222222222222
	sd	a1, (a0)
	ENTER_S
	li	a0, VM + 4096 - 3
	ld	a1, (a0)
	IS	a1, 0x2222222222111111
	lhu	a1, 2(a0)
	IS	a1, 0x2211
	lw	a1, 1(a0)
	IS	a1, 0x22221111
	li	a1, 0x8877665544332211
	sd	a1, (a0)
	ld	a1, (a0)
	IS	a1, 0x8877665544332211
	la	a2, page_a + 4088
	ld	a1, (a2)
	IS	a1, 0x3322111111111111
	la	a2, page_c
	ld	a1, (a2)
	IS	a1, 0x2222228877665544
	fld	fa0, (a0)
	fmv.x.d	a1, fa0
	IS	a1, 0x8877665544332211
	fsw	fa0, 1(a0)
	lwu	a1, 1(a0)
	IS	a1, 0x44332211

	/* the second part may not be written: nor is the first */
	li	a0, VM + 2 * 4096 - 4
	li	a2, VM + 2 * 4096
	la	a3, page_c + 4088
	li	a1, 0x3333333333333333
	sd	a1, (a3)
	li	a1, -1
	TRAPS	STORE_PAGE, a2, sd a1, (a0)
	ld	a1, (a3)
	IS	a1, 0x3333333333333333
	ENTER_S
	ld	a1, (a0)
	/* the second part is absent */
	li	a0, VM + 3 * 4096 - 1
	li	a2, VM + 3 * 4096
	li	a1, 99
	TRAPS	LOAD_PAGE, a2, ld a1, (a0)
	IS	a1, 99
	ENTER_S
	TRAPS	STORE_PAGE, a0, sw a1, (a0) /* the first part is read-only: it faults first */
	/* the first part is absent */
	li	a0, VM + 4 * 4096 - 1
	ENTER_S
	TRAPS	LOAD_PAGE, a0, lh a1, (a0)
	ENTER_S
	TRAPS	STORE_PAGE, a0, sw a1, (a0)

	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
page_b:	.skip	4096
page_c:	.skip	4096
