/*
 * The host's side of the guest's consoles: descriptors 0, 1 and 2, the terminal's raw mode, and the
 * Ctrl-A escape.  It knows descriptors and bytes, and no device or machine.
 *
 * Input of two kinds: a regular file or /dev/null is read when the guest asks, so that the run is
 * deterministic; a terminal, pipe or socket is read by ports_pump only, which is where external
 * input enters.
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

#define PORTS_BUFFER 4096

struct ports {
	enum port_source source;
	bool escape;	  /* look for Ctrl-A */
	bool escape_seen; /* the byte before was one */
	bool eof;	  /* no more will come */
	bool raw;	  /* the terminal was set raw by us, */
	bool raw_output;  /* its output too: the guest has a line discipline of its own */
	uint8_t buffer[PORTS_BUFFER];
	size_t head, count; /* bytes that came and the guest has not taken */
	void *ctx;
	/* Ctrl-A x, Ctrl-A s and others: the key.  May be NULL. */
	void (*key)(void *ctx, int key);
	/* Shall a blocked write give up, because the run is to end?  May be NULL. */
	bool (*give_up)(void *ctx);
};

/* Look at descriptor 0; `input`: somebody reads it.  Terminals are set raw if `raw`; their output
 * too if `raw_output` and standard output is one: else other programs of the pipeline write there. */
void ports_open(struct ports *ports, bool input, bool escape, bool raw, bool raw_output);
void ports_close(struct ports *ports); /* the terminal as it was */

/* Restores the terminal, from anywhere (signal handlers too). */
void ports_restore_terminal(void);
/* After the process was stopped and continued: raw again. */
void ports_raw_again(struct ports *ports);

/* Bytes for the guest: > 0, 0 if there are none now, -1 at end of file. */
ssize_t ports_take(struct ports *ports, void *buf, size_t max);

/* May more external input come? */
bool ports_external(const struct ports *ports);

/*
 * Take in what has come from outside, waiting up to wait_ns of host time for it (0: not at all).
 * `wanted`: the guest would take input now; a terminal is read in any case, since it may hold an
 * escape.  Returns true if input or its end has arrived.
 */
bool ports_pump(struct ports *ports, bool wanted, uint64_t wait_ns);

/* Write all n bytes to a descriptor.  Returns n, or -EPIPE, or another negative errno; fewer than n
 * only when give_up said so. */
ssize_t ports_write(struct ports *ports, int fd, const void *bytes, size_t n);

/* The terminal's size; false: descriptor is no terminal. */
bool ports_window(int fd, uint16_t *cols, uint16_t *rows);

#endif
