/*
 * CLINT (SiFive core-local interruptor; the ACLINT's MSWI and MTIMER at their classic offsets).
 * Preprocessor only: shared with the firmware.
 */
#ifndef CLINT_REGS_H
#define CLINT_REGS_H

#define CLINT_MSIP(hart)     (0x0000 + 4 * (hart)) /* 32 bits; bit 0 is the hart's MSIP */
#define CLINT_MTIMECMP(hart) (0x4000 + 8 * (hart)) /* 64 bits, or two of 32 */
#define CLINT_MTIME	     0xbff8		   /* 64 bits, or two of 32 */

#endif
