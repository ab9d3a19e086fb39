#include "emu/csr.h"

#include <stddef.h>

#include "emu/fp.h"
#include "emu/hart_internal.h"

#define NS_PER_TICK 100 /* the timebase of 10 MHz in virtual nanoseconds */

/* ---- Reading and writing ------------------------------------------------------------------- */

static uint64_t read_fflags(const struct hart *h)
{
	return h->csr.fflags | (h->running ? fp_flags_of(fp_mxcsr()) : 0);
}

static uint64_t read_frm(const struct hart *h)
{
	return h->csr.frm;
}

static uint64_t read_fcsr(const struct hart *h)
{
	return h->csr.frm << 5 | read_fflags(h);
}

/* The engine looks at one bit; the host's FPU is told of the rounding mode. */
void csr_fp_changed(struct hart *h)
{
	h->fp_ready = (h->csr.mstatus & MSTATUS_FS) == MSTATUS_FS && h->csr.frm <= 3;
	if (h->running)
		fp_set_rounding((unsigned)h->csr.frm);
}

static void set_fp_dirty(struct hart *h)
{
	h->csr.mstatus |= MSTATUS_FS;
	csr_fp_changed(h);
}

static void write_fflags(struct hart *h, uint64_t value)
{
	fp_set_mxcsr(fp_mxcsr() & ~0x3fu);
	h->csr.fflags = legalize_fflags(&h->config, h->csr.fflags, value);
	set_fp_dirty(h);
}

static void write_frm(struct hart *h, uint64_t value)
{
	h->csr.frm = legalize_frm(&h->config, h->csr.frm, value);
	set_fp_dirty(h);
}

static void write_fcsr(struct hart *h, uint64_t value)
{
	write_fflags(h, value);
	write_frm(h, value >> 5);
}

static uint64_t read_time(const struct hart *h)
{
	return hart_now_ns(h) / NS_PER_TICK;
}

/* One cycle a nanosecond of virtual time; counters and sources differ by what was written. */
static uint64_t read_cycle(const struct hart *h)
{
	return h->csr.cycle + (h->csr.mcountinhibit & 1 ? 0 : hart_now_ns(h));
}

static uint64_t read_instret(const struct hart *h)
{
	return h->csr.instret + (h->csr.mcountinhibit & 4 ? 0 : hart_instret(h));
}

static void write_mcycle(struct hart *h, uint64_t value)
{
	h->csr.cycle = value - (h->csr.mcountinhibit & 1 ? 0 : hart_now_ns(h) + 1);
}

/* The writing instruction's own increment is suppressed. */
static void write_minstret(struct hart *h, uint64_t value)
{
	h->csr.instret = value - (h->csr.mcountinhibit & 4 ? 0 : hart_instret(h) + 1);
}

static uint64_t read_mcountinhibit(const struct hart *h)
{
	return h->csr.mcountinhibit;
}

static void write_mcountinhibit(struct hart *h, uint64_t value)
{
	uint64_t cycle = read_cycle(h), instret = read_instret(h);

	h->csr.mcountinhibit = legalize_countinhibit(&h->config, h->csr.mcountinhibit, value);
	h->csr.cycle = cycle - (h->csr.mcountinhibit & 1 ? 0 : hart_now_ns(h));
	h->csr.instret = instret - (h->csr.mcountinhibit & 4 ? 0 : hart_instret(h));
}

/* ---- hpm counters ---- */

#define HPM_FIRST 3

void csr_hpm_changed(struct hart *h)
{
	h->hpm_active = 0;
	for (unsigned k = HPM_FIRST; k < 32; k++)
		if (h->csr.hpmevent[k] << 8)
			h->hpm_active |= 1u << k;
}

static void count_on(struct hart *h, unsigned k, uint64_t n)
{
	uint64_t before = h->csr.hpm[k], *event = &h->csr.hpmevent[k];

	h->csr.hpm[k] += n;
	if (h->csr.hpm[k] >= before || *event & HPMEVENT_OF || !csr_lcofip(&h->config))
		return;
	*event |= HPMEVENT_OF;
	h->csr.mip |= MIP_LCOFIP;
	hart_irq_changed(h);
}

void csr_hpm_count(struct hart *h, enum hpm_event event, uint64_t n)
{
	const uint64_t inhibit = h->priv == PRIV_M   ? HPMEVENT_MINH
				 : h->priv == PRIV_S ? HPMEVENT_SINH
						     : HPMEVENT_UINH;
	uint32_t active = h->hpm_active & ~(uint32_t)h->csr.mcountinhibit;

	for (; active; active &= active - 1) {
		unsigned k = (unsigned)__builtin_ctz(active);

		if (h->csr.hpmevent[k] << 8 >> 8 == event && !(h->csr.hpmevent[k] & inhibit))
			count_on(h, k, n);
	}
}

/* The OF bits; below M-mode only of counters that mcounteren shows. */
static uint64_t read_scountovf(const struct hart *h)
{
	uint64_t overflown = 0;

	for (unsigned k = HPM_FIRST; k < 32; k++)
		if (h->csr.hpmevent[k] & HPMEVENT_OF)
			overflown |= 1ull << k;
	return h->priv == PRIV_M ? overflown : overflown & h->csr.mcounteren;
}

static uint64_t read_misa(const struct hart *h)
{
	return csr_misa(&h->config);
}

static uint64_t read_mhartid(const struct hart *h)
{
	return h->id;
}

static uint64_t read_mstatus(const struct hart *h)
{
	uint64_t value = h->csr.mstatus | MSTATUS_UXL | MSTATUS_SXL;

	if ((value & MSTATUS_FS) == MSTATUS_FS)
		value |= MSTATUS_SD;
	return value;
}

static void mstatus_changed(struct hart *h, uint64_t before)
{
	const uint64_t view = MSTATUS_SUM | MSTATUS_MXR | MSTATUS_MPRV | MSTATUS_MPP;
	uint64_t changed = before ^ h->csr.mstatus;

	if (changed & view)
		mmu_update_view(h);
	if (changed & MSTATUS_FS)
		csr_fp_changed(h);
	hart_irq_changed(h);
}

static void write_mstatus(struct hart *h, uint64_t value)
{
	uint64_t before = h->csr.mstatus;

	h->csr.mstatus = legalize_mstatus(&h->config, before, value);
	mstatus_changed(h, before);
}

#define SSTATUS_VISIBLE (SSTATUS_WRITABLE | MSTATUS_UXL | MSTATUS_SD)

static uint64_t read_sstatus(const struct hart *h)
{
	return read_mstatus(h) & SSTATUS_VISIBLE;
}

static void write_sstatus(struct hart *h, uint64_t value)
{
	uint64_t before = h->csr.mstatus;

	h->csr.mstatus = legalize_sstatus(&h->config, before, value);
	mstatus_changed(h, before);
}

static uint64_t read_mideleg(const struct hart *h)
{
	return h->csr.mideleg;
}

static void write_mideleg(struct hart *h, uint64_t value)
{
	h->csr.mideleg = legalize_mideleg(&h->config, h->csr.mideleg, value);
	hart_irq_changed(h);
}

static uint64_t read_mie(const struct hart *h)
{
	return h->csr.mie;
}

static void write_mie(struct hart *h, uint64_t value)
{
	h->csr.mie = legalize_mie(&h->config, h->csr.mie, value);
	hart_irq_changed(h);
}

static uint64_t read_sie(const struct hart *h)
{
	return h->csr.mie & h->csr.mideleg;
}

static void write_sie(struct hart *h, uint64_t value)
{
	write_mie(h, csr_masked(h->csr.mie, value, h->csr.mideleg));
}

/* Sstc: is time at or beyond stimecmp?  Time is looked up in ns because that divides less. */
static bool timer_is_due(const struct hart *h)
{
	uint64_t deadline = hart_deadline_ns(h);

	return deadline != UINT64_MAX && hart_now_ns(h) >= deadline;
}

uint64_t csr_mip(const struct hart *h, uint64_t mask)
{
	uint64_t mip = (h->csr.mip | h->csr.lines) & mask;

	/* Sstc: STIP is a comparison and nothing else. */
	if (h->csr.menvcfg & MENVCFG_STCE) {
		mip &= ~(uint64_t)MIP_STIP;
		if (mask & MIP_STIP && timer_is_due(h))
			mip |= MIP_STIP;
	}
	return mip;
}

static uint64_t read_mip(const struct hart *h)
{
	return csr_mip(h, UINT64_MAX);
}

static void write_mip(struct hart *h, uint64_t value)
{
	uint64_t mask = MIP_SSIP | MIP_STIP | MIP_SEIP | csr_lcofip(&h->config);

	if (h->csr.menvcfg & MENVCFG_STCE)
		mask &= ~(uint64_t)MIP_STIP;
	h->csr.mip = csr_masked(h->csr.mip, value, mask);
	hart_irq_changed(h);
}

static uint64_t read_sip(const struct hart *h)
{
	return csr_mip(h, h->csr.mideleg);
}

/* Of sip only SSIP and LCOFIP are writable. */
static void write_sip(struct hart *h, uint64_t value)
{
	h->csr.mip =
		csr_masked(h->csr.mip, value, h->csr.mideleg & (MIP_SSIP | csr_lcofip(&h->config)));
	hart_irq_changed(h);
}

static uint64_t read_stimecmp(const struct hart *h)
{
	return h->csr.stimecmp;
}

/* The machine has to hear of the new deadline. */
static void write_stimecmp(struct hart *h, uint64_t value)
{
	h->csr.stimecmp = value;
	hart_request_poll(h);
	hart_irq_changed(h);
}

static uint64_t read_menvcfg(const struct hart *h)
{
	return h->csr.menvcfg;
}

static void write_menvcfg(struct hart *h, uint64_t value)
{
	h->csr.menvcfg = legalize_menvcfg(&h->config, h->csr.menvcfg, value);
	mmu_update_view(h);
	hart_request_poll(h);
	hart_irq_changed(h);
}

static uint64_t read_satp(const struct hart *h)
{
	return h->csr.satp;
}

static void write_satp(struct hart *h, uint64_t value)
{
	uint64_t before = h->csr.satp;

	h->csr.satp = legalize_satp(&h->config, before, value);
	h->fetch_page = FETCH_NONE;
	mmu_update_view(h);
	if (event_wanted(h->env.events, EVENT_SATP)) {
		struct event event = { .kind = EVENT_SATP };

		event.satp.before = before;
		event.satp.after = h->csr.satp;
		hart_emit(h, &event);
	}
}

static uint64_t read_pmpcfg(const struct hart *h, unsigned first)
{
	uint64_t value = 0;

	for (unsigned k = 0; k < 8; k++)
		value |= (uint64_t)h->pmp.cfg[first + k] << 8 * k;
	return value;
}

static void write_pmpcfg(struct hart *h, unsigned first, uint64_t value)
{
	for (unsigned k = 0; k < 8; k++)
		pmp_cfg_write(&h->pmp, first + k, (uint8_t)(value >> 8 * k));
	mmu_pmp_changed(h);
}

static uint64_t read_pmpcfg0(const struct hart *h)
{
	return read_pmpcfg(h, 0);
}

static uint64_t read_pmpcfg2(const struct hart *h)
{
	return read_pmpcfg(h, 8);
}

static void write_pmpcfg0(struct hart *h, uint64_t value)
{
	write_pmpcfg(h, 0, value);
}

static void write_pmpcfg2(struct hart *h, uint64_t value)
{
	write_pmpcfg(h, 8, value);
}

#define PMPADDR(n)                                                                                 \
	static uint64_t read_pmpaddr##n(const struct hart *h)                                      \
	{                                                                                          \
		return h->pmp.addr[n];                                                             \
	}                                                                                          \
	static void write_pmpaddr##n(struct hart *h, uint64_t value)                               \
	{                                                                                          \
		pmp_addr_write(&h->pmp, n, value);                                                 \
		mmu_pmp_changed(h);                                                                \
	}                                                                                          \
	_Static_assert((n) < PMP_ENTRIES, "pmpaddr" #n)

// clang-format off
PMPADDR(0);  PMPADDR(1);  PMPADDR(2);  PMPADDR(3);  PMPADDR(4);  PMPADDR(5);  PMPADDR(6);  PMPADDR(7);
PMPADDR(8);  PMPADDR(9);  PMPADDR(10); PMPADDR(11); PMPADDR(12); PMPADDR(13); PMPADDR(14); PMPADDR(15);
// clang-format on

/* ---- The table ----------------------------------------------------------------------------- */

typedef uint64_t read_fn(const struct hart *h);
typedef void write_fn(struct hart *h, uint64_t value);
typedef uint64_t legalize_fn(const struct hart_config *config, uint64_t old, uint64_t value);

struct csr_info {
	uint16_t number;
	uint16_t offset; /* in struct csrs, if there is a legalize */
	const char *name;
	legalize_fn *legalize;
	read_fn *read; /* NULL: a constant */
	write_fn *write;
	uint64_t value;
};

static const struct csr_info csr_info[] = {
#define CSR_REG(number, name, field, legalize)                                                     \
	{ number, offsetof(struct csrs, field), #name, legalize_##legalize, NULL, NULL, 0 },
#define CSR_FN(number, name, read, write) { number, 0, #name, NULL, read, write, 0 },
#define CSR_CONST(number, name, value)	  { number, 0, #name, NULL, NULL, NULL, value },
#include "emu/csr.def"
};

#define CSR_ROWS (sizeof(csr_info) / sizeof(csr_info[0]))

/* Row of each number plus one; built at first use, always the same. */
static uint8_t row_of[4096];
static bool rows_built;

static const struct csr_info *find_csr(unsigned number)
{
	_Static_assert(CSR_ROWS < 256, "a row's number fits a byte");
	if (!rows_built) {
		for (unsigned k = 0; k < CSR_ROWS; k++)
			row_of[csr_info[k].number] = (uint8_t)(k + 1);
		rows_built = true;
	}
	number &= 4095;
	return row_of[number] ? &csr_info[row_of[number] - 1] : NULL;
}

const char *csr_name(unsigned number)
{
	const struct csr_info *info = find_csr(number);

	return info ? info->name : NULL;
}

static uint64_t *storage(const struct hart *h, const struct csr_info *info)
{
	return (uint64_t *)((char *)&h->csr + info->offset);
}

static uint64_t read_csr(const struct hart *h, const struct csr_info *info)
{
	if (info->legalize)
		return *storage(h, info);
	return info->read ? info->read(h) : info->value;
}

/* Registers of extensions that may be missing. */
static bool is_missing(uint64_t lacks, unsigned number)
{
	enum isa_extension extension;

	if (number <= 3)
		extension = EXT_F;
	else if (number == 0x14d)
		extension = EXT_SSTC;
	else if (number >= 0xc00 && number <= 0xc02)
		extension = EXT_ZICNTR;
	else if (number >= 0xc03 && number <= 0xc1f)
		extension = EXT_ZIHPM;
	else if (number == 0xda0)
		extension = EXT_SSCOFPMF;
	else
		return false;
	return lacks >> extension & 1;
}

unsigned csr_row(uint64_t lacks, unsigned number)
{
	number &= 4095;
	return find_csr(number) && !is_missing(lacks, number) ? row_of[number] : 0;
}

bool csr_peek(const struct hart *h, unsigned number, uint64_t *value)
{
	unsigned row = csr_row(h->config.lacks, number);

	if (!row)
		return false;
	*value = read_csr(h, &csr_info[row - 1]);
	return true;
}

bool csr_is_plain(unsigned number, unsigned *offset, enum csr_takes *takes)
{
	const struct csr_info *info = find_csr(number);

	if (!info || !info->legalize || number >= 0xc00) /* counters: others say who may read */
		return false;
	*offset = info->offset;
	*takes = info->legalize == legalize_any	  ? CSR_TAKES_ANY
		 : info->legalize == legalize_epc ? CSR_TAKES_EVEN
						  : CSR_TAKES_SOME;
	return true;
}

/* What refuses beyond privilege and read-only. */
static bool is_refused(const struct hart *h, unsigned number)
{
	if (number <= 3)
		return !(h->csr.mstatus & MSTATUS_FS);
	if (number == 0x180)
		return h->priv == PRIV_S && h->csr.mstatus & MSTATUS_TVM;
	if (number == 0x14d)
		return h->priv < PRIV_M &&
		       !(h->csr.menvcfg & MENVCFG_STCE && h->csr.mcounteren & 2);
	if (number >= 0xc00 && number <= 0xc1f) {
		uint64_t bit = 1ull << (number & 31);

		return (h->priv < PRIV_M && !(h->csr.mcounteren & bit)) ||
		       (h->priv < PRIV_S && !(h->csr.scounteren & bit));
	}
	return false;
}

static void write_csr(struct hart *h, const struct csr_info *info, uint64_t value)
{
	if (info->legalize) {
		uint64_t *at = storage(h, info);

		*at = info->legalize(&h->config, *at, value);
		if (info->legalize == legalize_hpmevent)
			csr_hpm_changed(h);
	} else if (info->write) {
		info->write(h, value);
	}
}

bool csr_execute(struct hart *h, unsigned row, unsigned insn, unsigned rd, unsigned rs1)
{
	const struct csr_info *info = &csr_info[row - 1];
	unsigned number = info->number;
	bool immediate = insn >= ROW_CSRRWI;
	unsigned op = insn - (immediate ? ROW_CSRRWI : ROW_CSRRW); /* write, set, clear */
	uint64_t operand = immediate ? rs1 : h->x[rs1];
	bool writes = op == 0 || rs1 != 0;
	uint64_t old = 0, base;

	if ((number >> 8 & 3) > h->priv || (writes && number >> 10 == 3) || is_refused(h, number))
		return false;
	if (op != 0 || rd != 0)
		old = read_csr(h, info);
	if (writes) {
		/* "the logical-OR of SEIP is what is read, but the bit written back by a set or
		 * clear is the software-writable one" */
		base = number == 0x344 || number == 0x144 ? h->csr.mip : old;
		if (number == 0x144)
			base &= h->csr.mideleg;
		if (op == 1)
			operand |= base;
		else if (op == 2)
			operand = base & ~operand;
		write_csr(h, info, operand);
	}
	if (rd)
		h->x[rd] = old;
	return true;
}

bool csr_access(struct hart *h, const struct insn *in)
{
	unsigned row = csr_row(h->config.lacks, (unsigned)in->imm);

	return row && csr_execute(h, row, in->row, in->rd, in->rs1);
}

void csr_reset(struct hart *h)
{
	h->csr = (struct csrs){ 0 };
	h->csr.stimecmp = UINT64_MAX;
	h->hpm_active = 0;
	if (h->config.ad == AD_HW)
		h->csr.menvcfg = MENVCFG_ADUE;
}
