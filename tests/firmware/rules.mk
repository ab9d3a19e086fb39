# The firmware's test supervisor, and its run under QEMU and faultline.
PAYLOAD := $(B)/tests/firmware/payload.elf
PAYLOAD_CFLAGS = -std=gnu11 -O2 -g $(WARN) -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -ffreestanding \
	-fno-pic -fno-stack-protector -fno-tree-loop-distribute-patterns -I.

PAYLOAD_SRCS = tests/firmware/entry.S tests/firmware/payload.c tests/firmware/payload_harts.c

$(PAYLOAD): $(PAYLOAD_SRCS) tests/firmware/payload.h tests/firmware/payload.lds devices/memmap.h
	@mkdir -p $(@D)
	$(CROSS)gcc $(PAYLOAD_CFLAGS) -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
		-Wl,--no-warn-rwx-segments -Wl,-T,tests/firmware/payload.lds -o $@ $(PAYLOAD_SRCS)

$(B)/tests/firmware/early.elf: tests/firmware/early.S tests/firmware/payload.lds
	@mkdir -p $(@D)
	$(CROSS)gcc $(PAYLOAD_CFLAGS) -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
		-Wl,--no-warn-rwx-segments -Wl,-T,tests/firmware/payload.lds -o $@ $<

# The firmware with zeros, which are no instruction, where a hart's set-up begins.
$(B)/tests/firmware/trapping.bin: $(FIRMWARE) $(FIRMWARE_BIN)
	cp $(FIRMWARE_BIN) $@
	at=$$($(CROSS)nm $(FIRMWARE) | sed -n 's/^0*\([0-9a-f]*\) T hart_main$$/\1/p'); \
	head -c 4 /dev/zero | dd of=$@ bs=1 seek=$$((0x$$at - 0x80000000)) conv=notrunc status=none

$(B)/tests/firmware/run: tests/firmware/run $(PAYLOAD) $(FIRMWARE) $(B)/tests/firmware/trapping.bin \
		$(B)/tests/firmware/early.elf
	@cp $< $@

TESTS += $(B)/tests/firmware/run

# The emulation of misaligned accesses needs no RISC-V: it is tested on the host.
$(B)/tests/firmware/test_misaligned: $(B)/tests/firmware/test_misaligned.o $(B)/firmware/misaligned.o
	$(CC) $(LDFLAGS) -o $@ $^ $(HOST_LIBS_CMOCKA)

TESTS += $(B)/tests/firmware/test_misaligned
