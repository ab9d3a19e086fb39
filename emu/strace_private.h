/*
 * What the files of --strace share: a call in progress, growing text, guest memory, and the functions
 * that print arguments (one per kind: strace_kinds.def).
 */
#ifndef EMU_STRACE_PRIVATE_H
#define EMU_STRACE_PRIVATE_H

#include "emu/strace.h"

/* ---- Text ---- */

/* Grows as needed; where memory is short it stays as it is.  Zero is: empty. */
struct text {
	char *bytes; /* NUL-terminated if not NULL */
	size_t used, room;
};

void text_put(struct text *text, const char *string);
void text_bytes(struct text *text, const char *bytes, size_t count);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_clear(struct text *text);
void text_free(struct text *text);

/* ---- A call ---- */

#define STRACE_ARGS 6

enum returns {
	RETURNS_NUMBER,
	RETURNS_ADDRESS,
	RETURNS_OCTAL,
	RETURNS_SIGNAL, /* its name behind the number */
	RETURNS_NOTHING /* it does not return */
};

typedef uint8_t arg_kind; /* enum in strace_args.c */

struct strace_row {
	const char *name;
	uint8_t returns; /* enum returns */
	uint8_t nargs;
	arg_kind kind[STRACE_ARGS];
};

/* By number; NULL: no call that Linux has, or none that it had when the table was written. */
const struct strace_row *strace_row(uint64_t number);

/*
 * Prints the arguments of one call, in order, as far as they are known: what the call only reads as
 * soon as its memory is present, what it writes when it has returned.
 */
struct printer {
	struct text text; /* of the whole call */
	const struct machine *machine;
	uint64_t satp;	 /* address space of the caller; 0: its memory can no longer be read */
	uint64_t number; /* of the call */
	uint64_t a[STRACE_ARGS], sp;
	const struct strace_row *row;
	unsigned next; /* argument to be printed */
	bool over; /* the arguments that are left are not printed: this call does not use them */
	bool done; /* the call has returned, with: */
	int64_t result;
};

void printer_begin(struct printer *p);
/* Prints what can be printed now.  True: no argument is left. */
bool printer_go_on(struct printer *p);
/* "3", "-1 ENOENT (No such file or directory)", with whatever else belongs behind it. */
void printer_result(struct printer *p, struct text *to);

/* ---- One argument ---- */

/* Prints argument i; false: not yet.  `data` comes from the kind's row. */
typedef bool show_fn(struct printer *p, unsigned i, const void *data);

/* Guest memory at va: GOT; or why not: it must be tried again later, or never. */
enum got { GOT, LATER, NEVER };
enum got take_in(const struct printer *p, uint64_t va, void *buf, size_t bytes);
/* The same for what the call writes: only when it has succeeded. */
enum got take_out(const struct printer *p, uint64_t va, void *buf, size_t bytes);
/* Prints the address instead, if it is NEVER; result for a show_fn. */
bool instead(struct printer *p, uint64_t va, enum got got);

bool guest_read(const struct printer *p, uint64_t va, void *buf, size_t bytes);

void put_address(struct text *text, uint64_t va); /* 0x..., NULL */

/* "abc\n"..., at most `most` bytes of them. */
#define STRING_MOST 32
void put_quoted(struct text *text, const char *bytes, size_t count, size_t most);
/* A NUL-terminated string at va, printed; LATER or NEVER: nothing printed. */
enum got put_string(struct printer *p, uint64_t va, size_t most);

/* `count` iovecs at va, of whose buffers `limit` bytes count; false: not yet, nothing printed. */
bool put_iovec(struct printer *p, uint64_t va, uint64_t count, uint64_t limit);

/*
 * A structure by its layout: text is copied, and %-letters print the next bytes of it: d s32, u u32,
 * o u32 in octal, h u16, l s64, L u64, x u64 in hexadecimal, p an address, R a limit (RLIM64_INFINITY),
 * S a signal's name (s32), M a signal set of 8 bytes; a number and a dot skip as many bytes.
 */
void put_layout(struct text *text, const char *layout, const void *bytes);

void put_signal(struct text *text, uint64_t number);
void put_sigset(struct text *text, uint64_t set);
/* ", si_int=5, si_ptr=0x5" for a prefix of ", si_". */
void put_sigval(struct text *text, const char *prefix, uint64_t value);
void put_siginfo(struct text *text, const uint64_t info[6]);
void put_mode(struct text *text, uint32_t mode); /* S_IFREG|0644 */

/* What ppoll and pselect6 found, behind their result; and the result of calls that have more to it. */
void put_polled(struct printer *p, struct text *to);
void put_selected(struct printer *p, struct text *to);
void put_number_result(struct printer *p, struct text *to);

/* ---- Names of numbers ---- */

struct flag {
	uint64_t value;
	const char *name;
};

/* A list ends with a name of NULL. */
struct flags {
	const struct flag *list;
	const char *unknown; /* "PROT_???" */
};

#define FLAGS(name, ...) extern const struct flags name##_flags;
#include "emu/strace_flags.def"
#undef FLAGS

void put_flags(struct text *text, const struct flags *flags, uint64_t value); /* A|B|0x40 */
void put_name(struct text *text, const struct flags *flags, uint64_t value);  /* one of them */

/* strace_args.c, strace_struct.c and strace_calls.c */
show_fn show_int, show_unsigned, show_long, show_size, show_hex, show_octal, show_address, show_fd,
	show_id, show_device, show_open_mode, show_path, show_string, show_string_out,
	show_buffer_in, show_buffer_out, show_bytes_out, show_iovec_in, show_iovec_out, show_vector,
	show_environment, show_dirents, show_layout_out, show_layout_both, show_layout_in,
	show_left, show_times, show_statfs, show_stat, show_statx, show_uname, show_hwprobe,
	show_cpus, show_cpus_out, show_mincore, show_groups_in, show_groups_out, show_signal,
	show_sigset_select, show_sigaction, show_sigaction_out, show_siginfo, show_siginfo_out,
	show_sigevent, show_stack, show_stack_out, show_frame, show_termination, show_open,
	show_fcntl, show_fcntl_arg, show_ioctl, show_ioctl_arg, show_futex, show_futex_value,
	show_futex_arg, show_futex_last, show_futex_other, show_prctl, show_prctl_arg, show_clone,
	show_clone3, show_poll, show_fdset, show_epoll, show_epoll_out, show_mremap, show_flags,
	show_name, show_socket, show_statx_flags, show_address_in, show_address_out, show_protocol,
	show_option, show_message_in, show_message_out, show_map;

#endif
