# Floating point against MPFR.
$(B)/tests/fp/mpfr: $(B)/tests/fp/mpfr.o $(B)/tests/fp/oracle.o $(CORE_TEST_OBJS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lmpfr -lm

TESTS += $(B)/tests/fp/mpfr

.PHONY: stress-fp
stress: stress-fp
stress-fp: $(B)/tests/fp/mpfr
	$< long
