# The CPU core: decoder, engines, CSRs, traps, soft MMU, floating point.
CORE_OBJS := $(patsubst %,$(B)/emu/%.o,hart hart_state csr csr_legal trap softmmu hart_walk contexts slow slow_fp fp softfp isa exec blocks fusion decode disasm event)
CFLAGS_EXEC = -fno-gcse -fno-crossjumping
# Sanitized, the engine takes gcc many minutes; without these it takes one.
CFLAGS_EXEC_SAN = -O1 -fno-var-tracking -fno-sanitize=null,object-size,pointer-overflow
$(B)/emu/exec.o: CFLAGS += $(CFLAGS_EXEC) $(if $(SAN),$(CFLAGS_EXEC_SAN))
