# Tests of the CPU core. They link the core, devices/bus and mmu/, not the machine.
CORE_TEST_OBJS := $(B)/tests/emu/rig.o $(CORE_OBJS) $(B)/devices/bus.o $(B)/devices/device.o $(LIBSV39)
CFLAGS_tests   += -D_GNU_SOURCE

$(B)/tests/emu/core-run: $(B)/tests/emu/core-run.o $(CORE_TEST_OBJS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

CHAOS_FLAGS = -O2 -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -ffreestanding -nostdlib \
	-static -fno-pic -fno-tree-loop-distribute-patterns -Wl,--build-id=none -Wall -Wextra
$(B)/tests/emu/chaos.elf: tests/emu/guest/chaos_start.S tests/emu/guest/chaos.c tests/random.h tests/bench/bench.ld emu/insn.def
	@mkdir -p $(@D)
	$(CROSS)gcc $(CHAOS_FLAGS) -I. -T tests/bench/bench.ld -o $@ $(filter %.S %.c,$^)

$(B)/tests/emu/test_engines: $(B)/tests/emu/test_engines.o $(CORE_TEST_OBJS) | $(B)/tests/emu/chaos.elf
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

TESTS += $(B)/tests/emu/test_engines

$(B)/tests/emu/test_quickwalk: $(B)/tests/emu/test_quickwalk.o $(LIBSV39)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

TESTS += $(B)/tests/emu/test_quickwalk

$(B)/tests/emu/test_insn: $(B)/tests/emu/test_insn.o $(CORE_TEST_OBJS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

TESTS += $(B)/tests/emu/test_insn

$(B)/tests/emu/test_fp: $(B)/tests/emu/test_fp.o $(B)/emu/fp.o $(B)/emu/softfp.o $(B)/emu/event.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

TESTS += $(B)/tests/emu/test_fp

$(B)/tests/emu/test_csr: $(B)/tests/emu/test_csr.o $(CORE_TEST_OBJS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

TESTS += $(B)/tests/emu/test_csr

$(B)/tests/emu/ext.elf: tests/emu/guest/ext.c tests/bench/start.S tests/bench/mmu.c tests/bench/bench.h tests/bench/bench.ld
	@mkdir -p $(@D)
	$(CROSS)gcc $(BENCH_FLAGS) -O1 -march=rv64gc_zba_zbb_zbc_zbs_zfh -I. -Itests/bench -T tests/bench/bench.ld -o $@ $(filter %.S %.c,$^)

test-programs: $(B)/tests/emu/core-run $(B)/tests/emu/ext.elf
TESTS += tests/emu/extensions
