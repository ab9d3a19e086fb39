# The guest kernel: every .c of this folder, freestanding, without floating point.
KERNEL_SRC := $(wildcard guest/kernel/*.c)
KERNEL_OBJ := $(KERNEL_SRC:%.c=$(B)/%.o) $(B)/guest/kernel/entry.o
# What every fault, call and switch runs through is made fast; the rest small: it shares 2 MiB with programs.
KERNEL_HOT := fault frame introspect kmalloc pagecache pagetable reclaim replace_clock replace_fifo rmap \
	sched string swap syscall trap uaccess virtio virtio_blk iter pipe
KERNEL_CFLAGS := -std=gnu11 -g -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany \
	-fno-pic -fno-pie -ffreestanding -nostdlib -fno-strict-aliasing -fwrapv -fno-common -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -ffunction-sections \
	-fdata-sections $(WARN) -Wframe-larger-than=768

$(KERNEL_SRC:%.c=$(B)/%.o): $(B)/guest/kernel/%.o: guest/kernel/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(KERNEL_CFLAGS) $(if $(filter $(KERNEL_HOT),$*),-O2,-Os) -MMD -MP -c -o $@ $<

$(B)/guest/kernel/entry.o: guest/kernel/entry.S
	@mkdir -p $(@D)
	$(CROSS)gcc -march=rv64imafdc_zicsr_zifencei -mabi=lp64 -mcmodel=medany -fno-pic -MMD -MP -c -o $@ $<

$(B)/guest/kernel.elf: $(KERNEL_OBJ) guest/kernel/kernel.lds
	$(CROSS)gcc -nostdlib -static -no-pie -mabi=lp64 -march=rv64imac -Wl,--build-id=none \
		-Wl,--gc-sections -Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments \
		-T guest/kernel/kernel.lds -o $@ $(KERNEL_OBJ)

all: $(B)/guest/kernel.elf
