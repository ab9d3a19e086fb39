#include "emu/csr.h"

LEGALIZE(any)
{
	(void)config;
	(void)old;
	return value;
}

#define MSTATUS_WRITABLE                                                                           \
	(SSTATUS_WRITABLE | MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_MPRV |              \
	 MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR)

/* Without floating point FS is read-only zero. */
static uint64_t without_fs(const struct hart_config *config)
{
	return hart_has(config, EXT_F) ? 0 : MSTATUS_FS;
}

LEGALIZE(mstatus)
{
	uint64_t mask = MSTATUS_WRITABLE & ~without_fs(config);

	if ((value & MSTATUS_MPP) >> 11 == 2) /* no such privilege: keeps what it was */
		mask &= ~MSTATUS_MPP;
	return csr_masked(old, value, mask);
}

LEGALIZE(sstatus)
{
	return csr_masked(old, value, SSTATUS_WRITABLE & ~without_fs(config));
}

/* Bits 0..9, 12, 13, 15: everything a less privileged mode can cause; ecall from M cannot be. */
LEGALIZE(medeleg)
{
	(void)config;
	return csr_masked(old, value, 0xb3ff);
}

LEGALIZE(mideleg)
{
	return csr_masked(old, value, MIP_SSIP | MIP_STIP | MIP_SEIP | csr_lcofip(config));
}

LEGALIZE(mie)
{
	return csr_masked(old, value,
			  MIP_SSIP | MIP_STIP | MIP_SEIP | MIP_MSIP | MIP_MTIP | MIP_MEIP |
				  csr_lcofip(config));
}

/* MODE is Direct or Vectored: a write with another one changes nothing. */
LEGALIZE(tvec)
{
	(void)config;
	return value & 2 ? old : value;
}

LEGALIZE(epc)
{
	(void)config;
	(void)old;
	return value & ~1ull; /* IALIGN = 16 */
}

LEGALIZE(counteren)
{
	(void)config;
	return csr_masked(old, value, 0xffffffff);
}

/* CY, IR, and the hpm counters if there are any. */
LEGALIZE(countinhibit)
{
	return csr_masked(old, value, hart_has(config, EXT_ZIHPM) ? 0xfffffffd : 5);
}

LEGALIZE(hpmcounter)
{
	(void)old;
	return hart_has(config, EXT_ZIHPM) ? value : 0;
}

static bool is_event(uint64_t event)
{
	return event <= HPM_PTE_READ || event == HPM_DTLB_LOAD_MISS ||
	       event == HPM_DTLB_STORE_MISS || event == HPM_ITLB_MISS;
}

/* An event that nobody can count is none; the other bits are Sscofpmf's. */
LEGALIZE(hpmevent)
{
	uint64_t flags = HPMEVENT_OF | HPMEVENT_MINH | HPMEVENT_SINH | HPMEVENT_UINH;
	uint64_t event = value & ((1ull << 56) - 1);

	(void)old;
	if (!hart_has(config, EXT_ZIHPM))
		return 0;
	if (!hart_has(config, EXT_SSCOFPMF))
		flags = 0;
	return (value & flags) | (is_event(event) ? event : 0);
}

/* What menvcfg and senvcfg have in common. */
static uint64_t legalize_envcfg(const struct hart_config *config, uint64_t old, uint64_t value,
				uint64_t mask)
{
	mask |= MENVCFG_FIOM;
	if (hart_has(config, EXT_ZICBOZ))
		mask |= MENVCFG_CBZE;
	if (hart_has(config, EXT_ZICBOM)) {
		mask |= MENVCFG_CBCFE;
		if ((value & MENVCFG_CBIE) >> 4 != 2) /* reserved: keeps what it was */
			mask |= MENVCFG_CBIE;
	}
	return csr_masked(old, value, mask);
}

LEGALIZE(menvcfg)
{
	uint64_t mask = 0;

	if (hart_has(config, EXT_SSTC))
		mask |= MENVCFG_STCE;
	if (hart_has(config, EXT_SVPBMT))
		mask |= MENVCFG_PBMTE;
	if (config->ad != AD_SVADE)
		mask |= MENVCFG_ADUE;
	return legalize_envcfg(config, old, value, mask);
}

LEGALIZE(senvcfg)
{
	return legalize_envcfg(config, old, value, 0);
}

/* "if satp is written with an unsupported MODE, the entire write has no effect" */
LEGALIZE(satp)
{
	unsigned mode = value >> 60;

	if (mode != SV_BARE && (mode < SV_39 || mode > (unsigned)config->max_mode))
		return old;
	return value;
}

LEGALIZE(frm)
{
	(void)config;
	(void)old;
	return value & 7;
}

LEGALIZE(fflags)
{
	(void)config;
	(void)old;
	return value & 31;
}

/* MXL = 64 bits, and a bit for each letter; B stands for all of Zba, Zbb and Zbs. */
uint64_t csr_misa(const struct hart_config *config)
{
	static const struct {
		char letter;
		enum isa_extension extension;
	} letters[] = { { 'a', EXT_A }, { 'c', EXT_C }, { 'd', EXT_D },
			{ 'f', EXT_F }, { 'i', EXT_I }, { 'm', EXT_M } };
	uint64_t misa = 2ull << 62 | 1 << ('s' - 'a') | 1 << ('u' - 'a');

	for (unsigned k = 0; k < sizeof(letters) / sizeof(letters[0]); k++)
		if (hart_has(config, letters[k].extension))
			misa |= 1ull << (letters[k].letter - 'a');
	if (hart_has(config, EXT_ZBA) && hart_has(config, EXT_ZBB) && hart_has(config, EXT_ZBS))
		misa |= 1 << ('b' - 'a');
	return misa;
}
