/*
 * Command lines: the lines of the input are the words of one `boot`, `run` or `walk`, from the parser to a
 * machine that exists and runs a few instructions; or, with first byte 'd', a device tree for -dtb.  What
 * costs time and is fuzzed elsewhere is stood in for: root images, the session, files.
 */
#include <libfdt.h>
#include <unistd.h>

#include "emu/cmd.h"
#include "emu/fdt.h"
#include "emu/images.h"
#include "emu/paths.h"
#include "emu/rootfs.h"
#include "emu/session.h"
#include "tests/fuzz-cov/input.h"
#include "tests/fuzz-cov/sandbox.h"

#define WORDS 40

/* An ELF file of one segment: a loop, and a word that is read as the kernel's policies. */
static void make_kernel(const char *name, uint64_t pa)
{
	static const uint8_t header[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1, 0,    0, 0, 0,
					  0,	0,   0,	  0,   0, 2, 0, 0xf3, 0, 1, 0,
					  0,	0,   0,	  0,   0, 0, 0, 0,    0, 0, 64 };
	uint8_t elf[256] = { 0 };
	uint32_t loop = 0x0000006f, load = 1, flags = 7;
	uint64_t offset = 0, bytes = sizeof(elf);

	memcpy(elf, header, sizeof(header));
	pa += 192;
	memcpy(elf + 24, &pa, 8);
	pa -= 192;
	elf[52] = 64;
	elf[54] = 56;
	elf[56] = 1;
	memcpy(elf + 64, &load, 4);
	memcpy(elf + 68, &flags, 4);
	memcpy(elf + 72, &offset, 8);
	memcpy(elf + 80, &pa, 8);
	memcpy(elf + 88, &pa, 8);
	memcpy(elf + 96, &bytes, 8);
	memcpy(elf + 104, &bytes, 8);
	memcpy(elf + 192, &loop, 4);
	sandbox_file(name, elf, sizeof(elf));
}

static void make_files(void)
{
	static const uint8_t zeros[8192];
	struct machine_config config = { .ram_bytes = 128 << 20,
					 .nharts = 1,
					 .hart = { .max_mode = SV_39 } };
	struct machine_layout layout = { 0 };
	static uint8_t tree[65536] __attribute__((aligned(8)));
	static bool done;

	if (done)
		return;
	done = true;
	make_kernel("k", 0x80200000);
	make_kernel("firmware", 0x80000000);
	sandbox_file("i", zeros, sizeof(zeros));
	sandbox_file("dtb", tree, fdt_build(&config, &layout, tree, sizeof(tree)));
	sandbox_file("map", "ffffffff80000000 T start\nffffffff80000010 t f\n", 46);
}

/* ---- Stand-ins ---- */

bool __wrap_paths_find(const char *name, char *path, size_t size);
bool __wrap_session_run(struct machine *machine, const struct run_options *options,
			struct error *error);
struct rootfs *__wrap_rootfs_open(const char *path, struct error *error);
struct rootfs *__wrap_rootfs_create(uint64_t bytes, uint64_t inodes, struct error *error);
bool __wrap_rootfs_mkdir(struct rootfs *fs, const char *guest_path, unsigned mode,
			 struct error *error);
bool __wrap_rootfs_add(struct rootfs *fs, const char *host_path, const char *guest_path,
		       bool missing_only, struct error *error);
bool __wrap_rootfs_add_bytes(struct rootfs *fs, const char *guest_path, const void *data,
			     size_t bytes, unsigned mode, struct error *error);
bool __wrap_rootfs_exists(struct rootfs *fs, const char *guest_path);
int __wrap_rootfs_finish(struct rootfs *fs, struct error *error);
void __wrap_rootfs_abandon(struct rootfs *fs);
bool __wrap_rootfs_get(int fd, const char *guest_path, const char *host_path, struct error *error);
bool __wrap_rootfs_measure(const char *host_path, uint64_t *bytes, uint64_t *inodes,
			   struct error *error);

bool __wrap_paths_find(const char *name, char *path, size_t size)
{
	const char *found = strcmp(name, "guest/kernel.elf") == 0	 ? "k"
			    : strcmp(name, "firmware/firmware.elf") == 0 ? "firmware"
			    : strcmp(name, "guest/base") == 0		 ? "base"
			    : strcmp(name, "guest/demo/hello") == 0	 ? "k"
									 : NULL;

	return found && snprintf(path, size, "%s", found) < (int)size;
}

/* What the session's parts were told, looked at; and a few instructions. */
bool __wrap_session_run(struct machine *machine, const struct run_options *options,
			struct error *error)
{
	if (options->symbols && !images_kernel_symbols(options->images, options->symbols,
						       error->text, sizeof(error->text))) {
		MUST(error->text[0]);
		return false;
	}
	machine->stop_insns = 100;
	machine_run(machine, 100000);
	if (machine->end == END_NOT_YET)
		machine->end = END_MAX_INSNS;
	MUST(strlen(options->observe.title) < 4096);
	return true;
}

static struct rootfs *const a_rootfs = (struct rootfs *)&a_rootfs;

struct rootfs *__wrap_rootfs_open(const char *path, struct error *error)
{
	if (strcmp(path, "i") == 0)
		return a_rootfs;
	refuse(error, "%s: no such image", path);
	return NULL;
}

struct rootfs *__wrap_rootfs_create(uint64_t bytes, uint64_t inodes, struct error *error)
{
	(void)error;
	MUST(bytes && inodes);
	return a_rootfs;
}

bool __wrap_rootfs_mkdir(struct rootfs *fs, const char *guest_path, unsigned mode,
			 struct error *error)
{
	(void)fs, (void)mode, (void)error;
	MUST(*guest_path == '/' && strlen(guest_path) < 4096);
	return true;
}

bool __wrap_rootfs_add(struct rootfs *fs, const char *host_path, const char *guest_path,
		       bool missing_only, struct error *error)
{
	(void)fs, (void)missing_only;
	MUST(*guest_path == '/' && strlen(guest_path) < 4096 && strlen(host_path) < 4096);
	return strcmp(host_path, "x") != 0 || refuse(error, "x: not there");
}

bool __wrap_rootfs_add_bytes(struct rootfs *fs, const char *guest_path, const void *data,
			     size_t bytes, unsigned mode, struct error *error)
{
	uint8_t sum = 0;

	(void)fs, (void)mode, (void)error;
	for (size_t i = 0; i < bytes; i++)
		sum |= ((const uint8_t *)data)[i];
	MUST(*guest_path == '/' && sum);
	return true;
}

bool __wrap_rootfs_exists(struct rootfs *fs, const char *guest_path)
{
	(void)fs;
	return strlen(guest_path) % 2;
}

int __wrap_rootfs_finish(struct rootfs *fs, struct error *error)
{
	(void)fs, (void)error;
	return dup(sandbox_fd("i"));
}

void __wrap_rootfs_abandon(struct rootfs *fs)
{
	MUST(!fs || fs == a_rootfs);
}

bool __wrap_rootfs_get(int fd, const char *guest_path, const char *host_path, struct error *error)
{
	MUST(fd >= 0 && *guest_path == '/' && strlen(guest_path) < 4096 && *host_path);
	return strlen(guest_path) % 3 || refuse(error, "no such file in the guest");
}

bool __wrap_rootfs_measure(const char *host_path, uint64_t *bytes, uint64_t *inodes,
			   struct error *error)
{
	*bytes += 1000;
	*inodes += 1;
	return strcmp(host_path, "y") != 0 || refuse(error, "y: not there");
}

/* ---- One command ---- */

static void try_tree(const uint8_t *data, size_t size)
{
	static uint8_t buf[65536] __attribute__((aligned(8)));
	struct machine_config config = { .append = "a=b" };
	struct machine_layout layout = { .initrd_bytes = 4096, .initrd_pa = 0x81000000 };
	uint8_t *exact = malloc(size ? size : 1);
	size_t bytes;

	memcpy(exact, data, size);
	bytes = fdt_adopt(&config, &layout, exact, size, buf, sizeof(buf));
	MUST(bytes <= sizeof(buf));
	if (bytes) {
		int chosen = fdt_path_offset(buf, "/chosen");

		MUST(fdt_check_full(buf, bytes) == 0 && chosen > 0);
		MUST(strcmp(fdt_getprop(buf, chosen, "bootargs", NULL), "a=b") == 0);
	}
	free(exact);
}

/* A whole machine with the tree in it. */
static void boot_tree(const uint8_t *data, size_t size)
{
	char *argv[] = {
		(char *)"boot",	   (char *)"-m", (char *)"4M",	  (char *)"-dtb", (char *)"tree",
		(char *)"-kernel", (char *)"k",	 (char *)"-bios", (char *)"none", NULL
	};

	if (size == 0)
		return;
	sandbox_file("tree", data, size);
	cmd_boot(9, argv);
}

static void try_words(char command, const uint8_t *data, size_t size)
{
	static char text[4096];
	char *argv[WORDS + 2];
	int argc = 1, status;

	if (size >= sizeof(text))
		size = sizeof(text) - 1;
	memcpy(text, data, size);
	text[size] = 0;
	argv[0] = (char *)"command";
	for (char *word = text; argc < WORDS;) {
		char *end = strchr(word, '\n');

		argv[argc++] = word;
		if (!end)
			break;
		*end = 0;
		word = end + 1;
	}
	argv[argc] = NULL;
	status = command == 'b'	  ? cmd_boot(argc, argv)
		 : command == 'r' ? cmd_run(argc, argv)
				  : cmd_walk(argc, argv);
	MUST(status >= 0 && status <= 255);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	sandbox_enter();
	make_files();
	if (*data == 'd') {
		try_tree(data + 1, size - 1);
		boot_tree(data + 1, size - 1);
	} else {
		try_words((char)*data, data + 1, size - 1);
	}
	sandbox_leave();
	return 0;
}
