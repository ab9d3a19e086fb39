# Experiments: grids of runs, and what is computed from a recorded reference string.
SWEEP_UNIT_TEST := $(B)/tests/sweep/test_curves

$(SWEEP_UNIT_TEST): %: %.o $(LIBEMU) $(LIBSV39)
	$(CC) $(LDFLAGS) -o $@ $^ $(EMU_LIBS) $(HOST_LIBS_CMOCKA)

TESTS += $(SWEEP_UNIT_TEST) tests/sweep/run tests/sweep/policies tests/sweep/claims

.PHONY: stress-sweep
stress: stress-sweep
stress-sweep: all
	B=$(B) tests/sweep/policies long

#: make figures    measure the demonstrations under each policy: man/figures.md and man/policies.png
.PHONY: figures
figures: all
	B=$(B) tests/sweep/figures man/policies.png >man/figures.md.new
	mv man/figures.md.new man/figures.md
