/*
 * What the files machine*.c share: the devices and the position of the run.
 */
#ifndef EMU_MACHINE_PRIVATE_H
#define EMU_MACHINE_PRIVATE_H

#include <signal.h>

#include "devices/htif.h"
#include "devices/page_store.h"
#include "emu/machine.h"
#include "emu/ports.h"

#define MACHINE_MAX_DEVICES (8 + MEMMAP_VIRTIO_SLOTS)

struct machine_disk {
	struct device *device;
	struct page_store *store;
	unsigned slot;
};

/* Where tohost and fromhost are; 0: the image has none. */
struct machine_htif {
	uint64_t tohost_pa, fromhost_pa;
	uint64_t signature_pa, signature_bytes;
	struct htif state;
	bool stored; /* tohost was stored to: look at it at the next poll point */
};

struct machine_private {
	struct device_host host;
	struct device *device[MACHINE_MAX_DEVICES]; /* all of them, owned */
	unsigned ndevices;
	struct device *rom, *clint, *plic, *uart, *console;
	struct device *slot[MEMMAP_VIRTIO_SLOTS];
	struct machine_disk disk[MACHINE_MAX_DRIVES];
	unsigned ndisks;
	struct ports ports;
	int uart_fd; /* CONSOLE_FILE, else -1 */
	struct machine_htif htif;

	/* The position of the run: plain state. */
	unsigned current;		 /* whose slice it is */
	bool in_slice;			 /* hart_begin_slice was called for it */
	bool waiting[MEMMAP_MAX_HARTS];	 /* in WFI */
	bool trapping[MEMMAP_MAX_HARTS]; /* traps for ever, when it last ran */
	uint64_t slice_insns;		 /* at most; the round's own is the clock's */
	bool reset_wanted;

	/* Of the host only. */
	uint64_t run_until_ns; /* what the running hart_run was cut to; a nearer deadline
					    makes it come back */
	bool running;	       /* inside hart_run */
	bool input_checked;
	uint64_t paced_ns;   /* idle virtual time not yet waited for on the host */
	uint64_t pump_at_ns; /* virtual time of the next look at external input */
	volatile sig_atomic_t stop, end_wanted, end_code, window_changed;
};

/* machine_boot.c: the memory as it is at reset, and every hart at its start. */
bool machine_boot(struct machine *m, char *error, unsigned error_bytes);

/* machine_devices.c */
bool machine_devices_create(struct machine *m, char *error, unsigned error_bytes);
void machine_devices_destroy(struct machine *m);
void machine_feed_uart(struct machine *m);

/* machine_htif.c */
void machine_htif_find(struct machine *m, const struct symbols *symbols, uint64_t va_to_pa);
void machine_htif_stored(void *ctx, uint64_t pa);
void machine_htif_service(struct machine *m);

bool machine_refuse(char *error, unsigned error_bytes, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
