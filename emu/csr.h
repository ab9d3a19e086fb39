/*
 * Legal values of WARL registers, as pure functions: from the configuration, the value a register
 * has and the value written, the value it then has.  No hart involved, for tests and csr.def.
 */
#ifndef EMU_CSR_H
#define EMU_CSR_H

#include <stdint.h>

#include "emu/hart_internal.h"

#define SSTATUS_WRITABLE                                                                           \
	(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_FS | MSTATUS_SUM | MSTATUS_MXR)

#define HPMEVENT_OF   (1ull << 63)
#define HPMEVENT_MINH (1ull << 62)
#define HPMEVENT_SINH (1ull << 61)
#define HPMEVENT_UINH (1ull << 60)

static inline uint64_t csr_masked(uint64_t old, uint64_t value, uint64_t mask)
{
	return (old & ~mask) | (value & mask);
}

/* The counter overflow interrupt, if there is one. */
static inline uint64_t csr_lcofip(const struct hart_config *config)
{
	return hart_has(config, EXT_SSCOFPMF) ? MIP_LCOFIP : 0;
}

#define LEGALIZE(name)                                                                             \
	uint64_t legalize_##name(const struct hart_config *config, uint64_t old, uint64_t value)

LEGALIZE(any);
LEGALIZE(mstatus);
LEGALIZE(sstatus); /* of mstatus, by a write through sstatus */
LEGALIZE(medeleg);
LEGALIZE(mideleg);
LEGALIZE(mie);
LEGALIZE(tvec);
LEGALIZE(epc);
LEGALIZE(counteren);
LEGALIZE(countinhibit);
LEGALIZE(menvcfg);
LEGALIZE(senvcfg);
LEGALIZE(satp);
LEGALIZE(hpmcounter);
LEGALIZE(hpmevent);
LEGALIZE(frm);
LEGALIZE(fflags);

uint64_t csr_misa(const struct hart_config *config);

const char *csr_name(unsigned number); /* NULL if there is none */

#endif
