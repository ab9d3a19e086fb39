# Experiments: grids of runs, and what is computed from a recorded reference string.
SWEEP_UNIT_TEST := $(B)/tests/sweep/test_curves

$(SWEEP_UNIT_TEST): %: %.o $(addprefix $(B)/emu/,curves.o steps.o refs.o)
	$(CC) $(LDFLAGS) -o $@ $^ $(B)/emu/libemu.a $(LIBSV39) $(EMU_LIBS) $(HOST_LIBS_CMOCKA)

TESTS += $(SWEEP_UNIT_TEST) tests/sweep/run tests/sweep/policies

.PHONY: stress-sweep
stress: stress-sweep
stress-sweep: all
	B=$(B) tests/sweep/policies long
