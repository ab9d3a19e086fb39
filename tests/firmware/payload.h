/* What the parts of the test supervisor share: the calls, the CSRs, and how a check is told. */
#ifndef TESTS_FIRMWARE_PAYLOAD_H
#define TESTS_FIRMWARE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/memmap.h"

/* From SBI 2.0, and not from the firmware's own list: that is under test. */
#define SBI_NOT_SUPPORTED     (-2L)
#define SBI_INVALID_PARAM     (-3L)
#define SBI_INVALID_ADDRESS   (-5L)
#define SBI_ALREADY_AVAILABLE (-6L)

#define EXT_BASE   0x10
#define EXT_TIME   0x54494d45
#define EXT_IPI	   0x735049
#define EXT_RFENCE 0x52464e43
#define EXT_HSM	   0x48534d
#define EXT_SRST   0x53525354
#define EXT_DBCN   0x4442434e

#define MAX_HARTS 8

/* entry.S knows the offsets and the size of 128 bytes */
struct hart {
	volatile uint64_t cause, epc, tval, count, t0, t1, resume;
	volatile uint64_t came, id, opaque, satp, sstatus, seen, go, sip;
	uint64_t pad;
};
_Static_assert(sizeof(struct hart) == 128, "entry.S shifts by 7");

extern struct hart harts[MAX_HARTS];
extern uint64_t self; /* the hart that came first and runs the tests */
extern unsigned count_harts;
extern unsigned fences; /* rounds: slow where spinning harts share few host cores */

/* entry.S */
extern char secondary_entry[], resume_entry[], user_rdtime[];
uint64_t run_user(uint64_t entry);

/* payload.c */
struct memory {
	uint64_t firmware, firmware_bytes; /* reserved in the device tree */
	uint64_t ram_end;
};
void payload_main(uint64_t hart_id, const uint8_t *tree);
void check_(bool good, const char *rule);
void equal(uint64_t got, uint64_t want, const char *rule);

/* payload_harts.c: IPI, HSM and RFENCE */
void secondary_main(uint64_t hart_id, uint64_t opaque, uint64_t satp, uint64_t sstatus);
void resumed_main(uint64_t hart_id, uint64_t opaque);
void test_harts(const struct memory *memory);

struct sbiret {
	long error;
	unsigned long value;
};

static inline struct sbiret sbi(unsigned long extension, unsigned long function, unsigned long arg0,
				unsigned long arg1, unsigned long arg2, unsigned long arg3,
				unsigned long arg4)
{
	register unsigned long a0 __asm__("a0") = arg0;
	register unsigned long a1 __asm__("a1") = arg1;
	register unsigned long a2 __asm__("a2") = arg2;
	register unsigned long a3 __asm__("a3") = arg3;
	register unsigned long a4 __asm__("a4") = arg4;
	register unsigned long a6 __asm__("a6") = function;
	register unsigned long a7 __asm__("a7") = extension;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7)
			 : "memory");
	return (struct sbiret){ (long)a0, a1 };
}
#define SBI3(e, f, a, b, c)                                                                        \
	sbi(e, f, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), 0, 0)

#define csr_read(csr)                                                                              \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("csrr %0, " #csr : "=r"(value_)::"memory");                       \
		value_;                                                                            \
	})
#define csr_write(csr, value) __asm__ volatile("csrw " #csr ", %0" ::"r"(value) : "memory")
#define csr_set(csr, value)   __asm__ volatile("csrs " #csr ", %0" ::"r"(value) : "memory")
#define csr_clear(csr, value) __asm__ volatile("csrc " #csr ", %0" ::"r"(value) : "memory")

static inline uint64_t ticks(void)
{
	return csr_read(time);
}

#endif
