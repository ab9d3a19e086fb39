#include "emu/loader.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/machine.h"

/* Linux's boot image header (Documentation/riscv/boot-image-header.rst). */
#define LINUX_TEXT_OFFSET 0x08
#define LINUX_IMAGE_SIZE  0x10
#define LINUX_MAGIC	  0x30
#define LINUX_MAGIC2	  0x38
#define LINUX_HEADER	  0x40

static bool refuse(struct load_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool refuse(struct load_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return false;
}

bool blob_open(struct blob *blob, const char *path, struct load_error *error)
{
	struct stat st;
	void *map;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* no wait for a pipe's writer */

	*blob = (struct blob){ 0 };
	if (fd < 0)
		return refuse(error, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return refuse(error, "%s: not a regular file", path);
	}
	if (st.st_size == 0) {
		close(fd);
		return refuse(error, "%s: the file is empty", path);
	}
	/* Writable, but private: take_map ends names in it. */
	map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return refuse(error, "%s: %s", path, strerror(errno));
	blob->data = map;
	blob->bytes = (size_t)st.st_size;
	blob->mapped = true;
	return true;
}

void blob_close(struct blob *blob)
{
	if (blob->mapped)
		munmap((void *)blob->data, blob->bytes);
	*blob = (struct blob){ 0 };
}

bool blob_load(const struct blob *blob, const struct ram *ram, uint64_t pa, const char *what,
	       struct load_error *error)
{
	if (!ram_holds(ram, pa, blob->bytes))
		return refuse(error, "%s: %zu bytes at 0x%llx do not fit into memory (-m)", what,
			      blob->bytes, (unsigned long long)pa);
	memcpy(ram_at(ram, pa), blob->data, blob->bytes);
	return true;
}

static uint64_t get_u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static bool is_elf(const struct blob *blob)
{
	return blob->bytes >= SELFMAG && memcmp(blob->data, ELFMAG, SELFMAG) == 0;
}

static bool is_linux(const struct blob *blob)
{
	return blob->bytes >= LINUX_HEADER && memcmp(blob->data, "MZ", 2) == 0 &&
	       memcmp(blob->data + LINUX_MAGIC, "RISCV", 5) == 0 &&
	       memcmp(blob->data + LINUX_MAGIC2, "RSC\5", 4) == 0;
}

/* Are these bytes of the file its headers and notes alone? */
static bool headers_and_notes(Elf *elf, uint64_t offset, uint64_t bytes)
{
	bool known = offset == 0;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;

	while ((scn = elf_nextscn(elf, scn)) != NULL) {
		if (!gelf_getshdr(scn, &sh) || !(sh.sh_flags & SHF_ALLOC) || !sh.sh_size ||
		    sh.sh_type == SHT_NOBITS || sh.sh_offset - offset >= bytes)
			continue;
		if (sh.sh_type != SHT_NOTE)
			return false;
		known = true;
	}
	return known;
}

/* A linker that is told by -Ttext=0x80000000 where the text begins puts the file's own headers, and
 * notes, in front of it, where no memory is.  Nobody misses them. */
static void leave_headers_below_ram(Elf *elf, GElf_Phdr *ph)
{
	uint64_t below = MEMMAP_RAM - ph->p_paddr;

	if (ph->p_paddr >= MEMMAP_RAM)
		return;
	if (below >= ph->p_memsz)
		below = ph->p_memsz;
	if (below > ph->p_filesz || !headers_and_notes(elf, ph->p_offset, below))
		return;
	ph->p_offset += below;
	ph->p_vaddr += below;
	ph->p_paddr += below;
	ph->p_filesz -= below;
	ph->p_memsz -= below;
}

/* One loadable segment, whose file part is known to lie within the file. */
static bool segment_at(Elf *elf, size_t i, size_t file_bytes, GElf_Phdr *ph, const char **wrong)
{
	*wrong = NULL;
	if (!gelf_getphdr(elf, (int)i, ph)) {
		*wrong = "its program headers cannot be read";
		return false;
	}
	if (ph->p_type != PT_LOAD || ph->p_memsz == 0)
		return false;
	if (ph->p_filesz > ph->p_memsz)
		*wrong = "a segment has more bytes in the file than in memory";
	else if (ph->p_offset > file_bytes || ph->p_filesz > file_bytes - ph->p_offset)
		*wrong = "it is truncated: a segment lies past the end of the file";
	else if (ph->p_paddr + ph->p_memsz < ph->p_paddr)
		*wrong = "a segment wraps around the end of the address space";
	if (*wrong)
		return false;
	leave_headers_below_ram(elf, ph);
	return ph->p_memsz != 0;
}

static bool scan_segments(struct image *image, Elf *elf, struct load_error *error)
{
	GElf_Ehdr eh;
	const char *wrong;
	size_t n;
	bool any = false, entered = false;

	if (!gelf_getehdr(elf, &eh) || elf_getphdrnum(elf, &n) != 0)
		return refuse(error, "%s: a broken ELF file: %s", image->path, elf_errmsg(-1));
	if (eh.e_machine != EM_RISCV || eh.e_ident[EI_DATA] != ELFDATA2LSB ||
	    eh.e_ident[EI_CLASS] != ELFCLASS64)
		return refuse(error, "%s: not a 64-bit RISC-V ELF file", image->path);
	image->low_pa = UINT64_MAX;
	image->entry_pa = eh.e_entry;
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr ph;

		if (!segment_at(elf, i, image->blob.bytes, &ph, &wrong)) {
			if (wrong)
				return refuse(error, "%s: %s", image->path, wrong);
			continue;
		}
		any = true;
		if (ph.p_paddr < image->low_pa)
			image->low_pa = ph.p_paddr;
		if (ph.p_paddr + ph.p_memsz > image->high_pa)
			image->high_pa = ph.p_paddr + ph.p_memsz;
		if (!entered && eh.e_entry - ph.p_vaddr < ph.p_memsz) {
			entered = true;
			image->entry_pa = eh.e_entry - ph.p_vaddr + ph.p_paddr;
			image->load_va = ph.p_vaddr;
			image->load_pa = ph.p_paddr;
		}
	}
	if (!any)
		return refuse(error, "%s: nothing in it is to be loaded", image->path);
	if (!entered) {
		/* An entry that is already physical, as some boot loaders are linked. */
		image->load_va = image->low_pa;
		image->load_pa = image->low_pa;
		/* 0 means that there is none; who starts such a file begins at its first byte. */
		if (!eh.e_entry)
			image->entry_pa = image->low_pa;
	}
	return true;
}

static Elf *elf_of(const struct blob *blob)
{
	elf_version(EV_CURRENT);
	/* libelf takes a writable pointer and, for reading, writes nothing. */
	return elf_memory((char *)blob->data, blob->bytes);
}

bool image_open(struct image *image, const char *path, struct load_error *error)
{
	bool ok = true;

	*image = (struct image){ .path = path };
	if (!blob_open(&image->blob, path, error))
		return false;
	if (is_elf(&image->blob)) {
		Elf *elf = elf_of(&image->blob);

		image->kind = IMAGE_ELF;
		ok = elf ? scan_segments(image, elf, error)
			 : refuse(error, "%s: a broken ELF file: %s", path, elf_errmsg(-1));
		elf_end(elf);
	} else if (is_linux(&image->blob)) {
		uint64_t size = get_u64(image->blob.data + LINUX_IMAGE_SIZE);

		image->kind = IMAGE_LINUX;
		image->text_offset = get_u64(image->blob.data + LINUX_TEXT_OFFSET);
		image->high_pa = size > image->blob.bytes ? size : image->blob.bytes;
	} else {
		image->kind = IMAGE_RAW;
		image->high_pa = image->blob.bytes;
	}
	if (!ok)
		image_close(image);
	return ok;
}

void image_close(struct image *image)
{
	blob_close(&image->blob);
}

static bool load_segments(const struct image *image, Elf *elf, const struct ram *ram,
			  uint64_t low_pa, struct load_error *error)
{
	const char *wrong;
	size_t n = 0;

	elf_getphdrnum(elf, &n);
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr ph;
		uint64_t pa;

		if (!segment_at(elf, i, image->blob.bytes, &ph, &wrong))
			continue;
		pa = ph.p_paddr - image->low_pa + low_pa;
		if (!ram_holds(ram, pa, ph.p_memsz))
			return refuse(error,
				      "%s: a segment at 0x%llx of %llu bytes is not in memory "
				      "(0x%llx..0x%llx, -m)",
				      image->path, (unsigned long long)pa,
				      (unsigned long long)ph.p_memsz, (unsigned long long)ram->base,
				      (unsigned long long)(ram->base + ram->bytes - 1));
		memcpy(ram_at(ram, pa), image->blob.data + ph.p_offset, ph.p_filesz);
		memset(ram_at(ram, pa) + ph.p_filesz, 0, ph.p_memsz - ph.p_filesz);
	}
	return true;
}

bool image_load(const struct image *image, const struct ram *ram, uint64_t low_pa,
		struct load_error *error)
{
	Elf *elf;
	bool ok;

	if (image->kind != IMAGE_ELF)
		return blob_load(&image->blob, ram, low_pa, image->path, error);
	elf = elf_of(&image->blob);
	ok = load_segments(image, elf, ram, low_pa, error);
	elf_end(elf);
	return ok;
}

bool image_symbol_pa(const struct image *image, const struct ram *ram, uint64_t va, uint64_t *pa)
{
	const char *wrong;
	Elf *elf = NULL;
	size_t n = 0;
	bool found = ram_holds(ram, va, 0);

	*pa = va;
	if (!found && (elf = elf_of(&image->blob)))
		elf_getphdrnum(elf, &n);
	for (size_t i = 0; i < n && !found; i++) {
		GElf_Phdr ph;

		/* Up to its end and with it: where the last thing ends is a symbol as well. */
		if (!segment_at(elf, i, image->blob.bytes, &ph, &wrong) ||
		    va - ph.p_vaddr > ph.p_memsz)
			continue;
		found = true;
		*pa = va - ph.p_vaddr + ph.p_paddr;
	}
	elf_end(elf);
	return found;
}

/* What a log may show. */
static bool is_name(const char *name)
{
	while (*name && !iscntrl((unsigned char)*name))
		name++;
	return !*name;
}

/* Symbols: functions sorted by address for symbols_find; every name for symbols_lookup. */
struct symbol {
	uint64_t va, bytes;
	uint64_t end;	  /* of its section: as far as one without a size may reach; 0: unknown */
	const char *name; /* in the file, or in a section that libelf made readable */
	bool code;
};

struct symbols {
	struct blob blob;
	Elf *elf;
	struct symbol *table;
	size_t count;
};

static int by_va(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->va != y->va)
		return x->va < y->va ? -1 : 1;
	/* Of several at one address the sized ones come last: symbols_find takes the last. */
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? -1 : 1;
	return strcmp(y->name, x->name);
}

static uint64_t section_end(Elf *elf, unsigned index)
{
	Elf_Scn *section = index < SHN_LORESERVE ? elf_getscn(elf, index) : NULL;
	GElf_Shdr sh;

	return section && gelf_getshdr(section, &sh) ? sh.sh_addr + sh.sh_size : 0;
}

static void take_section(struct symbols *symbols, Elf_Scn *section, const GElf_Shdr *sh)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t n = data && sh->sh_entsize ? data->d_size / sh->sh_entsize : 0;
	struct symbol *more = realloc(symbols->table, (symbols->count + n + 1) * sizeof(*more));

	if (!more)
		return;
	symbols->table = more;
	for (size_t i = 0; i < n; i++) {
		GElf_Sym sym;
		const char *name;
		unsigned type;

		if (!gelf_getsym(data, (int)i, &sym) || sym.st_shndx == SHN_UNDEF)
			continue;
		type = GELF_ST_TYPE(sym.st_info);
		name = elf_strptr(symbols->elf, sh->sh_link, sym.st_name);
		/* $x and .L names are the assembler's own. */
		if (!name || !*name || *name == '$' || *name == '.' || type == STT_FILE ||
		    type == STT_SECTION || !is_name(name))
			continue;
		symbols->table[symbols->count++] =
			(struct symbol){ .va = sym.st_value,
					 .bytes = sym.st_size,
					 .end = section_end(symbols->elf, sym.st_shndx),
					 .name = name,
					 .code = type == STT_FUNC || type == STT_NOTYPE };
	}
}

static void take_sections(struct symbols *symbols, unsigned type)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(symbols->elf, section))) {
		GElf_Shdr sh;

		if (gelf_getshdr(section, &sh) && sh.sh_type == type)
			take_section(symbols, section, &sh);
	}
}

/* "ffffffff80000000 T _start": System.map, /proc/kallsyms.  The names are ended in place. */
static void take_map(struct symbols *symbols)
{
	char *at = (char *)symbols->blob.data, *end = at + symbols->blob.bytes;
	size_t room = 0;

	while (at < end) {
		char *line_end = memchr(at, '\n', (size_t)(end - at)), *rest;
		uint64_t va;

		if (!line_end) /* the last line has its newline, or there is no room to end its name */
			return;
		*line_end = 0;
		va = strtoull(at, &rest, 16);
		if (rest - at < 8 || rest[0] != ' ' || !rest[1] || rest[2] != ' ' || !rest[3] ||
		    strchr("\t ", rest[3])) {
			symbols->count = 0;
			return;
		}
		rest[3 + strcspn(rest + 3, "\t ")] = 0; /* a module's name follows */
		if (symbols->count == room) {
			struct symbol *more;

			room = room ? 2 * room : 1024;
			more = realloc(symbols->table, room * sizeof(*more));
			if (!more)
				return;
			symbols->table = more;
		}
		if (strchr("tTwW", rest[1]) && rest[3] != '$' && rest[3] != '.' &&
		    is_name(rest + 3))
			symbols->table[symbols->count++] =
				(struct symbol){ .va = va, .name = rest + 3, .code = true };
		at = line_end + 1;
	}
}

struct symbols *symbols_of(struct blob *blob)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));

	if (!symbols) {
		blob_close(blob);
		return NULL;
	}
	symbols->blob = *blob;
	*blob = (struct blob){ 0 };
	if (!is_elf(&symbols->blob) || !(symbols->elf = elf_of(&symbols->blob)))
		goto none;
	take_sections(symbols, SHT_SYMTAB);
	if (symbols->count == 0) /* stripped: what a library exports is better than nothing */
		take_sections(symbols, SHT_DYNSYM);
	if (symbols->count == 0)
		goto none;
	qsort(symbols->table, symbols->count, sizeof(*symbols->table), by_va);
	return symbols;
none:
	symbols_free(symbols);
	return NULL;
}

struct symbols *symbols_read(const char *path)
{
	struct load_error ignored;
	struct blob blob;

	return blob_open(&blob, path, &ignored) ? symbols_of(&blob) : NULL;
}

struct symbols *symbols_map(const char *path, struct load_error *error)
{
	struct symbols *symbols;
	struct blob blob;

	if (!blob_open(&blob, path, error))
		return NULL;
	if (is_elf(&blob)) {
		symbols = symbols_of(&blob);
	} else if ((symbols = calloc(1, sizeof(*symbols)))) {
		symbols->blob = blob;
		take_map(symbols);
		if (symbols->count) {
			qsort(symbols->table, symbols->count, sizeof(*symbols->table), by_va);
			return symbols;
		}
		symbols_free(symbols);
		symbols = NULL;
	}
	if (!symbols)
		refuse(error, "%s: neither an ELF file with symbols nor a System.map", path);
	return symbols;
}

bool symbols_stripped(const struct blob *blob)
{
	Elf *elf = is_elf(blob) ? elf_of(blob) : NULL;
	Elf_Scn *section = NULL;
	bool stripped = true;

	while (elf && (section = elf_nextscn(elf, section))) {
		GElf_Shdr sh;

		if (gelf_getshdr(section, &sh) && sh.sh_type == SHT_SYMTAB)
			stripped = false;
	}
	elf_end(elf);
	return stripped;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	elf_end(symbols->elf);
	blob_close(&symbols->blob);
	free(symbols->table);
	free(symbols);
}

const char *symbols_find(const struct symbols *symbols, uint64_t va, uint64_t *offset)
{
	size_t low = 0, high = symbols ? symbols->count : 0;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (symbols->table[mid].va <= va)
			low = mid + 1;
		else
			high = mid;
	}
	while (low-- > 0) {
		const struct symbol *s = &symbols->table[low];

		if (!s->code)
			continue;
		if (s->bytes ? va - s->va >= s->bytes : s->end && va >= s->end)
			return NULL;
		*offset = va - s->va;
		return s->name;
	}
	return NULL;
}

bool symbols_lookup(const struct symbols *symbols, const char *name, uint64_t *va)
{
	for (size_t i = 0; symbols && i < symbols->count; i++) {
		if (strcmp(symbols->table[i].name, name) == 0) {
			*va = symbols->table[i].va;
			return true;
		}
	}
	return false;
}
