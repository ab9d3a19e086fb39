# A kernel that asks of the machine what xv6-riscv asks: the older one's timer and the current one's.
XV6_FLAGS := -std=gnu11 -O2 -g $(WARN) -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -ffreestanding \
	-fno-pic -fno-stack-protector -fno-tree-loop-distribute-patterns -nostdlib -static -Wl,--build-id=none \
	-Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments -I.
XV6_SOURCES := $(addprefix tests/xv6/,asm.S start.c main.c lock.c vm.c dev.c trap.c proc.c)
XV6_KERNELS := $(B)/tests/xv6/kernel-old $(B)/tests/xv6/kernel-new

$(B)/tests/xv6/user.bin: tests/xv6/ustart.S tests/xv6/user.c tests/xv6/user.ld tests/xv6/xv6.h
	@mkdir -p $(@D)
	$(CROSS)gcc $(XV6_FLAGS) -Wl,-T,tests/xv6/user.ld -o $(@:.bin=.elf) tests/xv6/ustart.S tests/xv6/user.c
	$(CROSS)objcopy -O binary $(@:.bin=.elf) $@

$(XV6_KERNELS): $(XV6_SOURCES) tests/xv6/kernel.ld tests/xv6/xv6.h $(B)/tests/xv6/user.bin
	$(CROSS)gcc $(XV6_FLAGS) $(if $(findstring old,$@),-DOLD) -DUSER_BIN='"$(B)/tests/xv6/user.bin"' \
		-Wl,-T,tests/xv6/kernel.ld -o $@ $(XV6_SOURCES)

test-programs: $(XV6_KERNELS)
TESTS += tests/xv6/run

.PHONY: stress-xv6
stress: stress-xv6
stress-xv6: all test-programs
	B=$(B) tests/xv6/run all
