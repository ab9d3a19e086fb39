/*
 * The command line: what all commands share.  Values become fields of struct machine_config and
 * struct observe_options; every refusal is one line that names the option.
 */
#ifndef EMU_OPTIONS_H
#define EMU_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/machine.h"
#include "emu/observe.h"
#include "emu/parse.h"
#include "emu/profile.h"

/* Exit statuses that are not the guest's. */
#define STATUS_REFUSED	 2   /* refused before the guest started */
#define STATUS_MAX_INSNS 124 /* --max-insns was reached, or the power was cut */
#define STATUS_FAILED                                                                              \
	125 /* the guest cannot go on (panic, nothing can happen), or an output file failed */

struct error {
	char text[512];
};

/* Sets the line; always false. */
bool refuse(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "REQUEST[,PAGE]": --disk-latency. */
bool parse_latency(const char *text, uint64_t *request_ns, uint64_t *page_ns, struct error *error);
/* What every command that runs a machine takes. */
struct run_options {
	struct machine_config machine;
	unsigned ram_least_kib; /* what -m must at least give; 64 at first */
	struct observe_options observe;
	uint32_t trace;		/* EVENT_BITs of -d */
	const char *trace_file; /* -D; NULL: standard error */
	struct profile_options profile;
	const char *refs;	     /* --refs: where the reference string goes; NULL: nowhere */
	const char *symbols;	     /* --symbols: of the kernel; NULL: its own file's */
	struct images *images;	     /* what explains a pc; NULL: nothing does */
	const char *record, *replay; /* files; NULL: none */
	struct recording *recording;
	bool realtime;
	bool help;
};

void run_options_init(struct run_options *options);
void run_options_free(struct run_options *options);

/*
 * One option of a command.  `take` gets the value (NULL for one without) and the command's own
 * context; it refuses with a line that need not name the option: the caller puts it in front.
 */
enum option_value {
	OPTION_NONE,
	OPTION_VALUE,
	OPTION_PATH, /* a value that is not empty */
	OPTION_MAY   /* only as NAME=VALUE */
};
struct option {
	const char *name; /* without dashes; begins with '+' if that is how it is spelled */
	enum option_value value;
	bool (*take)(void *ctx, const char *value, struct error *error);
};

/* A `take` that keeps the value, and one that notes that the option was there, in a field of its context. */
#define OPTION_TEXT(name, type, field)                                                             \
	static bool name(void *ctx, const char *value, struct error *error)                        \
	{                                                                                          \
		(void)error;                                                                       \
		((type *)ctx)->field = value;                                                      \
		return true;                                                                       \
	}
#define OPTION_FLAG(name, type, field)                                                             \
	static bool name(void *ctx, const char *value, struct error *error)                        \
	{                                                                                          \
		(void)value, (void)error;                                                          \
		((type *)ctx)->field = true;                                                       \
		return true;                                                                       \
	}

/*
 * Take options from argv[*at] on, until the first word that is none or after "--"; *at is left
 * there.  One or two dashes, NAME VALUE or NAME=VALUE.  `own` is looked at before the common ones,
 * which go to `common`; both tables end with a name of NULL.
 */
bool options_take(int argc, char **argv, int *at, const struct option *own, void *ctx,
		  struct run_options *common, struct error *error);

/* The same for one option alone. */
enum options_next {
	OPTIONS_TAKEN,
	OPTIONS_END,	 /* no option is left; "--" was stepped over */
	OPTIONS_UNKNOWN, /* neither table has it; nothing was taken */
	OPTIONS_REFUSED
};
enum options_next options_take_one(int argc, char **argv, int *at, const struct option *own,
				   void *ctx, struct run_options *common, struct error *error);

#endif
