/*
 * The firmware's emulation of misaligned loads and stores, on the host: the accesses that it makes
 * with the supervisor's permissions are ours, and so are the registers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/firmware.h"

#define RULE(sentence, function)                                                                   \
	{                                                                                          \
		sentence, function, setup, NULL, NULL                                              \
	}

#define PC    UINT64_C(0x10000)
#define DATA  UINT64_C(0x20000)
#define BYTES 64

static uint8_t code[BYTES], data[BYTES];
static uint64_t code_end, data_end; /* the first address that faults */
static uint64_t fp[32];
static struct frame frame;
static uint64_t redirected_cause, redirected_tval;
static unsigned redirects;
static uint64_t code_bits;

static uint8_t *byte_at(uint64_t address, struct trap_info *info, uint64_t cause)
{
	info->trapped = 0;
	if (address >= PC && address < code_end)
		return &code[address - PC];
	if (address >= DATA && address < data_end)
		return &data[address - DATA];
	info->trapped = 1;
	info->cause = cause;
	info->tval = address;
	return NULL;
}

uint64_t access_lbu(uint64_t address, uint64_t bits, uint64_t unused, struct trap_info *info)
{
	const uint8_t *byte = byte_at(address, info, 13);

	(void)unused;
	assert_int_equal(bits, 1 << 17); /* MPRV: the permissions of whoever made the access */
	return byte ? *byte : 0;
}

uint64_t access_lhu(uint64_t address, uint64_t bits, uint64_t unused, struct trap_info *info)
{
	uint8_t *low;

	(void)unused;
	code_bits = bits;
	if (!byte_at(address + 1, info, 13))
		return 0;
	low = byte_at(address, info, 13);
	return low ? (uint64_t)low[0] | (uint64_t)low[1] << 8 : 0;
}

void access_sb(uint64_t address, uint64_t bits, uint64_t value, struct trap_info *info)
{
	uint8_t *byte = byte_at(address, info, 15);

	assert_int_equal(bits, 1 << 17);
	if (byte)
		*byte = (uint8_t)value;
}

uint64_t fp_get(unsigned index)
{
	return fp[index];
}

void fp_set(unsigned index, uint64_t value)
{
	fp[index] = value;
}

void redirect(struct frame *f, uint64_t cause, uint64_t tval)
{
	assert_ptr_equal(f, &frame);
	redirects++;
	redirected_cause = cause;
	redirected_tval = tval;
}

static int setup(void **state)
{
	(void)state;
	memset(&frame, 0, sizeof(frame));
	for (unsigned i = 0; i < BYTES; i++)
		data[i] = (uint8_t)(0x81 + 5 * i);
	code_end = PC + BYTES;
	data_end = DATA + BYTES;
	frame.mepc = PC + 2;
	redirects = 0;
	for (unsigned i = 0; i < 32; i++) {
		frame.x[i] = UINT64_C(0x1111111111111111) * (i % 16) + i;
		fp[i] = UINT64_C(0xf000000000000000) + i;
	}
	return 0;
}

/* Run one instruction that accessed DATA + 1. */
static void run(uint32_t insn, uint64_t cause)
{
	memcpy(code + 2, &insn, 4);
	frame.mepc = PC + 2;
	misaligned(&frame, cause, DATA + 1);
}

#define LOAD  4
#define STORE 6

static uint64_t at(unsigned bytes)
{
	uint64_t value = 0;

	memcpy(&value, data + 1, bytes);
	return value;
}

static void check_load(uint32_t insn, unsigned reg, uint64_t want, unsigned insn_bytes)
{
	frame.x[reg] = 0x5555;
	run(insn, LOAD);
	assert_int_equal(redirects, 0);
	assert_int_equal(frame.x[reg], want);
	assert_int_equal(frame.mepc, PC + 2 + insn_bytes);
	assert_int_equal(code_bits, 1 << 17 | 1 << 19); /* MPRV and MXR */
}

/* funct3 of loads into x10 */
#define I_LOAD(funct3, rd)  ((funct3) << 12 | (rd) << 7 | 0x03)
#define F_LOAD(funct3, rd)  ((funct3) << 12 | (rd) << 7 | 0x07)
#define S_STORE(funct3, rs) ((funct3) << 12 | (rs) << 20 | 0x23)
#define F_STORE(funct3, rs) ((funct3) << 12 | (rs) << 20 | 0x27)

static void loads(void **state)
{
	(void)state;
	check_load(I_LOAD(1, 10), 10, (uint64_t)(int16_t)at(2), 4);
	check_load(I_LOAD(2, 31), 31, (uint64_t)(int32_t)at(4), 4);
	check_load(I_LOAD(3, 1), 1, at(8), 4);
	check_load(I_LOAD(5, 10), 10, at(2), 4);
	check_load(I_LOAD(6, 10), 10, at(4), 4);
	memset(data, 0x7f, BYTES);
	check_load(I_LOAD(1, 10), 10, 0x7f7f, 4);
	frame.x[0] = 0;
	run(I_LOAD(3, 0), LOAD);
	assert_int_equal(frame.x[0], 0);
	assert_int_equal(frame.mepc, PC + 6);
}

static void compressed_loads(void **state)
{
	(void)state;
	check_load(0x4000 | 2 << 2, 10, (uint64_t)(int32_t)at(4), 2);  /* c.lw x10 */
	check_load(0x6000 | 7 << 2, 15, at(8), 2);		       /* c.ld x15 */
	check_load(0x4002 | 21 << 7, 21, (uint64_t)(int32_t)at(4), 2); /* c.lwsp x21 */
	check_load(0x6002 | 30 << 7, 30, at(8), 2);		       /* c.ldsp x30 */
	check_load(0x8400 | 1 << 2, 9, at(2), 2);		       /* c.lhu x9 */
	check_load(0x8440 | 1 << 2, 9, (uint64_t)(int16_t)at(2), 2);   /* c.lh x9 */
}

static void check_store(uint32_t insn, uint64_t value, unsigned bytes, unsigned insn_bytes)
{
	uint8_t want[BYTES];

	memset(data, 0xcc, BYTES);
	memcpy(want, data, BYTES);
	memcpy(want + 1, &value, bytes);
	run(insn, STORE);
	assert_int_equal(redirects, 0);
	assert_memory_equal(data, want, BYTES);
	assert_int_equal(frame.mepc, PC + 2 + insn_bytes);
}

static void stores(void **state)
{
	(void)state;
	check_store(S_STORE(1, 11), frame.x[11], 2, 4);
	check_store(S_STORE(2, 11), frame.x[11], 4, 4);
	check_store(S_STORE(3, 29), frame.x[29], 8, 4);
	frame.x[0] = 99;
	check_store(S_STORE(3, 0), 0, 8, 4);
	check_store(0xc000 | 3 << 2, frame.x[11], 4, 2);  /* c.sw x11 */
	check_store(0xe000 | 4 << 2, frame.x[12], 8, 2);  /* c.sd x12 */
	check_store(0xc002 | 19 << 2, frame.x[19], 4, 2); /* c.swsp x19 */
	check_store(0xe002 | 18 << 2, frame.x[18], 8, 2); /* c.sdsp x18 */
	check_store(0x8c00 | 5 << 2, frame.x[13], 2, 2);  /* c.sh x13 */
}

static void floating(void **state)
{
	(void)state;
	run(F_LOAD(3, 7), LOAD);
	assert_int_equal(fp[7], at(8));
	assert_int_equal(frame.mstatus, 3 << 13); /* dirty */
	run(F_LOAD(2, 8), LOAD);
	assert_int_equal(fp[8], UINT64_C(0xffffffff00000000) | at(4)); /* boxed */
	run(F_LOAD(1, 9), LOAD);
	assert_int_equal(fp[9], UINT64_C(0xffffffffffff0000) | at(2));
	run(0x2000 | 3 << 2, LOAD); /* c.fld f11 */
	assert_int_equal(fp[11], at(8));
	run(0x2002 | 28 << 7, LOAD); /* c.fldsp f28 */
	assert_int_equal(fp[28], at(8));
	check_store(F_STORE(3, 5), fp[5], 8, 4);
	check_store(F_STORE(2, 0), fp[0], 4, 4);     /* f0 is a register like others */
	check_store(0xa000 | 1 << 2, fp[9], 8, 2);   /* c.fsd f9 */
	check_store(0xa002 | 17 << 2, fp[17], 8, 2); /* c.fsdsp f17 */
}

static void check_redirect(uint64_t cause, uint64_t tval)
{
	assert_int_equal(redirects, 1);
	assert_int_equal(redirected_cause, cause);
	assert_int_equal(redirected_tval, tval);
	assert_int_equal(frame.mepc, PC + 2);
	redirects = 0;
}

static void faults(void **state)
{
	uint64_t before = frame.x[10];

	(void)state;
	data_end = DATA + 4; /* the rest lies in a page that is not there */
	run(I_LOAD(3, 10), LOAD);
	check_redirect(13, DATA + 4);
	assert_int_equal(frame.x[10], before);
	run(S_STORE(3, 10), STORE);
	check_redirect(15, DATA + 4);
	run(F_LOAD(3, 10), LOAD);
	check_redirect(13, DATA + 4);
	assert_int_equal(fp[10], UINT64_C(0xf000000000000000) + 10);
}

static void fetch_faults(void **state)
{
	(void)state;
	code_end = PC + 4; /* unmapped behind our back, in the middle of the instruction */
	run(I_LOAD(3, 10), LOAD);
	check_redirect(12, PC + 4);
}

static void not_ours(void **state)
{
	static const struct {
		uint32_t insn;
		uint64_t cause;
	} other[] = {
		{ 0x0000302f, 6 },     /* amoadd.d */
		{ 0x1000302f, 4 },     /* lr.d */
		{ I_LOAD(3, 10), 6 },  /* a load does not store */
		{ S_STORE(3, 10), 4 }, /* nor a store load */
		{ F_LOAD(0, 1), 4 },   /* vector loads */
		{ F_LOAD(5, 1), 4 },   { F_STORE(7, 1), 6 }, { 0x0001, 4 }, /* c.nop */
		{ 0x8800, 6 }, /* c.sb: never misaligned */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		run(other[i].insn, other[i].cause);
		check_redirect(other[i].cause, DATA + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE("misaligned: loads of every width and sign", loads),
		RULE("misaligned: compressed loads", compressed_loads),
		RULE("misaligned: stores of every width, compressed too", stores),
		RULE("misaligned: floating-point loads are boxed, stores whole", floating),
		RULE("misaligned: a page fault in the middle goes to the supervisor", faults),
		RULE("misaligned: so does one of fetching the instruction again", fetch_faults),
		RULE("misaligned: what may not be taken apart is passed on", not_ours),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("misaligned", tests, NULL, NULL);
}
