/*
 * `faultline run --export DIR`: what a run would start, left in a folder, with a script that boots it
 * on qemu-system-riscv64 or on anything else that takes QEMU's options.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/run_private.h"
#include "emu/session.h"

#define RAM_LEAST (4ull << 20) /* -kernel puts the guest's kernel 2 MiB above the firmware */

/* DIR/NAME, created or emptied. */
static int create(const char *dir, const char *name, mode_t mode, char path[PATH_MAX],
		  struct error *error)
{
	int fd;

	if (snprintf(path, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX) {
		refuse(error, "--export: the name is too long");
		return -1;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		refuse(error, "--export: %s: %s", path, strerror(errno));
	return fd;
}

/* All of `from`, holes staying holes.  0, or an errno. */
static int copy_bytes(int from, int to)
{
	static char buf[1 << 16];
	off_t size = lseek(from, 0, SEEK_END), at = 0;

	while (size >= 0 && (at = lseek(from, at, SEEK_DATA)) >= 0) {
		ssize_t n = pread(from, buf, sizeof(buf), at);

		if (n <= 0 || pwrite(to, buf, (size_t)n, at) != n)
			return errno ? errno : ENOSPC;
		at += n;
	}
	return size < 0 || errno != ENXIO || ftruncate(to, size) < 0 ? errno : 0;
}

static bool copy_file(int from, const char *dir, const char *name, struct error *error)
{
	char path[PATH_MAX];
	int to = create(dir, name, 0644, path, error), failure;

	if (to < 0)
		return false;
	errno = 0;
	failure = copy_bytes(from, to);
	if (close(to) < 0 && !failure)
		failure = errno;
	return !failure || refuse(error, "--export: %s: %s", path, strerror(failure));
}

static bool copy_path(const char *from, const char *dir, const char *name, struct error *error)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return refuse(error, "%s: %s", from, strerror(errno));
	ok = copy_file(fd, dir, name, error);
	close(fd);
	return ok;
}

static bool make_swap(const char *dir, uint64_t bytes, struct error *error)
{
	char path[PATH_MAX];
	int fd = create(dir, "swap.img", 0644, path, error);
	bool ok;

	if (fd < 0)
		return false;
	ok = ftruncate(fd, (off_t)bytes) == 0 ||
	     refuse(error, "--export: %s: %s", path, strerror(errno));
	close(fd);
	return ok;
}

/* A word of a shell script, whatever it holds. */
static void write_quoted(FILE *f, const char *word)
{
	fputc('\'', f);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", f);
		else
			fputc(*word, f);
	}
	fputc('\'', f);
}

/* Disks, randomness and console are where `run` has them, but the console is the UART. */
static void write_script(const struct run *r, FILE *f)
{
	uint64_t kib = r->common.machine.ram_bytes >> 10;
	bool whole = kib % 1024 == 0;

	fputs("#!/bin/sh\n"
	      "# Made by `faultline run --export`: boots the images beside this script on\n"
	      "# qemu-system-riscv64, or by the command that the arguments are, which must take QEMU's\n"
	      "# options (\"faultline boot\").  The program's descriptors are the serial port, its status\n"
	      "# is the command's, and what it writes to its files stays in root.img.\n"
	      "dir=$(dirname \"$0\")\n"
	      "[ $# -gt 0 ] || set -- qemu-system-riscv64\n",
	      f);
	fprintf(f, "exec \"$@\" -M virt -m %llu%c -nographic -no-reboot \\\n",
		(unsigned long long)(whole ? kib / 1024 : kib), whole ? 'M' : 'K');
	fputs("\t-global virtio-mmio.force-legacy=false -bios \"$dir/firmware\" \\\n"
	      "\t-kernel \"$dir/kernel.elf\" -append ",
	      f);
	write_quoted(f, r->append);
	fputs(" \\\n\t-drive file=\"$dir/root.img\",if=none,format=raw,id=root \\\n"
	      "\t-device virtio-blk-device,drive=root,bus=virtio-mmio-bus.0 \\\n",
	      f);
	if (r->swap_bytes)
		fputs("\t-drive file=\"$dir/swap.img\",if=none,format=raw,id=swap \\\n"
		      "\t-device virtio-blk-device,drive=swap,bus=virtio-mmio-bus.1 \\\n",
		      f);
	fputs("\t-device virtio-rng-device,bus=virtio-mmio-bus.3\n", f);
}

static bool make_script(const struct run *r, struct error *error)
{
	char path[PATH_MAX];
	int fd = create(r->export, "boot", 0755, path, error);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f)
		return fd < 0 ? false : refuse(error, "--export: %s: %s", path, strerror(errno));
	write_script(r, f);
	return fclose(f) == 0 || refuse(error, "--export: %s: %s", path, strerror(errno));
}

bool run_export(const struct run *r, int root_fd, struct error *error)
{
	const char *dir = r->export;

	if (r->common.machine.ram_bytes < RAM_LEAST)
		return refuse(error, "--export: -m must be at least 4M");
	if (r->get.count)
		return refuse(error, "--export: nothing is run, so --get finds nothing");
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return refuse(error, "--export: %s: %s", dir, strerror(errno));
	if (!copy_path(r->common.machine.bios, dir, "firmware", error) ||
	    !copy_path(r->kernel_path, dir, "kernel.elf", error) ||
	    !copy_file(root_fd, dir, "root.img", error) ||
	    (r->swap_bytes && !make_swap(dir, r->swap_bytes, error)) || !make_script(r, error))
		return false;
	say("%s/boot starts it on qemu-system-riscv64; `%s/boot COMMAND' on anything else that takes "
	    "its options",
	    dir, dir);
	return true;
}
