# The firmware's test supervisor, and its run under QEMU and faultline.
PAYLOAD := $(B)/tests/firmware/payload.elf
PAYLOAD_CFLAGS = -std=gnu11 -O2 -g $(WARN) -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -ffreestanding \
	-fno-pic -fno-stack-protector -fno-tree-loop-distribute-patterns -I.

$(PAYLOAD): tests/firmware/entry.S tests/firmware/payload.c tests/firmware/payload.lds devices/memmap.h
	@mkdir -p $(@D)
	$(CROSS)gcc $(PAYLOAD_CFLAGS) -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
		-Wl,--no-warn-rwx-segments -Wl,-T,tests/firmware/payload.lds -o $@ tests/firmware/entry.S tests/firmware/payload.c

$(B)/tests/firmware/run: tests/firmware/run $(PAYLOAD) $(FIRMWARE)
	@cp $< $@

TESTS += $(B)/tests/firmware/run

# The emulation of misaligned accesses needs no RISC-V: it is tested on the host.
$(B)/tests/firmware/test_misaligned: $(B)/tests/firmware/test_misaligned.o $(B)/firmware/misaligned.o
	$(CC) $(LDFLAGS) -o $@ $^ $(HOST_LIBS_CMOCKA)

TESTS += $(B)/tests/firmware/test_misaligned
