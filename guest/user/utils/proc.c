/* What /proc tells: ps free vmstat mem top */
#include "guest/user/utils/utils.h"

/* A small file of /proc, in a buffer that the next call takes over; null if it cannot be read. */
static char *slurp(const char *path)
{
	static char buf[2 * PAGE_BYTES];
	size_t n = 0;
	long k;
	int fd = sys_open(path, O_RDONLY, 0);

	if (fd < 0)
		return NULL;
	while (n < sizeof(buf) - 1 && (k = sys_read(fd, buf + n, sizeof(buf) - 1 - n)) > 0)
		n += (size_t)k;
	sys_close(fd);
	buf[n] = 0;
	return buf;
}

/* The number after `name` (and a colon or blanks) at the beginning of a line; 0 if it is missing. */
static long value_of(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *s = text; s && *s; s = strchr(s, '\n'), s += s != NULL)
		if (!strncmp(s, name, n) && (s[n] == ':' || s[n] == ' '))
			return to_long(s + n + 1, NULL, 10);
	return 0;
}

static void put_command(int pid, const char *name, size_t n)
{
	char path[40], text[80];
	long got;
	int fd;

	format_to(path, sizeof(path), "/proc/%d/cmdline", pid);
	fd = sys_open(path, O_RDONLY, 0);
	got = fd < 0 ? 0 : sys_read(fd, text, sizeof(text));
	if (fd >= 0)
		sys_close(fd);
	if (got <= 0) {
		put_char('[');
		put_bytes(name, n);
		put_char(']');
	}
	for (long i = 0; i < got - 1; i++)
		put_char(text[i] ? text[i] : ' ');
	if (got > 0 && text[got - 1])
		put_char(text[got - 1]);
	put_char('\n');
}

/* /proc/PID/stat: after the name in parentheses, fields from the third on. */
static void ps_one(int pid)
{
	char path[40], *text, *name, *after, *s;
	long fields[25] = { 0 };
	int state;
	size_t n;

	format_to(path, sizeof(path), "/proc/%d/stat", pid);
	text = slurp(path);
	name = text ? strchr(text, '(') : NULL;
	after = text ? strrchr(text, ')') : NULL;
	if (!name || !after || !after[1])
		return;
	name++;
	n = (size_t)(after - name);
	state = after[2];
	s = after + 3;
	for (int i = 4; i < 25; i++)
		fields[i] = to_long(s, &s, 10);
	print("%5d %5ld %c %7ld %7ld %7ld %7ld ", pid, fields[4], state, fields[23] / 1024,
	      fields[24] * (PAGE_BYTES / 1024), fields[10], fields[12]);
	put_command(pid, name, n);
}

static int *pids, npids;

static int add_pid(const char *path, const char *name, void *to)
{
	char *end;
	int pid = (int)to_long(name, &end, 10), at = npids;

	(void)path;
	(void)to;
	if (*end || !pid)
		return 0;
	if (npids % 64 == 0)
		pids = xrealloc(pids, sizeof(int) * (size_t)(npids + 64));
	for (; at > 0 && pids[at - 1] > pid; at--)
		pids[at] = pids[at - 1];
	pids[at] = pid;
	npids++;
	return 0;
}

int ps_main(int argc, char **argv)
{
	int status = each_entry("/proc", add_pid, NULL);

	(void)argc;
	(void)argv;
	put_str("  PID  PPID S  VIRT_K   RSS_K  MINFLT  MAJFLT COMMAND\n");
	for (int i = 0; i < npids; i++)
		ps_one(pids[i]);
	return status;
}

int free_main(int argc, char **argv)
{
	char *text = slurp("/proc/meminfo");
	long total, left, cached, swap_total, swap_free;

	(void)argc;
	(void)argv;
	if (!text)
		return complain("/proc/meminfo", -ENOENT);
	total = value_of(text, "MemTotal");
	left = value_of(text, "MemFree");
	cached = value_of(text, "Cached") + value_of(text, "Buffers");
	swap_total = value_of(text, "SwapTotal");
	swap_free = value_of(text, "SwapFree");
	print("%5s %9s %9s %9s %9s\n", "KiB", "total", "used", "free", "cache");
	print("Mem:  %9ld %9ld %9ld %9ld\n", total, total - left - cached, left, cached);
	print("Swap: %9ld %9ld %9ld\n", swap_total, swap_total - swap_free, swap_free);
	return 0;
}

enum { V_FAULT, V_MAJOR, V_SWAP_IN, V_SWAP_OUT, V_PAGE_IN, V_PAGE_OUT, V_COUNT };
static const char *const vmstat_names[V_COUNT] = { "pgfault", "pgmajfault", "pswpin",
						   "pswpout", "pgpgin",	    "pgpgout" };

static void vmstat_row(long *last)
{
	char *text = slurp("/proc/vmstat");
	long now[V_COUNT] = { 0 };

	for (int i = 0; text && i < V_COUNT; i++)
		now[i] = value_of(text, vmstat_names[i]);
	text = slurp("/proc/meminfo");
	print("%8ld %8ld %8ld |", text ? value_of(text, "MemFree") : 0,
	      text ? value_of(text, "Cached") : 0,
	      text ? value_of(text, "SwapTotal") - value_of(text, "SwapFree") : 0);
	for (int i = 0; i < V_COUNT; i++) {
		print(" %8ld", now[i] - last[i]);
		last[i] = now[i];
	}
	put_char('\n');
	flush_out();
}

static void pause_for(long seconds)
{
	struct __kernel_timespec t = { seconds, 0 };

	while (sys_nanosleep(&t, &t) == -EINTR)
		;
}

/* vmstat [SECONDS [COUNT]]: the first row counts from the start, the others from the row before. */
int vmstat_main(int argc, char **argv)
{
	long seconds = argc > 1 ? to_long(argv[1], NULL, 10) : 0;
	long count = argc > 2 ? to_long(argv[2], NULL, 10) : seconds ? 1l << 62 : 1;
	long last[V_COUNT] = { 0 };

	if (argc > 3 || seconds < 0)
		return usage("[SECONDS [COUNT]]");
	print("%8s %8s %8s | %8s %8s %8s %8s %8s %8s\n", "free_K", "cache_K", "swap_K", "faults",
	      "major", "swapin", "swapout", "pagein", "pageout");
	for (long i = 0; i < count; i++) {
		if (i)
			pause_for(seconds);
		vmstat_row(last);
	}
	return 0;
}

/* mem [PID]: the regions of a process with their sizes. */
int mem_main(int argc, char **argv)
{
	char path[40], *text, *s;
	unsigned long total = 0;

	format_to(path, sizeof(path), "/proc/%s/maps", argc > 1 ? argv[1] : "self");
	text = slurp(path);
	if (!text)
		return complain(path, -ENOENT);
	for (s = text; *s;) {
		char *end = strchr(s, '\n');
		unsigned long from, to;

		if (end)
			*end = 0;
		from = (unsigned long)to_long(s, &s, 16);
		to = (unsigned long)to_long(s + 1, &s, 16);
		total += to - from;
		print("%012lx %8lu KiB%s\n", from, (to - from) / 1024, s);
		if (!end)
			break;
		s = end + 1;
	}
	print("%12s %8lu KiB\n", "total", total / 1024);
	return 0;
}

/* ---- top ---- */

#define TOP_ROWS 20

struct top_row {
	int pid;
	long ticks, delta, rss, major;
	char state;
};

static int top_pids;

static void top_add(struct top_row *row, int pid)
{
	char path[40], *text, *after, *s;
	long fields[25] = { 0 };

	format_to(path, sizeof(path), "/proc/%d/stat", pid);
	text = slurp(path);
	after = text ? strrchr(text, ')') : NULL;
	if (!after || !after[1])
		return;
	s = after + 3;
	for (int i = 4; i < 25; i++)
		fields[i] = to_long(s, &s, 10);
	*row = (struct top_row){ .pid = pid,
				 .ticks = fields[14] + fields[15],
				 .rss = fields[24] * (PAGE_BYTES / 1024),
				 .major = fields[12],
				 .state = after[2] };
}

/* Those that ran most since the last time come first, then those with most memory. */
static void top_sort(struct top_row *rows, int n)
{
	for (int i = 1; i < n; i++)
		for (int k = i; k > 0; k--) {
			struct top_row *a = &rows[k - 1], *b = &rows[k], other = *a;

			if (a->delta > b->delta || (a->delta == b->delta && a->rss >= b->rss))
				break;
			*a = *b;
			*b = other;
		}
}

static void top_show(struct top_row *rows, int n, long clear)
{
	char *text = slurp("/proc/meminfo");
	long total = value_of(text, "MemTotal"), left = value_of(text, "MemFree");
	long swap = value_of(text, "SwapTotal") - value_of(text, "SwapFree");

	if (clear)
		put_str("\033[H\033[J");
	print("%d processes, %ld KiB of memory, %ld free, %ld in swap\n", n, total, left, swap);
	put_str("  PID S  RSS_K  MAJFLT    CPU COMMAND\n");
	for (int i = 0; i < n && i < TOP_ROWS; i++) {
		char path[40], *name, *end;

		format_to(path, sizeof(path), "/proc/%d/stat", rows[i].pid);
		text = slurp(path);
		name = text ? strchr(text, '(') : NULL;
		end = text ? strrchr(text, ')') : NULL;
		if (!name || !end)
			continue;
		print("%5d %c %6ld %7ld %3ld.%02ld ", rows[i].pid, rows[i].state, rows[i].rss,
		      rows[i].major, rows[i].delta / 100, rows[i].delta % 100);
		put_command(rows[i].pid, name + 1, (size_t)(end - name - 1));
	}
	flush_out();
}

/* top [SECONDS [COUNT]]: CPU is seconds since the round before; at a terminal each round is drawn anew. */
int top_main(int argc, char **argv)
{
	long seconds = argc > 1 ? to_long(argv[1], NULL, 10) : 2;
	long count = argc > 2 ? to_long(argv[2], NULL, 10) : 1l << 62;
	struct top_row *rows = NULL, *before = NULL;
	char termios[64];
	long clear = sys_ioctl(1, TCGETS, termios) == 0;

	if (argc > 3 || seconds < 1)
		return usage("[SECONDS [COUNT]]");
	for (long i = 0; i < count; i++) {
		int n = 0;

		if (i)
			pause_for(seconds);
		npids = 0;
		each_entry("/proc", add_pid, NULL);
		rows = xrealloc(NULL, sizeof(*rows) * (size_t)(npids + 1));
		for (int k = 0; k < npids; k++) {
			rows[n].pid = 0;
			top_add(&rows[n], pids[k]);
			n += rows[n].pid != 0;
		}
		for (int k = 0; k < n; k++) {
			rows[k].delta = rows[k].ticks;
			for (int o = 0; o < top_pids; o++)
				if (before[o].pid == rows[k].pid)
					rows[k].delta -= before[o].ticks;
		}
		top_sort(rows, n);
		top_show(rows, n, clear);
		xfree(before);
		before = rows;
		top_pids = n;
	}
	return 0;
}
