/*
 * One file given to whatever reads ELF files, System.maps and kernel images: the checks of `run` and its
 * search for libraries, symbols, the loader of `boot` with the layout around it, and `walk`.
 */
#include <elf.h>

#include "emu/cmd.h"
#include "emu/loader.h"
#include "emu/machine.h"
#include "emu/options.h"
#include "emu/program.h"
#include "emu/sysroot.h"
#include "tests/fuzz-cov/input.h"
#include "tests/fuzz-cov/sandbox.h"

#define RAM_BYTES (256u << 10)

static bool has_none(void *ctx, const char *guest_path)
{
	(void)ctx, (void)guest_path;
	return false;
}

/* As `run` looks at it. */
static void try_program(const char *path, const uint8_t *data, size_t size)
{
	struct error error = { "" };
	struct program program;
	struct sysroot sysroot;

	if (!program_find(&program, path, NULL, &error)) {
		MUST(error.text[0]);
		return;
	}
	MUST(data[0] == '#' || program_check_elf(path, data, size, &error));
	sysroot_init(&sysroot);
	sysroot.folder = "/nowhere";
	sysroot.have = has_none;
	if (program.elf_path[0] && !sysroot_collect(&sysroot, path, "/home/a.out", &error))
		MUST(error.text[0]);
	sysroot_free(&sysroot);
}

static void try_symbols(const char *path)
{
	static const uint64_t places[] = {
		0, 1, 0x10000, 0x80000000, 0xffffffff80000000, UINT64_MAX
	};
	struct load_error error = { "" };
	struct symbols *symbols = symbols_map(path, &error);
	uint64_t offset, va;

	if (!symbols) {
		MUST(error.text[0]);
		return;
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *name = symbols_find(symbols, places[i], &offset);

		if (!name)
			continue;
		MUST(*name && strlen(name) && symbols_lookup(symbols, name, &va));
	}
	symbols_lookup(symbols, "tohost", &va);
	symbols_free(symbols);
}

#include "tests/fuzz-cov/one_tree.h"

/* As `boot` and `run` put it into memory; a few instructions of whatever it is. */
static void try_boot(const char *path, unsigned how)
{
	struct machine_config config = { .ram_bytes = RAM_BYTES,
					 .nharts = 1,
					 .hart = { .itlb = { .sets = 4, .ways = 1 },
						   .dtlb = { .sets = 4, .ways = 1 },
						   .max_mode = SV_39,
						   .code_cache_bytes = 64 << 10,
						   .slow = how & 8 },
					 .console_slot = -1,
					 .rng_slot = -1,
					 .uart = CONSOLE_NONE,
					 .max_insns = 300,
					 .pack = how & 1,
					 .append = "quiet" };
	char error[512] = "";
	struct machine *machine;

	if (how & 2)
		config.bios = path;
	if (how & 4 || !(how & 2))
		config.kernel = path;
	if (how & 16)
		config.initrd = path;
	machine = machine_create(&config, error, sizeof(error));
	if (!machine) {
		MUST(error[0] && !strchr(error, '\n'));
		return;
	}
	machine_run(machine, UINT64_MAX);
	MUST(machine->end != END_NOT_YET);
	machine_destroy(machine);
}

/* Read without the library: is each segment in memory as in the file, and its tail is zeroed?  The last
 * one wins where two overlap.  The file's own headers and notes may lie
 * below memory. */
static void check_loaded(const struct image *image, const struct ram *ram)
{
	static uint8_t seen[RAM_BYTES];
	const uint8_t *file = image->blob.data;
	Elf64_Ehdr eh;
	Elf64_Phdr ph;

	memset(seen, 0, sizeof(seen));
	memcpy(&eh, file, sizeof(eh));
	for (unsigned i = eh.e_phnum; eh.e_phnum < 16 && i-- > 0;) {
		memcpy(&ph, file + eh.e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type != PT_LOAD || !ph.p_memsz)
			continue;
		uint64_t below = ph.p_paddr < ram->base ? ram->base - ph.p_paddr : 0;

		if (below >= ph.p_memsz)
			continue;
		MUST(below <= ph.p_filesz);
		MUST(ram_holds(ram, ph.p_paddr + below, ph.p_memsz - below));
		for (uint64_t at = below; at < ph.p_memsz; at++) {
			uint64_t place = ph.p_paddr - ram->base + at;

			MUST(seen[place] ||
			     ram->host[place] == (at < ph.p_filesz ? file[ph.p_offset + at] : 0));
			seen[place] = 1;
		}
	}
}

/* The loader alone, where it is placed as linked. */
static void try_image(const char *path)
{
	static uint8_t memory[RAM_BYTES];
	struct ram ram = { .host = memory, .base = MEMMAP_RAM, .bytes = RAM_BYTES };
	struct load_error error = { "" };
	struct image image;

	if (!image_open(&image, path, &error)) {
		MUST(error.text[0]);
		return;
	}
	MUST(image.low_pa <= image.high_pa);
	image_load(&image, &ram, MEMMAP_RAM, &error);
	memset(memory, 0xa5, sizeof(memory));
	if (image_load(&image, &ram, image.low_pa, &error) && image.kind == IMAGE_ELF)
		check_loaded(&image, &ram);
	image_close(&image);
}

static void try_walk(const char *path)
{
	char *argv[] = { (char *)"walk", (char *)"--root",     (char *)"0x80000000",
			 (char *)path,	 (char *)"0x80001234", NULL };
	int status = cmd_walk(5, argv);

	MUST(status == 0 || status == 1 || status == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path;

	if (size == 0)
		return 0;
	sandbox_enter();
	path = sandbox_file("a.out", data, size);
	try_program(path, data, size);
	try_symbols(path);
	try_image(path);
	/* A whole machine costs ten times as much as all the rest: for some of the inputs. */
	if (data[size - 1] >= 192)
		try_boot(path, data[size - 1]);
	try_walk(path);
	sandbox_leave();
	return 0;
}
