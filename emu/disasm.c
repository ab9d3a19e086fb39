/*
 * Instructions as text, in the spelling of objdump, pseudo-instructions included.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "emu/csr.h"
#include "emu/decode.h"
#include "emu/hart.h"

static const char *const xname[32] = {
	"zero", "ra", "sp", "gp", "tp",	 "t0",	"t1", "t2", "s0", "s1", "a0",
	"a1",	"a2", "a3", "a4", "a5",	 "a6",	"a7", "s2", "s3", "s4", "s5",
	"s6",	"s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};

static const char *const fname[32] = {
	"ft0", "ft1", "ft2", "ft3", "ft4",  "ft5",  "ft6", "ft7", "fs0",  "fs1",  "fa0",
	"fa1", "fa2", "fa3", "fa4", "fa5",  "fa6",  "fa7", "fs2", "fs3",  "fs4",  "fs5",
	"fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
};

struct text {
	char *buf;
	size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text->buf + text->used, text->size - text->used, format, args);
	va_end(args);
	if (n > 0)
		text->used += (size_t)n;
	if (text->used >= text->size)
		text->used = text->size - 1;
}

/*
 * Pseudo-instructions: an instruction whose fields have the given values is shown by another name
 * with fewer operands.  -1: any; rs2 -2: the same as rs1.  Operands: d s t registers, j immediate, a and p targets, o(s).
 */
static const struct {
	uint16_t row;
	int8_t rd, rs1, rs2;
	int16_t imm;
	const char *name, *operands;
} pseudo[] = {
	{ ROW_ADDI, 0, 0, -1, 0, "nop", "" },
	{ ROW_ADDI, -1, 0, -1, -2, "li", "d,j" },
	{ ROW_ADDI, -1, -1, -1, 0, "mv", "d,s" },
	{ ROW_ADD, -1, 0, -1, -2, "mv", "d,t" },
	{ ROW_XORI, -1, -1, -1, -1, "not", "d,s" },
	{ ROW_SUB, -1, 0, -1, -2, "neg", "d,t" },
	{ ROW_SUBW, -1, 0, -1, -2, "negw", "d,t" },
	{ ROW_ADDIW, -1, -1, -1, 0, "sext.w", "d,s" },
	{ ROW_ANDI, -1, -1, -1, 255, "zext.b", "d,s" },
	{ ROW_SLTIU, -1, -1, -1, 1, "seqz", "d,s" },
	{ ROW_SLTU, -1, 0, -1, -2, "snez", "d,t" },
	{ ROW_SLT, -1, -1, 0, -2, "sltz", "d,s" },
	{ ROW_SLT, -1, 0, -1, -2, "sgtz", "d,t" },
	{ ROW_BEQ, -1, -1, 0, -2, "beqz", "s,p" },
	{ ROW_BNE, -1, -1, 0, -2, "bnez", "s,p" },
	{ ROW_BGE, -1, 0, -1, -2, "blez", "t,p" },
	{ ROW_BGE, -1, -1, 0, -2, "bgez", "s,p" },
	{ ROW_BLT, -1, -1, 0, -2, "bltz", "s,p" },
	{ ROW_BLT, -1, 0, -1, -2, "bgtz", "t,p" },
	{ ROW_JAL, 0, -1, -1, -2, "j", "a" },
	{ ROW_JAL, 1, -1, -1, -2, "jal", "a" },
	{ ROW_JALR, 0, 1, -1, 0, "ret", "" },
	{ ROW_JALR, 0, -1, -1, 0, "jr", "s" },
	{ ROW_JALR, 0, -1, -1, -2, "jr", "o(s)" },
	{ ROW_JALR, 1, -1, -1, 0, "jalr", "s" },
	{ ROW_JALR, 1, -1, -1, -2, "jalr", "o(s)" },
	{ ROW_JALR, -1, -1, -1, 0, "jalr", "d,s" },
	{ ROW_CSRRS, -1, 0, -1, 1, "frflags", "d" },
	{ ROW_CSRRS, -1, 0, -1, 2, "frrm", "d" },
	{ ROW_CSRRS, -1, 0, -1, 3, "frcsr", "d" },
	{ ROW_CSRRW, 0, -1, -1, 1, "fsflags", "s" },
	{ ROW_CSRRW, -1, -1, -1, 1, "fsflags", "d,s" },
	{ ROW_CSRRW, 0, -1, -1, 2, "fsrm", "s" },
	{ ROW_CSRRW, -1, -1, -1, 2, "fsrm", "d,s" },
	{ ROW_CSRRW, 0, -1, -1, 3, "fscsr", "s" },
	{ ROW_CSRRW, -1, -1, -1, 3, "fscsr", "d,s" },
	{ ROW_CSRRS, -1, 0, -1, 0xc00, "rdcycle", "d" },
	{ ROW_CSRRS, -1, 0, -1, 0xc01, "rdtime", "d" },
	{ ROW_CSRRS, -1, 0, -1, 0xc02, "rdinstret", "d" },
	{ ROW_CSRRWI, 0, -1, -1, 1, "fsflagsi", "Z" },
	{ ROW_CSRRWI, -1, -1, -1, 1, "fsflagsi", "d,Z" },
	{ ROW_CSRRWI, 0, -1, -1, 2, "fsrmi", "Z" },
	{ ROW_CSRRWI, -1, -1, -1, 2, "fsrmi", "d,Z" },
	{ ROW_CSRRS, -1, 0, -1, -2, "csrr", "d,E" },
	{ ROW_CSRRW, 0, -1, -1, -2, "csrw", "E,s" },
	{ ROW_CSRRS, 0, -1, -1, -2, "csrs", "E,s" },
	{ ROW_CSRRC, 0, -1, -1, -2, "csrc", "E,s" },
	{ ROW_CSRRWI, 0, -1, -1, -2, "csrwi", "E,Z" },
	{ ROW_CSRRSI, 0, -1, -1, -2, "csrsi", "E,Z" },
	{ ROW_CSRRCI, 0, -1, -1, -2, "csrci", "E,Z" },
	{ ROW_SFENCE_VMA, -1, 0, 0, -2, "sfence.vma", "" },
	{ ROW_SFENCE_VMA, -1, -1, 0, -2, "sfence.vma", "s" },
	{ ROW_ADD_UW, -1, -1, 0, -2, "zext.w", "d,s" },
	{ ROW_FENCE, 0, 0, -1, 0x10, "pause", "" },
	{ ROW_FSGNJ_H, -1, -1, -2, -2, "fmv.h", "D,S" },
	{ ROW_FSGNJN_H, -1, -1, -2, -2, "fneg.h", "D,S" },
	{ ROW_FSGNJX_H, -1, -1, -2, -2, "fabs.h", "D,S" },
	{ ROW_FSGNJ_S, -1, -1, -2, -2, "fmv.s", "D,S" },
	{ ROW_FSGNJ_D, -1, -1, -2, -2, "fmv.d", "D,S" },
	{ ROW_FSGNJN_S, -1, -1, -2, -2, "fneg.s", "D,S" },
	{ ROW_FSGNJN_D, -1, -1, -2, -2, "fneg.d", "D,S" },
	{ ROW_FSGNJX_S, -1, -1, -2, -2, "fabs.s", "D,S" },
	{ ROW_FSGNJX_D, -1, -1, -2, -2, "fabs.d", "D,S" },
};

static const char *const operands_of[] = {
	[FMT_NONE] = "",       [FMT_R] = "d,s,t",    [FMT_I] = "d,s,j",	  [FMT_SH6] = "d,s,>",
	[FMT_SH5] = "d,s,>",   [FMT_L] = "d,o(s)",   [FMT_S] = "t,o(s)",  [FMT_B] = "s,t,p",
	[FMT_U] = "d,u",       [FMT_J] = "d,a",	     [FMT_JR] = "d,o(s)", [FMT_CSR] = "d,E,s",
	[FMT_CSRI] = "d,E,Z",  [FMT_N] = "",	     [FMT_FN] = "P",	  [FMT_SF] = "s,t",
	[FMT_LR] = "d,(s)",    [FMT_AM] = "d,t,(s)", [FMT_FL] = "D,o(s)", [FMT_FST] = "T,o(s)",
	[FMT_F4] = "D,S,T,Rm", [FMT_F3] = "D,S,Tm",  [FMT_F2] = "D,S,T",  [FMT_F1R] = "D,Sm",
	[FMT_FC] = "d,S,T",    [FMT_FX] = "d,S",     [FMT_FXR] = "d,Sm",  [FMT_XF] = "D,s",
	[FMT_XFR] = "D,sm",    [FMT_R1] = "d,s",     [FMT_CBO] = "(s)",
};

static void put_fence_set(struct text *text, unsigned set)
{
	static const char letter[] = "iorw";
	const char *comma = set ? "" : "unknown";

	put(text, "%s", comma);
	for (unsigned k = 0; k < 4; k++)
		if (set & (8u >> k))
			put(text, "%c", letter[k]);
}

static void put_rounding(struct text *text, const struct insn *insn)
{
	static const char *const mode[8] = { "rne", "rtz", "rdn", "rup", "rmm", "5", "6", "dyn" };
	/* These are exact: assemblers write 0 there and nobody shows it. */
	bool exact = insn->row == ROW_FCVT_D_S || insn->row == ROW_FCVT_D_W ||
		     insn->row == ROW_FCVT_D_WU || insn->row == ROW_FCVT_S_H ||
		     insn->row == ROW_FCVT_D_H;

	if (insn->rm != 7 && !(exact && insn->rm == 0))
		put(text, ",%s", mode[insn->rm]);
}

static void put_csr(struct text *text, unsigned number)
{
	const char *name = csr_name(number);

	if (name)
		put(text, "%s", name);
	else
		put(text, "0x%x", number);
}

static void put_operands(struct text *text, const char *operands, const struct insn *insn,
			 uint64_t pc)
{
	if (*operands)
		put(text, "\t");
	for (; *operands; operands++) {
		switch (*operands) {
		case 'd':
			put(text, "%s", xname[insn->rd]);
			break;
		case 's':
			put(text, "%s", xname[insn->rs1]);
			break;
		case 't':
			put(text, "%s", xname[insn->rs2]);
			break;
		case 'D':
			put(text, "%s", fname[insn->rd]);
			break;
		case 'S':
			put(text, "%s", fname[insn->rs1]);
			break;
		case 'T':
			put(text, "%s", fname[insn->rs2]);
			break;
		case 'R':
			put(text, "%s", fname[insn->rs3]);
			break;
		case 'm':
			put_rounding(text, insn);
			break;
		case 'j':
		case 'o':
			put(text, "%d", insn->imm);
			break;
		case '>':
			put(text, "0x%x", (unsigned)insn->imm);
			break;
		case 'u':
			put(text, "0x%x", (unsigned)insn->imm >> 12);
			break;
		case 'a':
		case 'p':
			put(text, "%" PRIx64, pc + (uint64_t)(int64_t)insn->imm);
			break;
		case 'E':
			put_csr(text, (unsigned)insn->imm);
			break;
		case 'Z':
			put(text, "%u", insn->rs1);
			break;
		case 'P':
			put_fence_set(text, (unsigned)insn->imm >> 4 & 15);
			put(text, ",");
			put_fence_set(text, (unsigned)insn->imm & 15);
			break;
		default:
			put(text, "%c", *operands);
		}
	}
}

static bool pseudo_matches(unsigned k, const struct insn *insn)
{
	return pseudo[k].row == insn->row && (pseudo[k].rd < 0 || pseudo[k].rd == insn->rd) &&
	       (pseudo[k].rs1 < 0 || pseudo[k].rs1 == insn->rs1) &&
	       (pseudo[k].rs2 == -1 || pseudo[k].rs2 == insn->rs2 ||
		(pseudo[k].rs2 == -2 && insn->rs1 == insn->rs2)) &&
	       (pseudo[k].imm == -2 || pseudo[k].imm == insn->imm);
}

/* The name, with the ordering suffixes of atomics. */
static void put_name(struct text *text, const struct insn *insn, uint32_t bits)
{
	static const char *const order[4] = { "", ".rl", ".aq", ".aqrl" };
	unsigned class = insn_info[insn->row].class;

	put(text, "%s", insn_info[insn->row].name);
	if (class == CLASS_AMO || class == CLASS_LR || class == CLASS_SC)
		put(text, "%s", order[bits >> 25 & 3]);
}

unsigned hart_disassemble(uint32_t bits, uint64_t pc, char *buf, unsigned size)
{
	struct text text = { buf, size, 0 };
	struct insn insn;

	buf[0] = '\0';
	insn_decode(bits, &insn);
	if (insn.row == ROW_ILLEGAL) {
		put(&text, insn.bytes == 2 ? ".2byte\t0x%x" : ".4byte\t0x%x", insn.bits);
		return insn.bytes;
	}
	for (unsigned k = 0; k < sizeof(pseudo) / sizeof(pseudo[0]); k++) {
		if (!pseudo_matches(k, &insn))
			continue;
		put(&text, "%s", pseudo[k].name);
		put_operands(&text, pseudo[k].operands, &insn, pc);
		return insn.bytes;
	}
	put_name(&text, &insn, bits);
	put_operands(&text, operands_of[insn_info[insn.row].format], &insn, pc);
	return insn.bytes;
}
