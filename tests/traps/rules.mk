# Traps without end, and what only looks like them: bare-metal programs.
TRAP_GUESTS := $(patsubst %.S,$(B)/%.elf,$(wildcard tests/traps/*.S))

$(TRAP_GUESTS): $(B)/%.elf: %.S tests/traps/traps.inc
	@mkdir -p $(@D)
	$(CROSS)gcc -march=rv64imafdc_zicsr_zifencei -mabi=lp64d -mcmodel=medany -nostdlib -static -no-pie \
		-Wl,--build-id=none,-n,--no-warn-rwx-segments -Wl,-Ttext=0x80000000 -o $@ $<

test-programs: $(TRAP_GUESTS)
TESTS += tests/traps/run
