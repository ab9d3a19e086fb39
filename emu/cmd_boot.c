/* `faultline boot`: any kernel or bare-metal program, started with QEMU's options. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "devices/virtio_blk.h"
#include "emu/boot_private.h"
#include "emu/cmd.h"
#include "emu/images.h"
#include "emu/isa.h"
#include "emu/paths.h"
#include "emu/session.h"

#define DEFAULT_RAM (128ull << 20)

/* Makefiles look for "-gdb" where a line of QEMU's help begins. */
static const char help[] =
	"usage: faultline boot -kernel FILE [options]      (the spellings are QEMU's)\n"
	"-M virt[,dumpdtb=FILE]  -m SIZE  -smp N  -cpu rv64   the machine (default 128M, one hart)\n"
	"-bios FILE|none|default                         firmware; none: the kernel starts in M-mode\n"
	"-kernel FILE  -initrd FILE  -append TEXT  -dtb FILE\n"
	"-drive file=IMG[,if=none|virtio][,id=ID][,format=raw][,readonly=on][,snapshot=on]\n"
	"-device virtio-blk-device,drive=ID[,bus=virtio-mmio-bus.N]   -device virtio-rng-device\n"
	"-device loader,file=FILE[,addr=PA][,force-raw=on]   a file anywhere in memory\n"
	"-snapshot  -nographic  -serial mon:stdio|stdio|null|file:PATH  -no-reboot\n"
	"--isa rv64gc_zba|rva22s64  --misaligned work|trap   what the processor has (default: all)\n"
	"--ad hw|svade|svadu  --mmu sv39|sv48|sv57  --tlb SETSxWAYS  --slow  --code-cache SIZE\n"
	"--max-insns N  --seed N  --realtime  --disk-latency TIME[,TIME]  --power-cut INSNS[:SEED]\n"
	"--view sdl|tty|none  --view-close  --shot FILE.png[@at=TIME]  --stats FILE|-  --faults[=FILE]\n"
	"--profile[=FILE]  --profile-format table|folded  --profile-interval TIME  --symbols FILE\n"
	"--record FILE  --replay FILE                    every external input, with its moment\n"
	"-gdb tcp::PORT  -s  -S                          accepted; there is no gdb server yet\n"
	"-d insn,trap,mmu,disk  -D FILE                  text trace\n"
	"+signature=FILE  +signature-granularity=N       as Spike      -semihosting\n"
	"Ctrl-A x ends the run, Ctrl-A s prints a status line. The manual page faultline(1) has all.\n";

/* For Makefiles that want QEMU of some version at least: the one that the machine is held against. */
static const char version[] = "QEMU emulator version 7.2.0: its spellings, by faultline 0.1\n";

/* ---- Options ---- */

/* What is only kept. */
OPTION_TEXT(take_kernel, struct boot_options, run.machine.kernel)
OPTION_TEXT(take_initrd, struct boot_options, run.machine.initrd)
OPTION_TEXT(take_append, struct boot_options, run.machine.append)
OPTION_TEXT(take_dtb, struct boot_options, run.machine.dtb)
OPTION_TEXT(take_signature, struct boot_options, run.machine.signature)
OPTION_FLAG(take_semihosting, struct boot_options, run.machine.semihosting)
OPTION_FLAG(take_snapshot, struct boot_options, snapshot)
OPTION_FLAG(take_no_reboot, struct boot_options, run.machine.no_reboot)
OPTION_FLAG(take_version, struct boot_options, version)

static bool take_bios(void *ctx, const char *value, struct error *error)
{
	struct boot_options *o = ctx;

	(void)error;
	o->bios_given = true;
	o->run.machine.default_bios = strcmp(value, "default") == 0;
	o->run.machine.bios = NULL;
	if (!o->run.machine.default_bios && strcmp(value, "none") != 0)
		o->run.machine.bios = value;
	return true;
}

static bool take_granularity(void *ctx, const char *value, struct error *error)
{
	struct boot_options *o = ctx;
	uint64_t n;

	if (!parse_number(value, &n) || n < 1 || n > 64 || (n & (n - 1)))
		return refuse(error, "'%s': 1, 2, 4, 8, 16, 32 or 64 bytes", value);
	o->run.machine.signature_granularity = (unsigned)n;
	return true;
}

/* How QEMU's host side of a drive works, and what there is one of: nothing that a guest sees. */
static bool is_of_the_host(const char *key)
{
	static const char *const keys[] = { "cache",   "media",		"aio",	 "werror", "rerror",
					    "discard", "detect-zeroes", "index", "unit" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

static bool drive_property(struct boot_options *o, struct drive_config *drive, struct drive *more,
			   const char *key, const char *value, struct error *error)
{
	if (strcmp(key, "file") == 0) {
		drive->path = boot_keep(o, value);
	} else if (strcmp(key, "id") == 0) {
		for (unsigned i = 0; i < o->run.machine.ndrives; i++)
			if (o->drive[i].id && strcmp(o->drive[i].id, value) == 0)
				return refuse(error, "id=%s: another -drive has it", value);
		more->id = boot_keep(o, value);
	} else if (strcmp(key, "if") == 0) {
		if (strcmp(value, "none") != 0 && strcmp(value, "virtio") != 0)
			return refuse(error, "if=%s: none or virtio", value);
		more->attached = strcmp(value, "virtio") == 0;
	} else if (strcmp(key, "format") == 0) {
		if (strcmp(value, "raw") != 0)
			return refuse(
				error,
				"format=%s: only raw images are served (qemu-img convert -O raw)",
				value);
	} else if (strcmp(key, "readonly") == 0 || strcmp(key, "read-only") == 0) {
		return boot_take_switch(key, value, &drive->read_only, error);
	} else if (strcmp(key, "snapshot") == 0) {
		return boot_take_switch(key, value, &drive->snapshot, error);
	} else if (!is_of_the_host(key)) {
		return refuse(error, "%s=%s: no such property here", key, value);
	}
	return true;
}

static bool take_drive(void *ctx, const char *value, struct error *error)
{
	struct boot_options *o = ctx;
	struct machine_config *m = &o->run.machine;
	char *copy = boot_keep(o, value), *key, *setting;
	struct words words = { copy };
	struct drive_config *drive;
	struct drive *more;

	if (m->ndrives == MACHINE_MAX_DRIVES || !copy)
		return refuse(error, "at most %d drives", MACHINE_MAX_DRIVES);
	drive = &m->drive[m->ndrives];
	more = &o->drive[m->ndrives];
	*drive = (struct drive_config){ .fd = -1, .slot = -1 };
	more->attached = true;
	while (boot_next_word(&words, &key, &setting))
		if (!drive_property(o, drive, more, key, setting, error))
			return false;
	if (!drive->path || !*drive->path)
		return refuse(error, "'%s': file= is missing", value);
	m->ndrives++;
	return true;
}

/* "virtio-mmio-bus.3" is slot 3. */
static bool take_bus(const char *value, int *slot, struct error *error)
{
	static const char prefix[] = "virtio-mmio-bus.";
	uint64_t n;

	if (strncmp(value, prefix, sizeof(prefix) - 1) != 0 ||
	    !parse_number(value + sizeof(prefix) - 1, &n) || n >= MEMMAP_VIRTIO_SLOTS)
		return refuse(error, "bus=%s: virtio-mmio-bus.0 to virtio-mmio-bus.7", value);
	*slot = (int)n;
	return true;
}

static bool add_device(struct boot_options *o, struct slot_device device, struct error *error)
{
	if (o->ndevices == MEMMAP_VIRTIO_SLOTS)
		return refuse(error, "at most %d virtio devices", MEMMAP_VIRTIO_SLOTS);
	o->device[o->ndevices++] = device;
	return true;
}

static bool is_true_of_disks(const char *key, const char *value)
{
	static const char *const names[] = {
		"id",	      "bootindex",   "share-rw", "ioeventfd",
		"config-wce", "write-cache", "iothread", "queue-size"
	};
	static const char *const so[][2] = { { "scsi", "off" },
					     { "packed", "off" },
					     { "num-queues", "1" },
					     { "logical_block_size", "512" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(key, names[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof(so) / sizeof(so[0]); i++)
		if (strcmp(key, so[i][0]) == 0)
			return strcmp(value, so[i][1]) == 0;
	return false;
}

static bool take_block_device(struct boot_options *o, struct words *words, struct error *error)
{
	struct slot_device device = { .slot = -1 };
	char *key, *value;

	while (boot_next_word(words, &key, &value)) {
		if (strcmp(key, "drive") == 0)
			device.id = boot_keep(o, value);
		else if (strcmp(key, "serial") == 0)
			device.serial = boot_keep(o, value);
		else if (strcmp(key, "bus") == 0) {
			if (!take_bus(value, &device.slot, error))
				return false;
		} else if (!is_true_of_disks(key, value))
			return refuse(error, "%s=%s: no such property here", key, value);
	}
	return add_device(o, device, error);
}

static bool attach(struct boot_options *o, const struct slot_device *device, struct error *error)
{
	if (device->rng) {
		o->run.machine.rng_slot = device->slot;
		return true;
	}
	for (unsigned i = 0; device->id && i < o->run.machine.ndrives; i++) {
		struct drive_config *drive = &o->run.machine.drive[i];

		if (!o->drive[i].id || strcmp(o->drive[i].id, device->id) != 0)
			continue;
		if (o->drive[i].taken)
			return refuse(error, "-device: drive=%s: another -device has it",
				      device->id);
		o->drive[i].attached = o->drive[i].taken = true;
		drive->slot = device->slot;
		drive->id = device->serial;
		return true;
	}
	return refuse(error, "-device: drive=%s: there is no -drive of that id",
		      device->id ? device->id : "");
}

static bool take_rng_device(struct boot_options *o, struct words *words, struct error *error)
{
	struct slot_device device = { .slot = -1, .rng = true };
	char *key, *value;

	if (o->run.machine.rng)
		return refuse(error, "a second virtio-rng-device: one is all there is room for");
	o->run.machine.rng = true;
	while (boot_next_word(words, &key, &value)) {
		if (strcmp(key, "bus") == 0) {
			if (!take_bus(value, &device.slot, error))
				return false;
		} else if (strcmp(key, "rng") != 0 && strcmp(key, "id") != 0) {
			return refuse(error, "%s=%s: no such property here", key, value);
		}
	}
	return add_device(o, device, error);
}

/* QEMU's way to put a file anywhere into memory. */
static bool take_loader(struct boot_options *o, struct words *words, struct error *error)
{
	struct machine_config *m = &o->run.machine;
	struct load_config load = { .pa = MACHINE_AS_LINKED };
	char *key, *value;

	while (boot_next_word(words, &key, &value)) {
		if (strcmp(key, "file") == 0) {
			load.path = value;
		} else if (strcmp(key, "addr") == 0) {
			if (!parse_number(value, &load.pa))
				return refuse(error, "addr=%s: no address (0x80200000)", value);
		} else if (strcmp(key, "force-raw") == 0) {
			if (!boot_take_switch(key, value, &load.raw, error))
				return false;
		} else if (strcmp(key, "id") != 0) {
			return refuse(error, "%s=%s: no such property here", key, value);
		}
	}
	if (!load.path || !*load.path)
		return refuse(error, "loader: file= is missing");
	if (m->nloads == MACHINE_MAX_LOADS)
		return refuse(error, "loader: at most %d of them", MACHINE_MAX_LOADS);
	m->load[m->nloads++] = load;
	return true;
}

static bool take_device(void *ctx, const char *value, struct error *error)
{
	struct boot_options *o = ctx;
	char *copy = boot_keep(o, value), *key, *setting;
	struct words words = { copy };

	if (!copy || !boot_next_word(&words, &key, &setting))
		return refuse(error, "'%s' is no device", value);
	if (strcmp(key, "virtio-blk-device") == 0)
		return take_block_device(o, &words, error);
	if (strcmp(key, "virtio-rng-device") == 0)
		return take_rng_device(o, &words, error);
	if (strcmp(key, "loader") == 0)
		return take_loader(o, &words, error);
	return refuse(error, "'%s': there are virtio-blk-device, virtio-rng-device and loader",
		      key);
}

static bool take_object(void *ctx, const char *value, struct error *error)
{
	(void)ctx;
	if (strncmp(value, "rng-", 4) == 0)
		return true; /* where QEMU takes randomness from; ours comes from --seed */
	return refuse(error, "'%s': no such object here", value);
}

static bool take_global(void *ctx, const char *value, struct error *error)
{
	static const char *const legacy[] = {
		"virtio-mmio.force-legacy=",
		"driver=virtio-mmio,property=force-legacy,value=",
	};
	struct boot_options *o = ctx;

	for (unsigned i = 0; i < 2; i++)
		if (strncmp(value, legacy[i], strlen(legacy[i])) == 0)
			return boot_take_switch("force-legacy", value + strlen(legacy[i]),
						&o->run.machine.virtio_legacy, error);
	return refuse(error, "'%s': no such property here", value);
}

static bool take_nographic(void *ctx, const char *value, struct error *error)
{
	struct boot_options *o = ctx;

	(void)value, (void)error;
	o->run.machine.escape = true;
	return true;
}

/* Options of which only one value is true here. */
static bool take_none(void *ctx, const char *value, struct error *error)
{
	(void)ctx;
	if (strcmp(value, "none") == 0 || strcmp(value, "null") == 0 ||
	    strncmp(value, "none,", 5) == 0)
		return true;
	return refuse(error, "'%s': none", value);
}

/* What is to happen at a reset; the other events are none here, or end the run anyway. */
static bool take_action(void *ctx, const char *value, struct error *error)
{
	struct boot_options *o = ctx;

	if (strcmp(value, "reboot=shutdown") == 0)
		o->run.machine.no_reboot = true;
	else if (strcmp(value, "reboot=reset") == 0)
		o->run.machine.no_reboot = false;
	else if (strncmp(value, "shutdown=poweroff", 17) != 0 && strncmp(value, "panic=", 6) != 0 &&
		 strncmp(value, "watchdog=", 9) != 0)
		return refuse(error, "'%s': reboot=reset, reboot=shutdown, shutdown=poweroff",
			      value);
	return true;
}

static bool take_accelerator(void *ctx, const char *value, struct error *error)
{
	(void)ctx;
	if (strncmp(value, "tcg", 3) == 0 && (!value[3] || value[3] == ','))
		return true;
	return refuse(error, "'%s': there is no hardware here that could help (tcg)", value);
}

static bool take_network(void *ctx, const char *value, struct error *error)
{
	(void)ctx;
	return refuse(error, "'%s': there is no network here", value);
}

static bool take_gdb(void *ctx, const char *value, struct error *error)
{
	struct boot_options *o = ctx;

	(void)value, (void)error;
	if (!o->gdb_said)
		say("the gdb server (-s, -S, -gdb) is not there yet: the run starts at once");
	o->gdb_said = true;
	return true;
}

static bool take_anything(void *ctx, const char *value, struct error *error)
{
	(void)ctx, (void)value, (void)error;
	return true;
}

static bool take_latency(void *ctx, const char *value, struct error *error)
{
	struct boot_options *o = ctx;

	return parse_latency(value, &o->request_ns, &o->page_ns, error);
}

// clang-format off
static const struct option boot_table[] = {
	{ "M",            OPTION_VALUE, boot_take_machine },
	{ "machine",      OPTION_VALUE, boot_take_machine },
	{ "smp",          OPTION_VALUE, boot_take_smp },
	{ "cpu",          OPTION_VALUE, boot_take_cpu },
	{ "bios",         OPTION_PATH,  take_bios },
	{ "kernel",       OPTION_PATH,  take_kernel },
	{ "initrd",       OPTION_PATH,  take_initrd },
	{ "append",       OPTION_VALUE, take_append },
	{ "dtb",          OPTION_PATH,  take_dtb },
	{ "drive",        OPTION_VALUE, take_drive },
	{ "device",       OPTION_VALUE, take_device },
	{ "object",       OPTION_VALUE, take_object },
	{ "global",       OPTION_VALUE, take_global },
	{ "nographic",    OPTION_NONE,  take_nographic },
	{ "serial",       OPTION_VALUE, boot_take_serial },
	{ "chardev",      OPTION_VALUE, boot_take_chardev },
	{ "monitor",      OPTION_VALUE, boot_take_monitor },
	{ "mon",          OPTION_VALUE, boot_take_mon },
	{ "qmp",          OPTION_VALUE, boot_take_monitor },
	{ "display",      OPTION_VALUE, take_none },
	{ "vga",          OPTION_VALUE, take_none },
	{ "parallel",     OPTION_VALUE, take_none },
	{ "net",          OPTION_VALUE, take_none },
	{ "nic",          OPTION_VALUE, take_none },
	{ "netdev",       OPTION_VALUE, take_network },
	{ "accel",        OPTION_VALUE, take_accelerator },
	/* What changes nothing here. */
	{ "name",         OPTION_VALUE, take_anything },
	{ "uuid",         OPTION_VALUE, take_anything },
	{ "msg",          OPTION_VALUE, take_anything },
	{ "k",            OPTION_VALUE, take_anything },
	{ "boot",         OPTION_VALUE, take_anything },
	{ "rtc",          OPTION_VALUE, take_anything }, /* see --realtime */
	{ "sandbox",      OPTION_VALUE, take_anything },
	{ "overcommit",   OPTION_VALUE, take_anything },
	{ "mem-prealloc", OPTION_NONE,  take_anything },
	{ "usb",          OPTION_NONE,  take_anything },
	{ "nodefaults",   OPTION_NONE,  take_anything },
	{ "no-user-config", OPTION_NONE, take_anything },
	{ "no-shutdown",  OPTION_NONE,  take_anything },
	{ "singlestep",   OPTION_NONE,  take_anything },
	{ "one-insn-per-tb", OPTION_NONE, take_anything },
	{ "icount",       OPTION_VALUE, take_anything }, /* time is made of instructions anyway */
	{ "semihosting",  OPTION_NONE,  take_semihosting },
	{ "semihosting-config", OPTION_VALUE, boot_take_semihosting_config },
	{ "s",            OPTION_NONE,  take_gdb },
	{ "S",            OPTION_NONE,  take_gdb },
	{ "gdb",          OPTION_VALUE, take_gdb },
	{ "snapshot",     OPTION_NONE,  take_snapshot },
	{ "no-reboot",    OPTION_NONE,  take_no_reboot },
	{ "action",       OPTION_VALUE, take_action },
	{ "version",      OPTION_NONE,  take_version },
	{ "disk-latency", OPTION_VALUE, take_latency },
	{ "+signature",             OPTION_PATH,  take_signature },
	{ "+signature-granularity", OPTION_VALUE, take_granularity },
	{ NULL,           OPTION_NONE,  NULL },
};
// clang-format on

/* Drives that no -device wanted are dropped; the rest get what holds for all. */
static void settle_drives(struct boot_options *o)
{
	struct machine_config *m = &o->run.machine;
	unsigned n = 0;

	for (unsigned i = 0; i < m->ndrives; i++) {
		struct drive_config drive = m->drive[i];

		if (!o->drive[i].attached)
			continue;
		drive.latency_request_ns = o->request_ns;
		drive.latency_page_ns = o->page_ns;
		drive.snapshot |= o->snapshot;
		drive.power_cut = m->power_cut_insns != 0;
		m->drive[n++] = drive;
	}
	m->ndrives = n;
}

static bool settle(struct boot_options *o, struct error *error)
{
	struct machine_config *m = &o->run.machine;

	boot_choose_slots(o);
	for (unsigned i = 0; i < o->ndevices; i++)
		if (!attach(o, &o->device[i], error))
			return false;
	settle_drives(o);
	if (!boot_settle_serial(o, error) || !boot_settle_semihosting(o, error))
		return false;
	if (!o->bios_given)
		m->default_bios = true;
	if (m->default_bios) {
		if (m->hart.lacks & EXT_BIT(EXT_A))
			return refuse(error,
				      "--isa: our own firmware needs a; -bios FILE or -bios none");
		if (!paths_find("firmware/firmware.elf", o->bios_path, sizeof(o->bios_path)))
			return refuse(error, "our own firmware (firmware.elf) is not installed; "
					     "-bios FILE or -bios none");
		m->bios = o->bios_path;
	}
	if (!m->kernel && (m->default_bios || !m->bios) && !m->nloads && !o->dump_dtb)
		return refuse(error, "nothing to boot: -kernel FILE or -bios FILE");
	if (m->signature && !paths_writable(m->signature))
		return refuse(error, "+signature: %s: %s", m->signature, strerror(errno));
	if (m->initrd && !m->kernel)
		return refuse(error, "-initrd: without -kernel nobody takes it");
	return true;
}

/* -M dumpdtb=FILE: the tree as the guest would find it. */
static bool dump_dtb(const struct machine *machine, const char *path, struct error *error)
{
	const struct machine_layout *l = &machine->layout;
	FILE *file = fopen(path, "wb");
	bool good = file && fwrite(ram_at(&machine->ram, l->fdt_pa), l->fdt_bytes, 1, file) == 1;

	if ((file && fclose(file) != 0) || !good)
		return refuse(error, "dumpdtb=%s: %s", path, strerror(errno));
	say("the device tree is in %s", path);
	return true;
}

static int boot(struct boot_options *o)
{
	struct error error = { "" };
	struct machine *machine;
	int status;

	if (!settle(o, &error) || !session_prepare(&o->run, &error)) {
		say("%s", error.text);
		return STATUS_REFUSED;
	}
	o->run.observe.title = o->run.machine.kernel ? o->run.machine.kernel : o->run.machine.bios;
	if (o->run.machine.ndrives)
		o->run.observe.root_disk = 0;
	machine = machine_create(&o->run.machine, error.text, sizeof(error.text));
	if (!machine) {
		say("%s", error.text);
		return STATUS_REFUSED;
	}
	if (o->dump_dtb) {
		status = dump_dtb(machine, o->dump_dtb, &error) ? 0 : STATUS_REFUSED;
		if (status)
			say("%s", error.text);
		machine_destroy(machine);
		return status;
	}
	o->run.images = images_create(machine, -1);
	if (!session_run(machine, &o->run, &error)) {
		say("%s", error.text);
		status = machine->end == END_NOT_YET ? STATUS_REFUSED : STATUS_FAILED;
	} else {
		status = session_status(machine);
		if (machine->end == END_STUCK)
			session_say_stuck(machine);
		if (machine->output_errno && machine->output_errno != EPIPE) {
			say("the serial port's output: %s", strerror(machine->output_errno));
			status = status ? status : STATUS_FAILED;
		}
	}
	images_destroy(o->run.images);
	machine_destroy(machine);
	return status;
}

int cmd_boot(int argc, char **argv)
{
	struct boot_options *o = calloc(1, sizeof(*o));
	struct error error = { "" };
	int at = 1, status;

	if (!o)
		return STATUS_FAILED;
	run_options_init(&o->run);
	o->run.machine.ram_bytes = DEFAULT_RAM;
	o->run.machine.uart = CONSOLE_STDIO;
	o->run.machine.escape = true;
	o->request_ns = VIRTIO_BLK_REQUEST_NS;
	o->page_ns = VIRTIO_BLK_PAGE_NS;
	if (!options_take(argc, argv, &at, boot_table, o, &o->run, &error)) {
		say("%s", error.text);
		status = STATUS_REFUSED;
	} else if (o->run.help || o->version) {
		fputs(o->version ? version : help, stdout);
		status = 0;
	} else if (at < argc) {
		say("unexpected word '%s' (a kernel is given by -kernel)", argv[at]);
		status = STATUS_REFUSED;
	} else {
		status = boot(o);
	}
	run_options_free(&o->run);
	for (unsigned i = 0; i < o->nstrings; i++)
		free(o->strings[i]);
	free(o->strings);
	free(o->arguments);
	free(o);
	return status;
}
