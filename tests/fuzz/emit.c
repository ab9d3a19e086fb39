#include "tests/fuzz/emit.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool extensions, reserved_bits;

/* ---- Random numbers ------------------------------------------------------------------------- */

static uint64_t state;

void rnd_seed(uint64_t kind, uint64_t seed, uint64_t unit)
{
	state = kind * 0xd1342543de82ef95 + seed * 0x9e3779b97f4a7c15 + unit * 0xbf58476d1ce4e5b9;
	rnd();
	rnd();
}

uint64_t rnd(void) /* splitmix64 */
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

unsigned below(unsigned n)
{
	return (unsigned)((rnd() >> 32) * n >> 32);
}

uint64_t random_value(void)
{
	uint64_t value;

	switch (below(6)) {
	case 0:
		return PICK(0, 1, 2, ~0ull, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff,
			    0x8000000000000000, 0xffffffff80000000, 0xffffffff7fffffff, 63, 64, 31,
			    32, 0xaaaaaaaaaaaaaaaa, 0x5555555555555555);
	case 1:
		return 1ull << below(64);
	case 2:
		return ~0ull << below(64);
	case 3:
		value = rnd();
		return value >> below(64);
	case 4:
		return (uint64_t)(int64_t)(int32_t)rnd();
	default:
		return rnd();
	}
}

/* ---- The image ------------------------------------------------------------------------------ */

static uint8_t *blob;
static size_t blob_size, blob_room;

void blob_reset(void)
{
	blob_size = 0;
}

static void need(size_t n)
{
	if (blob_size + n <= blob_room)
		return;
	blob_room = 2 * (blob_size + n) + 65536;
	blob = realloc(blob, blob_room);
	if (!blob)
		abort();
}

uint64_t blob_here(void)
{
	return PROGRAMS_PA + blob_size;
}

void *blob_at(uint64_t pa)
{
	return blob + (pa - PROGRAMS_PA);
}

const void *blob_bytes(size_t *bytes)
{
	*bytes = blob_size;
	return blob;
}

uint64_t blob_put(const void *bytes, size_t n)
{
	uint64_t at = blob_here();

	need(n);
	memcpy(blob + blob_size, bytes, n);
	blob_size += n;
	return at;
}

void blob_align(unsigned to)
{
	static const uint8_t zeros[4096];

	blob_put(zeros, (size_t)(-blob_here() & (to - 1)));
}

/* ---- Code ----------------------------------------------------------------------------------- */

#define MAX_CONSTANTS 8192

static struct {
	uint64_t at, value; /* of the auipc */
} constant[MAX_CONSTANTS];
static unsigned constants;

void code_begin(void)
{
	constants = 0;
	blob_align(8);
}

void emit16(uint16_t insn)
{
	blob_put(&insn, 2);
}

void emit(uint32_t insn)
{
	blob_put(&insn, 4);
}

uint64_t here(void)
{
	return blob_here();
}

static void add_constant(uint64_t value)
{
	assert(constants < MAX_CONSTANTS);
	constant[constants].at = here();
	constant[constants++].value = value;
}

void emit_constant(unsigned rd, uint64_t value)
{
	if (rd == 0 || value < 2048 || value + 2048 < 4096) {
		emit(ADDI(rd, 0, (int)value & 0xfff));
		return;
	}
	add_constant(value);
	emit(0x17 | rd << 7); /* auipc */
	emit(LD(rd, rd, 0));
}

void emit_is_here(uint64_t more)
{
	assert(constants && constant[constants - 1].value == HERE_AFTER);
	constant[constants - 1].value = here() + more;
}

void emit_fp_constant(unsigned rd, uint64_t value, bool is_single, unsigned scratch)
{
	add_constant(value);
	emit(0x17 | scratch << 7);
	emit(type_i(is_single ? 0x2007 : 0x3007, rd, scratch, 0)); /* flw, fld */
}

void code_end(void)
{
	blob_align(8);
	for (unsigned k = 0; k < constants; k++) {
		uint64_t target = blob_put(&constant[k].value, 8);
		uint32_t distance = (uint32_t)(target - constant[k].at), insn[2];

		memcpy(insn, blob_at(constant[k].at), 8);
		insn[0] |= (distance + 0x800) & 0xfffff000;
		insn[1] |= distance << 20;
		memcpy(blob_at(constant[k].at), insn, 8);
	}
}

void emit_patch_jal(uint64_t at, unsigned rd)
{
	uint32_t d = (uint32_t)(here() - at);
	uint32_t insn = 0x6f | rd << 7 | (d >> 20 & 1) << 31 | (d >> 1 & 0x3ff) << 21 |
			(d >> 11 & 1) << 20 | (d >> 12 & 0xff) << 12;

	memcpy(blob_at(at), &insn, 4);
}

void emit_patch_branch(uint64_t at, uint32_t insn)
{
	uint32_t d = (uint32_t)(here() - at);

	insn |= (d >> 12 & 1) << 31 | (d >> 5 & 0x3f) << 25 | (d >> 1 & 15) << 8 |
		(d >> 11 & 1) << 7;
	memcpy(blob_at(at), &insn, 4);
}

void emit_enter(unsigned priv, uint64_t target, unsigned scratch)
{
	emit_constant(scratch, 3 << 11);
	emit(CSRRC(0, 0x300, scratch));
	if (priv != PRIV_U) {
		emit_constant(scratch, priv << 11);
		emit(CSRRS(0, 0x300, scratch));
	}
	emit_constant(scratch, target);
	emit(CSRRW(0, 0x341, scratch));
	emit(MRET);
}
