/* `faultline walk`: translate one address of a memory image, explaining every step. */
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/cmd.h"
#include "emu/loader.h"
#include "emu/options.h"
#include "emu/session.h"

#define STATUS_FAULT 1 /* the translation was refused: a page fault or an access fault */

static const char help[] =
	"usage: faultline walk [options] IMAGE VA\n"
	"IMAGE holds physical memory: a raw file from --base on, or an ELF core with physical addresses.\n"
	"  --satp VALUE      mode, ASID and root as the register holds them, or\n"
	"  --root PA         the root table, and --mode sv39|sv48|sv57 (default sv39)\n"
	"  --base PA         where a raw image begins (default 0x80000000)\n"
	"  --access load|store|fetch   (default load)      --priv u|s   (default u)\n"
	"  --sum  --mxr  --svade  --pbmt  --napot          the state that permissions depend on\n"
	"Status 0: translated; 1: a fault, explained; 2: refused.\n";

/* One stretch of physical memory that the image holds. */
struct stretch {
	uint64_t pa, bytes;
	const uint8_t *data;
};

#define STRETCHES 64

struct walk_options {
	struct sv_context context;
	enum sv_access access;
	uint64_t base;
	bool rooted, help;
	struct stretch memory[STRETCHES];
	unsigned nmemory;
	uint64_t written_pa, written; /* the one PTE that A and D changed */
	bool has_written;
};

/* ---- Memory ---- */

static const uint8_t *at(const struct walk_options *o, uint64_t pa)
{
	for (unsigned i = 0; i < o->nmemory; i++)
		if (pa >= o->memory[i].pa && pa - o->memory[i].pa <= o->memory[i].bytes - 8)
			return o->memory[i].data + (pa - o->memory[i].pa);
	return NULL;
}

static enum sv_port_status read_pte(void *ctx, uint64_t pa, uint64_t *pte)
{
	const struct walk_options *o = ctx;
	const uint8_t *p = at(o, pa);

	if (!p)
		return SV_PORT_DENIED;
	memcpy(pte, p, sizeof(*pte));
	if (o->has_written && pa == o->written_pa)
		*pte = o->written;
	return SV_PORT_OK;
}

/* The image is left alone: the changed PTE is only remembered. */
static enum sv_port_status cas_pte(void *ctx, uint64_t pa, uint64_t expected, uint64_t desired)
{
	struct walk_options *o = ctx;
	uint64_t now;

	if (read_pte(o, pa, &now) != SV_PORT_OK)
		return SV_PORT_DENIED;
	if (now != expected)
		return SV_PORT_CHANGED;
	o->written_pa = pa;
	o->written = desired;
	o->has_written = true;
	return SV_PORT_OK;
}

static bool take_image(struct walk_options *o, const char *path, const struct blob *blob,
		       struct error *error)
{
	GElf_Phdr ph;
	size_t n = 0;
	Elf *elf;

	if (blob->bytes < 8)
		return refuse(error, "%s: too short to hold a page table", path);
	if (memcmp(blob->data, ELFMAG, SELFMAG) != 0) {
		o->memory[o->nmemory++] = (struct stretch){ o->base, blob->bytes, blob->data };
		return true;
	}
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)blob->data, blob->bytes);
	if (elf)
		elf_getphdrnum(elf, &n);
	for (size_t i = 0; i < n && o->nmemory < STRETCHES; i++)
		if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_LOAD && ph.p_filesz >= 8 &&
		    ph.p_offset <= blob->bytes && ph.p_filesz <= blob->bytes - ph.p_offset)
			o->memory[o->nmemory++] = (struct stretch){ ph.p_paddr, ph.p_filesz,
								    blob->data + ph.p_offset };
	elf_end(elf);
	return o->nmemory || refuse(error, "%s: an ELF file without memory in it", path);
}

/* ---- Options ---- */

static bool number(const char *value, uint64_t *to, struct error *error)
{
	return parse_number(value, to) ||
	       refuse(error, "'%s' is no number (decimal or 0x...)", value);
}

static bool take_satp(void *ctx, const char *value, struct error *error)
{
	struct walk_options *o = ctx;
	uint64_t satp;

	if (!number(value, &satp, error))
		return false;
	if (satp >> 60 != SV_39 && satp >> 60 != SV_48 && satp >> 60 != SV_57)
		return refuse(error, "mode %u translates nothing (8 Sv39, 9 Sv48, 10 Sv57)",
			      (unsigned)(satp >> 60));
	o->context.mode = (enum sv_mode)(satp >> 60);
	o->context.root_ppn = satp & ((1ull << 44) - 1);
	o->rooted = true;
	return true;
}

static bool take_root(void *ctx, const char *value, struct error *error)
{
	struct walk_options *o = ctx;
	uint64_t pa;

	if (!number(value, &pa, error))
		return false;
	if (pa % 4096)
		return refuse(error, "%s: a page table begins at a whole page", value);
	o->context.root_ppn = pa >> 12;
	o->rooted = true;
	return true;
}

static bool take_mode(void *ctx, const char *value, struct error *error)
{
	struct walk_options *o = ctx;

	if (strcmp(value, "sv39") == 0)
		o->context.mode = SV_39;
	else if (strcmp(value, "sv48") == 0)
		o->context.mode = SV_48;
	else if (strcmp(value, "sv57") == 0)
		o->context.mode = SV_57;
	else
		return refuse(error, "'%s': sv39, sv48 or sv57", value);
	return true;
}

static bool take_base(void *ctx, const char *value, struct error *error)
{
	return number(value, &((struct walk_options *)ctx)->base, error);
}

static const char *const access_names[] = { "fetch", "load", "store" };

static bool take_access(void *ctx, const char *value, struct error *error)
{
	struct walk_options *o = ctx;

	for (int i = 0; i < 3; i++) {
		if (strcmp(value, access_names[i]) == 0) {
			o->access = (enum sv_access)i;
			return true;
		}
	}
	return refuse(error, "'%s': load, store or fetch", value);
}

static bool take_priv(void *ctx, const char *value, struct error *error)
{
	struct walk_options *o = ctx;

	if (strcmp(value, "u") != 0 && strcmp(value, "s") != 0)
		return refuse(error, "'%s': u or s", value);
	o->context.priv = value[0] == 's' ? SV_SUPERVISOR : SV_USER;
	return true;
}

#define TAKE_FLAG(name, field, setting)                                                            \
	static bool name(void *ctx, const char *value, struct error *error)                        \
	{                                                                                          \
		(void)value, (void)error;                                                          \
		((struct walk_options *)ctx)->field = setting;                                     \
		return true;                                                                       \
	}
TAKE_FLAG(take_sum, context.sum, true)
TAKE_FLAG(take_mxr, context.mxr, true)
TAKE_FLAG(take_svade, context.ad_update, false)
TAKE_FLAG(take_pbmt, context.svpbmt, true)
TAKE_FLAG(take_napot, context.svnapot, true)
TAKE_FLAG(take_help, help, true)

// clang-format off
static const struct option walk_table[] = {
	{ "satp",   OPTION_VALUE, take_satp },
	{ "root",   OPTION_VALUE, take_root },
	{ "mode",   OPTION_VALUE, take_mode },
	{ "base",   OPTION_VALUE, take_base },
	{ "access", OPTION_VALUE, take_access },
	{ "priv",   OPTION_VALUE, take_priv },
	{ "sum",    OPTION_NONE,  take_sum },
	{ "mxr",    OPTION_NONE,  take_mxr },
	{ "svade",  OPTION_NONE,  take_svade },
	{ "pbmt",   OPTION_NONE,  take_pbmt },
	{ "napot",  OPTION_NONE,  take_napot },
	{ "help",   OPTION_NONE,  take_help },
	{ "h",      OPTION_NONE,  take_help },
	{ NULL,     OPTION_NONE,  NULL },
};
// clang-format on

/* ---- The explanation ---- */

static const char *mode_name(enum sv_mode mode)
{
	return mode == SV_57 ? "Sv57" : mode == SV_48 ? "Sv48" : "Sv39";
}

static void print_step(const struct sv_walk *w, const struct sv_step *step, bool last)
{
	unsigned shift = 12 + 9 * step->level;
	unsigned vpn = (unsigned)(w->va >> shift & 511);
	uint64_t ppn = (step->pte & PTE_PPN_MASK) >> PTE_PPN_SHIFT;
	bool leaf = step->pte & (PTE_R | PTE_X);
	char flags[9];

	printf("level %u: VPN[%u] = 0x%03x, PTE at 0x%" PRIx64 " = 0x%016" PRIx64 " %s",
	       step->level, step->level, vpn, step->pte_pa, step->pte,
	       sv_pte_flags(step->pte, flags));
	if (!(step->pte & PTE_V))
		puts("  not valid");
	else if (leaf)
		printf("  leaf, PPN 0x%" PRIx64 "\n", ppn);
	else if (!last || w->status == SV_PTE_ACCESS)
		printf("  next table at 0x%" PRIx64 "\n", ppn << 12);
	else
		puts("  pointer");
}

static int explain(const struct walk_options *o, const struct sv_walk *w)
{
	unsigned cause;

	printf("%s, %s of 0x%" PRIx64 " in %s-mode%s%s, A and D %s, root table at 0x%" PRIx64 "\n",
	       mode_name(o->context.mode), access_names[w->access], w->va,
	       o->context.priv == SV_USER ? "U" : "S", o->context.sum ? ", SUM" : "",
	       o->context.mxr ? ", MXR" : "",
	       o->context.ad_update ? "set by hardware" : "by software", o->context.root_ppn << 12);
	for (unsigned i = 0; i < w->nsteps; i++)
		print_step(w, &w->step[i], i + 1 == w->nsteps);
	if (w->status == SV_OK) {
		if (w->updated) {
			char flags[9];

			printf("A or D is set: the PTE becomes 0x%016" PRIx64 " %s\n", w->pte,
			       sv_pte_flags(w->pte, flags));
		}
		printf("physical address 0x%" PRIx64 " (page of %" PRIu64 " KiB%s)\n", w->pa,
		       w->page_bytes >> 10, w->global ? ", global" : "");
		return 0;
	}
	cause = sv_cause(w->status, w->access);
	printf("%s fault (cause %u): %s: %s\n",
	       sv_status_is_access_fault(w->status) ? "access" : "page", cause,
	       sv_status_name(w->status), sv_status_text(w->status));
	return STATUS_FAULT;
}

static bool walk(struct walk_options *o, const char *path, const char *address,
		 struct sv_walk *result, struct error *error)
{
	struct sv_port port = { .ctx = o, .read_pte = read_pte, .cas_pte = cas_pte };
	struct load_error why;
	struct blob blob;
	uint64_t va;
	bool ok;

	if (!parse_number(address, &va))
		return refuse(error, "'%s' is no address (0x...)", address);
	if (!o->rooted)
		return refuse(error, "where is the root table? --satp VALUE or --root PA");
	if (!blob_open(&blob, path, &why))
		return refuse(error, "%s", why.text);
	ok = take_image(o, path, &blob, error);
	if (ok)
		*result = sv39_walk(&port, &o->context, va, o->access);
	blob_close(&blob);
	return ok;
}

int cmd_walk(int argc, char **argv)
{
	struct walk_options o = { .context = { .mode = SV_39, .ad_update = true, .pa_bits = 56 },
				  .access = SV_LOAD,
				  .base = MEMMAP_RAM };
	struct error error = { "" };
	struct sv_walk result = { .status = SV_OK };
	int i = 1;

	if (!options_take(argc, argv, &i, walk_table, &o, NULL, &error)) {
		say("%s", error.text);
		return STATUS_REFUSED;
	}
	if (o.help) {
		fputs(help, stdout);
		return 0;
	}
	if (argc - i != 2) {
		say("walk: IMAGE and VA (see faultline walk --help)");
		return STATUS_REFUSED;
	}
	if (!walk(&o, argv[i], argv[i + 1], &result, &error)) {
		say("%s", error.text);
		return STATUS_REFUSED;
	}
	return explain(&o, &result);
}
