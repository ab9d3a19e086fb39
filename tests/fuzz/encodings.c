/*
 * Every compressed encoding, and of the others every major opcode, funct3 and bits 31:20 with rd and
 * rs1 at random, executed once in U-mode from a page where all else is c.ebreak: what trap came where,
 * and what registers, flags and memory were then. One line for each block of 256: its number and a
 * hash. Illegal or not, and what it does, must be the same everywhere.
 *
 * ONLY, a block: one line for each of its encodings. STEP: every so many of them.
 */
#include <stdbool.h>
#include <stdint.h>

#include "devices/finisher_regs.h"
#include "devices/memmap.h"
#include "devices/uart16550_regs.h"
#include "tests/random.h"

#ifndef ONLY
#define ONLY UINT32_MAX
#endif
#ifndef STEP
#define STEP 1
#endif

#define COMPRESSED_BLOCKS  256u
#define BLOCKS		   (COMPRESSED_BLOCKS + 32 * 8 * 16)
#define C_EBREAK	   0x9002
#define CODE_AT		   0x200 /* in halves: the encoding's place in its page */
#define CAUSE_ILLEGAL	   2
#define CAUSE_BREAKPOINT   3
#define CAUSE_LOAD_ACCESS  5
#define CAUSE_STORE_ACCESS 7

#define csr_read(reg)                                                                              \
	({                                                                                         \
		uint64_t v;                                                                        \
		__asm__ volatile("csrr %0, " reg : "=r"(v));                                       \
		v;                                                                                 \
	})
#define csr_write(reg, v) __asm__ volatile("csrw " reg ", %0" ::"r"((uint64_t)(v)) : "memory")

void run(uint64_t *state);

static uint64_t state[64]; /* x0 is the stack pointer's; from 32 on f0 to f31 */
static uint16_t code[2048] __attribute__((aligned(4096)));
static uint64_t data[512] __attribute__((aligned(4096)));

static void put(char c)
{
	volatile uint8_t *uart = (volatile uint8_t *)MEMMAP_UART;

	while (!(uart[UART_LSR] & UART_LSR_THRE))
		;
	uart[UART_THR] = (uint8_t)c;
}

static void put_hex(uint64_t value, unsigned digits, char then)
{
	while (digits--)
		put("0123456789abcdef"[value >> (4 * digits) & 15]);
	put(then);
}

static uint64_t seed;

static uint64_t random_word(void)
{
	return xorshift(&seed);
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

/* A jump to itself never ends; a failing SC is one of the exceptions. */
static bool is_left_out(uint32_t bits)
{
	if ((bits & 3) != 3)
		return (bits & 0xfffd) == 0xa001 || (bits & 0xdc7f) == 0xc001;
	if ((bits & 0x7f) == 0x63)
		return !(bits & 0xfe000f80);
	if ((bits & 0x7f) == 0x2f)
		return bits >> 27 == 3;
	return (bits & 0x7f) == 0x6f && !(bits & 0xfffff000);
}

static void prepare(uint32_t bits)
{
	seed = 0x1234567 + bits * 0x9e3779b97f4a7c15u;
	for (unsigned i = 0; i < 512; i++)
		data[i] = i * 0x0101010101010101u;
	for (unsigned i = 1; i < 32; i++)
		state[i] = (uint64_t)data + 2048 + (random_word() & 0x78);
	state[10] = random_word();
	state[11] = random_word() & 63;
	state[12] = UINT64_MAX;
	state[13] = (uint64_t)code + 0x600;
	/* doubles, and singles and halves in their boxes */
	for (unsigned i = 0; i < 32; i++) {
		uint64_t box = i & 1 ? 0 : i & 2 ? UINT64_MAX << 32 : UINT64_MAX << 16;
		state[32 + i] = box | random_word();
	}
	code[CODE_AT] = (uint16_t)bits;
	if ((bits & 3) == 3)
		code[CODE_AT + 1] = (uint16_t)(bits >> 16);
}

static uint64_t execute(uint32_t bits)
{
	uint64_t hash = 0, cause;

	if (is_left_out(bits))
		return 0;
	prepare(bits);
	csr_write("0x003", random_word() & 31);
	__asm__ volatile("fence.i" ::: "memory");
	csr_write("mepc", &code[CODE_AT]);
	csr_write("mstatus", 0x2000); /* FS initial, MPP user */
	run(state);
	cause = csr_read("mcause");
	csr_write("mstatus", 0x6000);
	code[CODE_AT] = code[CODE_AT + 1] = C_EBREAK;
	hash = mix(hash, cause);
	if (cause != CAUSE_ILLEGAL) {
		hash = mix(hash, csr_read("mepc") - (uint64_t)code);
		/* see the exceptions: breakpoint-tval, misaligned-no-memory, crossing-no-memory */
		if (cause != CAUSE_BREAKPOINT && cause != CAUSE_LOAD_ACCESS &&
		    cause != CAUSE_STORE_ACCESS)
			hash = mix(hash, csr_read("mtval"));
		hash = mix(hash, csr_read("0x003"));
		for (unsigned i = 1; i < 64; i++)
			hash = mix(hash, state[i] ^ (uint64_t)i << 56);
		for (unsigned i = 0; i < 512; i++)
			hash = mix(hash, data[i]);
	}
	if (ONLY != UINT32_MAX) {
		put_hex(bits, 8, ' ');
		put_hex(cause, 2, ' ');
		put_hex(csr_read("mepc") - (uint64_t)code, 8, ' ');
		put_hex(hash, 16, '\n');
	}
	return hash;
}

static uint32_t encoding(uint32_t block, uint32_t i)
{
	uint32_t at = block - COMPRESSED_BLOCKS;
	uint32_t major = at >> 7, funct3 = at >> 4 & 7, top = (at & 15) << 8 | i;

	if (block < COMPRESSED_BLOCKS)
		return block << 8 | i;
	seed = ((uint64_t)block << 20) + i * 0x9e3779b97f4a7c15u + 1;
	random_word();
	return top << 20 | (random_word() & 31) << 15 | funct3 << 12 | (random_word() & 31) << 7 |
	       major << 2 | 3;
}

static void open_memory(void)
{
	for (unsigned i = 0; i < 2048; i++)
		code[i] = C_EBREAK;
	/* U-mode executes and reads the one page, reads and writes the other, and has no more */
	csr_write("pmpaddr0", (uint64_t)code >> 2 | 0x1ff);
	csr_write("pmpaddr1", (uint64_t)data >> 2 | 0x1ff);
	csr_write("pmpcfg0", 0x1b1d);
	csr_write("medeleg", 0);
	csr_write("mcounteren", 0);
	__asm__ volatile("sfence.vma" ::: "memory");
	csr_write("mstatus", 0x6000);
}

int main(void)
{
	open_memory();
	for (uint32_t block = 0; block < BLOCKS; block++) {
		uint64_t hash = 0;

		if (ONLY != UINT32_MAX ? block != ONLY : block % STEP)
			continue;
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t bits = encoding(block, i);
			if (block >= COMPRESSED_BLOCKS || (bits & 3) != 3)
				hash = mix(hash, execute(bits));
		}
		put_hex(block, 4, ' ');
		put_hex(hash, 16, '\n');
	}
	*(volatile uint32_t *)MEMMAP_FINISHER = FINISHER_PASS;
	for (;;)
		;
}
