# The tests of mmu/.  They link libsv39.a and cmocka, and nothing else of ours.
MMU_TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/mmu/*_test.c))

$(MMU_TESTS): %: %.o $(LIBSV39)
	$(CC) $(LDFLAGS) $(MMU_TEST_LDFLAGS) -o $@ $^ $(HOST_LIBS_CMOCKA)

# The TLB's test lets allocations fail.
$(B)/tests/mmu/tlb_test: MMU_TEST_LDFLAGS = -Wl,--wrap=calloc

TESTS += $(MMU_TESTS) tests/mmu/libsv39_example

# Shown by edits, not by counting lines, that the tests above look at all of mmu/.
mutate: $(MMU_TESTS)
	B=$(B) CC=$(CC) tests/mutate
