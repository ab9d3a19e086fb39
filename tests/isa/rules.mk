# Bare-metal tests of instructions and privilege: one ELF for each .S, run by tests/isa/run.
ISA_ELFS  := $(patsubst %.S,$(B)/%.elf,$(wildcard tests/isa/*.S))
ISA_FLAGS := -march=rv64imafdc_zicsr_zifencei -mabi=lp64d -mcmodel=medany -fno-pie -no-pie -static -nostdlib \
	-nostartfiles -Wl,--build-id=none -Wl,--no-warn-rwx-segments -Wl,-z,max-page-size=4096 -I.

$(ISA_ELFS): $(B)/%.elf: %.S $(wildcard tests/isa/*.h) tests/isa/link.ld
	@mkdir -p $(@D)
	@$(CROSS)gcc $(ISA_FLAGS) -T tests/isa/link.ld -o $@ $<

test-programs: $(ISA_ELFS)
TESTS += tests/isa/run tests/isa/random

.PHONY: stress-isa
stress: stress-isa
stress-isa: all test-programs
	B=$(B) tests/isa/random 9 300

#: make isa-coverage   which tests cover which instruction and which rule of the MMU
TESTS += tests/isa/coverage
.PHONY: isa-coverage
isa-coverage: all test-programs
	B=$(B) tests/isa/coverage --report
