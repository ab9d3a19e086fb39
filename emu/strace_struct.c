/* Arguments that point to structures, lists and sets. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emu/strace_private.h"

#define LIST_MOST 32

/* ---- Files ---- */

static uint64_t u64_at(const unsigned char *bytes, unsigned offset)
{
	uint64_t value;

	memcpy(&value, bytes + offset, sizeof(value));
	return value;
}

static uint32_t u32_at(const unsigned char *bytes, unsigned offset)
{
	uint32_t value;

	memcpy(&value, bytes + offset, sizeof(value));
	return value;
}

static bool is_device(uint32_t mode)
{
	return (mode & 0170000) == 0020000 || (mode & 0170000) == 0060000;
}

/* struct stat of asm-generic: st_mode at 16, st_rdev at 32, st_size at 48. */
bool show_stat(struct printer *p, unsigned i, const void *data)
{
	unsigned char stat[128];
	enum got got = take_out(p, p->a[i], stat, sizeof(stat));
	uint64_t device;

	(void)data;
	if (got != GOT)
		return instead(p, p->a[i], got);
	device = u64_at(stat, 32);
	text_put(&p->text, "{st_mode=");
	put_mode(&p->text, u32_at(stat, 16));
	if (is_device(u32_at(stat, 16)))
		text_printf(&p->text, ", st_rdev=makedev(%#x, %#x)",
			    (unsigned)(device >> 8 & 0xfff), (unsigned)(device & 0xff));
	else
		text_printf(&p->text, ", st_size=%" PRId64, (int64_t)u64_at(stat, 48));
	text_put(&p->text, ", ...}");
	return true;
}

/* struct statx: stx_mask at 0, stx_attributes at 8, stx_mode at 28, stx_size at 40. */
bool show_statx(struct printer *p, unsigned i, const void *data)
{
	unsigned char statx[256];
	enum got got = take_out(p, p->a[i], statx, sizeof(statx));

	(void)data;
	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "{stx_mask=");
	put_flags(&p->text, &statx_flags, u32_at(statx, 0));
	text_printf(&p->text, ", stx_attributes=%" PRIu64 ", stx_mode=", u64_at(statx, 8));
	put_mode(&p->text, u32_at(statx, 28) & 0xffff);
	text_printf(&p->text, ", stx_size=%" PRIu64 ", ...}", u64_at(statx, 40));
	return true;
}

bool show_statfs(struct printer *p, unsigned i, const void *data)
{
	unsigned char statfs[120];
	enum got got = take_out(p, p->a[i], statfs, sizeof(statfs));

	(void)data;
	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "{f_type=");
	put_name(&p->text, &statfs_type_flags, u64_at(statfs, 0));
	put_layout(&p->text,
		   ", f_bsize=%L, f_blocks=%L, f_bfree=%L, f_bavail=%L, f_files=%L, f_ffree=%L, "
		   "f_fsid={val=[%d, %d]}, f_namelen=%L, f_frsize=%L, f_flags=",
		   statfs + 8);
	put_flags(&p->text, &statfs_bits_flags, u64_at(statfs, 80));
	text_put(&p->text, "}");
	return true;
}

/* struct linux_dirent64: d_reclen at 16. */
bool show_dirents(struct printer *p, unsigned i, const void *data)
{
	uint64_t at = p->a[i], end;
	unsigned count = 0;

	(void)data;
	if (!p->done)
		return false;
	put_address(&p->text, at);
	if (p->result < 0)
		return true;
	for (end = at + (uint64_t)p->result; at < end; count++) {
		uint16_t bytes;

		if (!guest_read(p, at + 16, &bytes, sizeof(bytes)) || !bytes)
			return true;
		at += bytes;
	}
	text_printf(&p->text, " /* %u entr%s */", count, count == 1 ? "y" : "ies");
	return true;
}

#define UTIME_NOW  0x3fffffff
#define UTIME_OMIT 0x3ffffffe

static void put_date(struct text *text, const uint64_t time[2])
{
	time_t seconds = (time_t)time[0];
	struct tm tm;
	char date[64];

	put_layout(text, "{tv_sec=%l, tv_nsec=%l}", time);
	if (time[1] < 1000000000 && gmtime_r(&seconds, &tm) &&
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm))
		text_printf(text, " /* %s.%09" PRIu64 "+0000 */", date, time[1]);
}

bool show_times(struct printer *p, unsigned i, const void *data)
{
	uint64_t times[2][2];
	enum got got = take_in(p, p->a[i], times, sizeof(times));

	(void)data;
	if (got != GOT)
		return instead(p, p->a[i], got);
	for (unsigned k = 0; k < 2; k++) {
		text_put(&p->text, k ? ", " : "[");
		if (times[k][1] == UTIME_NOW)
			text_put(&p->text, "UTIME_NOW");
		else if (times[k][1] == UTIME_OMIT)
			text_put(&p->text, "UTIME_OMIT");
		else
			put_date(&p->text, times[k]);
	}
	text_put(&p->text, "]");
	return true;
}

/* ---- The system ---- */

bool show_uname(struct printer *p, unsigned i, const void *data)
{
	char names[2][65];
	enum got got = take_out(p, p->a[i], names, sizeof(names));

	(void)data;
	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "{sysname=");
	put_quoted(&p->text, names[0], strnlen(names[0], 65), 65);
	text_put(&p->text, ", nodename=");
	put_quoted(&p->text, names[1], strnlen(names[1], 65), 65);
	text_put(&p->text, ", ...}");
	return true;
}

bool show_hwprobe(struct printer *p, unsigned i, const void *data)
{
	uint64_t pair[LIST_MOST][2], count = p->a[i + 1];
	size_t n = count < LIST_MOST ? (size_t)count : LIST_MOST;
	enum got got = take_out(p, p->a[i], pair, n * sizeof(pair[0]));

	(void)data;
	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "[");
	for (size_t k = 0; k < n; k++)
		text_printf(&p->text, "%s{key=%" PRId64 ", value=%#" PRIx64 "}", k ? ", " : "",
			    (int64_t)pair[k][0], pair[k][1]);
	text_put(&p->text, n < count ? ", ...]" : "]");
	return true;
}

static void put_cpus(struct text *text, const unsigned char *set, size_t bytes)
{
	const char *between = "";

	text_put(text, "[");
	for (size_t k = 0; k < 8 * bytes; k++) {
		if (!(set[k / 8] >> k % 8 & 1))
			continue;
		text_printf(text, "%s%zu", between, k);
		between = " ";
	}
	text_put(text, "]");
}

static bool show_cpu_set(struct printer *p, unsigned i, uint64_t bytes)
{
	unsigned char set[128];
	size_t n = bytes < sizeof(set) ? (size_t)bytes : sizeof(set);
	enum got got = take_in(p, p->a[i], set, n);

	if (got != GOT)
		return instead(p, p->a[i], got);
	put_cpus(&p->text, set, n);
	return true;
}

bool show_cpus(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	return show_cpu_set(p, i, p->a[i - 1]);
}

bool show_cpus_out(struct printer *p, unsigned i, const void *data)
{
	if (p->done && p->result < 0)
		return show_address(p, i, data);
	return p->done && show_cpu_set(p, i, (uint64_t)p->result);
}

bool show_mincore(struct printer *p, unsigned i, const void *data)
{
	unsigned char pages[LIST_MOST];
	uint64_t count = (p->a[i - 1] + 4095) / 4096;
	size_t n = count < LIST_MOST ? (size_t)count : LIST_MOST;
	enum got got = take_out(p, p->a[i], pages, n);

	(void)data;
	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "[");
	for (size_t k = 0; k < n; k++)
		text_printf(&p->text, "%s%u", k ? ", " : "", pages[k] & 1u);
	text_put(&p->text, n < count ? ", ...]" : "]");
	return true;
}

static bool show_groups(struct printer *p, unsigned i, uint64_t count)
{
	uint32_t group[LIST_MOST];
	size_t n = count < LIST_MOST ? (size_t)count : LIST_MOST;
	enum got got = take_in(p, p->a[i], group, n * sizeof(group[0]));

	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "[");
	for (size_t k = 0; k < n; k++)
		text_printf(&p->text, "%s%" PRIu32, k ? ", " : "", group[k]);
	text_put(&p->text, n < count ? ", ...]" : "]");
	return true;
}

bool show_groups_in(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	return show_groups(p, i, (uint32_t)p->a[i - 1]);
}

bool show_groups_out(struct printer *p, unsigned i, const void *data)
{
	if (p->done && (p->result < 0 || !p->a[i - 1]))
		return show_address(p, i, data);
	return p->done && show_groups(p, i, (uint64_t)p->result);
}

/* ---- Signals ---- */

static void put_handler(struct text *text, uint64_t handler)
{
	if (handler == 0)
		text_put(text, "SIG_DFL");
	else if (handler == 1)
		text_put(text, "SIG_IGN");
	else
		put_address(text, handler);
}

/* struct sigaction of riscv: sa_handler, sa_flags, sa_mask. */
static bool put_sigaction(struct printer *p, unsigned i, enum got got, const uint64_t action[3])
{
	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "{sa_handler=");
	put_handler(&p->text, action[0]);
	text_put(&p->text, ", sa_mask=");
	put_sigset(&p->text, action[2]);
	text_put(&p->text, ", sa_flags=");
	put_flags(&p->text, &sigaction_flags, (uint32_t)action[1]);
	text_put(&p->text, "}");
	return true;
}

bool show_sigaction(struct printer *p, unsigned i, const void *data)
{
	uint64_t action[3];
	enum got got = take_in(p, p->a[i], action, sizeof(action));

	(void)data;
	return put_sigaction(p, i, got, action);
}

bool show_sigaction_out(struct printer *p, unsigned i, const void *data)
{
	uint64_t action[3];
	enum got got = take_out(p, p->a[i], action, sizeof(action));

	(void)data;
	return put_sigaction(p, i, got, action);
}

static bool put_info(struct printer *p, unsigned i, enum got got, const uint64_t info[6])
{
	if (got != GOT)
		return instead(p, p->a[i], got);
	if ((uint32_t)info[0])
		put_siginfo(&p->text, info);
	else
		text_put(&p->text, "{}");
	return true;
}

bool show_siginfo(struct printer *p, unsigned i, const void *data)
{
	uint64_t info[6];
	enum got got = take_in(p, p->a[i], info, sizeof(info));

	(void)data;
	return put_info(p, i, got, info);
}

bool show_siginfo_out(struct printer *p, unsigned i, const void *data)
{
	uint64_t info[6];
	enum got got = take_out(p, p->a[i], info, sizeof(info));

	(void)data;
	return put_info(p, i, got, info);
}

/* struct sigevent: sigev_value, s32 sigev_signo, sigev_notify. */
bool show_sigevent(struct printer *p, unsigned i, const void *data)
{
	uint64_t event[2];
	enum got got = take_in(p, p->a[i], event, sizeof(event));

	(void)data;
	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "{");
	if (event[0]) {
		text_printf(&p->text, "sigev_value={sival_int=%" PRId32, (int32_t)event[0]);
		text_printf(&p->text, ", sival_ptr=%#" PRIx64 "}, ", event[0]);
	}
	text_put(&p->text, "sigev_signo=");
	put_signal(&p->text, (uint32_t)event[1]);
	text_put(&p->text, ", sigev_notify=");
	put_name(&p->text, &sigev_flags, event[1] >> 32);
	text_put(&p->text, "}");
	return true;
}

static bool put_stack(struct printer *p, unsigned i, enum got got, const uint64_t stack[3])
{
	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "{ss_sp=");
	put_address(&p->text, stack[0]);
	text_put(&p->text, ", ss_flags=");
	put_flags(&p->text, &altstack_flags, (uint32_t)stack[1]);
	text_printf(&p->text, ", ss_size=%" PRIu64 "}", stack[2]);
	return true;
}

bool show_stack(struct printer *p, unsigned i, const void *data)
{
	uint64_t stack[3];
	enum got got = take_in(p, p->a[i], stack, sizeof(stack));

	(void)data;
	return put_stack(p, i, got, stack);
}

bool show_stack_out(struct printer *p, unsigned i, const void *data)
{
	uint64_t stack[3];
	enum got got = take_out(p, p->a[i], stack, sizeof(stack));

	(void)data;
	return put_stack(p, i, got, stack);
}

/* struct rt_sigframe: siginfo (128 bytes), ucontext with uc_sigmask at 40. */
#define FRAME_MASK (128 + 40)

bool show_frame(struct printer *p, unsigned i, const void *data)
{
	uint64_t mask;
	enum got got = take_in(p, p->sp + FRAME_MASK, &mask, sizeof(mask));

	(void)data, (void)i;
	if (got != GOT)
		return instead(p, p->sp, got);
	text_put(&p->text, "{mask=");
	put_sigset(&p->text, mask);
	text_put(&p->text, "}");
	return true;
}

bool show_termination(struct printer *p, unsigned i, const void *data)
{
	uint32_t status;
	enum got got = take_out(p, p->a[i], &status, sizeof(status));
	struct text *text = &p->text;

	(void)data;
	if (got == GOT && p->result == 0)
		got = NEVER;
	if (got != GOT)
		return instead(p, p->a[i], got);
	if (status == 0xffff) {
		text_put(text, "[{WIFCONTINUED(s)}]");
	} else if ((status & 0xff) == 0x7f) {
		text_put(text, "[{WIFSTOPPED(s) && WSTOPSIG(s) == ");
		put_signal(text, status >> 8 & 0xff);
		text_put(text, "}]");
	} else if (status & 0x7f) {
		text_put(text, "[{WIFSIGNALED(s) && WTERMSIG(s) == ");
		put_signal(text, status & 0x7f);
		text_put(text, status & 0x80 ? " && WCOREDUMP(s)}]" : "}]");
	} else {
		text_printf(text, "[{WIFEXITED(s) && WEXITSTATUS(s) == %u}]", status >> 8 & 0xff);
	}
	return true;
}

/* ---- Waiting for descriptors ---- */

struct pollfd_of_guest {
	int32_t fd;
	uint16_t events, revents;
};

bool show_poll(struct printer *p, unsigned i, const void *data)
{
	struct pollfd_of_guest fds[LIST_MOST];
	uint64_t count = (uint32_t)p->a[i + 1];
	size_t n = count < LIST_MOST ? (size_t)count : LIST_MOST;
	enum got got = take_in(p, p->a[i], fds, n * sizeof(fds[0]));

	(void)data;
	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "[");
	for (size_t k = 0; k < n; k++) {
		text_printf(&p->text, "%s{fd=%d", k ? ", " : "", fds[k].fd);
		if (fds[k].fd >= 0) {
			text_put(&p->text, ", events=");
			put_flags(&p->text, &poll_flags, fds[k].events);
		}
		text_put(&p->text, "}");
	}
	text_put(&p->text, n < count ? ", ...]" : "]");
	return true;
}

void put_polled(struct printer *p, struct text *to)
{
	struct pollfd_of_guest fds[LIST_MOST];
	uint64_t count = (uint32_t)p->a[1];
	size_t n = count < LIST_MOST ? (size_t)count : LIST_MOST;
	const char *between = "";

	if (!guest_read(p, p->a[0], fds, n * sizeof(fds[0])))
		return;
	text_put(to, " ([");
	for (size_t k = 0; k < n; k++) {
		if (!fds[k].revents)
			continue;
		text_printf(to, "%s{fd=%d, revents=", between, fds[k].fd);
		put_flags(to, &poll_flags, fds[k].revents);
		text_put(to, "}");
		between = ", ";
	}
	text_put(to, "])");
}

#define FDS_MOST 1024

/* false: the set cannot be read */
static bool put_set(const struct printer *p, struct text *text, unsigned i)
{
	unsigned char set[FDS_MOST / 8];
	uint64_t count = p->a[0] < FDS_MOST ? p->a[0] : FDS_MOST;
	const char *between = "";

	if (!guest_read(p, p->a[i], set, (size_t)(count + 63) / 64 * 8))
		return false;
	text_put(text, "[");
	for (size_t k = 0; k < count; k++) {
		if (!(set[k / 8] >> k % 8 & 1))
			continue;
		text_printf(text, "%s%zu", between, k);
		between = " ";
	}
	text_put(text, "]");
	return true;
}

bool show_fdset(struct printer *p, unsigned i, const void *data)
{
	if (p->a[i] && put_set(p, &p->text, i))
		return true;
	if (p->a[i] && !p->done)
		return false;
	return show_address(p, i, data);
}

void put_selected(struct printer *p, struct text *to)
{
	static const char *const names[] = { "in ", "out ", "except " };
	const char *between = " (";

	for (unsigned i = 1; i <= 3; i++) {
		struct text set = { 0 };

		if (p->a[i] && put_set(p, &set, i) && set.bytes && strcmp(set.bytes, "[]") != 0) {
			text_printf(to, "%s%s", between, names[i - 1]);
			text_put(to, set.bytes);
			between = ", ";
		}
		text_free(&set);
	}
	if (*between == ',')
		text_put(to, ")");
}

/* {sigset *, size} */
bool show_sigset_select(struct printer *p, unsigned i, const void *data)
{
	uint64_t pair[2], set;
	enum got got = take_in(p, p->a[i], pair, sizeof(pair));

	(void)data;
	if (got == GOT && pair[0])
		got = take_in(p, pair[0], &set, sizeof(set));
	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "{sigmask=");
	if (pair[0])
		put_sigset(&p->text, set);
	else
		text_put(&p->text, "NULL");
	text_printf(&p->text, ", sigsetsize=%" PRIu64 "}", pair[1]);
	return true;
}

/* struct epoll_event: u32 events, u64 data, not packed on riscv. */
static void put_epoll(struct text *text, const uint64_t event[2])
{
	text_put(text, "{events=");
	put_flags(text, &epoll_flags, (uint32_t)event[0]);
	text_printf(text, ", data={u32=%" PRIu32 ", u64=%" PRIu64 "}}", (uint32_t)event[1],
		    event[1]);
}

bool show_epoll(struct printer *p, unsigned i, const void *data)
{
	uint64_t event[2];
	enum got got = take_in(p, p->a[i], event, sizeof(event));

	(void)data;
	if (got != GOT)
		return instead(p, p->a[i], got);
	put_epoll(&p->text, event);
	return true;
}

bool show_epoll_out(struct printer *p, unsigned i, const void *data)
{
	uint64_t events[LIST_MOST][2];
	size_t n = p->result < 0 ? 0 : p->result < LIST_MOST ? (size_t)p->result : LIST_MOST;
	enum got got = take_out(p, p->a[i], events, n * sizeof(events[0]));

	(void)data;
	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "[");
	for (size_t k = 0; k < n; k++) {
		text_put(&p->text, k ? ", " : "");
		put_epoll(&p->text, events[k]);
	}
	text_put(&p->text, (int64_t)n < p->result ? ", ...]" : "]");
	return true;
}
