/* Control and status registers: names, bits and access. */
#ifndef FIRMWARE_CSR_H
#define FIRMWARE_CSR_H

#include "firmware/firmware.h"

#define MSTATUS_SIE  (UINT64_C(1) << 1)
#define MSTATUS_SPIE (UINT64_C(1) << 5)
#define MSTATUS_SPP  (UINT64_C(1) << 8)
#define MSTATUS_MPP  (UINT64_C(3) << 11)
#define MSTATUS_FS   (UINT64_C(3) << 13)
#define MSTATUS_MPRV (UINT64_C(1) << 17)
#define MSTATUS_MXR  (UINT64_C(1) << 19)
#define MSTATUS_LOW  UINT64_C(0x7fffff) /* every field from SIE to TSR */
#define MPP_S	     (UINT64_C(1) << 11)
#define MPP_M	     (UINT64_C(3) << 11)

#define MIP_SSIP (UINT64_C(1) << 1)
#define MIP_MSIP (UINT64_C(1) << 3)
#define MIP_STIP (UINT64_C(1) << 5)
#define MIP_MTIP (UINT64_C(1) << 7)
#define MIP_SEIP (UINT64_C(1) << 9)
#define MIP_LCOF (UINT64_C(1) << 13)
#define MIP_S	 (MIP_SSIP | MIP_STIP | MIP_SEIP)

#define CAUSE_INTERRUPT	       (UINT64_C(1) << 63)
#define CAUSE_FETCH_ACCESS     1
#define CAUSE_ILLEGAL	       2
#define CAUSE_LOAD_MISALIGNED  4
#define CAUSE_LOAD_ACCESS      5
#define CAUSE_STORE_MISALIGNED 6
#define CAUSE_ECALL_S	       9
#define CAUSE_FETCH_PAGE       12
#define CAUSE_LOAD_PAGE	       13
#define IRQ_M_SOFT	       3
#define IRQ_M_TIMER	       7

#define MENVCFG_STCE  (UINT64_C(1) << 63)
#define MENVCFG_PBMTE (UINT64_C(1) << 62)
#define MENVCFG_ADUE  (UINT64_C(1) << 61)
#define MENVCFG_CBZE  (UINT64_C(1) << 7)
#define MENVCFG_CBCFE (UINT64_C(1) << 6)
#define MENVCFG_CBIE  (UINT64_C(3) << 4) /* an invalidate is performed as one */

/* By number: the assembler need not know the extension. */
#define CSR_SCOUNTEREN	  0x106
#define CSR_STIMECMP	  0x14d
#define CSR_MCOUNTEREN	  0x306
#define CSR_MENVCFG	  0x30a
#define CSR_MSTATEEN0	  0x30c
#define CSR_MCOUNTINHIBIT 0x320
#define CSR_TIME	  0xc01

#define STRING_(x) #x
#define STRING(x)  STRING_(x)

#define csr_read(csr)                                                                              \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("csrr %0, " STRING(csr) : "=r"(value_)::"memory");                \
		value_;                                                                            \
	})
#define csr_write(csr, value) __asm__ volatile("csrw " STRING(csr) ", %0" ::"r"(value) : "memory")
#define csr_set(csr, value)   __asm__ volatile("csrs " STRING(csr) ", %0" ::"r"(value) : "memory")
#define csr_clear(csr, value) __asm__ volatile("csrc " STRING(csr) ", %0" ::"r"(value) : "memory")

/* The same for a register that may not exist: false if the access trapped.  expected_trap
 * (entry.S) wants a3 to point at the trap_info, may use a4, and skips four bytes. */
#define CSR_TRAPPED(instruction, operand)                                                          \
	({                                                                                         \
		struct trap_info info_ = { 0 };                                                    \
		register struct trap_info *a3_ __asm__("a3") = &info_;                             \
		__asm__ volatile("la t0, expected_trap\n\t"                                        \
				 "csrrw t0, mtvec, t0\n\t"                                         \
				 ".option push\n\t"                                                \
				 ".option norvc\n\t" instruction "\n\t"                            \
				 ".option pop\n\t"                                                 \
				 "csrw mtvec, t0"                                                  \
				 : operand                                                         \
				 : "r"(a3_)                                                        \
				 : "t0", "a4", "memory");                                          \
		!info_.trapped;                                                                    \
	})
#define csr_try_read(csr, variable)  CSR_TRAPPED("csrr %0, " STRING(csr), "=r"(variable))
#define csr_try_write(csr, variable) CSR_TRAPPED("csrw " STRING(csr) ", %0", "+r"(variable))

#endif
