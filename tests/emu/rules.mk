# Tests of the CPU core. They link the core, devices/bus and mmu/, not the machine.
CORE_TEST_OBJS := $(B)/tests/emu/rig.o $(CORE_OBJS) $(B)/devices/bus.o $(B)/devices/device.o $(LIBSV39)
CFLAGS_tests   += -D_GNU_SOURCE

$(B)/tests/emu/core-run: $(B)/tests/emu/core-run.o $(CORE_TEST_OBJS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm
