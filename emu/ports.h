/*
 * The host's side of the guest's consoles: descriptors 0, 1 and 2, the terminal's raw mode, and the
 * Ctrl-A escape.  It knows descriptors and bytes, and no device or machine.
 *
 * Input of two kinds: a regular file or /dev/null is read when the guest asks, so that the run is
 * deterministic; from a terminal, pipe or socket ports_pump gathers what comes, at any time, and the
 * machine takes what was gathered when it can say exactly when (emu/machine_input.c).
 */
#ifndef EMU_PORTS_H
#define EMU_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum port_source {
	SOURCE_NONE,	/* nobody listens to standard input */
	SOURCE_FILE,	/* read when asked */
	SOURCE_STREAM,	/* pipe, socket, device */
	SOURCE_TERMINAL /* raw, watched all the time */
};

/* Gathered and not yet taken, at most.  Beyond it a pipe is not read; a terminal is, for its escapes,
 * and what else is typed is lost. */
#define PORTS_PIPE   4096
#define PORTS_BUFFER 65536

struct ports {
	enum port_source source;
	bool escape;	  /* look for Ctrl-A */
	bool escape_seen; /* the byte before was one */
	bool deaf;	  /* only escapes count: the guest's input is replayed */
	bool eof;	  /* no more will come */
	bool raw;	  /* the terminal was set raw by us, */
	bool raw_output;  /* its output too: the guest has a line discipline of its own */
	bool send_break;  /* Ctrl-A b was typed, behind what is in the buffer */
	uint8_t buffer[PORTS_BUFFER];
	size_t count; /* bytes gathered */
	void *ctx;
	/* Ctrl-A x, Ctrl-A s and others: the key.  May be NULL. */
	void (*key)(void *ctx, int key);
	/* Shall a blocked write give up, because the run is to end?  May be NULL. */
	bool (*give_up)(void *ctx);
};

/* Look at descriptor 0; `input`: somebody reads it.  Terminals are set raw if `raw`; their output
 * too if `raw_output` and standard output is one: else other programs of the pipeline write there.
 * `deaf`: only a terminal's escapes are looked at, and its Ctrl-C stays a signal. */
void ports_open(struct ports *ports, bool input, bool escape, bool raw, bool raw_output, bool deaf);
void ports_close(struct ports *ports); /* the terminal as it was */

/* Restores the terminal, from anywhere (signal handlers too). */
void ports_restore_terminal(void);
/* After the process was stopped and continued: raw again. */
void ports_raw_again(struct ports *ports);

/* SOURCE_FILE: bytes for the guest, > 0, or -1 at end of file. */
ssize_t ports_read_file(struct ports *ports, void *buf, size_t max);

/* May more come from a terminal or a pipe? */
bool ports_external(const struct ports *ports);

/*
 * Gather what has come from a terminal or a pipe, waiting up to wait_ns of host time for it (0: not
 * at all).  `wanted`: the guest would take input now; a terminal is read in any case, since it may
 * hold an escape.
 */
void ports_pump(struct ports *ports, bool wanted, uint64_t wait_ns);

/* Write all n bytes to a descriptor.  Returns n, or -EPIPE, or another negative errno; fewer than n
 * only when give_up said so. */
ssize_t ports_write(struct ports *ports, int fd, const void *bytes, size_t n);

/* The terminal's size; false: descriptor is no terminal. */
bool ports_window(int fd, uint16_t *cols, uint16_t *rows);

/* What the guest is told about the host.  A replay tells what was recorded. */
struct host_facts {
	bool terminal[3];    /* are descriptors 0, 1, 2 terminals? */
	bool file;	     /* is descriptor 0 read when the guest asks? */
	uint16_t cols, rows; /* of the first that is; 0: unknown */
	char term[80];	     /* $TERM where descriptor 1 is one, else "" */
	uint64_t epoch_ns;   /* the date at virtual time 0; 0: the usual one */
};

/* As they are now.  `realtime`: the date too, instead of the machine's usual one. */
void host_facts_now(struct host_facts *facts, bool realtime);

#endif
