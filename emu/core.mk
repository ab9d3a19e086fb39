# The CPU core: decoder, engines, CSRs, traps, soft MMU, floating point.
CORE_OBJS := $(patsubst %,$(B)/emu/%.o,hart hart_state csr csr_legal trap softmmu contexts slow slow_fp fp softfp isa exec blocks fusion decode disasm event)
CFLAGS_EXEC = -fno-gcse -fno-crossjumping
$(B)/emu/exec.o: CFLAGS += $(CFLAGS_EXEC)
