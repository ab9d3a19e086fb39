# The CPU core: decoder, engines, CSRs, traps, soft MMU, floating point.
CORE_OBJS := $(patsubst %,$(B)/emu/%.o,hart hart_state csr trap softmmu slow decode disasm event)
