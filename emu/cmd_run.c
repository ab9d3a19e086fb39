/* `faultline run`: a Linux riscv64 program under demand paging. */
#include <ctype.h>
#include <inttypes.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices/virtio_blk.h"
#include "emu/isa.h"
#include "emu/cmd.h"
#include "emu/images.h"
#include "emu/paths.h"
#include "emu/rootfs.h"
#include "emu/run_private.h"
#include "emu/run_report.h"
#include "emu/session.h"
#include "guest/include/params.h"

#define RAM_DEFAULT   (32ull << 20)
#define RAM_LEAST_KIB 2048
#define CHECK_DEFAULT 1000 /* returns to user mode */
#define SWAP_LEAST    (64ull << 20)
#define SWAP_MOST     (1ull << 40)
#define ROOT_MOST     (1ull << 40)
#define FRAMES_MOST   (1u << 24)

static const char help[] =
	"usage: faultline run [options] PROGRAM [ARGS...]     options end at PROGRAM\n"
	"  -m SIZE           memory (default 32M, from 2M)    --frames N     cap on user frames, from 16\n"
	"  --swap SIZE       default 4 times -m; 0: none      --policy NAME  page replacement\n"
	"  --add HOST[:GUEST]    files and folders for the guest (default: into /home)\n"
	"  --get GUEST[:HOST]    copy out at the end          --env K=V      environment\n"
	"  --root DIR        a whole root tree for the guest, copied\n"
	"  --sysroot DIR     where a dynamic program's interpreter and libraries are found\n"
	"  --disk IMAGE      a root that persists             --root-size SIZE\n"
	"  --export DIR      run nothing: leave firmware, kernel, images and a script that boots them\n"
	"  --disk-latency REQUEST[,PAGE]  (100us,10us)        --seed N       layouts and randomness\n"
	"  --stats FILE|-    statistics, JSON or a table      --faults[=FILE]  one line a fault\n"
	"  --strace[=FILE]   system calls, decoded            --check-frames[=N]  verify the kernel's tables\n"
	"  --profile[=FILE]  where the CPU time goes; --profile-format table|folded  --profile-interval 100us\n"
	"  --refs FILE       the page reference string, for `faultline policies`\n"
	"  --record FILE     every external input, with its moment; --replay FILE gives the same run\n"
	"  --view sdl|tty|none  --view-close                  --shot FILE.png[@at=T|@fault=N|@every=T]\n"
	"  --kernel K=V      a kernel parameter; --kernel help lists them\n"
	"  --bios FILE  --tlb SETSxWAYS  --ad hw|svade|svadu  --slow  --max-insns N  --power-cut N[:SEED]\n"
	"  -d insn,trap,mmu,disk  -D FILE  text trace         -v             the kernel's own messages\n"
	"PROGRAM: a host file, or one of the guest's own (sh, ls, ...; bigsort, lazy, cow, ...).\n"
	"Status: the program's own; 128+signal; 2 refused; 124 --max-insns; 125 the guest failed.\n"
	"On a terminal Ctrl-A x ends the run, Ctrl-A s prints a status line. See faultline(1).\n";

/* ---- Options ---- */

static bool list_add(struct list *list, const char *word, struct error *error)
{
	if (list->count == LIST_MOST)
		return refuse(error, "more than %d of them", LIST_MOST);
	list->word[list->count++] = word;
	return true;
}

/* What is only kept. */
OPTION_TEXT(take_policy, struct run, policy)
OPTION_TEXT(take_disk, struct run, disk)
OPTION_TEXT(take_export, struct run, export)
OPTION_TEXT(take_bios, struct run, bios)
OPTION_TEXT(take_refs, struct run, common.refs)
OPTION_FLAG(take_verbose, struct run, verbose)

static bool take_frames(void *ctx, const char *value, struct error *error)
{
	struct run *r = ctx;

	if (!parse_number(value, &r->frames) || r->frames < 16 || r->frames > FRAMES_MOST)
		return refuse(error, "'%s': a number of frames, 16 to %u", value, FRAMES_MOST);
	return true;
}

static bool take_swap(void *ctx, const char *value, struct error *error)
{
	struct run *r = ctx;

	r->swap_given = true;
	if (!parse_size(value, 1 << 20, &r->swap_bytes) || r->swap_bytes > SWAP_MOST)
		return refuse(error, "'%s': a size up to 1T (try 64M; 0: none)", value);
	r->swap_bytes &= ~4095ull;
	return true;
}

static bool take_root_size(void *ctx, const char *value, struct error *error)
{
	struct run *r = ctx;

	if (!parse_size(value, 1 << 20, &r->root_bytes) || r->root_bytes < 1 << 20 ||
	    r->root_bytes > ROOT_MOST)
		return refuse(error, "'%s': a size between 1M and 1T", value);
	r->root_bytes &= ~4095ull;
	return true;
}

static bool take_folder(const char *value, const char **folder, struct error *error)
{
	struct stat st;

	if (stat(value, &st) < 0 || !S_ISDIR(st.st_mode))
		return refuse(error, "'%s' is no folder", value);
	*folder = value;
	return true;
}

static bool take_root(void *ctx, const char *value, struct error *error)
{
	return take_folder(value, &((struct run *)ctx)->root, error);
}

static bool take_sysroot(void *ctx, const char *value, struct error *error)
{
	return take_folder(value, &((struct run *)ctx)->sysroot, error);
}

static bool take_add(void *ctx, const char *value, struct error *error)
{
	return list_add(&((struct run *)ctx)->add, value, error);
}

/* GUESTPATH[:HOSTPATH] */
static bool split_get(const char *word, char guest[PATH_MAX], const char **host,
		      struct error *error)
{
	size_t n = strcspn(word, ":");
	char path[PATH_MAX];

	*host = word[n] ? word + n + 1 : ".";
	if (!n || n >= sizeof(path) || !**host)
		return refuse(error, "'%.300s' is no path", word);
	memcpy(path, word, n);
	path[n] = 0;
	return run_guest_path(path, guest, error);
}

/* A folder that is not there is told before the run and not after it. */
static bool take_get(void *ctx, const char *value, struct error *error)
{
	char guest[PATH_MAX], folder[PATH_MAX];
	const char *host, *slash;
	struct stat st;

	if (!split_get(value, guest, &host, error))
		return false;
	slash = strrchr(host, '/');
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - host + 1) : 1,
		 slash ? host : ".");
	if (stat(host, &st) < 0 && stat(folder, &st) < 0)
		return refuse(error, "%.300s: %s", folder, strerror(errno));
	return list_add(&((struct run *)ctx)->get, value, error);
}

static bool take_env(void *ctx, const char *value, struct error *error)
{
	if (!strchr(value, '=') || value[0] == '=')
		return refuse(error, "'%s': K=V", value);
	return list_add(&((struct run *)ctx)->env, value, error);
}

struct parameter {
	const char *name, *fallback;
	uint64_t least;
};

static const struct parameter *find_parameter(const char *name, size_t n)
{
	static const struct parameter all[] = {
#define PARAM(name, fallback, least, text) { #name, fallback, least },
		PARAMS
#undef PARAM
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strlen(all[i].name) == n && memcmp(all[i].name, name, n) == 0)
			return &all[i];
	return NULL;
}

/* Checked here, since the kernel would take what it cannot read for 0. */
static bool take_kernel(void *ctx, const char *value, struct error *error)
{
	struct run *r = ctx;
	const char *equals = strchr(value, '=');
	const struct parameter *parameter;
	uint64_t number = 0;

	if (strcmp(value, "help") == 0) {
		r->kernel_help = true;
		return true;
	}
	if (!equals || strpbrk(value, " \t\n"))
		return refuse(error, "'%s': K=V without spaces (--kernel help lists them)", value);
	parameter = find_parameter(value, (size_t)(equals - value));
	if (!parameter)
		return refuse(error, "'%.*s' is no kernel parameter (--kernel help lists them)",
			      (int)(equals - value), value);
	if (isdigit((unsigned char)parameter->fallback[0]) && !parse_number(equals + 1, &number) &&
	    !parse_size(equals + 1, 1, &number))
		return refuse(error, "'%s': %s is a number", value, parameter->name);
	if (number < parameter->least && (number || parameter->fallback[0] != '0'))
		return refuse(error, "'%s': %" PRIu64 " is the least", value, parameter->least);
	if (strcmp(parameter->name, "allocation") == 0 && strcmp(equals + 1, "global") != 0 &&
	    strcmp(equals + 1, "local") != 0)
		return refuse(error, "'%s': global or local", value);
	if (strcmp(parameter->name, "policy") == 0) {
		r->policy = equals + 1;
		return true;
	}
	return list_add(&r->kernel, value, error);
}

/* root|swap:FIRST[-[LAST]][:read|:write] */
static bool take_disk_error(void *ctx, const char *value, struct error *error)
{
	struct run *r = ctx;
	char disk[8] = "", first[24] = "", last[24] = "", kind[8] = "";
	struct virtio_blk_bad bad = { .last = UINT64_MAX };
	bool to_end = false, ok;
	int n = 0;

	if (sscanf(value, "%7[^:]:%23[0-9]%n", disk, first, &n) == 2) {
		value += n;
		to_end = *value == '-';
		if (sscanf(value, "-%23[0-9]%n", last, &n) == 1)
			value += n;
		else
			value += to_end;
		if (sscanf(value, ":%7[a-z]%n", kind, &n) == 1)
			value += n;
	}
	bad.read = strcmp(kind, "write") != 0;
	bad.write = strcmp(kind, "read") != 0;
	ok = !*value && parse_number(first, &bad.first) && (!*kind || !bad.read || !bad.write) &&
	     (!*last || (parse_number(last, &bad.last) && bad.last >= bad.first)) &&
	     (strcmp(disk, "root") == 0 || strcmp(disk, "swap") == 0);
	if (!to_end)
		bad.last = bad.first;
	if (ok)
		r->bad[disk[0] == 's'] = bad;
	return ok ||
	       refuse(error, "root or swap, and pages: swap:5, root:70-80:read, swap:0-:write");
}

static bool take_check(void *ctx, const char *value, struct error *error)
{
	struct run *r = ctx;

	r->check_every = CHECK_DEFAULT;
	return !value || !*value ||
	       (parse_number(value, &r->check_every) && r->check_every &&
		r->check_every <= UINT32_MAX) ||
	       refuse(error, "'%s': a number of returns to user mode, 1 to 4294967295", value);
}

static bool take_strace(void *ctx, const char *value, struct error *error)
{
	(void)error;
	((struct run *)ctx)->common.observe.strace = value && *value ? value : "-";
	return true;
}

static bool take_latency(void *ctx, const char *value, struct error *error)
{
	struct run *r = ctx;

	return parse_latency(value, &r->request_ns, &r->page_ns, error);
}

// clang-format off
const struct option run_table[] = {
	{ "frames",       OPTION_VALUE, take_frames },
	{ "swap",         OPTION_VALUE, take_swap },
	{ "policy",       OPTION_VALUE, take_policy },
	{ "root",         OPTION_VALUE, take_root },
	{ "sysroot",      OPTION_VALUE, take_sysroot },
	{ "root-size",    OPTION_VALUE, take_root_size },
	{ "disk",         OPTION_PATH,  take_disk },
	{ "disk-latency", OPTION_VALUE, take_latency },
	{ "disk-error",   OPTION_VALUE, take_disk_error },
	{ "add",          OPTION_VALUE, take_add },
	{ "get",          OPTION_VALUE, take_get },
	{ "export",       OPTION_PATH,  take_export },
	{ "env",          OPTION_VALUE, take_env },
	{ "strace",       OPTION_MAY,   take_strace },
	{ "check-frames", OPTION_MAY,   take_check },
	{ "kernel",       OPTION_VALUE, take_kernel },
	{ "refs",         OPTION_PATH,  take_refs },
	{ "bios",         OPTION_PATH,  take_bios },
	{ "v",            OPTION_NONE,  take_verbose },
	{ "verbose",      OPTION_NONE,  take_verbose },
	{ NULL,           OPTION_NONE,  NULL },
};
// clang-format on

static void print_parameters(void)
{
	puts("kernel parameters (--kernel NAME=VALUE):");
#define PARAM(name, fallback, least, text)                                                         \
	printf("  %-14s %s%s%s%s\n", #name, text, *(fallback) ? " (default " : "", fallback,       \
	       *(fallback) ? ")" : "");
	PARAMS
#undef PARAM
}

/* ---- The machine ---- */

static bool append_word(struct run *r, struct error *error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool append_word(struct run *r, struct error *error, const char *format, ...)
{
	size_t used = strlen(r->append);
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(r->append + used, sizeof(r->append) - used, format, args);
	va_end(args);
	return used + (size_t)n < sizeof(r->append) ||
	       refuse(error, "--kernel: the kernel's command line is too long");
}

static bool make_append(struct run *r, struct error *error)
{
	const bool *terminal = r->common.machine.host.terminal;
	/* Elsewhere the program has no ports to this host: its descriptors are the serial port. */
	bool ok = (r->export || append_word(r, error, "stdio=%c%c%c ", terminal[0] ? 't' : 'f',
					    terminal[1] ? 't' : 'f', terminal[2] ? 't' : 'f')) &&
		  append_word(r, error, "verbose=%d", r->verbose);

	if (ok && r->frames)
		ok = append_word(r, error, " frames=%llu", (unsigned long long)r->frames);
	if (ok && r->policy)
		ok = append_word(r, error, " policy=%s", r->policy);
	if (ok && !r->swap_bytes)
		ok = append_word(r, error, " noswap=1");
	if (ok && r->check_every)
		ok = append_word(r, error, " check=%llu", (unsigned long long)r->check_every);
	for (unsigned i = 0; ok && i < r->kernel.count; i++)
		ok = append_word(r, error, " %s", r->kernel.word[i]);
	return ok;
}

static bool configure(struct run *r, struct error *error)
{
	struct machine_config *m = &r->common.machine;

	if (m->hart.lacks & (EXT_BIT(EXT_M) | EXT_BIT(EXT_A) | EXT_BIT(EXT_F) | EXT_BIT(EXT_D)))
		return refuse(error, "--isa: the guest system and its programs need m, a, f and d");
	if (r->disk && r->root_bytes)
		return refuse(error, "--root-size: the image of --disk has its own size");
	if (!r->swap_given) {
		r->swap_bytes = 4 * m->ram_bytes;
		if (r->swap_bytes < SWAP_LEAST)
			r->swap_bytes = SWAP_LEAST;
	}
	if (!paths_find("guest/kernel.elf", r->kernel_path, sizeof(r->kernel_path)) ||
	    !paths_find("guest/base", r->base_path, sizeof(r->base_path)))
		return refuse(error,
			      "the guest system (guest/kernel.elf, guest/base) is not installed");
	m->default_bios = !r->bios;
	m->bios = r->bios ? r->bios : r->bios_path;
	if (!r->bios && !paths_find("firmware/firmware.elf", r->bios_path, sizeof(r->bios_path)))
		return refuse(error, "the firmware (firmware.elf) is not installed");
	if (!make_append(r, error))
		return false;
	m->kernel = r->kernel_path;
	m->append = r->append;
	m->pack = true;
	m->no_reboot = true;
	/* Firmware of other people greets on the UART; a panic of the kernel is told by run_report. */
	m->uart = r->bios && !r->verbose ? CONSOLE_NONE : CONSOLE_STDERR;
	m->program_ports = true;
	m->console_slot = 2;
	m->rng = true;
	m->rng_slot = 3;
	m->escape = isatty(0);
	r->common.observe.root_disk = 0;
	r->common.observe.swap_bytes = r->swap_bytes;
	r->common.observe.swap_disk = r->swap_bytes ? 1 : ~0u;
	return true;
}

static void configure_disks(struct run *r, int root_fd)
{
	struct machine_config *m = &r->common.machine;
	struct drive_config disk = { .fd = -1,
				     .latency_request_ns = r->request_ns,
				     .latency_page_ns = r->page_ns };

	m->ndrives = r->swap_bytes ? 2 : 1;
	m->drive[0] = m->drive[1] = disk;
	m->drive[0].fd = root_fd;
	m->drive[0].path = r->disk;
	m->drive[0].id = "root";
	m->drive[0].power_cut = m->power_cut_insns != 0;
	m->drive[1].bytes = r->swap_bytes;
	m->drive[1].slot = 1;
	m->drive[1].id = "swap";
	m->drive[0].bad = r->bad[0];
	m->drive[1].bad = r->bad[1];
}

/* The policies that the kernel image has: pointers to structures that begin with their name's. */
static bool check_policy(const struct machine *m, const char *policy, struct error *error)
{
	uint64_t from, to, shift = m->kernel_pa - m->kernel_va;
	char known[200] = "";

	if (!symbols_lookup(m->kernel_symbols, "replace_policies", &from) ||
	    !symbols_lookup(m->kernel_symbols, "replace_policies_end", &to))
		return true;
	for (; from + 8 <= to; from += 8) {
		const uint64_t *ops = machine_peek(m, from + shift, 8);
		const uint64_t *name = ops ? machine_peek(m, *ops + shift, 8) : NULL;
		const char *text = name ? machine_peek(m, *name + shift, 32) : NULL;
		size_t used = strlen(known);

		if (!text || !memchr(text, 0, 32))
			continue;
		if (strcmp(text, policy) == 0)
			return true;
		snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "", text);
	}
	return refuse(error, "--policy: '%s' is no policy of this kernel: %s", policy, known);
}

static void make_title(const struct run *r, const char *name, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "%s", name);

	for (int i = 0; i < r->nargs && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, " %s", r->args[i]);
}

static bool copy_out(const struct run *r, int root_fd)
{
	struct error error = { "" };
	char guest[PATH_MAX];
	const char *host;
	bool ok = true;

	for (unsigned i = 0; i < r->get.count; i++) {
		if (split_get(r->get.word[i], guest, &host, &error) &&
		    rootfs_get(root_fd, guest, host, &error))
			continue;
		say("%s", error.text);
		ok = false;
	}
	return ok;
}

/* The machine exists: run it, say how it ended, copy out. */
static int run_machine(struct run *r, struct machine *machine, int root_fd)
{
	struct error error = { "" };
	struct images *images;
	int status;

	if (r->policy && !check_policy(machine, r->policy, &error)) {
		say("%s", error.text);
		return STATUS_REFUSED;
	}
	images = images_create(machine, root_fd);
	r->common.images = images;
	if (!session_run(machine, &r->common, &error)) {
		say("%s", error.text);
		status = machine->end == END_NOT_YET ? STATUS_REFUSED : STATUS_FAILED;
		images_destroy(images);
		return status;
	}
	status = run_report(machine, images);
	images_destroy(images);
	if (r->verbose)
		run_report_details(machine);
	if (machine->output_errno && machine->output_errno != EPIPE) {
		say("the program's output: %s", strerror(machine->output_errno));
		if (!status)
			status = STATUS_FAILED;
	}
	if (status && r->hint)
		say("hint: '%s' is a file of the host; --add %s gives it to the guest", r->hint,
		    r->hint);
	if (!copy_out(r, root_fd) && !status)
		status = STATUS_FAILED;
	return status;
}

static int run(struct run *r, const char *name)
{
	struct error error = { "" };
	struct machine *machine;
	char title[256];
	int root_fd = -1, kept = -1, status = STATUS_REFUSED;

	make_title(r, name, title, sizeof(title));
	r->common.observe.title = title;
	if (!session_prepare(&r->common, &error) || !configure(r, &error) ||
	    (root_fd = run_make_root(r, name, &error)) < 0) {
		say("%s", error.text);
		return status;
	}
	if (r->export) {
		status = run_export(r, root_fd, &error) ? 0 : STATUS_REFUSED;
		if (status)
			say("%s", error.text);
		close(root_fd);
		return status;
	}
	kept = dup(root_fd); /* the machine closes its own */
	configure_disks(r, root_fd);
	machine = machine_create(&r->common.machine, error.text, sizeof(error.text));
	if (!machine) {
		say("%s", error.text);
	} else {
		status = run_machine(r, machine, kept);
		machine_destroy(machine);
	}
	close(kept);
	return status;
}

int cmd_run(int argc, char **argv)
{
	struct run *r = calloc(1, sizeof(*r));
	struct error error = { "" };
	int at = 1, status;

	if (!r)
		return STATUS_FAILED;
	run_options_init(&r->common);
	r->common.machine.ram_bytes = RAM_DEFAULT;
	r->common.ram_least_kib = RAM_LEAST_KIB;
	r->request_ns = VIRTIO_BLK_REQUEST_NS;
	r->page_ns = VIRTIO_BLK_PAGE_NS;
	if (!options_take(argc, argv, &at, run_table, r, &r->common, &error)) {
		say("%s", error.text);
		status = STATUS_REFUSED;
	} else if (r->common.help) {
		fputs(help, stdout);
		status = 0;
	} else if (r->kernel_help) {
		print_parameters();
		status = 0;
	} else if (at == argc) {
		say("run: no PROGRAM (see faultline run --help)");
		status = STATUS_REFUSED;
	} else {
		r->nargs = argc - at - 1;
		r->args = argv + at + 1;
		status = run(r, argv[at]);
	}
	run_options_free(&r->common);
	free(r);
	return status;
}
