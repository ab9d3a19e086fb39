# The guest kernel's files: compiled for the host against a model and e2fsck, and on the guest.
FS_TEST_KERNEL := $(patsubst guest/kernel/%.c,$(B)/tests/kernel/kernel_%.o, \
	$(wildcard guest/kernel/ext2_*.c guest/kernel/vfs_inode.c guest/kernel/vfs_path.c \
	guest/kernel/vfs_file.c guest/kernel/iter.c guest/kernel/vfs_fd.c guest/kernel/lock.c guest/kernel/sys_io.c guest/kernel/sys_copy.c guest/kernel/sys_open.c \
	guest/kernel/sys_path.c guest/kernel/sys_stat.c))

$(B)/tests/kernel/kernel_%.o: guest/kernel/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -ffreestanding -MMD -MP -I. -c -o $@ $<

$(B)/tests/kernel/fs_%.o: tests/kernel/fs_%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -ffreestanding -MMD -MP -I. -c -o $@ $<

$(B)/tests/kernel/fs_test: $(B)/tests/kernel/fs_test.o $(B)/tests/kernel/fs_model.o $(B)/tests/kernel/fs_shim.o $(FS_TEST_KERNEL)
	$(CC) $(LDFLAGS) -o $@ $^

$(B)/tests/kernel/load_check: $(B)/tests/kernel/load_check.o
	$(CC) $(LDFLAGS) -o $@ $^

$(B)/tests/kernel/terminal: $(B)/tests/kernel/terminal.o
	$(CC) $(LDFLAGS) -o $@ $^ -lutil

KERNEL_GUEST_TESTS := $(patsubst tests/kernel/%.c,$(B)/tests/kernel/%,$(wildcard tests/kernel/guest_*.c))
$(KERNEL_GUEST_TESTS): $(B)/tests/kernel/%: tests/kernel/%.c
	@mkdir -p $(@D)
	$(USER_CC) -std=gnu11 -O2 $(USER_WARN) -static -Wl,-s -I. -MMD -MP -MF $@.d -o $@ $<

all: $(KERNEL_GUEST_TESTS) $(B)/tests/kernel/load_check

TESTS += $(B)/tests/kernel/fs_test $(B)/tests/kernel/terminal tests/kernel/typed tests/kernel/files tests/kernel/power-cut tests/kernel/fuzz

.PHONY: stress-files
stress: stress-files
stress-files: all $(B)/tests/kernel/fs_test
	B=$(B) $(B)/tests/kernel/fs_test long
	B=$(B) tests/kernel/power-cut 100
	B=$(B) tests/kernel/fuzz 8

TESTS += tests/kernel/memory tests/kernel/policy tests/kernel/check tests/kernel/crowd tests/kernel/shortage tests/kernel/panic
.PHONY: stress-memory
stress: stress-memory
stress-memory: all
	B=$(B) tests/kernel/memory 10
	B=$(B) tests/kernel/crowd 200
	B=$(B) tests/kernel/shortage 3
