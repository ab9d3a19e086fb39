# Benchmark programs: each an ELF for QEMU's virt board, in S-mode under Sv39 with 4 KiB leaves.
BENCH_NAMES  := loop mix sieve sha256 quicksort bytecode matrix fpmix copy chase64 chase1024 \
	chase1024f chase16384 ecall fault satp patch
BENCH_FLAGS  := -O2 -march=rv64gc -mabi=lp64d -mcmodel=medany -ffreestanding -fno-math-errno -nostdlib -static \
	-fno-pic -fno-tree-loop-distribute-patterns -Wl,--build-id=none -Wall
BENCH_COMMON := tests/bench/start.S tests/bench/mmu.c
BENCH_ELFS   := $(BENCH_NAMES:%=$(B)/bench/%.elf)

$(B)/bench/%.elf: tests/bench/%.c $(BENCH_COMMON) tests/bench/trap.S tests/bench/bench.h tests/bench/bench.ld
	@mkdir -p $(@D)
	$(CROSS)gcc $(BENCH_FLAGS) -T tests/bench/bench.ld -o $@ $(BENCH_COMMON) $< \
		$(if $(findstring bench_trap,$(file <$<)),tests/bench/trap.S)

$(B)/bench/chase%.elf: tests/bench/chase.c $(BENCH_COMMON) tests/bench/bench.h tests/bench/bench.ld
	@mkdir -p $(@D)
	$(CROSS)gcc $(BENCH_FLAGS) -DPAGES=$(subst f,,$*) $(if $(findstring f,$*),-DFENCES=1) \
		-T tests/bench/bench.ld -o $@ $(BENCH_COMMON) $<

# What one event costs: each with its events, and the same without them.
BENCH_EVENTS := miss ecall fault satp interrupt mmio disk
BENCH_EVENT_ELFS := $(foreach e,$(BENCH_EVENTS),$(B)/bench/event-$e.elf $(B)/bench/event-$e-plain.elf)

$(B)/bench/event-%.elf $(B)/bench/event-%-plain.elf: tests/bench/event/%.c tests/bench/event/event.h $(BENCH_COMMON) \
		tests/bench/bench.h tests/bench/bench.ld
	@mkdir -p $(@D)
	$(CROSS)gcc $(BENCH_FLAGS) -I. -T tests/bench/bench.ld -o $(B)/bench/event-$*.elf $(BENCH_COMMON) $<
	$(CROSS)gcc $(BENCH_FLAGS) -I. -DPLAIN -T tests/bench/bench.ld -o $(B)/bench/event-$*-plain.elf $(BENCH_COMMON) $<

$(B)/bench/measure: tests/bench/measure.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $<

BENCH_FILES := $(B)/faultline $(BENCH_ELFS) $(B)/bench/null.elf $(BENCH_EVENT_ELFS) $(B)/bench/measure

.PHONY: bench-programs
bench-programs: $(BENCH_FILES)

bench: all bench-programs
	@B=$(B) tests/bench/run $(BENCH_ARGS)

test-programs: $(BENCH_EVENT_ELFS) $(B)/bench/null.elf $(B)/bench/measure
TESTS += tests/bench/check
