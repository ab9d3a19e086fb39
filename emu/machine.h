/*
 * The machine: RAM, harts, devices, time.  machine.c wires everything and is the only file that
 * knows all.
 */
#ifndef EMU_MACHINE_H
#define EMU_MACHINE_H

#include "devices/memmap.h"
#include "emu/hart.h"

#define MACHINE_MAX_DRIVES 8

struct drive_config {
	const char *path;      /* NULL: anonymous, sparse, gone at the end */
	int fd;                /* >= 0: use this open file instead of path */
	uint64_t bytes;        /* size of an anonymous one */
	bool read_only, snapshot;
	uint64_t latency_request_ns, latency_page_ns;
};

enum console_source { CONSOLE_NONE, CONSOLE_STDIO };

struct machine_config {
	uint64_t ram_bytes;
	unsigned nharts;
	struct hart_config hart;
	const char *bios;            /* path, or NULL for none */
	bool default_bios;           /* our own firmware */
	const char *kernel, *initrd, *append;
	struct drive_config drive[MACHINE_MAX_DRIVES];
	unsigned ndrives;
	enum console_source uart;    /* who is behind the 16550 */
	bool program_ports;          /* virtio-console ports 0..2 are the host's descriptors 0..2 */
	uint64_t seed;
	uint64_t max_insns;          /* 0: no limit */
	bool realtime;
	bool pack;                   /* firmware, device tree and kernel follow one another (run) */
};

enum machine_end {
	END_NOT_YET,
	END_FINISHER,  /* finisher or tohost: code is the guest's */
	END_MAX_INSNS, /* 124 */
	END_HOST,      /* the user asked (Ctrl-A x, SIGINT, SIGTERM, window closed) */
	END_STUCK      /* nothing can ever happen again */
};

struct machine {
	struct machine_config config;
	struct ram ram;
	struct bus bus;
	struct clock clock;
	struct event_hub events;
	struct hart *hart[MEMMAP_MAX_HARTS];
	enum machine_end end;
	int exit_code;
	uint64_t idle_ns;            /* virtual time in which every hart waited */
	/* kernel image as loaded, for symbols and introspection */
	struct symbols *kernel_symbols;
	uint64_t kernel_va, kernel_pa; /* va - kernel_va + kernel_pa = pa */
	struct machine_private *private; /* devices and the rest: machine.c's */
};

/* NULL with a one-line message in error[] when something is refused. */
struct machine *machine_create(const struct machine_config *config, char *error, unsigned error_bytes);
void machine_destroy(struct machine *machine);

/* Run until the end, or until virtual time `until_ns` (first poll point at or after it), or until
 * machine_request_stop.  Returns with every hart at a poll point, everything settled. */
void machine_run(struct machine *machine, uint64_t until_ns);
/* Make machine_run return at the next poll point; from event consumers and signal handlers. */
void machine_request_stop(struct machine *machine);
uint64_t machine_now_ns(const struct machine *machine);
uint64_t machine_insns(const struct machine *machine); /* all harts */

/* Guest physical memory for viewers: NULL if it is not all RAM.  Reading has no effect. */
const void *machine_peek(const struct machine *machine, uint64_t pa, uint64_t bytes);

struct disk_counters {
	uint64_t reads, writes;  /* pages */
	uint64_t requests, flushes;
	uint64_t pages;          /* capacity */
};
unsigned machine_ndisks(const struct machine *machine);
struct disk_counters machine_disk(const struct machine *machine, unsigned disk);

/* Symbols by libelf (loader.c): nearest function at or below pc; NULL if unknown. */
struct symbols;
const char *symbols_find(const struct symbols *symbols, uint64_t va, uint64_t *offset);
bool symbols_lookup(const struct symbols *symbols, const char *name, uint64_t *va);

#endif
