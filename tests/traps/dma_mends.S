/* The handler lies on a page that is not mapped, until the disk has read its PTE: 110 us after the loop began.
 * options disk
 * want 9 */
#include "traps.inc"
	li	s0, 0x10001000		/* virtio slot 0 */
	.macro	set offset, value
	li	t0, \value
	sw	t0, \offset(s0)
	.endm
	.macro	set_address offset, where
	la	t0, \where
	sw	t0, \offset(s0)
	sw	zero, \offset + 4(s0)
	.endm
	set	0x70, 0
	set	0x70, 3			/* ACKNOWLEDGE, DRIVER */
	set	0x24, 1
	set	0x20, 1			/* VERSION_1 */
	set	0x70, 0xb		/* FEATURES_OK */
	set	0x30, 0
	set	0x38, 8
	set_address 0x80, descriptors
	set_address 0x90, available
	set_address 0xa0, used
	set	0x44, 1
	set	0x70, 0xf		/* DRIVER_OK */
	open_pmp
	delegate
	la	t0, handler
	li	t1, 0x40000000
	sub	t0, t0, t1
	csrw	stvec, t0
	translate
	set	0x50, 0
	to_supervisor supervisor
supervisor:
	.word	0
	.balign	4
handler:
	finish	9
	tables	0
	.data
	.balign	4096
descriptors:
	.dword	header
	.word	16
	.half	1, 1
	.dword	root			/* one sector: three PTEs and zeros */
	.word	512
	.half	3, 2
	.dword	status
	.word	1
	.half	2, 0
	.balign	64
available:
	.half	0, 1, 0, 0, 0, 0, 0, 0, 0, 0
	.balign	64
used:	.fill	128
header:	.dword	0, 0			/* read sector 0 */
status:	.byte	0xff
