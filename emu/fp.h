#ifndef EMU_FP_H
#define EMU_FP_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t fp_flags_peek(bool running)
{
	(void)running;
	return 0;
}
static inline void fp_flags_take(void)
{
}
static inline void fp_set_rounding(unsigned frm)
{
	(void)frm;
}

#endif
