/*
 * Makes an image of random programs for differential fuzzing.
 *
 *   gen [--dump] [--extensions] HARNESS.bin IMAGE.elf <LIST
 *
 * Each line of LIST asks for a program: `KIND SEED`, and, while shrinking, the numbers of the units
 * that are left out: `mmu 17 0 1 2 5-9`.  With `KIND SEED ?` the number of units is printed instead.
 * The programs' numbers, which the image prints, are those of the lines, from 0.
 */
#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/emit.h"

#define MAX_UNITS 256

static const char *const kind_name[KINDS] = { "int", "compressed", "fp", "mmu", "pte" };

void begin_unit(struct draft *d, unsigned unit)
{
	rnd_seed(d->kind, d->seed, unit + 1);
}

void add_poke(struct draft *d, uint64_t pa, uint64_t value)
{
	if (d->npokes == MAX_POKES)
		abort();
	d->pokes[d->npokes].pa = pa;
	d->pokes[d->npokes++].value = value;
}

static void make(struct draft *d, uint64_t number, struct program *p)
{
	code_begin();
	rnd_seed(d->kind, d->seed, 0);
	reserved_bits = d->kind == KIND_PTE;
	if (d->kind >= KIND_MMU)
		make_mmu(d);
	else
		make_straight(d);
	code_end();
	p->number = number;
	p->nsteps = d->nsteps;
	p->steps = blob_put(d->steps, 8 * d->nsteps);
	p->npokes = d->npokes;
	p->pokes = blob_put(d->pokes, sizeof(d->pokes[0]) * d->npokes);
	p->registers = blob_put(d->registers, sizeof(d->registers));
	p->pads = blob_put(d->pads, sizeof(d->pads));
	p->fill = d->seed * 2 + 1;
	p->data_pages = d->data_pages;
	p->tables = d->tables;
}

static bool parse_kind(const char *name, enum kind *kind)
{
	for (unsigned k = 0; k < KINDS; k++) {
		if (strcmp(name, kind_name[k]) == 0) {
			*kind = k;
			return true;
		}
	}
	return false;
}

/* `KIND SEED [UNIT|FIRST-LAST]...`; *asks: the line ends in a question mark. */
static bool parse_line(char *line, struct draft *d, bool *left_out, bool *asks)
{
	char *word = strtok(line, " \n");

	memset(left_out, 0, MAX_UNITS);
	*asks = false;
	if (!word || !parse_kind(word, &d->kind) || !(word = strtok(NULL, " \n")))
		return false;
	d->seed = strtoull(word, NULL, 0);
	d->left_out = left_out;
	while ((word = strtok(NULL, " \n"))) {
		char *end;
		unsigned long first = strtoul(word, &end, 10), last = first;

		*asks |= *word == '?';
		if (*end == '-')
			last = strtoul(end + 1, NULL, 10);
		for (; *word != '?' && first <= last && first < MAX_UNITS; first++)
			left_out[first] = true;
	}
	return true;
}

static bool write_elf(const char *path, const void *harness, size_t harness_bytes)
{
	size_t bytes;
	const void *blob = blob_bytes(&bytes);
	Elf64_Ehdr header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					   ELFDATA2LSB, EV_CURRENT },
			      .e_type = ET_EXEC,
			      .e_machine = EM_RISCV,
			      .e_version = EV_CURRENT,
			      .e_entry = HARNESS_PA,
			      .e_phoff = sizeof(header),
			      .e_ehsize = sizeof(header),
			      .e_phentsize = sizeof(Elf64_Phdr),
			      .e_phnum = 2 };
	Elf64_Phdr load[2] = { { .p_type = PT_LOAD,
				 .p_flags = PF_R | PF_W | PF_X,
				 .p_offset = 4096,
				 .p_vaddr = HARNESS_PA,
				 .p_paddr = HARNESS_PA,
				 .p_filesz = harness_bytes,
				 .p_memsz = PROGRAMS_PA - HARNESS_PA,
				 .p_align = 4096 },
			       { .p_type = PT_LOAD,
				 .p_flags = PF_R | PF_W | PF_X,
				 .p_offset = 4096 + (harness_bytes + 4095) / 4096 * 4096,
				 .p_vaddr = PROGRAMS_PA,
				 .p_paddr = PROGRAMS_PA,
				 .p_filesz = bytes,
				 .p_memsz = bytes,
				 .p_align = 4096 } };
	FILE *f = fopen(path, "wb");
	bool ok;

	if (!f)
		return false;
	ok = fwrite(&header, sizeof(header), 1, f) == 1 && fwrite(load, sizeof(load), 1, f) == 1 &&
	     fseek(f, 4096, SEEK_SET) == 0 && fwrite(harness, harness_bytes, 1, f) == 1 &&
	     fseek(f, (long)load[1].p_offset, SEEK_SET) == 0 && fwrite(blob, bytes, 1, f) == 1;
	return fclose(f) == 0 && ok;
}

static void *read_file(const char *path, size_t *bytes)
{
	FILE *f = fopen(path, "rb");
	void *data = malloc(1 << 20);

	if (!f || !data) {
		fprintf(stderr, "gen: cannot read %s\n", path);
		exit(2);
	}
	*bytes = fread(data, 1, 1 << 20, f);
	fclose(f);
	return data;
}

static struct program *programs;
static size_t count;

static void make_all(FILE *list)
{
	static char line[8192];
	static struct draft draft;
	bool left_out[MAX_UNITS], asks;
	size_t room = 0;

	while (fgets(line, sizeof(line), list)) {
		memset(&draft, 0, sizeof(draft));
		if (!parse_line(line, &draft, left_out, &asks)) {
			fprintf(stderr, "gen: a line of the list is no program\n");
			exit(2);
		}
		if (count == room) {
			room = 2 * room + 64;
			programs = realloc(programs, room * sizeof(*programs));
			if (!programs)
				abort();
		}
		make(&draft, count, &programs[count]);
		count++;
		if (asks)
			printf("%u\n", draft.units);
	}
}

int main(int argc, char **argv)
{
	struct image image = { 0 };
	size_t harness_bytes;
	void *harness;
	int k;

	for (k = 1; k < argc && argv[k][0] == '-'; k++) {
		if (strcmp(argv[k], "--dump") == 0)
			image.flags |= IMAGE_DUMP;
		else if (strcmp(argv[k], "--extensions") == 0)
			extensions = true;
		else
			break;
	}
	if (argc - k != 2) {
		fprintf(stderr, "usage: gen [--dump] [--extensions] HARNESS.bin IMAGE.elf <LIST\n");
		return 2;
	}
	harness = read_file(argv[k], &harness_bytes);
	blob_put(&image, sizeof(image));
	make_all(stdin);
	blob_align(8);
	image.count = count;
	image.programs = blob_put(programs, count * sizeof(*programs));
	memcpy(blob_at(PROGRAMS_PA), &image, sizeof(image));
	if (blob_here() > POOL_PA) {
		fprintf(stderr, "gen: too many programs for one image\n");
		return 2;
	}
	if (!write_elf(argv[k + 1], harness, harness_bytes)) {
		fprintf(stderr, "gen: cannot write %s\n", argv[k + 1]);
		return 2;
	}
	free(harness);
	free(programs);
	return 0;
}
