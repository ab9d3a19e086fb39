/*
 * Random programs under random page tables, for comparing execution engines: a small kernel writes
 * random code, lets it run in U- and S-mode under Sv39, and answers every trap by changing something
 * (tables, fences or their absence, code under way, address spaces, privilege, SUM, MXR, FS).
 * Whatever happens is right so long as it happens everywhere alike.
 */
#include <stddef.h>
#include <stdint.h>

#include "tests/random.h"

static const struct {
	uint32_t match, mask;
} row[] = {
#define INSN(id, name, format, match, mask, ...) { match, mask },
#include "emu/insn.def"
};

enum {
#define INSN(id, ...) ROW_##id,
#include "emu/insn.def"
};

/* What most code is made of, so that common sequences come up. */
static const uint8_t common[] = { ROW_ADDI,  ROW_ADDI,	ROW_ADDI,  ROW_ADD,  ROW_ADD,	  ROW_LD,
				  ROW_LD,    ROW_LW,	ROW_LBU,   ROW_SD,   ROW_SD,	  ROW_SW,
				  ROW_SB,    ROW_SLLI,	ROW_SRLI,  ROW_ANDI, ROW_XOR,	  ROW_OR,
				  ROW_ADDIW, ROW_ADDW,	ROW_MULW,  ROW_BEQ,  ROW_BNE,	  ROW_BLTU,
				  ROW_LH,    ROW_SLLIW, ROW_SRLIW, ROW_FLD,  ROW_FMADD_D, ROW_SUB };
static uint32_t last_result;

#define ROWS	   (sizeof(row) / sizeof(row[0]))
#define PAGE	   4096ull
#define CODE_PAGES 6
#define DATA_PAGES 10
#define PAGES	   (CODE_PAGES + DATA_PAGES)
#define WINDOW	   0x10000000ull /* where they are mapped, in some order */
#define WINDOW_2M  0x40000000ull /* a superpage over all of them */
#define SLOTS	   40		 /* pages of the window */

static uint8_t pages[PAGES][PAGE] __attribute__((aligned(1 << 21)));
static uint64_t roots[2][512] __attribute__((aligned(4096)));
static uint64_t tables[2][6][512] __attribute__((aligned(4096)));
static uint64_t *leaf[2]; /* of the window */
static uint64_t *leaf_2m[2];
static uint64_t rng, traps, limit;
static unsigned space;

static uint64_t rnd(void)
{
	return xorshift(&rng) * 0x2545f4914f6cdd1dull >> 7;
}

static uint64_t pick(uint64_t n)
{
	return rnd() % n;
}

static void *code_or_data(unsigned k)
{
	return pages[k];
}

/* ---- Code ---------------------------------------------------------------------------------- */

static const uint16_t csrs[] = { 0x001, 0x002, 0x003, 0x100, 0x100, 0x106, 0x141, 0x142, 0x143,
				 0x144, 0xc00, 0xc01, 0xc02, 0xc03, 0x180, 0x300, 0x7c0, 0x10a };

static uint32_t with_field(uint32_t bits, unsigned lo, unsigned n, uint32_t value)
{
	uint32_t mask = ((1u << n) - 1) << lo;

	return (bits & ~mask) | (value << lo & mask);
}

/* Registers 8, 9, 18..21 mostly hold addresses of data, 22 and 23 of code. */
static unsigned pointer(void)
{
	static const uint8_t regs[] = { 8, 9, 18, 19, 20, 21 };

	return regs[pick(sizeof(regs))];
}

static unsigned result(void)
{
	unsigned r = (unsigned)pick(32);

	if ((r == 8 || r == 9 || (r >= 18 && r <= 23)) && pick(8))
		r = 10;
	return r;
}

static uint32_t random_insn(void)
{
	unsigned k = pick(3) ? common[pick(sizeof(common))] : (unsigned)pick(ROWS);
	uint32_t bits = row[k].match | ((uint32_t)rnd() & ~row[k].mask);
	unsigned opcode = bits & 0x7f;

	if (pick(200) == 0)
		return (uint32_t)rnd() | 3;
	if (pick(2)) /* computes with what was just computed */
		bits = with_field(bits, 15, 5, last_result);
	if ((opcode == 0x33 || opcode == 0x3b || opcode == 0x63) && pick(2))
		bits = with_field(bits, 20, 5, last_result);
	last_result = bits >> 7 & 31;
	bits = opcode == 0x63 || opcode == 0x23 || opcode == 0x27
		       ? bits
		       : with_field(bits, 7, 5, result());
	switch (opcode) {
	case 0x03: /* loads and stores: small offsets, often aligned */
	case 0x07:
		if (pick(3))
			bits = with_field(bits, 15, 5, pointer());
		return with_field(bits, 20, 12, (uint32_t)pick(64) * (pick(4) ? 8 : 1));
	case 0x23:
	case 0x27:
		bits = with_field(bits, 15, 5, pointer());
		bits = with_field(bits, 25, 7, (uint32_t)pick(8));
		return with_field(bits, 7, 5, (uint32_t)pick(4) * 8 + !pick(6));
	case 0x2f:
		bits = with_field(bits, 15, 5, pointer());
		return bits;
	case 0x63: /* near targets */
		bits = with_field(bits, 7, 5, (uint32_t)pick(16) * 2 + (uint32_t)!pick(16));
		return with_field(bits, 25, 7, pick(3) ? 0 : 0x7f);
	case 0x6f:
		bits = with_field(bits, 12, 20, 0);
		bits = with_field(bits, 21, 10, (uint32_t)pick(1024));
		return pick(2) ? bits : bits | 0x801ff000; /* backwards */
	case 0x67:
		bits = with_field(bits, 15, 5,
				  pick(8) ? 22 + (uint32_t)pick(2) : (uint32_t)pick(32));
		return with_field(bits, 20, 12, (uint32_t)pick(256) * 2);
	case 0x73:
		if (bits & 0x3000) {
			uint32_t csr = csrs[pick(sizeof(csrs) / 2)];

			/* Never write what the kernel relies on. */
			if (csr == 0x180)
				bits = with_field(bits, 12, 8, 2);
			return with_field(bits, 20, 12, csr);
		}
		return pick(4) ? bits : 0x13;
	default:
		return bits;
	}
}

static uint16_t random_half(void)
{
	uint16_t half;

	do
		half = (uint16_t)rnd();
	while ((half & 3) == 3);
	return half;
}

static void write_code(uint8_t *at, unsigned bytes)
{
	for (unsigned k = 0; k < bytes;) {
		if (k + 4 <= bytes && pick(3)) {
			uint32_t bits = random_insn();

			*(uint16_t *)(at + k) = (uint16_t)bits;
			*(uint16_t *)(at + k + 2) = (uint16_t)(bits >> 16);
			k += 4;
		} else {
			*(uint16_t *)(at + k) = random_half();
			k += 2;
		}
	}
}

/* ---- Tables -------------------------------------------------------------------------------- */

static uint64_t random_leaf(unsigned page)
{
	static const uint8_t flags[] = { 0xdf, 0xdf, 0xdf, 0xcf, 0xd7, 0x5f, 0x1f, 0xdb,
					 0xd9, 0x57, 0x00, 0xde, 0xcf, 0xff, 0xcb, 0x0f };
	uint64_t pte = (uint64_t)code_or_data(page) >> 12 << 10 | flags[pick(sizeof(flags))];

	if (pick(50) == 0)
		pte |= 1ull << (54 + pick(10));
	if (pick(60) == 0)
		pte = pte & 0x3ff; /* no memory there */
	if (pick(60) == 0)
		pte = (pte & 0x3ff) | 0x10000000ull >> 12 << 10; /* a device */
	return pte;
}

static void fence(uint64_t va)
{
	switch (pick(8)) {
	case 0:
		break; /* forgotten */
	case 1:
		asm volatile("sfence.vma" ::: "memory");
		break;
	case 2:
		asm volatile("sfence.vma x0, %0" ::"r"(pick(3)) : "memory");
		break;
	case 3:
		asm volatile("sfence.vma %0, %1" ::"r"(va), "r"(pick(3)) : "memory");
		break;
	default:
		asm volatile("sfence.vma %0, x0" ::"r"(va) : "memory");
	}
}

static void change_table(void)
{
	unsigned r = (unsigned)pick(2);

	if (pick(30) == 0) {
		*leaf_2m[r] = (uint64_t)pages >> 12 << 10 | (pick(2) ? 0xdf : 0xcf);
		fence(WINDOW_2M + pick(PAGES) * PAGE);
	} else {
		unsigned slot = (unsigned)pick(SLOTS);

		leaf[r][slot] = random_leaf((unsigned)pick(slot % 2 ? CODE_PAGES : PAGES));
		fence(WINDOW + slot * PAGE);
	}
}

static void switch_space(void)
{
	space = (unsigned)pick(3);
	asm volatile("csrw satp, %0" ::"r"(8ull << 60 | (uint64_t)space << 44 |
					   (uint64_t)roots[space & 1] >> 12)
		     : "memory");
	if (pick(3) == 0)
		asm volatile("sfence.vma" ::: "memory");
}

static void build_tables(void)
{
	for (unsigned r = 0; r < 2; r++) {
		uint64_t *root = roots[r];
		uint64_t *low = tables[r][0], *ram = tables[r][1], *image = tables[r][2];

		root[0] = (uint64_t)low >> 12 << 10 | 1;
		root[1] = (uint64_t)tables[r][3] >> 12 << 10 | 1;
		root[2] = (uint64_t)ram >> 12 << 10 | 0x21; /* G */
		leaf[r] = tables[r][4];
		low[WINDOW >> 21 & 511] = (uint64_t)leaf[r] >> 12 << 10 | 1;
		low[0] = 0x100000ull >> 21 << 19 | 0xcf; /* the finisher */
		leaf_2m[r] = &tables[r][3][0];
		*leaf_2m[r] = (uint64_t)pages >> 12 << 10 | 0xdf;
		(void)image;
		for (unsigned k = 0; k < 16; k++)
			ram[k] = (0x80000000ull + (uint64_t)k * (1 << 21)) >> 12 << 10 | 0xcf;
		for (unsigned slot = 0; slot < SLOTS; slot++)
			leaf[r][slot] = random_leaf((unsigned)pick(slot % 2 ? CODE_PAGES : PAGES));
	}
}

/* ---- Life ---------------------------------------------------------------------------------- */

static uint64_t some_address(unsigned first, unsigned n)
{
	uint64_t offset = pick(8) ? pick(PAGE / 8 - 8) * 8 : PAGE - 4 + pick(8);

	if (pick(6) == 0)
		return WINDOW_2M + (first + pick(n)) * PAGE + offset;
	return WINDOW + pick(SLOTS) * PAGE + offset;
}

static void random_registers(uint64_t *frame)
{
	for (unsigned k = 1; k < 32; k++)
		if (pick(3))
			frame[k] = pick(2) ? rnd() << pick(40) : (uint64_t)(int64_t)(int8_t)rnd();
	frame[8] = some_address(CODE_PAGES, DATA_PAGES);
	frame[9] = some_address(0, PAGES);
	for (unsigned k = 18; k < 22; k++)
		frame[k] = some_address(CODE_PAGES, DATA_PAGES);
	frame[22] = WINDOW + pick(SLOTS) * PAGE + pick(1024) * 2;
	frame[23] = WINDOW_2M + pick(CODE_PAGES) * PAGE + pick(1024) * 2;
}

/* Mostly where the present privilege may execute. */
static void random_entry(uint64_t *frame)
{
	/* Often the same places, so that code is met again after it was changed. */
	uint64_t offset = pick(3)   ? pick(8) * 256
			  : pick(2) ? pick(2048) * 2
				    : PAGE - 2 - pick(8) * 2;
	uint64_t wanted = frame[32] & 0x100 ? 0x09 : 0x19;
	unsigned slot, tries = pick(10) ? 30 : 1;

	if (pick(3) == 0 && (*leaf_2m[space & 1] & 0x19) == wanted) {
		frame[0] = WINDOW_2M + pick(CODE_PAGES) * PAGE + offset;
		return;
	}
	do
		slot = (unsigned)pick(SLOTS);
	while (--tries && (leaf[space & 1][slot] & 0x19) != wanted);
	frame[0] = WINDOW + slot * PAGE + offset;
}

static void random_status(uint64_t *frame)
{
	uint64_t status = frame[32] & ~0xc6120ull;

	status |= 0x20; /* SPIE */
	status |= pick(2) << 8 | pick(2) << 18 | pick(2) << 19;
	status |= (pick(4) ? 3 : pick(3)) << 13;
	frame[32] = status;
}

static void finish(void)
{
	asm volatile("csrc sie, %0" ::"r"(0x20));
	for (;;)
		*(volatile uint32_t *)0x100000 = 0x5555;
}

uint64_t *chaos_trap(uint64_t *frame);
uint64_t *chaos_trap(uint64_t *frame)
{
	uint64_t cause;

	asm volatile("csrr %0, scause" : "=r"(cause));
	if (++traps == limit)
		finish();
	if (cause >> 63) {
		uint64_t now;

		asm volatile("csrr %0, time" : "=r"(now));
		asm volatile("csrw 0x14d, %0" ::"r"(now + 15 + pick(100)));
		random_entry(frame);
	} else if (cause == 12 || cause == 1 || pick(6) == 0) {
		random_entry(frame);
	} else {
		frame[0] += pick(8) ? 4 : 2; /* or into the middle of what comes there */
	}
	switch (pick(10)) {
	case 0:
	case 1:
	case 2:
		change_table();
		break;
	case 3:
	case 8:
		write_code(pages[pick(CODE_PAGES)] + pick(8) * 256 + pick(24) * 2,
			   2 + (unsigned)pick(4) * 2);
		if (pick(2))
			asm volatile("fence.i" ::: "memory");
		break;
	case 4:
		switch_space();
		break;
	case 5:
	case 6:
		random_registers(frame);
		break;
	case 7:
		random_status(frame);
		break;
	default:
		break;
	}
	asm volatile("csrs sie, %0" ::"r"(0x20));
	return frame;
}

void chaos_resume(uint64_t *frame) __attribute__((noreturn));
void chaos_main(uint64_t seed);
void chaos_main(uint64_t seed)
{
	static uint64_t frame[34];

	rng = seed * 0x9e3779b97f4a7c15ull | 1;
	limit = 2500;
	for (unsigned k = 0; k < 5; k++)
		rnd();
	build_tables();
	for (unsigned k = 0; k < CODE_PAGES; k++)
		write_code(pages[k], PAGE);
	for (unsigned k = CODE_PAGES; k < PAGES; k++)
		for (unsigned n = 0; n < PAGE; n += 64)
			*(uint64_t *)(pages[k] + n) = rnd();
	switch_space();
	random_registers(frame);
	random_entry(frame);
	frame[32] = 0x6020;
	asm volatile("csrw 0x14d, %0" ::"r"(100ull));
	chaos_resume(frame);
}

void *memcpy(void *to, const void *from, size_t bytes);
void *memcpy(void *to, const void *from, size_t bytes)
{
	for (size_t k = 0; k < bytes; k++)
		((uint8_t *)to)[k] = ((const uint8_t *)from)[k];
	return to;
}
