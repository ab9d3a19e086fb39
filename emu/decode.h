/*
 * From instruction bits to a row of the instruction table and its operands.
 *
 * Pure: knows no hart and no memory.  A compressed instruction decodes to the row of the
 * instruction that it stands for, with bytes = 2.
 */
#ifndef EMU_DECODE_H
#define EMU_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/isa.h"

/* Number 0 is no instruction; the others follow insn.def. */
enum insn_row {
	ROW_ILLEGAL,
#define INSN(id, ...) ROW_##id,
#include "emu/insn.def"
	ROW_COUNT
};

/* Operand formats: which fields there are and where the immediate stands. */
enum insn_format {
	FMT_NONE,
	FMT_R,	  /* rd, rs1, rs2 */
	FMT_I,	  /* rd, rs1, imm */
	FMT_SH6,  /* rd, rs1, shamt of 6 bits */
	FMT_SH5,  /* rd, rs1, shamt of 5 bits */
	FMT_L,	  /* rd, imm(rs1) */
	FMT_S,	  /* rs2, imm(rs1) */
	FMT_B,	  /* rs1, rs2, target */
	FMT_U,	  /* rd, imm 31:12 */
	FMT_J,	  /* rd, target */
	FMT_JR,	  /* rd, imm(rs1) */
	FMT_CSR,  /* rd, csr, rs1 */
	FMT_CSRI, /* rd, csr, 5-bit immediate in place of rs1 */
	FMT_N,	  /* no operands */
	FMT_FN,	  /* predecessor and successor sets */
	FMT_SF,	  /* rs1, rs2 */
	FMT_LR,	  /* rd, (rs1) */
	FMT_AM,	  /* rd, rs2, (rs1) */
	FMT_FL,	  /* frd, imm(rs1) */
	FMT_FST,  /* frs2, imm(rs1) */
	FMT_F4,	  /* frd, frs1, frs2, frs3, rm */
	FMT_F3,	  /* frd, frs1, frs2, rm */
	FMT_F2,	  /* frd, frs1, frs2 */
	FMT_F1R,  /* frd, frs1, rm */
	FMT_FC,	  /* rd, frs1, frs2 */
	FMT_FX,	  /* rd, frs1 */
	FMT_FXR,  /* rd, frs1, rm */
	FMT_XF,	  /* frd, rs1 */
	FMT_XFR,  /* frd, rs1, rm */
	FMT_R1,	  /* rd, rs1 */
	FMT_CBO	  /* (rs1) */
};

enum insn_class {
	CLASS_NONE,
	CLASS_ALU,
	CLASS_LOAD,
	CLASS_STORE,
	CLASS_BRANCH,
	CLASS_JAL,
	CLASS_JALR,
	CLASS_LR,
	CLASS_SC,
	CLASS_AMO,
	CLASS_SYS,
	CLASS_FLOAD,
	CLASS_FSTORE,
	CLASS_FF,
	CLASS_FX,
	CLASS_FM,
	CLASS_FMX,
	CLASS_FFR,
	CLASS_FXR,
	CLASS_COUNT
};

struct insn_info {
	const char *name;
	uint32_t match, mask;
	uint8_t format, extension, class;
};

extern const struct insn_info insn_info[ROW_COUNT];

struct insn {
	uint16_t row;
	uint8_t bytes; /* 2 or 4 */
	bool zcb;      /* a compressed instruction of Zcb */
	uint8_t rd, rs1, rs2, rs3, rm;
	int32_t imm;   /* sign-extended; a CSR's number; a shift amount */
	uint32_t bits; /* as fetched: 16 of them if compressed */
};

/* Always fills *insn; row is ROW_ILLEGAL if the bits are no instruction.  Bits above 16 of a
 * compressed instruction do not matter. */
void insn_decode(uint32_t bits, struct insn *insn);

/* The 32-bit instruction that a compressed one stands for; 0 if it is reserved. */
uint32_t insn_expand(uint16_t bits, bool *zcb);

/* The extensions that an instruction belongs to, as a set: its row's, and those of its encoding. */
uint64_t insn_extensions(const struct insn *insn);

/* Is it an instruction where these extensions are lacking? */
static inline bool insn_enabled(const struct insn *insn, uint64_t lacks)
{
	return !lacks || !(insn_extensions(insn) & lacks);
}

/* Instructions that read or write floating-point state need mstatus.FS. */
static inline bool insn_is_fp(unsigned row)
{
	return insn_info[row].class >= CLASS_FLOAD;
}

#endif
