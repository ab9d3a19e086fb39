/*
 * The instruction table against itself and against binutils: no encoding is claimed twice, and the
 * disassembler, which shows what the decoder understood, says what objdump says.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/decode.h"
#include "emu/hart.h"

static unsigned test_number;
static bool all_ok = true;

static void report(bool ok, const char *what)
{
	all_ok &= ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", ++test_number, what);
}

static void test_overlap(void)
{
	bool ok = true;

	for (unsigned a = 1; a < ROW_COUNT; a++)
		for (unsigned b = a + 1; b < ROW_COUNT; b++)
			if (((insn_info[a].match ^ insn_info[b].match) & insn_info[a].mask &
			     insn_info[b].mask) == 0) {
				printf("# %s and %s overlap\n", insn_info[a].name,
				       insn_info[b].name);
				ok = false;
			}
	report(ok, "no two rows of the instruction table overlap");
}

/* Every row's own bits decode to it, whatever the operands. */
static void test_identity(void)
{
	bool ok = true;
	uint64_t random = 42;

	for (unsigned row = 1; row < ROW_COUNT; row++)
		for (unsigned n = 0; n < 200; n++) {
			struct insn insn;
			uint32_t bits;

			random = random * 6364136223846793005u + 1442695040888963407u;
			bits = insn_info[row].match |
			       ((uint32_t)(random >> 32) & ~insn_info[row].mask);
			if ((insn_info[row].class == CLASS_FFR ||
			     insn_info[row].class == CLASS_FXR))
				bits |= 0x7000;
			insn_decode(bits, &insn);
			if (insn.row != row || insn.bytes != 4) {
				printf("# %08x: want %s, got %s\n", bits, insn_info[row].name,
				       insn_info[insn.row].name);
				ok = false;
			}
		}
	report(ok, "every row's encodings decode to it");
}

/* Blanks and comments do not matter, nor how objdump spells what both know. */
static void normalize(char *text)
{
	char *end = strpbrk(text, "<#");

	if (end)
		*end = '\0';
	for (char *p = text; *p; p++)
		if (*p == '\t' || *p == '\n')
			*p = ' ';
	for (end = text + strlen(text); end > text && end[-1] == ' ';)
		*--end = '\0';
}

static void remove_all(char *text, const char *what)
{
	char *found;

	while ((found = strstr(text, what)))
		memmove(found, found + strlen(what), strlen(found + strlen(what)) + 1);
}

/* Some versions of objdump write "add" for addi and so on, and 0x before targets. */
static bool same_text(char *want, char *got)
{
	size_t name = strcspn(got, " ");

	remove_all(want, "0x");
	remove_all(got, "0x");
	if (!strcmp(want, got))
		return true;
	for (size_t i = 0; i < name; i++)
		if (got[i] == 'i' && !strncmp(want, got, i) && !strcmp(want + i, got + i + 1))
			return true;
	return false;
}

struct sample {
	uint32_t bits;
	unsigned bytes;
};

static unsigned make_samples(struct sample *samples)
{
	uint64_t random = 7;
	unsigned n = 0;

	for (unsigned row = 1; row < ROW_COUNT; row++)
		for (unsigned k = 0; k < 40; k++) {
			uint32_t bits;

			random = random * 6364136223846793005u + 1442695040888963407u;
			bits = (uint32_t)(random >> 32);
			if (k % 4 == 1)
				bits &= ~0x000f8000u; /* rs1 = x0 */
			if (k % 4 == 2)
				bits &= ~0x00000f80u; /* rd = x0 */
			if (k % 8 == 3)
				bits &= ~0x01f00000u; /* rs2 = x0 */
			bits = insn_info[row].match | (bits & ~insn_info[row].mask);
			samples[n++] = (struct sample){ bits, 4 };
		}
	for (uint32_t half = 0; half < 65536; half++)
		if ((half & 3) != 3)
			samples[n++] = (struct sample){ half, 2 };
	return n;
}

/* What objdump has no name for, or names by a later or an earlier specification. */
static bool not_compared(const struct sample *sample)
{
	struct insn insn;

	insn_decode(sample->bits, &insn);
	if (insn.row == ROW_ILLEGAL)
		return true;
	if (insn_info[insn.row].format == FMT_CSR || insn_info[insn.row].format == FMT_CSRI)
		return true;
	/* fence takes registers and modes that only a hint would use */
	if (insn.bytes == 2 && (insn.row == ROW_ADDI || insn.row == ROW_ADDIW) && insn.imm == 0)
		return true; /* a hint too, as is zero times a shift */
	if (insn.row == ROW_FENCE)
		return insn.rd || insn.rs1 || insn.imm >> 8 || !(insn.imm & 15) ||
		       !(insn.imm >> 4 & 15);
	if (insn.row == ROW_ADD && insn.rs1 == 0 && insn.bytes == 4) /* only c.mv is "mv" there */
		return true;
	if (insn.row == ROW_FCVT_D_W || insn.row == ROW_FCVT_D_WU || insn.row == ROW_FCVT_D_S)
		return insn.rm != 0; /* exact: it knows the mode that assemblers write */
	if (insn.row == ROW_FCVT_S_H || insn.row == ROW_FCVT_D_H)
		return insn.rm != 0;
	if (insn_info[insn.row].extension == EXT_ZICOND || insn.zcb) /* it is too old */
		return true;
	if (insn.row == ROW_FENCE_I)
		return sample->bits != 0x100f;
	return false;
}

#define MARCH "-march=rv64gc_zba_zbb_zbc_zbs_zicbom_zicboz_zawrs_zfh_svinval"

static void test_objdump(void)
{
	static struct sample samples[ROW_COUNT * 40 + 65536];
	char path[] = "/tmp/test_insn_XXXXXX", command[400], line[256];
	unsigned n = make_samples(samples), at = 0, bad = 0, compared = 0;
	uint64_t pc = 0;
	FILE *out, *source;
	int fd;

	if (system("riscv64-linux-gnu-objdump --version >/dev/null 2>&1") != 0) {
		printf("ok %u - the disassembler agrees with objdump # SKIP no objdump\n",
		       ++test_number);
		return;
	}
	fd = mkstemp(path);
	source = fdopen(fd, "w");
	for (unsigned k = 0; source && k < n; k++)
		fprintf(source, ".insn 0x%x\n", samples[k].bits);
	if (source)
		fclose(source);
	snprintf(command, sizeof(command),
		 "riscv64-linux-gnu-as " MARCH " -o %s.o %s && riscv64-linux-gnu-objdump -d -z "
		 "--no-show-raw-insn %s.o; rm -f %s.o",
		 path, path, path, path);
	out = popen(command, "r");
	while (out && fgets(line, sizeof(line), out) && at < n) {
		char got[64], *want = strchr(line, '\t');
		uint64_t line_pc;

		if (!want || sscanf(line, " %" SCNx64 ":", &line_pc) != 1)
			continue;
		if (line_pc != pc) {
			printf("# objdump is at %#" PRIx64 ", we at %#" PRIx64 "\n", line_pc, pc);
			bad++;
			break;
		}
		hart_disassemble(samples[at].bits, pc, got, sizeof(got));
		normalize(++want);
		normalize(got);
		/* "c.": a hint, shown by its own name there */
		if (!not_compared(&samples[at]) && strncmp(want, "c.", 2) != 0) {
			compared++;
			if (!same_text(want, got) && bad++ < 20)
				printf("# %08x: want '%s', got '%s'\n", samples[at].bits, want,
				       got);
		}
		pc += samples[at++].bytes;
	}
	if (out)
		pclose(out);
	unlink(path);
	printf("# %u instructions compared\n", compared);
	report(bad == 0 && compared > 20000, "the disassembler agrees with objdump");
}

static void test_reserved(void)
{
	static const uint32_t reserved[] = {
		0x0000,		   /* all zeros */
		0x0004,		   /* c.addi4spn with immediate 0 */
		0x2001,		   /* c.addiw with rd = x0 */
		0x6081 & ~0x107cu, /* c.lui with immediate 0 */
		0x6101,		   /* c.addi16sp with immediate 0 */
		0x8002,		   /* c.jr with rs1 = x0 */
		0x4002,		   /* c.lwsp with rd = x0 */
		0x6002,		   /* c.ldsp with rd = x0 */
		0x9c41,		   /* c.subw's reserved neighbours */
		0x9c61,
		0xffffffff,
		0x00005053 | 5 << 12, /* reserved rounding mode */
		0x1000202f | 1 << 20, /* lr.w with rs2 */
	};
	bool ok = true;
	struct insn insn;

	for (unsigned k = 0; k < sizeof(reserved) / sizeof(reserved[0]); k++) {
		insn_decode(reserved[k], &insn);
		if (insn.row != ROW_ILLEGAL && insn_enabled(&insn, EXT_BIT(EXT_ZCB))) {
			printf("# %08x decodes to %s\n", reserved[k], insn_info[insn.row].name);
			ok = false;
		}
	}
	insn_decode(0x04001013, &insn); /* shamt bit 6 */
	ok &= insn.row == ROW_ILLEGAL;
	insn_decode(0x0200101b, &insn); /* slliw with shamt bit 5 */
	ok &= insn.row == ROW_ILLEGAL;
	report(ok, "reserved encodings are illegal");
}

/* Written out from the specification: the assembler at hand is older than these. */
static void test_newer(void)
{
	static const struct {
		uint32_t bits;
		const char *text;
		uint64_t extension;
	} known[] = {
		{ 0x8000, "lbu\ts0,0(s0)", EXT_BIT(EXT_ZCB) },
		{ 0x8060, "lbu\ts0,3(s0)", EXT_BIT(EXT_ZCB) },
		{ 0x8040, "lbu\ts0,1(s0)", EXT_BIT(EXT_ZCB) },
		{ 0x8424, "lhu\ts1,2(s0)", EXT_BIT(EXT_ZCB) },
		{ 0x84c4, "lh\ts1,0(s1)", EXT_BIT(EXT_ZCB) },
		{ 0x8828, "sb\ta0,2(s0)", EXT_BIT(EXT_ZCB) },
		{ 0x8c2c, "sh\ta1,2(s0)", EXT_BIT(EXT_ZCB) },
		{ 0x9c61, "zext.b\ts0,s0", EXT_BIT(EXT_ZCB) },
		{ 0x9ce5, "sext.b\ts1,s1", EXT_BIT(EXT_ZCB) | EXT_BIT(EXT_ZBB) },
		{ 0x9c69, "zext.h\ts0,s0", EXT_BIT(EXT_ZCB) | EXT_BIT(EXT_ZBB) },
		{ 0x9c6d, "sext.h\ts0,s0", EXT_BIT(EXT_ZCB) | EXT_BIT(EXT_ZBB) },
		{ 0x9c71, "zext.w\ts0,s0", EXT_BIT(EXT_ZCB) | EXT_BIT(EXT_ZBA) },
		{ 0x9c75, "not\ts0,s0", EXT_BIT(EXT_ZCB) },
		{ 0x9c45, "mul\ts0,s0,s1", EXT_BIT(EXT_ZCB) },
		{ 0x0ec5d533, "czero.eqz\ta0,a1,a2", EXT_BIT(EXT_ZICOND) },
		{ 0x0ec5f533, "czero.nez\ta0,a1,a2", EXT_BIT(EXT_ZICOND) },
	};
	bool ok = true;

	for (unsigned k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
		uint64_t all = known[k].extension, rest = all & (all - 1);
		struct insn insn;
		char text[64];

		hart_disassemble(known[k].bits, 0, text, sizeof(text));
		insn_decode(known[k].bits, &insn);
		if (strcmp(text, known[k].text) || !insn_enabled(&insn, 0) ||
		    insn_enabled(&insn, all ^ rest) || (rest && insn_enabled(&insn, rest))) {
			printf("# %08x: want %s, got %s\n", known[k].bits, known[k].text, text);
			ok = false;
		}
	}
	report(ok, "Zcb and Zicond, each enabled by its own extension only");
}

int main(void)
{
	printf("1..5\n");
	test_overlap();
	test_identity();
	test_reserved();
	test_newer();
	test_objdump();
	return !all_ok;
}
