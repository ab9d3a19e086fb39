/*
 * A supervisor that calls every function of the firmware and checks what it answers.  Prints TAP
 * over DBCN and ends the run by SRST: as a failure if a check failed or the command line holds
 * "srst=failure", else as a success; "fences=many" is for machines with cheap harts.
 */
#include "tests/firmware/payload.h"

struct hart harts[MAX_HARTS];
unsigned count_harts, fences = 10;
uint64_t self;
static unsigned checks, failures;
static const uint8_t *fdt;

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

void check_(bool good, const char *rule)
{
	print(good ? "ok " : "not ok ");
	print_number(++checks);
	print(" - firmware: ");
	print(rule);
	print("\n");
	failures += !good;
}

void equal(uint64_t got, uint64_t want, const char *rule)
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

static uint64_t console_write(uint64_t bytes, uint64_t pa)
{
	return (uint64_t)SBI3(EXT_DBCN, 0, bytes, pa, 0).error;
}

static void test_console_ranges(const struct memory *memory)
{
	uint8_t *behind = (uint8_t *)(memory->firmware + memory->firmware_bytes);
	uint8_t kept[2] = { behind[0], behind[1] };
	struct sbiret r;

	equal(console_write(4, 0x40), (uint64_t)SBI_INVALID_PARAM,
	      "DBCN refuses to write from where no memory is");
	equal(console_write(1, MEMMAP_UART + 5), (uint64_t)SBI_INVALID_PARAM,
	      "DBCN takes no device for memory");
	equal(console_write(4, memory->firmware), (uint64_t)SBI_INVALID_PARAM,
	      "DBCN does not print the firmware's memory");
	equal(console_write(8, memory->firmware - 4), (uint64_t)SBI_INVALID_PARAM,
	      "nor what reaches into it");
	equal(console_write(UINT64_MAX, memory->ram_end - 4), (uint64_t)SBI_INVALID_PARAM,
	      "DBCN refuses a range that wraps");
	r = SBI3(EXT_DBCN, 0, 8, memory->ram_end - 4, 0);
	check_(r.error == SBI_INVALID_PARAM && r.value == 0,
	       "DBCN prints nothing of a range that leaves memory");
	equal((uint64_t)SBI3(EXT_DBCN, 1, 8, memory->ram_end - 4, 0).error,
	      (uint64_t)SBI_INVALID_PARAM, "and reads nothing into one");
	behind[0] = '#';
	behind[1] = '\n';
	r = SBI3(EXT_DBCN, 0, 2, behind, 0);
	check_(r.error == 0 && r.value == 2, "the memory behind the firmware is the supervisor's");
	behind[0] = kept[0];
	behind[1] = kept[1];
}

static void test_console(void)
{
	uint8_t buffer[8];
	uint64_t kept;

	equal(SBI3(EXT_DBCN, 0, 2, "#\n", 0).value, 2, "DBCN write tells how many bytes it wrote");
	equal((uint64_t)SBI3(EXT_DBCN, 2, 0, 0, 0).error, 0, "DBCN write_byte works");
	equal((uint64_t)SBI3(EXT_DBCN, 0, 4, buffer, 1).error, (uint64_t)SBI_INVALID_PARAM,
	      "DBCN refuses an address beyond 64 bits");
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

#define SSTATUS_FS 0x6000

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
	uint64_t user, now, fs = csr_read(sstatus) & SSTATUS_FS;

	csr_set(sstatus, SSTATUS_FS);
	equal(fs != 0, (csr_read(sstatus) & SSTATUS_FS) != 0,
	      "floating point is on if there is any");

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

/* ---- the device tree ---- */

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t be64(const uint8_t *p)
{
	return (uint64_t)be32(p) << 32 | be32(p + 4);
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
	struct memory memory;
	bool no_map, srst_failure, many_fences, whole;
};

/* Walk the whole tree: it must be well formed, also where the firmware inserted into it. */
static struct tree read_tree(void)
{
	const uint8_t *p = fdt + be32(fdt + 8), *end = p + be32(fdt + 36);
	struct tree t = { 0 };
	unsigned depth = 0;
	bool in_reserved = false, in_memory = false;

	while (p < end) {
		uint32_t token = be32(p);
		p += 4;
		if (token == 1) {
			const char *name = (const char *)p;
			if (++depth == 2) {
				in_reserved = same(name, "reserved-memory");
				in_memory = begins(name, "memory@");
			}
			count_harts += depth == 3 && begins(name, "cpu@");
			p += (length(name) + 4) & ~3UL;
		} else if (token == 2) {
			depth--;
		} else if (token == 3) {
			uint32_t bytes = be32(p);
			const char *name = (const char *)fdt + be32(fdt + 12) + be32(p + 4);
			if (depth == 3 && in_reserved && same(name, "reg")) {
				t.memory.firmware = be64(p + 8);
				t.memory.firmware_bytes = be64(p + 16);
			}
			if (depth == 2 && in_memory && same(name, "reg"))
				t.memory.ram_end = be64(p + 8) + be64(p + 16);
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
	check_(t.no_map && t.memory.firmware == MEMMAP_RAM && t.memory.firmware_bytes >= 4096 &&
		       t.memory.firmware_bytes <= 65536,
	       "the firmware's memory is reserved in it");
	test_base();
	test_console();
	test_console_ranges(&t.memory);
	test_timer();
	test_traps(t.memory.firmware);
	test_misaligned();
	test_harts(&t.memory);
	equal((uint64_t)SBI3(EXT_SRST, 0, 7, 0, 0).error, (uint64_t)SBI_INVALID_PARAM,
	      "an unknown kind of reset is refused");
	equal((uint64_t)SBI3(EXT_SRST, 0, 0, 2, 0).error, (uint64_t)SBI_INVALID_PARAM,
	      "so is an unknown reason");
	equal((uint64_t)SBI3(EXT_SRST, 1, 0, 0, 0).error, (uint64_t)SBI_NOT_SUPPORTED,
	      "SRST has one function");
	end(false);
}
