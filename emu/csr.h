/*
 * Legal values of WARL registers, as pure functions: from the configuration, the value a register
 * has and the value written, the value it then has.  No hart involved, for tests and csr.def.
 */
#ifndef EMU_CSR_H
#define EMU_CSR_H

#include <stdint.h>

#include "emu/hart.h"

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
