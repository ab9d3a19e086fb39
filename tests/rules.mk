# Tests. Each folder below adds its test programs to TESTS; they print TAP lines and are run from
# the top folder by tests/run-all, which counts.

HOST_LIBS_CMOCKA = -lcmocka

-include tests/*/rules.mk

.PHONY: test-all test-programs
test-programs: $(filter $(B)/%,$(TESTS))
test-all: all test-programs check-headers
	@B=$(B) tests/run-all $(TESTS)

# Every header compiles alone, as C for the host; the kernel's own with the cross compiler.
HEADERS := $(wildcard mmu/*.h devices/*.h emu/*.h guest/include/*.h)
check-headers: $(HEADERS:%=$(B)/headers/%.ok)
$(B)/headers/%.ok: %
	@mkdir -p $(@D)
	@printf '#include "%s"\n' $< | $(CC) $(CFLAGS) $(CFLAGS_emu) -I. -MMD -MF $(@:.ok=.d) -MT $@ -x c -fsyntax-only -
	@touch $@
