# The guest kernel's file systems, compiled for the host, against a model and e2fsck.
FS_TEST_KERNEL := $(patsubst guest/kernel/%.c,$(B)/tests/kernel/kernel_%.o, \
	$(wildcard guest/kernel/ext2_*.c guest/kernel/vfs_inode.c guest/kernel/vfs_path.c \
	guest/kernel/vfs_file.c guest/kernel/vfs_fd.c guest/kernel/sys_io.c guest/kernel/sys_open.c \
	guest/kernel/sys_path.c guest/kernel/sys_stat.c))

$(B)/tests/kernel/kernel_%.o: guest/kernel/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -ffreestanding -MMD -MP -I. -c -o $@ $<

$(B)/tests/kernel/fs_%.o: tests/kernel/fs_%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -ffreestanding -MMD -MP -I. -c -o $@ $<

$(B)/tests/kernel/fs_test: $(B)/tests/kernel/fs_test.o $(B)/tests/kernel/fs_shim.o $(FS_TEST_KERNEL)
	$(CC) $(LDFLAGS) -o $@ $^

TESTS += $(B)/tests/kernel/fs_test
