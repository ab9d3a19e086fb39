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

struct image;

struct machine_disk {
	struct device *device;
	struct page_store *store;
	unsigned slot;
};

/* Where tohost, fromhost and the signature are; 0: the image has none. */
struct machine_htif {
	uint64_t tohost_pa, fromhost_pa;
	uint64_t signature_pa, signature_bytes;
	struct htif state;
	bool stored; /* tohost was stored to: look at it at the next poll point */
};

/* External input: machine_input.c. */
struct machine_input {
	/* Plain state: what came and the guest has not taken, and whether more may come. */
	uint8_t *bytes;
	size_t head, count, room;
	bool ended;
	uint64_t next_event;		      /* of the replay */
	uint64_t file_taken;		      /* where standard input is a file */
	uint64_t written[RECORD_DESCRIPTORS]; /* output that the host has accepted */
	/* Of the host only: something came, and happens when so many instructions have retired. */
	bool due;
	uint64_t due_insns;
	bool astray; /* a replayed event came at another place than it did */
	uint64_t astray_insns;
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
	struct machine_input input;
	int uart_fd; /* CONSOLE_FILE, else -1 */
	struct machine_htif htif;

	/* The position of the run: plain state. */
	unsigned current;		 /* whose slice it is */
	bool in_slice;			 /* hart_begin_slice was called for it */
	bool waiting[MEMMAP_MAX_HARTS];	 /* in WFI */
	bool trapping[MEMMAP_MAX_HARTS]; /* traps for ever, when it last ran */
	bool barren;	      /* every hart waits or traps for ever; nothing happened since */
	uint64_t slice_insns; /* at most; the round's own is the clock's */
	bool reset_wanted;

	/* Of the host only. */
	uint64_t run_until_ns; /* what the running hart_run was cut to; a nearer deadline
					    makes it come back */
	bool running;	       /* inside hart_run */
	uint64_t paced_ns;     /* idle virtual time not yet waited for on the host */
	uint64_t pump_at_ns;   /* virtual time of the next look at external input */
	volatile sig_atomic_t stop, end_wanted, end_code, window_changed;
};

/* machine_boot.c: the memory as it is at reset, and every hart at its start. */
bool machine_boot(struct machine *m, char *error, unsigned error_bytes);

/* machine_devices.c */
bool machine_devices_create(struct machine *m, char *error, unsigned error_bytes);
void machine_devices_destroy(struct machine *m);
void machine_feed_uart(struct machine *m);

/* machine_input.c.  At a poll point: what is due happens. `held`: look at the host in any case. */
void machine_input_turn(struct machine *m, uint64_t now, bool held);
/* Idle: wait for the host; true if something came. */
bool machine_input_wait(struct machine *m, uint64_t wait_ns);
/* No hart runs and time was skipped: what has come happens at the next turn. */
void machine_input_idle(struct machine *m);
/* Has something come that has not happened yet? */
bool machine_input_due(const struct machine *m);
/* May more come from the host? */
bool machine_input_external(const struct machine *m);
/* When the next recorded input is due, if that is later than now. */
uint64_t machine_input_ns(const struct machine *m, uint64_t now);
/* Where to stop for input: a number of instructions, or UINT64_MAX. */
uint64_t machine_input_insns(const struct machine *m);
/* Bytes for the guest: > 0, 0 if there are none now, -1 at end of file. */
ssize_t machine_input_take(struct machine *m, void *buf, size_t max);
/* Is the reader of this descriptor gone, as recorded? */
bool machine_output_gone(const struct machine *m, unsigned descriptor);
/* n bytes were given to the host, and it said `wrote`: what the guest is told. */
ssize_t machine_output_result(struct machine *m, unsigned descriptor, size_t n, ssize_t wrote);
void machine_input_save(const struct machine *m, struct state_out *out);
bool machine_input_load(struct machine *m, struct state_in *in);

/* machine_htif.c */
uint64_t machine_epoch_ns(const struct machine *m); /* the date at virtual time 0 */
bool machine_semihost(void *ctx, const struct hart *hart, uint64_t *a0);
/* By the symbols of an image, which was placed `moved` bytes above where it is linked. */
void machine_htif_find(struct machine *m, const struct symbols *symbols, const struct image *image,
		       uint64_t moved);
void machine_htif_stored(void *ctx, uint64_t pa);
void machine_htif_service(struct machine *m);

bool machine_refuse(char *error, unsigned error_bytes, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
