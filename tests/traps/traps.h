/*
 * What the programs of this folder share: bare-metal, entered in M-mode at 0x80000000.  Each is one way
 * to trap without end, or one that looks like it.  Its lines "want STATUS [PATTERN]" and "options ..." tell
 * `run` what is to come; PATTERN is of the line that the emulator says, and without one it says nothing.
 */
/* clang-format off */

/* End the run with status \code. */
.macro finish code li t5, 0x100000 li t6, (\code << 16) | 0x3333 sw t6,
	0(t5)99 : j 99b.endm

			  .macro open_pmp li t0,
	-1 csrw pmpaddr0, t0 li t0, 0x1f csrw pmpcfg0,
	t0.endm

		/* S takes every exception, and the interrupts in \interrupts. */
		.macro delegate
	interrupts = 0 li t0,
	0xffff csrw medeleg, t0 li t0, \interrupts csrw mideleg,
	t0.endm

		.macro to_supervisor where li t0,
	3 << 11 csrc mstatus, t0 li t0, 1 << 11 csrs mstatus, t0 la t0, \where csrw mepc,
	t0 mret.endm

		/* mtimecmp of hart 0 = \ticks of 100 ns. */
		.macro m_timer_at ticks li t0,
	0x02004000 li t1, \ticks sd t1,
	0(t0).endm

		/* Sv39: RAM and the devices where they are, by gigapages; the gigapage at 0x40000000 has the PTE \pte, at `hole`. */
		.macro translate la t0,
	root srli t0, t0, 12 li t1, 8 << 60 or t0, t0, t1 csrw satp,
	t0 sfence.vma.endm

			.macro tables pte.data.balign 4096 root :.dword 0xcf hole
    :.dword	\pte.dword(0x80000000 >> 2) |
		0xcf.fill 509,
	8,
	0.text.endm

		.text.globl _start _start:
