/*
 * What cmd_boot.c and boot_board.c share: one `faultline boot` as QEMU's options say.
 */
#ifndef EMU_BOOT_PRIVATE_H
#define EMU_BOOT_PRIVATE_H

#include "devices/memmap.h"
#include "emu/options.h"

struct drive {
	char *id;
	bool attached; /* it is wanted: if=virtio, or */
	bool taken;    /* some -device uses it */
};

/* A -device with a virtio slot; the -drive of a virtio-blk-device may stand behind it. */
struct slot_device {
	char *id, *serial;
	int slot;
	bool rng;
};

/* A -chardev; of those of other kinds only a monitor can be meant. */
#define BOOT_MAX_CHARDEVS 8
enum chardev_kind { CHARDEV_STDIO, CHARDEV_NULL, CHARDEV_FILE, CHARDEV_OTHER };
struct boot_chardev {
	enum chardev_kind kind;
	const char *id, *path;
};

struct boot_options {
	struct run_options run;
	struct drive drive[MACHINE_MAX_DRIVES]; /* beside machine.drive */
	struct slot_device device[MEMMAP_VIRTIO_SLOTS];
	unsigned ndevices;
	bool snapshot, bios_given;
	struct boot_chardev chardev[BOOT_MAX_CHARDEVS];
	unsigned nchardevs;
	const char *serial_chardev; /* the id that -serial names */
	char *arguments;	    /* of -semihosting-config; to free */
	const char *dump_dtb;	    /* the device tree goes there, and that is all */
	bool gdb_said, monitor_said, serial_said, version;
	uint64_t request_ns, page_ns;
	char bios_path[4096];
	char **strings; /* to free */
	unsigned nstrings;
};

/* "key=value,key=value", taken apart in place. */
struct words {
	char *next;
};

/* The next key and its value ("" when there is none); false at the end.  ",," stands for a comma. */
bool boot_next_word(struct words *words, char **key, char **value);

/* A copy that lives as long as the options; NULL: out of memory. */
char *boot_keep(struct boot_options *options, const char *text);

/* on or off, as QEMU spells it. */
bool boot_take_switch(const char *key, const char *value, bool *field, struct error *error);

/* A slot for each -device that named none, as on QEMU: the highest free one to the first, and so on down. */
void boot_choose_slots(struct boot_options *options);

/* boot_console.c */
bool boot_take_serial(void *ctx, const char *value, struct error *error);
bool boot_take_chardev(void *ctx, const char *value, struct error *error);
bool boot_take_monitor(void *ctx, const char *value, struct error *error);
bool boot_take_mon(void *ctx, const char *value, struct error *error);
bool boot_take_semihosting_config(void *ctx, const char *value, struct error *error);
/* When all options are known. */
bool boot_settle_serial(struct boot_options *options, struct error *error);
bool boot_settle_semihosting(struct boot_options *options, struct error *error);

/* -M, -smp, -cpu: the `take` of struct option, the context being the options. */
bool boot_take_machine(void *ctx, const char *value, struct error *error);
bool boot_take_smp(void *ctx, const char *value, struct error *error);
bool boot_take_cpu(void *ctx, const char *value, struct error *error);

#endif
