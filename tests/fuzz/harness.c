/*
 * The guest's half of differential fuzzing: runs the programs of an image one after another, each
 * from the same beginning, answers all their traps, and prints for each its number and a hash of
 * what it left behind: registers, CSRs, the log of its traps, memory with its page tables.
 *
 * A program is a list of steps, each of which begins in M-mode.  A trap ends the step (calls, faults
 * of fetches, interrupts) or goes on behind the instruction (all others).
 */
#include <stddef.h>

#include "tests/fuzz/image.h"

#define UART	 ((volatile uint8_t *)0x10000000)
#define FINISHER ((volatile uint32_t *)0x100000)
#define MTIMECMP ((volatile uint64_t *)0x2004000)

#define csr_read(name)                                                                             \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("csrr %0, " #name : "=r"(value_)::"memory");                      \
		value_;                                                                            \
	})
#define csr_write(name, value)                                                                     \
	__asm__ volatile("csrw " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define csr_set(name, value)                                                                       \
	__asm__ volatile("csrs " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define csr_clear(name, value)                                                                     \
	__asm__ volatile("csrc " #name ", %0" ::"r"((uint64_t)(value)) : "memory")

#define MSTATUS_MIE  (1ull << 3)
#define MSTATUS_MPIE (1ull << 7)
#define MSTATUS_MPP  (3ull << 11)
#define MSTATUS_FS   (3ull << 13)
#define MSTATUS_MPRV (1ull << 17)

#define INTERRUPT	    (1ull << 63)
#define SOFTWARE_INTERRUPTS 0x222ull /* SSIP, STIP, SEIP */
#define LOGGED		    512

extern char trap_entry[], s_trap_entry[], s_trap_return[];
_Noreturn void resume(void);
void load_fp(const uint64_t *f);
void save_fp(uint64_t *f);
_Noreturn void harness_main(void);
void harness_trap(void);

static const struct image *const image = (const struct image *)PROGRAMS_PA;
static const struct program *program;
static uint64_t current, step, traps_of_step, traps, log_hash;
static uint64_t frame[32]; /* the program's x1 to x31 */
static uint64_t log[LOGGED][8];

/* ---- Output --------------------------------------------------------------------------------- */

static void put_char(char c)
{
	while (!(UART[5] & 0x20))
		;
	UART[0] = (uint8_t)c;
}

static void put_text(const char *text)
{
	while (*text)
		put_char(*text++);
}

static void put_hex(uint64_t value, int digits)
{
	while (digits--)
		put_char("0123456789abcdef"[value >> 4 * digits & 15]);
}

static void put_line(const char *name, uint64_t index, uint64_t value)
{
	put_text(name);
	put_hex(index, 4);
	put_char(' ');
	put_hex(value, 16);
	put_char('\n');
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 29;
}

/* ---- The end of a program ------------------------------------------------------------------- */

static uint64_t end_state[32 + 32 + 24];

static void take_state(void)
{
	uint64_t *at = end_state;

	for (int k = 0; k < 32; k++)
		*at++ = frame[k];
	at += 32;
	*at++ = csr_read(mstatus) & ~(MSTATUS_MPP | MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPRV);
	csr_set(mstatus, MSTATUS_FS);
	*at++ = csr_read(fcsr);
	save_fp(end_state + 32);
	*at++ = csr_read(satp);
	*at++ = csr_read(sepc);
	*at++ = csr_read(scause);
	*at++ = csr_read(stval);
	*at++ = csr_read(sscratch);
	*at++ = csr_read(stvec);
	*at++ = csr_read(medeleg);
	*at++ = csr_read(mideleg);
	*at++ = csr_read(mie);
	*at++ = csr_read(mip) & SOFTWARE_INTERRUPTS; /* the timer's is the clock's affair */
	*at++ = csr_read(scounteren);
	*at++ = csr_read(mcounteren);
	*at++ = csr_read(pmpcfg0);
	*at++ = csr_read(pmpaddr0);
	*at++ = csr_read(pmpaddr3);
	*at++ = csr_read(pmpaddr7);
}

static uint64_t hash_words(uint64_t hash, uint64_t pa, uint64_t bytes)
{
	const uint64_t *word = (const uint64_t *)pa, *end = (const uint64_t *)(pa + bytes);

	for (; word < end; word += 2)
		hash = ((hash ^ word[0]) + word[1]) * 0x9e3779b97f4a7c15 + (hash >> 31);
	return hash;
}

static void dump(void)
{
	put_text("program ");
	put_hex(program->number, 16);
	put_char('\n');
	for (uint64_t k = 0; k < traps && k < LOGGED; k++) {
		put_text("trap ");
		put_hex(k, 4);
		for (int n = 0; n < 8; n++) {
			put_char(' ');
			put_hex(log[k][n], n < 2 ? 3 : 16);
		}
		put_char('\n');
	}
	for (unsigned k = 1; k < sizeof(end_state) / 8; k++)
		put_line(k < 32 ? "x " : k < 64 ? "f " : "csr ", k < 32 ? k : k - 32, end_state[k]);
	for (uint64_t pa = POOL_PA; pa < TABLES_PA; pa += 64)
		if (pa < POOL_PA + 4096 * program->data_pages)
			put_line("memory ", (pa - POOL_PA) >> 4, hash_words(0, pa, 64));
	for (uint64_t pa = TABLES_PA; pa < TABLES_PA + 4096 * program->tables; pa += 8)
		if (*(uint64_t *)pa)
			put_line("pte ", (pa - TABLES_PA) >> 3, *(uint64_t *)pa);
}

static void finish(void)
{
	uint64_t hash = log_hash;

	take_state();
	csr_write(pmpcfg0, 0); /* which concerns M-mode too */
	for (unsigned k = 1; k < sizeof(end_state) / 8; k++)
		hash = mix(hash, end_state[k]);
	hash = hash_words(hash, POOL_PA, 4096 * program->data_pages);
	hash = hash_words(hash, TABLES_PA, 4096 * program->tables);
	if (image->flags & IMAGE_DUMP)
		dump();
	put_hex(program->number, 16);
	put_char(' ');
	put_hex(hash, 16);
	put_char('\n');
}

/* ---- The beginning of one ------------------------------------------------------------------- */

static void fill_memory(void)
{
	uint64_t random = program->fill;
	uint64_t *word = (uint64_t *)POOL_PA, *end;

	for (unsigned page = 0; page < program->data_pages; page++) {
		const uint64_t *pad = (const uint64_t *)program->pads;

		end = word + 512;
		for (unsigned k = 0; k < PADS_END / 8; k++)
			*word++ = *pad++;
		for (; word < end; word++) {
			random = random * 6364136223846793005 + 1442695040888963407;
			*word = page < RICH_PAGES ? random ^ random >> 29 : 0;
		}
		/* The last two bytes begin an addi that ends in the next page. */
		end[-1] = (end[-1] & 0xffffffffffff) | 0x0513ull << 48;
	}
	word = (uint64_t *)TABLES_PA;
	for (end = word + 512 * program->tables; word < end; word++)
		*word = 0;
	for (uint64_t k = 0; k < program->npokes; k++) {
		const struct poke *poke = (const struct poke *)program->pokes + k;

		*(uint64_t *)poke->pa = poke->value;
	}
}

static void reset_pmp(void)
{
	csr_write(pmpcfg0, 0);
	csr_write(pmpcfg2, 0);
#define ADDRESS(n) csr_write(pmpaddr##n, POOL_PA >> 2);
	ADDRESS(0)
	ADDRESS(1)
	ADDRESS(2)
	ADDRESS(3) ADDRESS(4) ADDRESS(5) ADDRESS(6) ADDRESS(7) csr_write(pmpaddr15, -1ull);
	csr_write(pmpcfg2, 0x1full << 56); /* the last: all that the others leave */
}

static void reset_csrs(void)
{
	csr_write(mtvec, trap_entry);
	csr_write(mstatus, MSTATUS_FS);
	csr_write(fcsr, 0);
	csr_write(medeleg, 0);
	csr_write(mideleg, 0);
	csr_write(mie, 0);
	csr_write(mip, 0);
	csr_write(satp, 0);
	csr_clear(menvcfg, 3ull << 62); /* PBMTE, STCE */
	csr_write(stvec, s_trap_entry);
	csr_write(sscratch, 0);
	csr_write(sepc, 0);
	csr_write(scause, 0);
	csr_write(stval, 0);
	csr_write(scounteren, 0);
	csr_write(mcounteren, 0);
	reset_pmp();
	__asm__ volatile("sfence.vma\n\tfence.i" ::: "memory");
}

static void begin_step(void)
{
	csr_clear(mstatus, MSTATUS_MPRV | MSTATUS_MIE | MSTATUS_MPIE);
	csr_set(mstatus, MSTATUS_MPP);
	csr_write(mepc, ((const uint64_t *)program->steps)[step]);
	traps_of_step = 0;
}

/* Ends the run after the last. */
static void begin_program(void)
{
	const uint64_t *registers;

	if (current == image->count) {
		FINISHER[0] = 0x5555;
		for (;;)
			;
	}
	program = (const struct program *)image->programs + current++;
	registers = (const uint64_t *)program->registers;
	reset_csrs();
	fill_memory();
	for (int k = 1; k < 32; k++)
		frame[k] = registers[k - 1];
	load_fp(registers + 31);
	step = traps = log_hash = 0;
	begin_step();
}

void harness_main(void)
{
	*MTIMECMP = -1ull; /* no interrupt by the clock */
	csr_write(mscratch, frame);
	begin_program();
	resume();
}

/* ---- Traps ---------------------------------------------------------------------------------- */

/* Tables alone let only M and the two views of RAM be looked at here. */
static uint64_t code_pa(uint64_t pc)
{
	if (pc >= HARNESS_PA + USER_ALIAS)
		pc -= USER_ALIAS;
	return pc >= HARNESS_PA && pc < HARNESS_PA + (128 << 20) ? pc : 0;
}

/* Length of the instruction at pc; 0 if the step shall end. */
static unsigned length_at(uint64_t pc)
{
	uint64_t pa = code_pa(pc);

	if (!pa || (pc >= (uint64_t)s_trap_entry && pc <= (uint64_t)s_trap_return))
		return 0;
	return (*(const uint16_t *)pa & 3) == 3 ? 4 : 2;
}

static unsigned length_to_skip(uint64_t cause, uint64_t pc)
{
	if (cause & INTERRUPT || cause <= 1 || cause == 12 || (cause >= 8 && cause <= 11))
		return 0;
	return length_at(pc);
}

/* An illegal instruction's tval: see the exceptions, illegal-tval. */
static uint64_t plain_tval(uint64_t cause, uint64_t pc, uint64_t tval)
{
	uint64_t pa = code_pa(pc);

	switch (cause) {
	case 2:
		if (pa && (tval == 0 || tval == (*(const uint16_t *)pa |
						 (uint32_t) * (const uint16_t *)(pa + 2) << 16)))
			return 1;
		return pa && tval == *(const uint16_t *)pa ? 2 : tval;
	case 3: /* breakpoint-tval */
		return 0;
	case 5: /* misaligned-no-memory */
		return tval & ~7ull;
	default:
		return tval;
	}
}

static void write_log(uint64_t delegated, uint64_t cause, uint64_t pc, uint64_t tval,
		      uint64_t status)
{
	uint64_t entry[8] = { delegated, cause & 63, pc,	plain_tval(cause, pc, tval),
			      status,	 cause,	     frame[10], frame[11] };

	for (int k = 0; k < 8; k++) {
		log_hash = mix(log_hash, entry[k]);
		if (traps < LOGGED)
			log[traps][k] = entry[k];
	}
	traps++;
}

void harness_trap(void)
{
	uint64_t cause = csr_read(mcause), pc = csr_read(mepc), mstatus = csr_read(mstatus);
	unsigned skipped;

	write_log(0, cause, pc, plain_tval(cause, pc, csr_read(mtval)), mstatus);
	if (cause == 9 && pc == (uint64_t)s_trap_entry) {
		cause = csr_read(scause);
		csr_write(stval, plain_tval(cause, csr_read(sepc), csr_read(stval)));
		write_log(1, cause, csr_read(sepc), csr_read(stval), csr_read(sstatus));
		skipped = cause == 8 ? 0 : length_to_skip(cause, csr_read(sepc));
		csr_write(sepc, csr_read(sepc) + skipped);
		pc += 4; /* behind the ecall */
		if (skipped)
			csr_write(mepc, pc);
	} else {
		skipped = length_to_skip(cause, pc);
		csr_write(mepc, pc + skipped);
	}
	if (skipped && ++traps_of_step < MAX_TRAPS)
		return;
	csr_write(mip, 0);
	if (++step == program->nsteps) {
		finish();
		begin_program();
	} else {
		begin_step();
	}
}
