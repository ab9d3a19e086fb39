/*
 * The file of --record and --replay: everything that reached a run from outside, with its moment.
 * A versioned text, one thing a line, so that it can be read and written by hand; faultline(1)
 * describes it.  This knows the format, and no machine.
 */
#ifndef EMU_RECORD_H
#define EMU_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/ports.h"

/* What a run is made from, in hashes: a record belongs to one. */
struct fingerprint {
	uint64_t machine; /* the options that matter */
	uint64_t memory;  /* firmware, device tree, kernel, initrd, as they were loaded */
	uint64_t disks;	  /* their contents */
};

enum input_kind {
	INPUT_TYPE,   /* bytes for the console or standard input */
	INPUT_EOF,    /* and there will be no more */
	INPUT_WINDOW, /* the terminal has another size */
	INPUT_BREAK,  /* on the serial line */
	INPUT_QUIT    /* the user ended the run, by a signal or (0) by a key or the window */
};

/* It happens at the first poll point at which so many instructions have retired and it is so late. */
struct input_event {
	uint64_t insns, ns;
	bool exact; /* insns is from a recording: a replay that misses it has gone astray */
	enum input_kind kind;
	uint16_t cols, rows; /* INPUT_WINDOW */
	int signal;	     /* INPUT_QUIT */
	uint8_t *bytes;	     /* INPUT_TYPE */
	size_t count;
};

#define RECORD_DESCRIPTORS 3
#define RECORD_NEVER	   UINT64_MAX

struct recording {
	const char *path;
	struct host_facts host;
	bool recorded; /* by --record: the rest of this block is known */
	struct fingerprint fingerprint;
	uint64_t end_insns, end_ns; /* where the recorded run ended */
	struct input_event *event;
	size_t nevents;
	uint8_t *file; /* what standard input gave, where that was a regular file */
	size_t file_bytes;
	/* The reader of this descriptor was gone after so many bytes; RECORD_NEVER: it stayed. */
	uint64_t gone[RECORD_DESCRIPTORS];
};

/* NULL with a line in error[]: not readable, or not such a file.  path is borrowed. */
struct recording *recording_read(const char *path, char *error, unsigned error_bytes);
void recording_free(struct recording *recording); /* NULL allowed */

/* Writing one.  Each line is in the file when the call returns.  What fails is told at the end. */
struct recorder;
struct recorder *recorder_open(const char *path, char *error, unsigned error_bytes);
void recorder_begin(struct recorder *recorder, const struct host_facts *host,
		    const struct fingerprint *fingerprint);
void recorder_event(struct recorder *recorder, const struct input_event *event);
void recorder_file(struct recorder *recorder, const uint8_t *bytes, size_t n);
void recorder_gone(struct recorder *recorder, unsigned descriptor, uint64_t bytes);
/* Where the run ended; without it the file counts as cut off. */
void recorder_end(struct recorder *recorder, uint64_t insns, uint64_t ns);
/* False with a line in error[]: it could not be written.  NULL allowed. */
bool recorder_close(struct recorder *recorder, char *error, unsigned error_bytes);

#endif
