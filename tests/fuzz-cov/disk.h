/* What disk.c, which lives with the C library, and disk_kernel.c, which lives with the kernel, share. */
#ifndef TESTS_FUZZ_COV_DISK_H
#define TESTS_FUZZ_COV_DISK_H

#define DISK_BLOCKS 64u
#define DISK_PAGE   4096u

/* Mount this image (of DISK_BLOCKS) in the guest kernel's code and do what the bytes say, one to three
 * of them an operation.  The image is as the kernel leaves it. */
void kernel_uses(void *image, const unsigned char *operations, unsigned long count);

#endif
