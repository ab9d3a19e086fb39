# The firmware: freestanding, for any RV64IAC hart: it neither multiplies nor divides, and has no
# floating point of its own.
FIRMWARE     := $(B)/firmware/firmware.elf
FIRMWARE_BIN := $(B)/firmware/firmware.bin
FIRMWARE_SRC := firmware/entry.S $(wildcard firmware/*.c)
FIRMWARE_OBJS := $(patsubst %,$(B)/%.rv.o,$(FIRMWARE_SRC))

FIRMWARE_CFLAGS = -std=gnu11 -Os -g $(WARN) -march=rv64iac_zicsr_zifencei -mabi=lp64 -mcmodel=medany \
	-ffreestanding -fno-pic -fno-stack-protector -fno-jump-tables -fno-common \
	-fno-tree-loop-distribute-patterns -fomit-frame-pointer -fstack-usage -mno-relax -I.

all: $(FIRMWARE) $(FIRMWARE_BIN)

$(B)/firmware/%.c.rv.o: firmware/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(FIRMWARE_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/firmware/%.S.rv.o: firmware/%.S
	@mkdir -p $(@D)
	$(CROSS)gcc $(FIRMWARE_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/firmware/firmware.ld: firmware/firmware.lds firmware/layout.h devices/memmap.h
	@mkdir -p $(@D)
	$(CROSS)gcc -E -P -x c -I. -o $@ $<

$(FIRMWARE): $(FIRMWARE_OBJS) $(B)/firmware/firmware.ld
	$(CROSS)gcc -nostdlib -nostartfiles -static -march=rv64iac_zicsr_zifencei -mabi=lp64 -Wl,--build-id=none \
		-Wl,--no-warn-rwx-segments -Wl,-z,max-page-size=4096 -Wl,-T,$(B)/firmware/firmware.ld -o $@ $(FIRMWARE_OBJS)

$(FIRMWARE_BIN): $(FIRMWARE)
	$(CROSS)objcopy -O binary $< $@
