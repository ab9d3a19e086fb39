/*
 * The machine: RAM, harts, devices, time.  machine.c wires everything and is the only file that
 * knows all.
 */
#ifndef EMU_MACHINE_H
#define EMU_MACHINE_H

#include "devices/memmap.h"
#include "devices/virtio_blk.h"
#include "emu/hart.h"
#include "emu/ports.h"
#include "emu/record.h"

#define MACHINE_MAX_DRIVES 8

/* What the real-time clock says at virtual time 0, and the date of everything in a root image:
 * 2025-01-01 00:00:00 UTC. */
#define MACHINE_EPOCH_SECONDS 1735689600ull

#define MACHINE_DEFAULT_SLICE 20000 /* instructions, when several harts take turns */

struct drive_config {
	const char *path; /* NULL: anonymous, sparse, gone at the end */
	int fd;		  /* >= 0: use this open file instead of path; the machine closes it */
	uint64_t bytes;	  /* size of an anonymous one */
	bool read_only, snapshot;
	uint64_t latency_request_ns, latency_page_ns;
	int slot;		   /* virtio-mmio slot 0..7, or -1: the first free one */
	const char *id;		   /* answer to GET_ID; NULL: none */
	bool power_cut;		   /* --power-cut concerns this one */
	struct virtio_blk_bad bad; /* --disk-error */
};

/* A file put into memory beside firmware and kernel: an ELF file's segments, else its bytes. */
#define MACHINE_MAX_LOADS 8
#define MACHINE_AS_LINKED UINT64_MAX
struct load_config {
	const char *path;
	uint64_t pa; /* of its first byte; MACHINE_AS_LINKED: an ELF file says where */
	bool raw;    /* its bytes, though it be an ELF file */
};

enum console_source {
	CONSOLE_NONE,	/* output is dropped */
	CONSOLE_STDIO,	/* output to descriptor 1, input from 0 */
	CONSOLE_STDERR, /* output to descriptor 2, no input */
	CONSOLE_FILE	/* output to a file */
};

struct machine_config {
	uint64_t ram_bytes;
	unsigned nharts;
	struct hart_config hart;
	const char *bios;  /* path, or NULL for none */
	bool default_bios; /* bios is our own firmware */
	const char *kernel, *initrd, *append, *dtb;
	struct drive_config drive[MACHINE_MAX_DRIVES];
	unsigned ndrives;
	struct load_config load[MACHINE_MAX_LOADS];
	unsigned nloads;
	enum console_source uart; /* who is behind the 16550 */
	const char *uart_path;	  /* CONSOLE_FILE */
	bool escape;		  /* Ctrl-A is an escape on standard input */
	bool program_ports;	  /* virtio-console ports 0..2 are the host's descriptors 0..2 */
	int console_slot;	  /* virtio slot of the console; -1: the first free one */
	bool rng;		  /* a virtio-rng, in rng_slot (-1: the first free one) */
	int rng_slot;
	bool virtio_legacy;   /* all slots have the interface of version 1 */
	bool virtio_descends; /* the device tree lists the highest slot first */
	uint64_t seed;
	uint8_t fill;				  /* what RAM holds before anything is loaded */
	uint64_t max_insns;			  /* 0: no limit */
	uint64_t power_cut_insns, power_cut_seed; /* 0: never */
	uint64_t slice_insns;			  /* 0: MACHINE_DEFAULT_SLICE */
	struct host_facts host;
	const struct recording *replay; /* the only input; NULL: the host's */
	bool no_reboot;			/* a reset ends the run with status 0 */
	bool semihosting;
	const char *semihosting_line; /* its command line; NULL: empty */
	bool pack;	       /* firmware, device tree and kernel follow one another (run) */
	const char *signature; /* file for begin_signature..end_signature at the end */
	unsigned signature_granularity;
};

enum machine_end {
	END_NOT_YET,
	END_FINISHER,  /* finisher or tohost: code is the guest's */
	END_MAX_INSNS, /* 124 */
	END_POWER_CUT, /* the instruction of --power-cut was reached */
	END_HOST,      /* the user asked (Ctrl-A x, SIGINT, SIGTERM, window closed) */
	END_STUCK      /* nothing can ever happen again: all wait, or trap for ever */
};

/* How the memory was laid out: for the device tree, messages and tests. */
struct machine_layout {
	uint64_t firmware_pa, firmware_bytes; /* 0 bytes: none */
	uint64_t kernel_pa, kernel_bytes, kernel_entry;
	uint64_t initrd_pa, initrd_bytes;
	uint64_t fdt_pa, fdt_bytes;
	struct {
		uint64_t pa, bytes;
	} loaded[MACHINE_MAX_LOADS]; /* as many as the configuration has */
	uint64_t start_pc, start_a2;
};

/* How whoever drives the machine takes part.  All may be NULL. */
struct machine_hooks {
	void *ctx;
	/* The guest's output for descriptor 1 or 2 is about to be written; true: it is taken. */
	bool (*output)(void *ctx, unsigned descriptor, const void *bytes, size_t count);
	/* Ctrl-A and a key that is none of x, s, b and Ctrl-A. */
	void (*key)(void *ctx, int key);
	/* Ctrl-A s. */
	void (*status)(void *ctx);
};

struct machine {
	struct machine_config config;
	struct ram ram;
	struct bus bus;
	struct clock clock;
	struct event_hub events;
	struct hart *hart[MEMMAP_MAX_HARTS];
	enum machine_end end;
	int exit_code;	  /* END_FINISHER: the guest's; END_HOST: a signal's number, 0: a key */
	uint64_t idle_ns; /* virtual time in which every hart waited */
	int trap_loop;	  /* END_STUCK: the hart that traps for ever; -1: none does */
	int output_errno; /* the host could not take the UART's or a port's output: why, first time */
	uint64_t stop_insns; /* machine_run also returns when so many have retired; 0: never */
	struct machine_hooks hooks;
	struct recorder *recorder; /* hears of every external input; NULL: nobody */
	struct machine_layout layout;
	/* kernel image as loaded, for symbols and introspection */
	struct symbols *kernel_symbols;
	uint64_t kernel_va, kernel_pa;	 /* va - kernel_va + kernel_pa = pa */
	struct machine_private *private; /* devices and the rest: machine.c's */
};

/* NULL with a one-line message in error[] when something is refused.  Strings of config are
 * borrowed until machine_destroy. */
struct machine *machine_create(const struct machine_config *config, char *error,
			       unsigned error_bytes);
void machine_destroy(struct machine *machine);

/* Run until the end, or until virtual time `until_ns` (first poll point at or after it), or until
 * machine_request_stop.  Returns with every hart at a poll point, everything settled. */
void machine_run(struct machine *machine, uint64_t until_ns);
/* Make machine_run return at the next poll point; from event consumers. */
void machine_request_stop(struct machine *machine);
/* The user wants the end: machine_run returns soon, at a poll point, with END_HOST and this code.
 * From signal handlers too. */
void machine_request_end(struct machine *machine, int code);
/* Has it been called?  For whoever waits for the user after the end. */
bool machine_end_requested(const struct machine *machine);
/* Of a machine that has not run yet. */
struct fingerprint machine_fingerprint(const struct machine *machine);
/* Has a replay of a recorded run left its course: other insns at an input, or another end? */
bool machine_astray(const struct machine *machine, uint64_t *insns);
uint64_t machine_now_ns(const struct machine *machine);
uint64_t machine_insns(const struct machine *machine); /* all harts */

/* Guest physical memory for viewers: NULL if it is not all RAM.  Reading has no effect. */
const void *machine_peek(const struct machine *machine, uint64_t pa, uint64_t bytes);

struct disk_counters {
	uint64_t reads, writes; /* pages */
	uint64_t requests, flushes;
	uint64_t pages;	  /* capacity */
	uint64_t busy_ns; /* virtual time spent serving */
};
unsigned machine_ndisks(const struct machine *machine);
struct disk_counters machine_disk(const struct machine *machine, unsigned disk);

/* After the run: write config.signature.  False with a line in error[]. */
bool machine_write_signature(const struct machine *machine, char *error, unsigned error_bytes);

/* All guest-visible state, the disks' contents too; between machine_runs.  machine_load needs a machine made from the same
 * configuration; false: the state does not fit it, and the machine is unusable. */
void machine_save(const struct machine *machine, struct state_out *out);
bool machine_load(struct machine *machine, struct state_in *in);

/* Symbols by libelf (loader.c): nearest function at or below pc; NULL if unknown. */
struct symbols;
struct symbols *symbols_read(const char *path); /* NULL: not an ELF, or no symbols */
void symbols_free(struct symbols *symbols);
const char *symbols_find(const struct symbols *symbols, uint64_t va, uint64_t *offset);
bool symbols_lookup(const struct symbols *symbols, const char *name, uint64_t *va);

#endif
