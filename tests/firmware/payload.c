/*
 * A supervisor that calls every function of the firmware and checks what it answers.  Prints TAP
 * over DBCN and ends the run by SRST: as a failure if a check failed or the command line holds
 * "srst=failure", else as a success; "fences=many" is for machines with cheap harts.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/memmap.h"

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

#define MAX_HARTS   8
#define STACK_BYTES 4096

/* entry.S knows the offsets and the size of 128 bytes */
struct hart {
	volatile uint64_t cause, epc, tval, count, t0, t1, resume;
	volatile uint64_t came, id, opaque, satp, sstatus, seen, go;
	uint64_t pad[2];
};
_Static_assert(sizeof(struct hart) == 128, "entry.S shifts by 7");

struct hart harts[MAX_HARTS];
static uint8_t stacks[MAX_HARTS][STACK_BYTES] __attribute__((aligned(16)));
static unsigned checks, failures, count_harts;
static unsigned fences = 10; /* rounds: slow where spinning harts share few host cores */
static uint64_t self;
static const uint8_t *fdt;

extern char secondary_entry[], resume_entry[], user_rdtime[];
uint64_t run_user(uint64_t entry);
void payload_main(uint64_t hart_id, const uint8_t *tree);
void secondary_main(uint64_t hart_id, uint64_t opaque, uint64_t satp, uint64_t sstatus);
void resumed_main(uint64_t hart_id, uint64_t opaque);

struct sbiret {
	long error;
	unsigned long value;
};

static struct sbiret sbi(unsigned long extension, unsigned long function, unsigned long arg0,
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

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static void print(const char *s)
{
	SBI3(EXT_DBCN, 0, length(s), s, 0);
}

static void print_number(uint64_t n)
{
	char digits[24];
	unsigned at = sizeof(digits) - 1;

	digits[at] = 0;
	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	print(digits + at);
}

static void check_(bool good, const char *rule)
{
	print(good ? "ok " : "not ok ");
	print_number(++checks);
	print(" - firmware: ");
	print(rule);
	print("\n");
	failures += !good;
}

static void equal(uint64_t got, uint64_t want, const char *rule)
{
	check_(got == want, rule);
	if (got == want)
		return;
	print("# got ");
	print_number(got);
	print(", want ");
	print_number(want);
	print("\n");
}

static uint64_t ticks(void)
{
	return csr_read(time);
}

/* ---- BASE ---- */

static void test_base(void)
{
	static const uint64_t present[] = { EXT_BASE, EXT_TIME, EXT_IPI, EXT_RFENCE, EXT_HSM,
					    EXT_SRST, EXT_DBCN, 0,	 1,	     2 };
	bool all = true;

	equal(SBI3(EXT_BASE, 0, 0, 0, 0).value, 2 << 24, "the specification version is 2.0");
	equal(SBI3(EXT_BASE, 1, 0, 0, 0).value, 0x464c, "it has an implementation id of its own");
	equal((uint64_t)SBI3(EXT_BASE, 2, 0, 0, 0).error, 0, "it has an implementation version");
	for (unsigned i = 0; i < sizeof(present) / sizeof(present[0]); i++)
		all = all && SBI3(EXT_BASE, 3, present[i], 0, 0).value == 1;
	check_(all, "every extension that it has is found by probing");
	equal(SBI3(EXT_BASE, 3, 0x12345678, 0, 0).value, 0, "an unknown extension is not found");
	for (unsigned f = 4; f <= 6; f++)
		all = all && SBI3(EXT_BASE, f, 0, 0, 0).error == 0;
	check_(all, "mvendorid, marchid and mimpid are told");
	equal((uint64_t)SBI3(EXT_BASE, 7, 0, 0, 0).error, (uint64_t)SBI_NOT_SUPPORTED,
	      "an unknown function is not supported");
	equal((uint64_t)SBI3(0x12345678, 0, 0, 0, 0).error, (uint64_t)SBI_NOT_SUPPORTED,
	      "a call of an unknown extension is not supported");
}

/* ---- DBCN and the legacy console ---- */

static void test_console(uint64_t firmware)
{
	uint8_t buffer[8];
	uint64_t kept;

	equal(SBI3(EXT_DBCN, 0, 2, "#\n", 0).value, 2, "DBCN write tells how many bytes it wrote");
	equal((uint64_t)SBI3(EXT_DBCN, 2, 0, 0, 0).error, 0, "DBCN write_byte works");
	equal((uint64_t)SBI3(EXT_DBCN, 0, 4, 0x40, 0).error, (uint64_t)SBI_INVALID_PARAM,
	      "DBCN refuses to write from where no memory is");
	equal((uint64_t)SBI3(EXT_DBCN, 0, 4, buffer, 1).error, (uint64_t)SBI_INVALID_PARAM,
	      "DBCN refuses an address beyond 64 bits");
	equal((uint64_t)SBI3(EXT_DBCN, 0, 4, firmware, 0).error, (uint64_t)SBI_INVALID_PARAM,
	      "DBCN does not print the firmware's memory");
	equal((uint64_t)SBI3(EXT_DBCN, 0, 0, buffer, 0).error, 0,
	      "DBCN writes nothing if asked to");
	equal(SBI3(EXT_DBCN, 1, sizeof(buffer), buffer, 0).value, 0,
	      "DBCN read without input returns no byte");
	equal((uint64_t)SBI3(EXT_DBCN, 3, 0, 0, 0).error, (uint64_t)SBI_NOT_SUPPORTED,
	      "DBCN has three functions");
	equal((uint64_t)SBI3(2, 0, 0, 0, 0).error, UINT64_MAX,
	      "legacy getchar without input is -1");
	kept = SBI3(1, 0, '#', 0x5a5a, 0).value;
	SBI3(1, 0, '\n', 0, 0);
	equal(kept, 0x5a5a, "a legacy call leaves a1 alone");
}

/* ---- TIME ---- */

static void test_timer(void)
{
	struct hart *h = &harts[self];
	uint64_t when = ticks() + 2000, before = h->count;

	SBI3(EXT_TIME, 0, when, 0, 0);
	check_(!(csr_read(sip) & 32) || ticks() >= when, "no timer interrupt before its time");
	csr_set(sie, 32);
	csr_set(sstatus, 2);
	while (h->count == before)
		;
	csr_clear(sstatus, 2);
	equal(h->cause, UINT64_C(1) << 63 | 5, "the timer interrupts with cause 5");
	check_(ticks() >= when, "the timer interrupts at its time or later");
	check_(csr_read(sip) & 32, "the timer stays pending until it is set again");
	SBI3(EXT_TIME, 0, UINT64_MAX, 0, 0);
	equal(csr_read(sip) & 32, 0, "setting the timer clears it");
	equal((uint64_t)SBI3(EXT_TIME, 1, 0, 0, 0).error, (uint64_t)SBI_NOT_SUPPORTED,
	      "TIME has one function");
	SBI3(0, 0, 0, 0, 0);
	check_(csr_read(sip) & 32, "legacy set_timer works too");
	SBI3(0, 0, UINT64_MAX, 0, 0);
	csr_clear(sie, 32);
}

/* ---- traps: delegation, PMP, counters ---- */

static uint64_t trap_of_load(uint64_t pa)
{
	struct hart *h = &harts[self];
	uint64_t value;

	h->cause = 0;
	__asm__ volatile("ld %0, 0(%1)" : "=r"(value) : "r"(pa) : "memory");
	return h->cause;
}

static void test_traps(uint64_t firmware)
{
	struct hart *h = &harts[self];
	uint64_t user, now;

	equal(trap_of_load(firmware), 5, "the supervisor cannot read the firmware (PMP)");
	equal(h->tval, firmware, "and is told the address");
	h->cause = 0;
	__asm__ volatile("sd zero, 0(%0)" ::"r"(firmware) : "memory");
	equal(h->cause, 7, "nor write it");
	equal(trap_of_load(0x40), 5, "a load from nowhere is the supervisor's access fault");
	h->cause = 0;
	__asm__ volatile(".word 0xffffffff");
	equal(h->cause, 2, "an illegal instruction is the supervisor's");
	h->cause = 0;
	__asm__ volatile("csrr %0, mstatus" : "=r"(now));
	equal(h->cause, 2, "so is a CSR of M-mode");
	now = ticks();
	user = run_user((uint64_t)user_rdtime);
	check_(user >= now && h->cause == 8, "user code reads the time");
	equal(csr_read(satp), 0, "it starts with translation off");
}

/* Misaligned accesses work, whether by hardware or by emulation. */
static void test_misaligned(void)
{
	static uint8_t bytes[32] __attribute__((
		aligned(8))) = { 1, 2, 3, 4, 5, 6, 0x87, 0x98, 0xa9, 0xba, 0xcb, 0xdc };
	uint64_t value, wrong = 0;

	__asm__ volatile("ld %0, 1(%1)" : "=r"(value) : "r"(bytes) : "memory");
	wrong += value != UINT64_C(0xa998870605040302);
	__asm__ volatile("lw %0, 5(%1)" : "=r"(value) : "r"(bytes) : "memory");
	wrong += value != UINT64_C(0xffffffffa9988706);
	__asm__ volatile("lwu %0, 5(%1)" : "=r"(value) : "r"(bytes) : "memory");
	wrong += value != UINT64_C(0xa9988706);
	__asm__ volatile("lh %0, 7(%1)" : "=r"(value) : "r"(bytes) : "memory");
	wrong += value != UINT64_C(0xffffffffffffa998);
	__asm__ volatile("lhu %0, 7(%1)" : "=r"(value) : "r"(bytes) : "memory");
	wrong += value != UINT64_C(0xa998);
	__asm__ volatile("sd %0, 17(%1)" ::"r"(UINT64_C(0x1122334455667788)), "r"(bytes)
			 : "memory");
	wrong += bytes[17] != 0x88 || bytes[24] != 0x11 || bytes[16] != 0;
	__asm__ volatile("sh %0, 27(%1)" ::"r"(0x1234), "r"(bytes) : "memory");
	wrong += bytes[27] != 0x34 || bytes[28] != 0x12;
	equal(wrong, 0, "misaligned loads and stores work");
}

/* ---- IPI, HSM, RFENCE ---- */

static void relax(void)
{
	__asm__ volatile(".word 0x0100000f" ::: "memory"); /* pause */
}

static void spin_until(volatile uint64_t *word, uint64_t value)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
		relax();
}

static uint64_t status(uint64_t hart)
{
	return SBI3(EXT_HSM, 2, hart, 0, 0).value;
}

static void wait_status(uint64_t hart, uint64_t wanted)
{
	while (status(hart) != wanted)
		relax();
}

static void test_ipi(void)
{
	struct hart *h = &harts[self];
	uint64_t before = h->count;

	csr_set(sie, 2);
	equal((uint64_t)SBI3(EXT_IPI, 0, 1, self, 0).error, 0, "a hart sends itself an IPI");
	csr_set(sstatus, 2);
	spin_until(&h->count, before + 1);
	csr_clear(sstatus, 2);
	equal(h->cause, UINT64_C(1) << 63 | 1, "an IPI is a supervisor software interrupt");
	equal((uint64_t)SBI3(EXT_IPI, 0, 1, 63, 0).error, (uint64_t)SBI_INVALID_PARAM,
	      "an IPI to a hart that does not exist is refused");
	equal((uint64_t)SBI3(EXT_IPI, 0, 0, 0, 0).error, 0, "an IPI to nobody succeeds");
	SBI3(EXT_IPI, 0, 0, UINT64_MAX, 0);
	check_(csr_read(sip) & 2, "a mask base of -1 means all harts");
	SBI3(3, 0, 0, 0, 0);
	equal(csr_read(sip) & 2, 0, "legacy clear_ipi clears it");
}

/* What a started hart does with harts[id].go. */
enum { GO_NOTHING, GO_SPIN, GO_LOAD, GO_STOP, GO_SUSPEND, GO_FENCES, GO_NAP };

static uint64_t root_table[512] __attribute__((aligned(4096)));
static uint64_t middle_table[512] __attribute__((aligned(4096)));
static uint64_t page_table[512] __attribute__((aligned(4096)));
static volatile uint64_t page_a[512] __attribute__((aligned(4096)));
static volatile uint64_t page_b[512] __attribute__((aligned(4096)));
#define TEST_VA UINT64_C(0x40000000)

static uint64_t pte_of(const volatile void *page)
{
	return (uint64_t)page >> 12 << 10 | 0xc7; /* D A W R V */
}

/* RAM as itself by one gigapage, and one page of ours at TEST_VA. */
static void make_tables(void)
{
	root_table[2] = (uint64_t)0x80000 << 10 | 0xcf;
	root_table[1] = (uint64_t)middle_table >> 12 << 10 | 1;
	middle_table[0] = (uint64_t)page_table >> 12 << 10 | 1;
	page_table[0] = pte_of(page_a);
	page_a[0] = 0xa;
	page_b[0] = 0xb;
}

static void translation(bool on)
{
	csr_write(satp, on ? UINT64_C(8) << 60 | (uint64_t)root_table >> 12 : 0);
	__asm__ volatile("sfence.vma" ::: "memory");
}

static long fence_all(void)
{
	return sbi(EXT_RFENCE, 1, 0, UINT64_MAX, TEST_VA, 4096, 0).error;
}

static void done(struct hart *h)
{
	__atomic_store_n(&h->go, GO_NOTHING, __ATOMIC_RELEASE);
}

static void many_fences(void)
{
	for (unsigned i = 0; i < fences; i++)
		sbi(EXT_RFENCE, i % 3, 0, UINT64_MAX, i % 2 ? 0 : TEST_VA,
		    i % 2 ? UINT64_MAX : 8192, 0);
}

void secondary_main(uint64_t hart_id, uint64_t opaque, uint64_t satp, uint64_t sstatus)
{
	struct hart *h = &harts[hart_id];

	h->id = hart_id;
	h->opaque = opaque;
	h->satp = satp;
	h->sstatus = sstatus;
	translation(true);
	__atomic_store_n(&h->came, h->came + 1, __ATOMIC_RELEASE);
	for (;;) {
		switch (__atomic_load_n(&h->go, __ATOMIC_ACQUIRE)) {
		case GO_LOAD:
			h->seen = *(volatile uint64_t *)TEST_VA;
			done(h);
			break;
		case GO_FENCES:
			many_fences();
			done(h);
			break;
		case GO_NAP:
			csr_write(sie, 2);
			h->seen = (uint64_t)SBI3(EXT_HSM, 3, 0, 0, 0).error;
			csr_clear(sip, 2);
			done(h);
			break;
		case GO_SUSPEND:
			csr_write(sie, 2);
			SBI3(EXT_HSM, 3, 0x80000000, resume_entry, stacks[hart_id] + STACK_BYTES);
			break;
		case GO_STOP:
			h->go = GO_NOTHING;
			SBI3(EXT_HSM, 1, 0, 0, 0);
			break;
		default:
			relax();
		}
	}
}

void resumed_main(uint64_t hart_id, uint64_t opaque)
{
	struct hart *h = &harts[hart_id];

	h->seen = opaque == (uint64_t)(stacks[hart_id] + STACK_BYTES) && csr_read(satp) == 0;
	csr_clear(sip, 2);
	done(h);
	secondary_main(hart_id, opaque, 0, 0);
}

/* The legacy calls read their mask through the caller's own translation. */
static void test_legacy_mask(void)
{
	struct hart *h = &harts[self];

	page_a[1] = UINT64_C(1) << self;
	translation(true);
	sbi(4, 0, TEST_VA + 8, 0, 0, 0, 0);
	check_(csr_read(sip) & 2, "legacy send_ipi reads its mask by the caller's translation");
	csr_clear(sip, 2);
	h->cause = 0;
	sbi(4, 0, TEST_VA + 4096, 0, 0, 0, 0);
	equal(h->cause, 13, "a mask that is not mapped is the caller's page fault");
	equal(h->tval, TEST_VA + 4096, "with the address of the mask");
	h->cause = 0;
	sbi(4, 0, TEST_VA + 4092, 0, 0, 0, 0);
	equal(h->tval, TEST_VA + 4096, "or of its part that is not mapped");
	equal(*(volatile uint16_t *)h->epc | (uint32_t)((volatile uint16_t *)h->epc)[1] << 16, 0x73,
	      "at the calling instruction");
	equal(csr_read(sip) & 2, 0, "and nothing is sent");
	translation(false);
}

static void order(uint64_t hart, uint64_t what)
{
	__atomic_store_n(&harts[hart].go, what, __ATOMIC_RELEASE);
}

static void test_hsm_alone(uint64_t firmware)
{
	equal(status(self), 0, "the first hart is started");
	equal((uint64_t)SBI3(EXT_HSM, 0, self, secondary_entry, 0).error,
	      (uint64_t)SBI_ALREADY_AVAILABLE, "a started hart cannot be started");
	equal((uint64_t)SBI3(EXT_HSM, 0, 99, secondary_entry, 0).error, (uint64_t)SBI_INVALID_PARAM,
	      "nor can one that does not exist");
	equal((uint64_t)SBI3(EXT_HSM, 2, 99, 0, 0).error, (uint64_t)SBI_INVALID_PARAM,
	      "which has no status either");
	equal((uint64_t)SBI3(EXT_HSM, 3, 0x80000000, firmware, 0).error,
	      (uint64_t)SBI_INVALID_ADDRESS, "nobody resumes inside the firmware");
	equal((uint64_t)SBI3(EXT_HSM, 3, 0x80000000, -2ul, 0).error, (uint64_t)SBI_INVALID_ADDRESS,
	      "nor where there is no memory");
	equal((uint64_t)SBI3(EXT_HSM, 3, 5, 0, 0).error, (uint64_t)SBI_INVALID_PARAM,
	      "a reserved kind of suspension is an invalid parameter");
	equal((uint64_t)SBI3(EXT_HSM, 3, 0x10000000, 0, 0).error, (uint64_t)SBI_INVALID_PARAM,
	      "and a platform's own as well, where the platform has none");
	csr_write(sie, 2);
	SBI3(EXT_IPI, 0, 1, self, 0);
	equal((uint64_t)SBI3(EXT_HSM, 3, 0, 0, 0).error, 0,
	      "a retentive suspension ends at a pending interrupt");
	equal((uint64_t)SBI3(EXT_HSM, 3, 1ul << 63, 0, 0).error, 0,
	      "the kind has 32 bits: those above are not looked at");
	csr_clear(sip, 2);
	csr_write(sie, 32);
	SBI3(EXT_TIME, 0, ticks() + 1000, 0, 0);
	SBI3(EXT_HSM, 3, 0, 0, 0);
	check_(csr_read(sip) & 32, "the timer ends one");
	SBI3(EXT_TIME, 0, UINT64_MAX, 0, 0);
	csr_write(sie, 0);
}

static void test_start(uint64_t firmware)
{
	bool right = true, zero = true, stopped = true, nowhere = true;

	for (uint64_t i = 0; i < count_harts; i++) {
		if (i == self)
			continue;
		wait_status(i, 1);
		stopped = stopped && SBI3(EXT_HSM, 0, i, firmware, 0).error == SBI_INVALID_ADDRESS;
		nowhere = nowhere &&
			  SBI3(EXT_HSM, 0, i, 0x18000000, 0).error == SBI_INVALID_ADDRESS &&
			  SBI3(EXT_HSM, 0, i, (uint64_t)secondary_entry | 1, 0).error ==
				  SBI_INVALID_ADDRESS;
		SBI3(EXT_HSM, 0, i, secondary_entry, stacks[i] + STACK_BYTES);
		spin_until(&harts[i].came, 1);
		right = right && harts[i].id == i &&
			harts[i].opaque == (uint64_t)(stacks[i] + STACK_BYTES);
		zero = zero && harts[i].satp == 0 && !(harts[i].sstatus & 2);
		right = right && status(i) == 0;
	}
	check_(stopped, "no hart starts inside the firmware");
	check_(nowhere, "nor where there is no memory, nor at an odd address");
	check_(right, "started harts come with their number and the opaque value");
	check_(zero, "and with satp and sstatus.SIE clear");
}

static void test_remote_fence(void)
{
	bool before = true, after = true;

	for (uint64_t i = 0; i < count_harts; i++) {
		if (i == self)
			continue;
		order(i, GO_LOAD);
		spin_until(&harts[i].go, GO_NOTHING);
		before = before && harts[i].seen == 0xa;
	}
	page_table[0] = pte_of(page_b);
	equal((uint64_t)fence_all(), 0, "a remote fence of all harts succeeds");
	for (uint64_t i = 0; i < count_harts; i++) {
		if (i == self)
			continue;
		order(i, GO_LOAD);
		spin_until(&harts[i].go, GO_NOTHING);
		after = after && harts[i].seen == 0xb;
	}
	check_(before && after, "after it every hart sees the changed mapping");
	for (uint64_t i = 0; i < count_harts; i++)
		if (i != self)
			order(i, GO_FENCES);
	many_fences();
	for (uint64_t i = 0; i < count_harts; i++)
		if (i != self)
			spin_until(&harts[i].go, GO_NOTHING);
	check_(true, "harts that fence each other at the same time all come through");
	equal((uint64_t)sbi(EXT_RFENCE, 0, 1, 63, 0, 0, 0).error, (uint64_t)SBI_INVALID_PARAM,
	      "a fence of a hart that does not exist is refused");
	equal((uint64_t)sbi(EXT_RFENCE, 3, 0, UINT64_MAX, 0, 0, 0).error,
	      (uint64_t)SBI_NOT_SUPPORTED, "hypervisor fences are not supported");
	equal((uint64_t)sbi(5, 0, 0, 0, 0, 0, 0).error | (uint64_t)sbi(6, 0, 0, 0, 0, 0, 0).error |
		      (uint64_t)sbi(7, 0, 0, 0, 0, 0, 0).error,
	      0, "legacy remote fences work");
}

static void test_stop(void)
{
	bool nap = true, resumed = true, stopped = true, again = true;

	for (uint64_t i = 0; i < count_harts; i++) {
		if (i == self)
			continue;
		order(i, GO_NAP);
		wait_status(i, 4);
		fence_all(); /* a sleeping hart must answer */
		SBI3(EXT_IPI, 0, 1 << i, 0, 0);
		spin_until(&harts[i].go, GO_NOTHING);
		nap = nap && harts[i].seen == 0 && status(i) == 0;

		order(i, GO_SUSPEND);
		wait_status(i, 4);
		SBI3(EXT_IPI, 0, 1, i, 0);
		spin_until(&harts[i].go, GO_NOTHING);
		resumed = resumed && harts[i].seen == 1;

		order(i, GO_STOP);
		wait_status(i, 1);
		stopped = stopped && fence_all() == 0;
		harts[i].came = 0;
		again = again &&
			SBI3(EXT_HSM, 0, i, secondary_entry, stacks[i] + STACK_BYTES).error == 0;
		spin_until(&harts[i].came, 1);
	}
	check_(nap, "an IPI ends a retentive suspension, fences do not disturb it");
	check_(resumed, "a non-retentive one resumes at its address with its opaque value");
	check_(stopped, "a hart stops, and fences do not wait for it");
	check_(again, "and starts again");
}

/* ---- the device tree ---- */

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static bool begins(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return false;
	return true;
}

struct tree {
	uint64_t reserved, reserved_bytes;
	bool no_map, srst_failure, many_fences, whole;
};

/* Walk the whole tree: it must be well formed, also where the firmware inserted into it. */
static struct tree read_tree(void)
{
	const uint8_t *p = fdt + be32(fdt + 8), *end = p + be32(fdt + 36);
	struct tree t = { 0 };
	unsigned depth = 0;
	bool in_reserved = false;

	while (p < end) {
		uint32_t token = be32(p);
		p += 4;
		if (token == 1) {
			const char *name = (const char *)p;
			if (++depth == 2)
				in_reserved = same(name, "reserved-memory");
			count_harts += depth == 3 && begins(name, "cpu@");
			p += (length(name) + 4) & ~3UL;
		} else if (token == 2) {
			depth--;
		} else if (token == 3) {
			uint32_t bytes = be32(p);
			const char *name = (const char *)fdt + be32(fdt + 12) + be32(p + 4);
			if (depth == 3 && in_reserved && same(name, "reg")) {
				t.reserved = (uint64_t)be32(p + 8) << 32 | be32(p + 12);
				t.reserved_bytes = (uint64_t)be32(p + 16) << 32 | be32(p + 20);
			}
			t.no_map |= depth == 3 && in_reserved && same(name, "no-map");
			t.srst_failure |= same(name, "bootargs") &&
					  begins((const char *)p + 8, "srst=failure");
			t.many_fences |= same(name, "bootargs") &&
					 begins((const char *)p + 8, "fences=many");
			p += 8 + ((bytes + 3) & ~3U);
		} else if (token == 9) {
			t.whole = depth == 0 && p == end;
			break;
		} else if (token != 4) {
			break;
		}
	}
	return t;
}

static void end(bool failure)
{
	print("1..");
	print_number(checks);
	print("\n");
	SBI3(EXT_SRST, 0, 0, failure || failures, 0);
}

void payload_main(uint64_t hart_id, const uint8_t *tree)
{
	struct tree t;

	self = hart_id;
	fdt = tree;
	t = read_tree();
	if (t.srst_failure)
		end(true);
	if (t.many_fences)
		fences = 500;
	equal(be32(fdt), 0xd00dfeed, "a1 points at the device tree");
	check_(t.whole, "the device tree is well formed to its end");
	check_(t.no_map && t.reserved == MEMMAP_RAM && t.reserved_bytes >= 4096 &&
		       t.reserved_bytes <= 65536,
	       "the firmware's memory is reserved in it");
	test_base();
	test_console(t.reserved);
	test_timer();
	test_traps(t.reserved);
	test_misaligned();
	test_ipi();
	test_hsm_alone(t.reserved);
	make_tables();
	test_legacy_mask();
	if (count_harts > 1) {
		test_start(t.reserved);
		test_remote_fence();
		test_stop();
	} else {
		equal((uint64_t)fence_all(), 0, "a fence of one hart alone succeeds");
	}
	equal((uint64_t)SBI3(EXT_SRST, 0, 7, 0, 0).error, (uint64_t)SBI_INVALID_PARAM,
	      "an unknown kind of reset is refused");
	equal((uint64_t)SBI3(EXT_SRST, 1, 0, 0, 0).error, (uint64_t)SBI_NOT_SUPPORTED,
	      "SRST has one function");
	end(false);
}
