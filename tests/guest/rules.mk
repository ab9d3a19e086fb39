# Programs on the guest, by `faultline run`. Listed here once they have been seen to pass.

GUEST_TEST_PROGRAMS := $(patsubst tests/guest/%.c,$(B)/tests/guest/%,$(wildcard tests/guest/*.c))

all: $(GUEST_TEST_PROGRAMS)

$(B)/tests/guest/%: tests/guest/%.c
	@mkdir -p $(@D)
	$(USER_CC) -std=gnu11 -O2 $(USER_WARN) -static -Wl,-s $(USER_ENTRY) -I. -o $@ $<

$(B)/tests/guest/marker: USER_ENTRY = -Wl,-e,entry

TESTS += $(addprefix tests/guest/,abi buserrors faults files golden guards limits marks paging proc programs protection refusals shell strace terminal witness)

# Each demonstration on QEMU by itself, larger ones too, and with few frames.
.PHONY: stress-witness
stress: stress-witness
stress-witness: all
	B=$(B) tests/guest/witness all
	B=$(B) tests/guest/abi witness

TESTS += tests/guest/parameters
