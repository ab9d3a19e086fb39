/*
 * Which ops of a block one handler executes: those of fusion.def, and runs of loads or stores; and
 * which handlers take their first source straight from the op before.
 */
#include "emu/blocks.h"

/* The ops of a block and what each is, links (form 0) among them. */
struct sequence {
	struct op *op;
	const uint16_t *form;
	unsigned nops;
};

/* What a form is called in fusion.def, by kind. */
#define NAME_A(x)  ROW_##x
#define NAME_L(x)  ROW_##x
#define NAME_S(x)  ROW_##x
#define NAME_B(x)  ROW_##x
#define NAME_FL(x) ROW_##x
#define NAME_FA(x) ROW_##x
#define NAME_M(x)  FORM_##x
#define NAME_I(x)  FORM_##x
#define NAME_R(x)  FORM_##x
#define NAME_D(x)  FORM_##x
#define NAME_K(x)  ROW_##x
#define NAME_J(x)  NAME_J_##x
#define NAME_J_J   FORM_J
#define NAME_J_JAL ROW_JAL

/*
 * Which handler does what several handlers in a row do: found by what there is so far (a form or a
 * fusion) and what comes next.  Open addressing.
 */
#define FUSIONS 2048u

struct fusion {
	uint16_t before, next; /* 0: free */
	uint16_t pair, chain;  /* 0: none */
};

static struct fusion fusions[FUSIONS];
static bool tables_built;

static struct fusion *find_fusion(unsigned before, unsigned next)
{
	unsigned slot = (before * 31 + next * 7) & (FUSIONS - 1);

	while (fusions[slot].next && (fusions[slot].before != before || fusions[slot].next != next))
		slot = (slot + 1) & (FUSIONS - 1);
	return &fusions[slot];
}

static void add_fusion(unsigned before, unsigned next, bool chained, unsigned result)
{
	struct fusion *fusion = find_fusion(before, next);

	fusion->before = (uint16_t)before;
	fusion->next = (uint16_t)next;
	if (chained)
		fusion->chain = (uint16_t)result;
	else
		fusion->pair = (uint16_t)result;
}

/* What matters here of ops by form. */
enum {
	TRAIT_CHAINS = 1, /* has a variety that takes its first source from the op before */
	TRAIT_SETS = 2,	  /* its rd is what the op behind may take */
	TRAIT_KEEPS =
		4,	/* that remains what it was; or it is not executed on the way straight on */
	TRAIT_RUNS = 8, /* may be one of a run */
	TRAIT_COMMUTES = 16 /* its sources may be exchanged */
};

static uint8_t trait[FORM_COUNT];

static void build_traits(void)
{
	static const uint8_t of_class[CLASS_COUNT] = { [CLASS_ALU] = TRAIT_CHAINS | TRAIT_SETS,
						       [CLASS_LOAD] = TRAIT_CHAINS | TRAIT_SETS,
						       [CLASS_STORE] = TRAIT_CHAINS | TRAIT_KEEPS,
						       [CLASS_BRANCH] = TRAIT_CHAINS | TRAIT_KEEPS,
						       [CLASS_JALR] = TRAIT_CHAINS,
						       [CLASS_FLOAD] = TRAIT_KEEPS,
						       [CLASS_FSTORE] = TRAIT_KEEPS };
	static const uint16_t commuting[] = { ROW_ADD,	ROW_OR,	 ROW_XOR, ROW_AND,
					      ROW_ADDW, ROW_BEQ, ROW_BNE };
	static const uint16_t running[] = { ROW_LD, ROW_SD, ROW_LW, ROW_SW };

	for (unsigned row = 1; row < ROW_COUNT; row++)
		trait[row] = of_class[insn_info[row].class];
	for (unsigned k = 0; k < sizeof(commuting) / sizeof(commuting[0]); k++)
		trait[commuting[k]] |= TRAIT_COMMUTES;
	for (unsigned k = 0; k < sizeof(running) / sizeof(running[0]); k++)
		trait[running[k]] |= TRAIT_RUNS;
	trait[FORM_MV] = TRAIT_CHAINS | TRAIT_SETS;
	trait[FORM_JR] = TRAIT_CHAINS;
	trait[FORM_LI] = trait[FORM_ADDRESS] = TRAIT_SETS;
	trait[0] = trait[FORM_LINK] = trait[FORM_FAR] =
		TRAIT_KEEPS; /* links and what they lead to */
}

#define HOW_P	    false
#define HOW_C	    true
#define TWO_P(a, b) FORM_PAIR_##a##_##b
#define TWO_C(a, b) FORM_CHAIN_##a##_##b

static void build_tables(void)
{
	/* Read twice: the macros of an inclusion end with it. */
#define PAIR(kind_a, a, kind_b, b)                                                                 \
	add_fusion(NAME_##kind_a(a), NAME_##kind_b(b), false, FORM_PAIR_##a##_##b);
#define CHAIN(kind_a, a, kind_b, b)                                                                \
	add_fusion(NAME_##kind_a(a), NAME_##kind_b(b), true, FORM_CHAIN_##a##_##b);
#define TRIPLE(how_b, how_c, kind_a, a, kind_b, b, kind_c, c)                                      \
	add_fusion(TWO_##how_b(a, b), NAME_##kind_c(c), HOW_##how_c,                               \
		   FORM_##how_b##how_c##_##a##_##b##_##c);
#define QUAD(how_b, how_c, how_d, kind_a, a, kind_b, b, kind_c, c, kind_d, d)                      \
	add_fusion(FORM_##how_b##how_c##_##a##_##b##_##c, NAME_##kind_d(d), HOW_##how_d,           \
		   FORM_##how_b##how_c##how_d##_##a##_##b##_##c##_##d);
#include "emu/fusion.def"
	build_traits();
	tables_built = true;
}

/* The handler for what `before` does, up to op[0], and op[1]; 0 if there is none. */
static unsigned fuse(unsigned before, unsigned form, struct op *op)
{
	const struct fusion *fusion = find_fusion(before, form);

	if (fusion->chain && op[0].rd != 32) {
		if (op[1].rs1 != op[0].rd && op[1].rs2 == op[0].rd &&
		    trait[form] & TRAIT_COMMUTES) {
			op[1].rs2 = op[1].rs1;
			op[1].rs1 = op[0].rd;
		}
		if (op[1].rs1 == op[0].rd)
			return fusion->chain;
	}
	return fusion->pair;
}

/* The form of runs of RUN_MIN. */
static unsigned run_form(unsigned form)
{
	switch (form) {
	case ROW_LD:
		return FORM_RUN_LD_3;
	case ROW_SD:
		return FORM_RUN_SD_3;
	case ROW_LW:
		return FORM_RUN_LW_3;
	default:
		return FORM_RUN_SW_3;
	}
}

/* How many ops from `first` on are a run: 0 if they are too few. */
static inline unsigned run_length(const struct sequence *s, unsigned first)
{
	const struct op *op = &s->op[first];
	unsigned form = s->form[first], n = 1;
	bool load = form == ROW_LD || form == ROW_LW;
	int bytes = form == ROW_LD || form == ROW_SD ? 8 : 4, direction = 0;

	if (!(trait[form] & TRAIT_RUNS))
		return 0;
	for (; n < RUN_MAX && first + n < s->nops; n++) {
		int step;

		if (s->form[first + n] != form || op[n].rs1 != op[0].rs1)
			break;
		step = op[n].imm - op[n - 1].imm; /* both of 12 bits: the same instruction's */
		if (step % bytes != 0 || step == 0 || (direction && (step > 0) != (direction > 0)))
			break;
		if (load && op[n - 1].rd == op[0].rs1) /* another base from here on */
			break;
		direction = step;
	}
	return n < RUN_MIN ? 0 : n;
}

#define NO_REGISTER 255

/* The register whose value is at hand behind an op, if that of `before` was at hand before it. */
static inline uint8_t at_hand(unsigned form, const struct op *op, uint8_t before)
{
	uint8_t t = trait[form];

	if (t & TRAIT_KEEPS)
		return before;
	return t & TRAIT_SETS && op->rd != 32 ? op->rd : NO_REGISTER;
}

/* Ops from `first` on that get one handler, which is *form: the end of them. */
static unsigned fuse_from(const struct sequence *s, unsigned first, unsigned *form)
{
	unsigned run = run_length(s, first), k, fused;

	*form = s->form[first];
	if (run) {
		*form = run_form(*form) + run - RUN_MIN;
		return first + run;
	}
	for (k = first + 1; k < s->nops && !run_length(s, k); k++) {
		fused = *form && s->form[k] ? fuse(*form, s->form[k], &s->op[k - 1]) : 0;
		if (!fused)
			break;
		*form = fused;
	}
	return k;
}

void fusion_apply(struct op *op, const uint16_t *form, unsigned nops, const void *const *targets)
{
	const struct sequence s = { op, form, nops };
	uint8_t reg = NO_REGISTER; /* whose value is at hand */

	if (!tables_built)
		build_tables();
	for (unsigned first = 0, end, fused; first < nops; first = end) {
		bool chained = false;

		if (reg != NO_REGISTER && trait[form[first]] & TRAIT_CHAINS) {
			if (op[first].rs1 != reg && op[first].rs2 == reg &&
			    trait[form[first]] & TRAIT_COMMUTES) {
				op[first].rs2 = op[first].rs1;
				op[first].rs1 = reg;
			}
			chained = op[first].rs1 == reg;
		}
		end = fuse_from(&s, first, &fused);
		if (fused)
			op[first].target = targets[chained ? FORM_COUNT + fused : fused];
		for (unsigned k = first; k < end; k++)
			reg = at_hand(form[k], &op[k], reg);
	}
}
