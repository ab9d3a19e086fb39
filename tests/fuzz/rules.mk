# Random programs against QEMU and against the emulator's other ways of running them.
FUZZ_FLAGS := -O2 -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -ffreestanding -fno-pic -fno-pie \
	-no-pie -static -nostdlib -nostartfiles -Wl,--build-id=none -Wl,--no-warn-rwx-segments -Wall -Wextra

$(B)/tests/fuzz/harness.elf: tests/fuzz/entry.S tests/fuzz/harness.c tests/fuzz/harness.ld tests/fuzz/image.h
	@mkdir -p $(@D)
	$(CROSS)gcc $(FUZZ_FLAGS) -march=rv64imafdc_zicsr_zifencei -I. -T tests/fuzz/harness.ld -c -o $(@D)/entry.o tests/fuzz/entry.S
	$(CROSS)gcc $(FUZZ_FLAGS) -I. -c -o $(@D)/harness.o tests/fuzz/harness.c
	$(CROSS)ld -T tests/fuzz/harness.ld --no-warn-rwx-segments -o $@ $(@D)/entry.o $(@D)/harness.o

$(B)/tests/fuzz/harness.bin: $(B)/tests/fuzz/harness.elf
	$(CROSS)objcopy -O binary $< $@

$(B)/tests/fuzz/gen: $(patsubst %,$(B)/tests/fuzz/%.o,gen emit straight mmu tables)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

test-programs: $(B)/tests/fuzz/gen $(B)/tests/fuzz/harness.bin
TESTS += tests/fuzz/run

#: make fuzz-diff N=100000   random programs of each kind, also on QEMU; SEED=mmu:17 one, shrunk
.PHONY: fuzz-diff
fuzz-diff: all $(B)/tests/fuzz/gen $(B)/tests/fuzz/harness.bin
	B=$(B) tests/fuzz/run $(if $(SEED),--seed $(SEED),--count $(or $(N),10000) $(if $(FIRST),--first $(FIRST)) $(if $(KINDS),--kinds $(KINDS)))

.PHONY: stress-fuzz
stress: stress-fuzz fuzz-encodings
stress-fuzz: all $(B)/tests/fuzz/gen $(B)/tests/fuzz/harness.bin
	B=$(B) tests/fuzz/run --count 10000 --first 1000000

# All of them, a sample for `make test`, and one block whose encodings are told one by one.
ENCODINGS := $(B)/tests/fuzz/encodings-all.elf $(B)/tests/fuzz/encodings-some.elf
$(B)/tests/fuzz/encodings-some.elf: ENCODINGS_FLAGS := -DSTEP=61
$(ENCODINGS) $(B)/tests/fuzz/encodings-block.elf: tests/fuzz/encodings.S tests/fuzz/encodings.c tests/random.h tests/fuzz/harness.ld
	@mkdir -p $(@D)
	$(CROSS)gcc $(FUZZ_FLAGS) -march=rv64imafdc_zicsr_zifencei -mabi=lp64 $(ENCODINGS_FLAGS) -I. \
		-T tests/fuzz/harness.ld -o $@ tests/fuzz/encodings.S tests/fuzz/encodings.c

test-programs: $(ENCODINGS)
TESTS += tests/fuzz/encodings

#: make fuzz-encodings        every encoding once, also on QEMU; BLOCK=0x6a1: those of one block, told
.PHONY: fuzz-encodings $(if $(BLOCK),$(B)/tests/fuzz/encodings-block.elf)
fuzz-encodings: all $(if $(BLOCK),$(B)/tests/fuzz/encodings-block.elf,$(ENCODINGS))
	B=$(B) tests/fuzz/encodings $(if $(BLOCK),encodings-block,encodings-all)
$(B)/tests/fuzz/encodings-block.elf: ENCODINGS_FLAGS := -DONLY=$(BLOCK)
