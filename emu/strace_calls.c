/* Calls whose later arguments depend on earlier ones, and results with more than a number. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emu/strace_private.h"

/* ---- open ---- */

#define O_ACCMODE 3
#define O_CREAT	  0100
#define O_TMPFILE 020200000

static void put_open_flags(struct text *text, uint32_t flags)
{
	static const char *const modes[] = { "O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE" };

	text_put(text, modes[flags & O_ACCMODE]);
	if (flags & ~(uint32_t)O_ACCMODE) {
		text_put(text, "|");
		put_flags(text, &open_flags, flags & ~(uint32_t)O_ACCMODE);
	}
}

bool show_open(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	put_open_flags(&p->text, (uint32_t)p->a[i]);
	p->over = !(p->a[i] & O_CREAT) && (p->a[i] & O_TMPFILE) != O_TMPFILE;
	return true;
}

/* ---- fcntl ---- */

#define F_DUPFD		0
#define F_GETFD		1
#define F_SETFD		2
#define F_GETFL		3
#define F_SETFL		4
#define F_GETLK		5
#define F_SETLK		6
#define F_SETLKW	7
#define F_GETOWN	9
#define F_GETSIG	11
#define F_GETLEASE	1025
#define F_DUPFD_CLOEXEC 1030
#define F_GETPIPE_SZ	1032
#define F_GET_SEALS	1034

bool show_fcntl(struct printer *p, unsigned i, const void *data)
{
	static const uint16_t alone[] = { F_GETFD,    F_GETFL,	    F_GETOWN,	F_GETSIG,
					  F_GETLEASE, F_GETPIPE_SZ, F_GET_SEALS };

	(void)data;
	put_name(&p->text, &fcntl_flags, (uint32_t)p->a[i]);
	for (size_t k = 0; k < sizeof(alone) / sizeof(alone[0]); k++)
		p->over |= (uint32_t)p->a[i] == alone[k];
	return true;
}

/* struct flock: s16 l_type, l_whence, s64 l_start, l_len, s32 l_pid. */
static bool show_lock(struct printer *p, unsigned i, bool out)
{
	uint64_t lock[4];
	enum got got = out ? take_out(p, p->a[i], lock, sizeof(lock))
			   : take_in(p, p->a[i], lock, sizeof(lock));

	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "{l_type=");
	put_name(&p->text, &lock_type_flags, lock[0] & 0xffff);
	text_put(&p->text, ", l_whence=");
	put_name(&p->text, &whence_flags, lock[0] >> 16 & 0xffff);
	put_layout(&p->text, ", l_start=%l, l_len=%l", &lock[1]);
	if (out)
		put_layout(&p->text, ", l_pid=%d", &lock[3]);
	text_put(&p->text, "}");
	return true;
}

bool show_fcntl_arg(struct printer *p, unsigned i, const void *data)
{
	switch ((uint32_t)p->a[i - 1]) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return show_int(p, i, data);
	case F_SETFD:
		put_flags(&p->text, &fd_flags, (uint32_t)p->a[i]);
		return true;
	case F_SETFL:
		put_open_flags(&p->text, (uint32_t)p->a[i]);
		return true;
	case F_GETLK:
		return show_lock(p, i, true);
	case F_SETLK:
	case F_SETLKW:
		return show_lock(p, i, false);
	}
	return show_hex(p, i, data);
}

/* ---- ioctl ---- */

#define TCGETS	    0x5401
#define TCSETS	    0x5402
#define TCSETSF	    0x5404
#define TCXONC	    0x540a
#define TCFLSH	    0x540b
#define TIOCGPGRP   0x540f
#define TIOCSPGRP   0x5410
#define TIOCOUTQ    0x5411
#define TIOCGWINSZ  0x5413
#define TIOCSWINSZ  0x5414
#define FIONREAD    0x541b
#define FIONBIO	    0x5421
#define TIOCNOTTY   0x5422
#define TIOCGSID    0x5429
#define TIOCGPTPEER 0x5441
#define FIONCLEX    0x5450
#define FIOCLEX	    0x5451
#define TIOCGPTN    0x80045430
#define TIOCSPTLCK  0x40045431
#define TIOCGPTLCK  0x80045439

bool show_ioctl(struct printer *p, unsigned i, const void *data)
{
	static const uint32_t alone[] = { TIOCNOTTY, FIONCLEX, FIOCLEX };
	uint32_t command = (uint32_t)p->a[i];
	const struct flag *known = ioctl_flags.list;

	(void)data;
	while (known->name && known->value != command)
		known++;
	if (known->name)
		text_put(&p->text, known->name);
	else
		text_printf(&p->text, "_IOC(%s%s%s, %#x, %#x, %#x)",
			    command >> 30 ? "" : "_IOC_NONE", command >> 31 ? "_IOC_READ" : "",
			    command >> 30 == 3	       ? "|_IOC_WRITE"
			    : (command >> 30 & 1) == 1 ? "_IOC_WRITE"
						       : "",
			    command >> 8 & 0xff, command & 0xff, command >> 16 & 0x3fff);
	for (size_t k = 0; k < sizeof(alone) / sizeof(alone[0]); k++)
		p->over |= command == alone[k];
	return true;
}

/* struct termios: u32 c_iflag, c_oflag, c_cflag, c_lflag, ... */
static bool show_termios(struct printer *p, unsigned i, bool out)
{
	uint32_t flags[4];
	enum got got = out ? take_out(p, p->a[i], flags, sizeof(flags))
			   : take_in(p, p->a[i], flags, sizeof(flags));

	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "{");
	put_name(&p->text, &baud_flags, flags[2] & 0x100f);
	text_printf(&p->text, " %sopost %sisig %sicanon %secho ...}", flags[1] & 1 ? "" : "-",
		    flags[3] & 1 ? "" : "-", flags[3] & 2 ? "" : "-", flags[3] & 8 ? "" : "-");
	return true;
}

bool show_ioctl_arg(struct printer *p, unsigned i, const void *data)
{
	static const char winsize[] = "{ws_row=%h, ws_col=%h, ws_xpixel=%h, ws_ypixel=%h}";
	uint32_t command = (uint32_t)p->a[i - 1];

	switch (command) {
	case TCGETS:
		return show_termios(p, i, true);
	case TCSETS:
	case TCSETS + 1:
	case TCSETSF:
		return show_termios(p, i, false);
	case TIOCGWINSZ:
		return show_layout_out(p, i, winsize);
	case TIOCSWINSZ:
		return show_layout_in(p, i, winsize);
	case TIOCGPGRP:
	case TIOCGSID:
	case TIOCOUTQ:
	case FIONREAD:
	case TIOCGPTN:
	case TIOCGPTLCK:
		return show_layout_out(p, i, "[%d]");
	case TIOCSPGRP:
	case FIONBIO:
	case TIOCSPTLCK:
		return show_layout_in(p, i, "[%d]");
	case TCFLSH:
		return show_name(p, i, &flush_queue_flags);
	case TCXONC:
		return show_name(p, i, &flow_flags);
	case TIOCGPTPEER:
		put_open_flags(&p->text, (uint32_t)p->a[i]);
		return true;
	}
	return command < 0x8000 && p->a[i] < 0x10000 ? show_int(p, i, data) : show_hex(p, i, data);
}

/* ---- futex ---- */

#define FUTEX_PRIVATE	  128
#define FUTEX_REALTIME	  256
#define FUTEX_WAIT	  0
#define FUTEX_WAKE	  1
#define FUTEX_REQUEUE	  3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAKE_OP	  5
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10

static unsigned futex_command(const struct printer *p)
{
	return p->a[1] & ~(uint64_t)(FUTEX_PRIVATE | FUTEX_REALTIME) & 0xffffffff;
}

bool show_futex(struct printer *p, unsigned i, const void *data)
{
	(void)i, (void)data;
	put_name(&p->text, &futex_flags, futex_command(p));
	if (p->a[1] & FUTEX_PRIVATE)
		text_put(&p->text, "_PRIVATE");
	if (p->a[1] & FUTEX_REALTIME)
		text_put(&p->text, "|FUTEX_CLOCK_REALTIME");
	return true;
}

static void put_bitset(struct text *text, uint32_t set)
{
	if (set == UINT32_MAX)
		text_put(text, "FUTEX_BITSET_MATCH_ANY");
	else
		text_printf(text, "%#" PRIx32, set);
}

/* The fourth: a time, a number, or nothing.  FUTEX_WAKE's value, the third, is its last. */
bool show_futex_arg(struct printer *p, unsigned i, const void *data)
{
	switch (futex_command(p)) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		if (!show_layout_in(p, i, "{tv_sec=%l, tv_nsec=%l}"))
			return false;
		p->over = futex_command(p) == FUTEX_WAIT;
		return true;
	case FUTEX_WAKE_BITSET:
		put_bitset(&p->text, (uint32_t)p->a[5]);
		p->over = true;
		return true;
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
	case FUTEX_WAKE_OP:
		return show_unsigned(p, i, data);
	}
	return show_address(p, i, data);
}

bool show_futex_value(struct printer *p, unsigned i, const void *data)
{
	p->over = futex_command(p) == FUTEX_WAKE;
	return show_unsigned(p, i, data);
}

/* The fifth is another futex; those with a set of bits have only that, which is the sixth. */
bool show_futex_other(struct printer *p, unsigned i, const void *data)
{
	p->over = futex_command(p) == FUTEX_WAIT_BITSET;
	if (p->over)
		put_bitset(&p->text, (uint32_t)p->a[i + 1]);
	else
		show_address(p, i, data);
	return true;
}

bool show_futex_last(struct printer *p, unsigned i, const void *data)
{
	return futex_command(p) == FUTEX_WAKE_OP ? show_hex(p, i, data) : show_unsigned(p, i, data);
}

/* ---- prctl ---- */

#define PR_GET_DUMPABLE	    3
#define PR_SET_DUMPABLE	    4
#define PR_SET_NAME	    15
#define PR_GET_NAME	    16
#define PR_GET_NO_NEW_PRIVS 39

bool show_prctl(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	put_name(&p->text, &prctl_flags, (uint32_t)p->a[i]);
	p->over = p->a[i] == PR_GET_DUMPABLE;
	return true;
}

bool show_prctl_arg(struct printer *p, unsigned i, const void *data)
{
	switch (p->a[i - 1]) {
	case PR_GET_NAME:
		if (!p->done)
			return false;
		p->over = p->result < 0 ? show_address(p, i, data) : show_string(p, i, data);
		return p->over;
	case PR_SET_NAME:
		p->over = show_string(p, i, data);
		return p->over;
	case PR_SET_DUMPABLE:
		p->over = show_int(p, i, data);
		return true;
	}
	return show_hex(p, i, data);
}

/* ---- clone ---- */

#define CSIGNAL		     0xff
#define CLONE_SETTLS	     0x80000
#define CLONE_PARENT_SETTID  0x100000
#define CLONE_CHILD_CLEARTID 0x200000
#define CLONE_CHILD_SETTID   0x1000000

static void put_clone_flags(struct text *text, uint64_t flags)
{
	if (flags & ~(uint64_t)CSIGNAL)
		put_flags(text, &clone_flags, flags & ~(uint64_t)CSIGNAL);
	if (flags & CSIGNAL) {
		text_put(text, flags & ~(uint64_t)CSIGNAL ? "|" : "");
		put_signal(text, flags & CSIGNAL);
	} else if (!flags) {
		text_put(text, "0");
	}
}

/* riscv's order is flags, stack, parent's tid, TLS, child's tid. */
bool show_clone(struct printer *p, unsigned i, const void *data)
{
	uint64_t flags = p->a[0];
	uint32_t tid;
	bool waits = flags & CLONE_PARENT_SETTID;

	(void)i, (void)data;
	if (waits && !p->done)
		return false;
	text_put(&p->text, "child_stack=");
	put_address(&p->text, p->a[1]);
	text_put(&p->text, ", flags=");
	put_clone_flags(&p->text, flags);
	if (waits && p->result >= 0 && guest_read(p, p->a[2], &tid, sizeof(tid)))
		text_printf(&p->text, ", parent_tid=[%" PRIu32 "]", tid);
	else if (waits)
		text_printf(&p->text, ", parent_tid=%#" PRIx64, p->a[2]);
	if (flags & CLONE_SETTLS)
		text_printf(&p->text, ", tls=%#" PRIx64, p->a[3]);
	if (flags & (CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID))
		text_printf(&p->text, ", child_tidptr=%#" PRIx64, p->a[4]);
	return true;
}

/* struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls. */
bool show_clone3(struct printer *p, unsigned i, const void *data)
{
	uint64_t args[8];
	enum got got = p->a[i + 1] < sizeof(args) ? NEVER : take_in(p, p->a[i], args, sizeof(args));
	struct text *text = &p->text;

	(void)data;
	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(text, "{flags=");
	put_flags(text, &clone_flags, args[0]);
	if (args[0] & (CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID))
		text_printf(text, ", child_tid=%#" PRIx64, args[2]);
	if (args[0] & CLONE_PARENT_SETTID)
		text_printf(text, ", parent_tid=%#" PRIx64, args[3]);
	text_put(text, ", exit_signal=");
	put_signal(text, args[4]);
	text_put(text, ", stack=");
	put_address(text, args[5]);
	text_printf(text, ", stack_size=%#" PRIx64, args[6]);
	if (args[0] & CLONE_SETTLS)
		text_printf(text, ", tls=%#" PRIx64, args[7]);
	text_put(text, "}");
	return true;
}

/* ---- Memory, sockets ---- */

#define AT_STATX_SYNC 0x6000
#define MAP_TYPE      0x0f
#define MREMAP_FIXED  2

bool show_map(struct printer *p, unsigned i, const void *data)
{
	uint32_t flags = (uint32_t)p->a[i];

	(void)data;
	put_name(&p->text, &map_type_flags, flags & MAP_TYPE);
	if (flags & ~(uint32_t)MAP_TYPE) {
		text_put(&p->text, "|");
		put_flags(&p->text, &map_flags, flags & ~(uint32_t)MAP_TYPE);
	}
	return true;
}

bool show_mremap(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	put_flags(&p->text, &mremap_flags, (uint32_t)p->a[i]);
	p->over = !(p->a[i] & MREMAP_FIXED);
	return true;
}

/* How a file server is asked is said even when nothing is. */
bool show_statx_flags(struct printer *p, unsigned i, const void *data)
{
	uint32_t flags = (uint32_t)p->a[i];

	(void)data;
	if (!(flags & AT_STATX_SYNC))
		text_put(&p->text, flags ? "AT_STATX_SYNC_AS_STAT|" : "AT_STATX_SYNC_AS_STAT");
	if (flags)
		put_flags(&p->text, &at_statx_flags, flags);
	return true;
}

bool show_socket(struct printer *p, unsigned i, const void *data)
{
	uint32_t type = (uint32_t)p->a[i];

	(void)data;
	put_name(&p->text, &socket_flags, type & 0xf);
	if (type & ~0xfu) {
		text_put(&p->text, "|");
		put_flags(&p->text, &socket_bits_flags, type & ~0xfu);
	}
	return true;
}

/* ---- Results ---- */

#define NR_FCNTL    25
#define NR_PSELECT6 72
#define NR_PPOLL    73

static void put_fcntl_result(const struct printer *p, struct text *to)
{
	uint32_t command = (uint32_t)p->a[1];

	if (command == F_GETFD && p->result) {
		text_printf(to, "%#" PRIx64 " (flags ", (uint64_t)p->result);
		put_flags(to, &fd_flags, (uint64_t)p->result);
	} else if (command == F_GETFL) {
		text_printf(to, "%#" PRIx64 " (flags ", (uint64_t)p->result);
		put_open_flags(to, (uint32_t)p->result);
	} else {
		text_printf(to, "%" PRId64, p->result);
		return;
	}
	text_put(to, ")");
}

void put_number_result(struct printer *p, struct text *to)
{
	if (p->number == NR_FCNTL) {
		put_fcntl_result(p, to);
		return;
	}
	text_printf(to, "%" PRId64, p->result);
	if (p->number != NR_PPOLL && p->number != NR_PSELECT6)
		return;
	if (!p->result)
		text_put(to, " (Timeout)");
	else if (p->number == NR_PPOLL)
		put_polled(p, to);
	else
		put_selected(p, to);
}
