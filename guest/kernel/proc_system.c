/* What the files of /proc itself say, in Linux's formats. */
#include "arch.h"
#include "load.h"
#include "procfs.h"

static void show_meminfo(struct text *text, struct proc *proc)
{
	const struct introspect_counters *c = &COUNT;
	u64 file = c->frames_cache + c->frames_file_mapped;
	u64 fixed = faultline_introspect.fixed_bytes / PAGE_SIZE;

	(void)proc;
	text_printf(text,
		    "MemTotal:       %8lu kB\nMemFree:        %8lu kB\nMemAvailable:   %8lu kB\n",
		    KIB(nframes - fixed), KIB(frames_free), KIB(frames_free + file));
	text_printf(text,
		    "Buffers:        %8u kB\nCached:         %8lu kB\nSwapCached:     %8u kB\n", 0,
		    KIB(file), 0);
	text_printf(text, "Active:         %8lu kB\nInactive:       %8lu kB\n",
		    KIB(c->frames_anon + c->frames_file_mapped), KIB(c->frames_cache));
	text_printf(text, "SwapTotal:      %8lu kB\nSwapFree:       %8lu kB\n",
		    KIB(swap_pages_total()), KIB(swap_pages_total() - swap_pages_used()));
	text_printf(text,
		    "AnonPages:      %8lu kB\nMapped:         %8lu kB\nShmem:          %8u kB\n",
		    KIB(c->frames_anon), KIB(c->frames_file_mapped), 0);
	text_printf(text, "Slab:           %8lu kB\nPageTables:     %8lu kB\n",
		    KIB(c->frames_kernel), KIB(c->frames_page_table));
}

static void show_vmstat(struct text *text, struct proc *proc)
{
	static const char *const kinds[FAULT_KINDS] = { "zero", "file", "cached",   "swap",
							"cow",	"ad",	"spurious", "segv" };
	const struct introspect_counters *c = &COUNT;
	u64 faults = 0;

	(void)proc;
	for (u32 i = 0; i < FAULT_KINDS; i++)
		faults += c->faults[i];
	text_printf(text,
		    "nr_free_pages %lu\nnr_anon_pages %lu\nnr_mapped %lu\nnr_file_pages %lu\n",
		    frames_free, c->frames_anon, c->frames_file_mapped,
		    c->frames_cache + c->frames_file_mapped);
	text_printf(text,
		    "nr_page_table_pages %lu\npgpgin %lu\npgpgout %lu\npswpin %lu\npswpout %lu\n",
		    c->frames_page_table, KIB(c->root_reads + c->swap_reads),
		    KIB(c->root_writes + c->swap_writes), c->swap_reads, c->swap_writes);
	text_printf(text, "pgfault %lu\npgmajfault %lu\n", faults, c->faults_major);
	for (u32 i = 0; i < FAULT_KINDS; i++)
		text_printf(text, "fault_%s %lu\n", kinds[i], c->faults[i]);
	text_printf(text, "evictions_clean %lu\nevictions_dirty %lu\ncow_copies %lu\n",
		    c->evictions_clean, c->evictions_dirty, c->cow_copies);
	text_printf(text, "thrashing %u\nthrashing_ms %lu\n", thrashing,
		    thrashing_ticks / (TICKS_PER_SECOND / 1000));
}

static void show_cmd(struct text *text, struct proc *proc)
{
	(void)proc;
	text_bytes(text, command_line, strlen(command_line));
	text_bytes(text, "\n", 1);
}

static void seconds(struct text *text, u64 ticks, const char *end)
{
	text_printf(text, "%lu.%02lu%s", ticks / TICKS_PER_SECOND,
		    ticks % TICKS_PER_SECOND / (TICKS_PER_SECOND / 100), end);
}

static void show_uptime(struct text *text, struct proc *proc)
{
	(void)proc;
	seconds(text, time_now(), " ");
	seconds(text, time_cpu_idle(), "\n");
}

static void count_processes(u32 *running, u32 *blocked, u32 *all)
{
	struct proc *proc = NULL;

	*running = *blocked = *all = 0;
	while ((proc = proc_next(proc))) {
		*running += proc->state == PROC_RUNNING || proc->state == PROC_READY;
		*blocked += proc->state == PROC_DISK;
		++*all;
	}
}

static void show_loadavg(struct text *text, struct proc *proc)
{
	u32 running, blocked, all;

	(void)proc;
	count_processes(&running, &blocked, &all);
	text_printf(text, "0.00 0.00 0.00 %u/%u %lu\n", running, all, COUNT.processes_created);
}

static void show_system_stat(struct text *text, struct proc *proc)
{
	u32 running, blocked, all;
	u64 user = 0, kernel = 0, idle = time_cpu_idle() / CLOCK_TICKS,
	    now = time_now() / CLOCK_TICKS;

	while ((proc = proc_next(proc)))
		user += proc->user_ticks / CLOCK_TICKS;
	kernel = now > user + idle ? now - user - idle : 0;
	count_processes(&running, &blocked, &all);
	for (u32 i = 0; i < 2; i++)
		text_printf(text, "%s %lu 0 %lu %lu %lu 0 0 0 0 0\n", i ? "cpu0" : "cpu ", user,
			    kernel, idle, COUNT.disk_wait_ticks / CLOCK_TICKS);
	text_printf(text, "intr 0\nctxt %lu\nbtime %lu\nprocesses %lu\n", COUNT.context_switches,
		    (u64)(time_realtime_ns() / 1000000000) - time_now() / TICKS_PER_SECOND,
		    COUNT.processes_created);
	text_printf(text, "procs_running %u\nprocs_blocked %u\n", running, blocked);
}

static void show_cpuinfo(struct text *text, struct proc *proc)
{
	(void)proc;
	text_printf(text, "processor\t: 0\nhart\t\t: 0\nisa\t\t: ");
	text_bytes(text, platform_isa(), strlen(platform_isa()));
	text_printf(text, "\nmmu\t\t: sv39\n\n");
}

static void show_swaps(struct text *text, struct proc *proc)
{
	(void)proc;
	text_printf(text, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	if (swap_pages_total())
		text_printf(text,
			    "/dev/vdb                                partition\t%lu\t\t%lu\t\t-2\n",
			    KIB(swap_pages_total()), KIB(swap_pages_used()));
}

static void show_disks(struct text *text, struct proc *proc)
{
	(void)proc; /* reads and writes, each with requests, merged ones, sectors and milliseconds */
	text_printf(text, " 254 0 vda %lu 0 %lu 0 %lu 0 %lu 0 0 0 0\n", COUNT.root_reads,
		    COUNT.root_reads * 8, COUNT.root_writes, COUNT.root_writes * 8);
	if (swap_pages_total())
		text_printf(text, " 254 16 vdb %lu 0 %lu 0 %lu 0 %lu 0 0 0 0\n", COUNT.swap_reads,
			    COUNT.swap_reads * 8, COUNT.swap_writes, COUNT.swap_writes * 8);
}

/* A UUID of version 4: random, but for six bits. */
static void show_uuid(struct text *text, const u8 *b)
{
	for (u32 i = 0; i < 16; i++)
		text_printf(text, "%02x%s", b[i],
			    i == 3 || i == 5 || i == 7 || i == 9 ? "-"
			    : i == 15				 ? "\n"
								 : "");
}

static void make_uuid(u8 *b)
{
	random_bytes(b, 16);
	b[6] = 0x40 | (b[6] & 0xf);
	b[8] = 0x80 | (b[8] & 0x3f);
}

static void show_random_uuid(struct text *text, struct proc *proc)
{
	u8 uuid[16];

	(void)proc;
	make_uuid(uuid);
	show_uuid(text, uuid);
}

static void show_boot_id(struct text *text, struct proc *proc)
{
	static u8 uuid[16];

	(void)proc;
	if (!uuid[6])
		make_uuid(uuid);
	show_uuid(text, uuid);
}

static void show_overcommit(struct text *text, struct proc *proc)
{
	(void)proc;
	text_printf(text, "%u\n", param_number(PARAM_overcommit) ? 1 : 2);
}

static int thread_target(struct proc *proc, struct inode **inode, char path[256])
{
	*inode = NULL;
	format_to(path, 256, "%u/task/%u", proc->tgid, proc->pid);
	return 0;
}

static int self_target(struct proc *proc, struct inode **inode, char path[256])
{
	*inode = NULL;
	format_to(path, 256, "%u", proc->tgid);
	return 0;
}

/* The same as mount IDs, parents, devices and options, which newer programs want. */
void proc_show_mountinfo(struct text *text, struct proc *proc)
{
	struct superblock *sb;
	const char *path;

	(void)proc;
	for (unsigned i = 0; (path = mount_row(i, &sb)); i++) {
		const char *access = sb->read_only ? "ro" : "rw";

		text_printf(text, "%u %u %u:%u / %s %s,noatime - %s %s %s\n", i + 1, mount_above(i),
			    sb->device >> 8, sb->device & 0xff, path, access, sb->type,
			    sb == root_sb ? "/dev/vda" : sb->type, access);
	}
}

void proc_show_mounts(struct text *text, struct proc *proc)
{
	struct superblock *sb;
	const char *path;

	(void)proc;
	for (unsigned i = 0; (path = mount_row(i, &sb)); i++)
		text_printf(text, "%s %s %s %s,noatime 0 0\n",
			    sb == root_sb ? "/dev/vda" : sb->type, path, sb->type,
			    sb->read_only ? "ro" : "rw");
}

const struct proc_entry proc_system[] = {
	{ .name = "self", .mode = S_IFLNK | 0777, .target = self_target },
	{ .name = "thread-self", .mode = S_IFLNK | 0777, .target = thread_target },
	{ .name = "meminfo", .mode = S_IFREG | 0444, .show = show_meminfo },
	{ .name = "vmstat", .mode = S_IFREG | 0444, .show = show_vmstat },
	{ .name = "stat", .mode = S_IFREG | 0444, .show = show_system_stat },
	{ .name = "cmdline", .mode = S_IFREG | 0444, .show = show_cmd },
	{ .name = "cpuinfo", .mode = S_IFREG | 0444, .show = show_cpuinfo },
	{ .name = "diskstats", .mode = S_IFREG | 0444, .show = show_disks },
	{ .name = "filesystems",
	  .mode = S_IFREG | 0444,
	  .line = "nodev\tproc\nnodev\tdevtmpfs\nnodev\ttmpfs\nnodev\tdevpts\nnodev\tpipefs\n\text2" },
	{ .name = "loadavg", .mode = S_IFREG | 0444, .show = show_loadavg },
	{ .name = "mounts", .mode = S_IFREG | 0444, .show = proc_show_mounts },
	{ .name = "swaps", .mode = S_IFREG | 0444, .show = show_swaps },
	{ .name = "uptime", .mode = S_IFREG | 0444, .show = show_uptime },
	{ .name = "version",
	  .mode = S_IFREG | 0444,
	  .line = "Linux version " RELEASE " (guest@faultline) #1" },
	{ .name = "sys", .mode = S_IFDIR | 0555 },
	{ .name = "fs", .within = "sys", .mode = S_IFDIR | 0555 },
	{ .name = "nr_open", .within = "fs", .mode = S_IFREG | 0444, .line = "4096" },
	{ .name = "pipe-max-size", .within = "fs", .mode = S_IFREG | 0444, .line = "1048576" },
	{ .name = "kernel", .within = "sys", .mode = S_IFDIR | 0555 },
	{ .name = "cap_last_cap", .within = "kernel", .mode = S_IFREG | 0444, .line = "40" },
	{ .name = "hostname", .within = "kernel", .mode = S_IFREG | 0444, .line = "faultline" },
	{ .name = "ngroups_max", .within = "kernel", .mode = S_IFREG | 0444, .line = "65536" },
	{ .name = "osrelease", .within = "kernel", .mode = S_IFREG | 0444, .line = RELEASE },
	{ .name = "ostype", .within = "kernel", .mode = S_IFREG | 0444, .line = "Linux" },
	{ .name = "pid_max", .within = "kernel", .mode = S_IFREG | 0444, .line = "32768" },
	{ .name = "random", .within = "kernel", .mode = S_IFDIR | 0555 },
	{ .name = "boot_id", .within = "random", .mode = S_IFREG | 0444, .show = show_boot_id },
	{ .name = "uuid", .within = "random", .mode = S_IFREG | 0444, .show = show_random_uuid },
	{ .name = "vm", .within = "sys", .mode = S_IFDIR | 0555 },
	{ .name = "overcommit_memory",
	  .within = "vm",
	  .mode = S_IFREG | 0444,
	  .show = show_overcommit },
};
const u32 proc_system_count = ARRAY_SIZE(proc_system);
