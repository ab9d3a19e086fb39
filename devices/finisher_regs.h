/*
 * Finisher (sifive,test0 / test1): one 32-bit register.  Preprocessor only: shared with the firmware.
 */
#ifndef FINISHER_REGS_H
#define FINISHER_REGS_H

#define FINISHER_CONTROL 0	/* bits 15:0 the command, 31:16 its code */
#define FINISHER_FAIL	 0x3333 /* with an exit code in bits 31:16 */
#define FINISHER_PASS	 0x5555
#define FINISHER_RESET	 0x7777

#endif
