/*
 * PLIC (sifive,plic-1.0.0): 32-bit registers.  Preprocessor only: shared with the guest.
 * Context 2h is hart h in M-mode, context 2h+1 the same hart in S-mode.
 */
#ifndef PLIC_REGS_H
#define PLIC_REGS_H

#define PLIC_SOURCES		96 /* interrupt ids 1..95; 0 means none */
#define PLIC_PRIORITY(source)	(0x000000 + 4 * (source))
#define PLIC_PENDING(word)	(0x001000 + 4 * (word))
#define PLIC_ENABLE(context)	(0x002000 + 0x80 * (context)) /* one bit for each source */
#define PLIC_THRESHOLD(context) (0x200000 + 0x1000 * (context))
#define PLIC_CLAIM(context)	(0x200004 + 0x1000 * (context)) /* read claims, write completes */
#define PLIC_CONTEXT_M(hart)	(2 * (hart))
#define PLIC_CONTEXT_S(hart)	(2 * (hart) + 1)
#define PLIC_PRIORITY_MAX	7

#endif
