/* What the files of a process in /proc say, in Linux's formats. */
#include "device.h"
#include "procfs.h"
#include "task.h"

static struct mm *mm_of(const struct proc *proc)
{
	return proc->state == PROC_ZOMBIE ? NULL : proc->mm;
}

static const char *region_name(struct mm *mm, const struct region *region)
{
	if (region->file)
		return region->file->path ? region->file->path : "?";
	if (region->start == mm->vdso)
		return "[vdso]";
	if (region->kind == REGION_HEAP)
		return "[heap]";
	if (region->kind == REGION_STACK)
		return "[stack]";
	return region->flags & RF_SHM ? "/dev/zero (deleted)" : "";
}

static void show_region(struct text *text, struct mm *mm, const struct region *region)
{
	const struct inode *inode = region->file ? region->file->inode : NULL;
	const char *name = region_name(mm, region);
	char line[128];
	size_t n;

	n = format_to(line, sizeof(line), "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %u ", region->start,
		      region->end, region->prot & PROT_READ ? 'r' : '-',
		      region->prot & PROT_WRITE ? 'w' : '-', region->prot & PROT_EXEC ? 'x' : '-',
		      region->flags & RF_SHARED ? 's' : 'p',
		      inode ? region->offset * PAGE_SIZE : 0ul, inode ? inode->device >> 8 : 0,
		      inode ? inode->device & 0xff : 0, inode ? inode->number : 0);
	while (*name && n < 73)
		line[n++] = ' ';
	text_bytes(text, line, n);
	text_bytes(text, name, strlen(name));
	text_bytes(text, "\n", 1);
}

/* The regions whose text the window may show, in turn: from the one where the last read ended. */
static const struct region *first_shown(struct text *text, struct mm *mm)
{
	const struct region *region = mm ? mm->regions : NULL;

	if (!text->from || text->from < text->place->at)
		*text->place = (struct text_place){ 0, 0 };
	while (region && region->end <= text->place->va)
		region = region->next;
	text->at = text->place->at;
	return region;
}

static bool is_shown(struct text *text, const struct region *region)
{
	if (!region || text->at >= text->from + text->room)
		return false;
	*text->place = (struct text_place){ region->start, text->at };
	return true;
}

static void show_maps(struct text *text, struct proc *proc)
{
	struct mm *mm = mm_of(proc);

	for (const struct region *region = first_shown(text, mm); is_shown(text, region);
	     region = region->next)
		show_region(text, mm, region);
}

/* How the pages of a region are held. */
struct use {
	u64 rss, pss_shares, shared_clean, shared_dirty, private_clean, private_dirty, referenced;
	u64 anonymous, swap, file, shm;
};
#define PSS_UNIT 4096u

static void count_pte(struct mm *mm, u64 va, u64 *pte, void *arg)
{
	struct use *use = arg;
	struct page *page;
	bool dirty;

	(void)mm;
	(void)va;
	if (pte_is_swap(*pte)) {
		use->swap++;
		return;
	}
	if (!pte_has_frame(*pte))
		return;
	page = pa_page(pte_pa(*pte));
	dirty = page_is_dirty(page);
	use->rss++;
	use->pss_shares += PSS_UNIT / (page->sharers ? page->sharers : 1);
	if (page->sharers > 1)
		*(dirty ? &use->shared_dirty : &use->shared_clean) += 1;
	else
		*(dirty ? &use->private_dirty : &use->private_clean) += 1;
	use->referenced += (*pte & PTE_A) != 0;
	if (page->flags & PAGE_ANON)
		use->anonymous++;
	else if (page->frame_class == FRAME_SHM)
		use->shm++;
	else
		use->file++;
}

static void show_smaps(struct text *text, struct proc *proc)
{
	struct mm *mm = mm_of(proc);

	for (const struct region *region = first_shown(text, mm); is_shown(text, region);
	     region = region->next) {
		struct use use = { 0 };

		pte_each(mm, region->start, region->end, count_pte, &use);
		show_region(text, mm, region);
		text_printf(text, "Size:           %8lu kB\n",
			    (region->end - region->start) / 1024);
		text_printf(text, "KernelPageSize: %8u kB\nMMUPageSize:    %8u kB\n", 4, 4);
		text_printf(text, "Rss:            %8lu kB\nPss:            %8lu kB\n",
			    KIB(use.rss), use.pss_shares * 4 / PSS_UNIT);
		text_printf(text, "Shared_Clean:   %8lu kB\nShared_Dirty:   %8lu kB\n",
			    KIB(use.shared_clean), KIB(use.shared_dirty));
		text_printf(text, "Private_Clean:  %8lu kB\nPrivate_Dirty:  %8lu kB\n",
			    KIB(use.private_clean), KIB(use.private_dirty));
		text_printf(text, "Referenced:     %8lu kB\nAnonymous:      %8lu kB\n",
			    KIB(use.referenced), KIB(use.anonymous));
		text_printf(text, "Swap:           %8lu kB\nLocked:         %8lu kB\n",
			    KIB(use.swap), region->flags & RF_LOCKED ? KIB(use.rss) : 0ul);
	}
}

/* Linux's Documentation/admin-guide/mm/pagemap.rst: present, swapped, file or shared; frame or slot. */
static u64 pagemap(struct proc *proc, u64 index)
{
	struct mm *mm = mm_of(proc);
	u64 *pte = mm ? pte_find(mm, index * PAGE_SIZE) : NULL;
	const struct page *page;

	if (!pte || !*pte)
		return 0;
	if (pte_is_swap(*pte))
		return 1ull << 62 | (u64)pte_slot(*pte) << 5;
	page = pa_page(pte_pa(*pte));
	return 1ull << 63 | (page->flags & PAGE_ANON ? 0 : 1ull << 61) |
	       (page->sharers == 1 ? 1ull << 56 : 0) | pte_pa(*pte) / PAGE_SIZE;
}

static u64 region_pages(struct mm *mm, u32 kind)
{
	u64 pages = 0;

	for (struct region *region = mm->regions; region; region = region->next)
		if (kind == REGION_KIND_COUNT || region->kind == kind)
			pages += (region->end - region->start) / PAGE_SIZE;
	return pages;
}

static char state_letter(const struct proc *proc)
{
	static const char letters[] = {
		[PROC_UNUSED] = 'X',   [PROC_RUNNING] = 'R', [PROC_READY] = 'R',
		[PROC_SLEEPING] = 'S', [PROC_DISK] = 'D',    [PROC_STOPPED] = 'T',
		[PROC_ZOMBIE] = 'Z'
	};

	return proc->state < sizeof(letters) ? letters[proc->state] : 'S';
}

static const char *state_word(char letter)
{
	switch (letter) {
	case 'R':
		return "running";
	case 'S':
		return "sleeping";
	case 'D':
		return "disk sleep";
	case 'T':
		return "stopped";
	case 'Z':
		return "zombie";
	}
	return "dead";
}

/* Bit n-1 for each signal whose action is this (1: ignored; 2: caught). */
static u64 signal_set(const struct proc *proc, int kind)
{
	u64 set = 0;

	for (u32 i = 0; proc->sighand && i < NSIG; i++) {
		u64 handler = proc->sighand->action[i].sa_handler;

		if (kind == 1 ? handler == SIG_IGN : handler != SIG_IGN && handler != SIG_DFL)
			set |= 1ull << i;
	}
	return set;
}

static void show_stat(struct text *text, struct proc *proc)
{
	const struct group *group = proc->group;
	struct mm *mm = mm_of(proc);
	u64 pages = mm ? region_pages(mm, REGION_KIND_COUNT) : 0;
	struct usage usage;
	s32 foreground;
	u32 tty;

	group_usage(group, &usage);
	tty_numbers(proc->tty, &tty, &foreground);
	text_printf(text, "%u (%s) %c %u %u %u %u %d 4194304 ", proc->pid, proc->name,
		    state_letter(proc), proc->ppid, proc->pgid, proc->sid, tty, foreground);
	text_printf(text, "%lu %lu %lu %lu %lu %lu %lu %lu %d %d %u 0 ", usage.minor,
		    group->children_minor, usage.major, group->children_major,
		    usage.user_ticks / CLOCK_TICKS, usage.kernel_ticks / CLOCK_TICKS,
		    group->children_user_ticks / CLOCK_TICKS,
		    group->children_kernel_ticks / CLOCK_TICKS, 20 + proc->nice, proc->nice,
		    usage.threads);
	text_printf(text, "%lu %lu %lu 18446744073709551615 ", group->start_ticks / CLOCK_TICKS,
		    pages * PAGE_SIZE, mm ? mm->resident : 0);
	text_printf(text, "%lu %lu %lu %lu %lu ", mm ? mm->start_code : 0, mm ? mm->end_code : 0,
		    mm ? mm->stack_top : 0, proc->frame && mm ? FRAME_SP(proc->frame) : 0,
		    proc->frame && mm ? FRAME_PC(proc->frame) : 0);
	text_printf(text, "%lu %lu %lu %lu 0 0 0 %u 0 0 0 0 0 0 ",
		    (proc->signals.pending | group->signals.pending) & 0x7fffffff,
		    proc->signals_blocked & 0x7fffffff, signal_set(proc, 1) & 0x7fffffff,
		    signal_set(proc, 2) & 0x7fffffff, group->exit_signal);
	text_printf(text, "0 0 %lu %lu %lu %lu %lu %u\n", mm ? mm->brk_start : 0,
		    mm ? mm->arg_start : 0, mm ? mm->arg_end : 0, mm ? mm->env_start : 0,
		    mm ? mm->env_end : 0, group->wait_status);
}

static void show_statm(struct text *text, struct proc *proc)
{
	struct mm *mm = mm_of(proc);
	struct use use = { 0 };

	if (!mm) {
		text_printf(text, "0 0 0 0 0 0 0\n");
		return;
	}
	pte_each(mm, USER_BASE, USER_TOP, count_pte, &use);
	text_printf(text, "%lu %lu %lu %lu 0 %lu 0\n", region_pages(mm, REGION_KIND_COUNT), use.rss,
		    use.file + use.shm, region_pages(mm, REGION_TEXT),
		    region_pages(mm, REGION_DATA) + region_pages(mm, REGION_BSS) +
			    region_pages(mm, REGION_HEAP) + region_pages(mm, REGION_MMAP_ANON) +
			    region_pages(mm, REGION_STACK));
}

static void show_memory(struct text *text, struct mm *mm)
{
	u64 size = KIB(region_pages(mm, REGION_KIND_COUNT));
	struct use use = { 0 };

	pte_each(mm, USER_BASE, USER_TOP, count_pte, &use);
	text_printf(text, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\n", size, size);
	text_printf(text, "VmLck:\t%8lu kB\nVmPin:\t%8u kB\n", KIB(mm_locked_pages(mm)), 0);
	text_printf(text, "VmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\n", KIB(mm->peak_resident),
		    KIB(mm->resident));
	text_printf(text, "RssAnon:\t%8lu kB\nRssFile:\t%8lu kB\nRssShmem:\t%8lu kB\n",
		    KIB(use.anonymous), KIB(use.file), KIB(use.shm));
	text_printf(text, "VmData:\t%8lu kB\nVmStk:\t%8lu kB\nVmExe:\t%8lu kB\nVmLib:\t%8lu kB\n",
		    KIB(region_pages(mm, REGION_DATA) + region_pages(mm, REGION_BSS) +
			region_pages(mm, REGION_HEAP) + region_pages(mm, REGION_MMAP_ANON)),
		    KIB(region_pages(mm, REGION_STACK)), KIB(region_pages(mm, REGION_TEXT)),
		    KIB(region_pages(mm, REGION_MMAP_FILE)));
	text_printf(text, "VmPTE:\t%8lu kB\nVmSwap:\t%8lu kB\n", KIB(mm->table_pages),
		    KIB(mm->swapped));
}

static void show_status(struct text *text, struct proc *proc)
{
	char letter = state_letter(proc);
	struct usage usage;

	group_usage(proc->group, &usage);
	text_printf(text, "Name:\t%s\nUmask:\t%04lo\n", proc->name,
		    (u64)(proc->fs ? proc->fs->umask : 0));
	text_printf(text,
		    "State:\t%c (%s)\nTgid:\t%u\nNgid:\t0\nPid:\t%u\nPPid:\t%u\nTracerPid:\t0\n",
		    letter, state_word(letter), proc->tgid, proc->pid, proc->ppid);
	text_printf(text, "Uid:\t%u\t%u\t%u\t%u\n", proc->uid, proc->uid, proc->uid, proc->uid);
	text_printf(text, "Gid:\t%u\t%u\t%u\t%u\n", proc->gid, proc->gid, proc->gid, proc->gid);
	text_printf(text, "FDSize:\t%u\nGroups:\t\n", proc->files ? proc->files->nfds : 0);
	if (mm_of(proc))
		show_memory(text, proc->mm);
	text_printf(text, "Threads:\t%u\nSigQ:\t0/%lu\n", usage.threads,
		    proc->group->limits[RLIMIT_SIGPENDING].rlim_cur);
	text_printf(text, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\n",
		    proc->signals.pending, proc->group->signals.pending, proc->signals_blocked);
	text_printf(text, "SigIgn:\t%016lx\nSigCgt:\t%016lx\n", signal_set(proc, 1),
		    signal_set(proc, 2));
	text_printf(text, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\n", 0ul,
		    capabilities(proc), capabilities(proc));
	text_printf(text, "CapBnd:\t%016lx\nCapAmb:\t%016lx\n", CAPABILITIES_ALL, 0ul);
	text_printf(text, "NoNewPrivs:\t%u\nSeccomp:\t0\n", proc->no_new_privileges);
	text_printf(text, "Cpus_allowed:\t1\nCpus_allowed_list:\t0\n");
	text_printf(text, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t0\n",
		    proc->switches);
}

/* Copies from another process's memory; how much was there. */
static size_t read_memory(struct mm *mm, u64 va, char *to, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		u64 at = va + done, *pte = pte_find(mm, at);
		size_t n = min_u64(bytes - done, PAGE_SIZE - at % PAGE_SIZE);
		struct page *page = NULL;
		int error = 0;

		if (pte && pte_has_frame(*pte)) {
			page = pa_page(pte_pa(*pte));
			page_pin(page);
		} else if (pte && pte_is_swap(*pte)) {
			page = page_get(&swap_mapping, pte_slot(*pte), &error, NULL);
		}
		if (!page)
			break;
		memcpy(to + done, (char *)page_data(page) + at % PAGE_SIZE, n);
		page_put(page);
		done += n;
	}
	return done;
}

/* Only the part of the text that the reader asked for is fetched. */
static void show_range(struct text *text, struct proc *proc, bool environment)
{
	struct mm *mm = mm_of(proc);
	char bytes[128];
	u64 at, end;

	if (!mm)
		return;
	mm_get(mm); /* fetching may sleep */
	at = environment ? mm->env_start : mm->arg_start;
	end = environment ? mm->env_end : mm->arg_end;
	while (at < end) {
		size_t n = read_memory(mm, at, bytes, min_u64(end - at, sizeof(bytes)));

		if (!n)
			break;
		text_bytes(text, bytes, n);
		at += n;
	}
	mm_put(mm);
}

static void show_cmdline(struct text *text, struct proc *proc)
{
	show_range(text, proc, false);
}

static void show_environ(struct text *text, struct proc *proc)
{
	show_range(text, proc, true);
}

static void show_comm(struct text *text, struct proc *proc)
{
	text_printf(text, "%s\n", proc->name);
}

static void store_comm(struct proc *proc, const char *line)
{
	strlcpy(proc->name, line, sizeof(proc->name));
	if (strchr(proc->name, '\n'))
		*strchr(proc->name, '\n') = 0;
	introspect_proc(proc);
}

static u64 auxv(struct proc *proc, u64 index)
{
	return mm_of(proc) ? proc->mm->auxv[index] : 0;
}

void proc_show_descriptor(struct text *text, struct proc *proc)
{
	const struct file *file = proc->files ? fd_table_file(proc->files, text->fd) : NULL;
	bool cloexec = file && fd_table_cloexec(proc->files, text->fd);

	if (file)
		text_printf(text, "pos:\t%ld\nflags:\t0%lo\nmnt_id:\t%u\nino:\t%u\n", file->pos,
			    (u64)(file->flags | (cloexec ? O_CLOEXEC : 0)),
			    file->inode ? mount_id(file->inode->sb) : 0,
			    file->inode ? file->inode->number : 0);
}

static void show_limits(struct text *text, struct proc *proc)
{
	static const struct {
		const char *name, *unit;
	} rows[RLIM_NLIMITS] = { { "cpu time", "seconds" },	{ "file size", "bytes" },
				 { "data size", "bytes" },	{ "stack size", "bytes" },
				 { "core file size", "bytes" }, { "resident set", "bytes" },
				 { "processes", "processes" },	{ "open files", "files" },
				 { "locked memory", "bytes" },	{ "address space", "bytes" },
				 { "file locks", "locks" },	{ "pending signals", "signals" },
				 { "msgqueue size", "bytes" },	{ "nice priority", "" },
				 { "realtime priority", "" },	{ "realtime timeout", "us" } };

	text_printf(
		text,
		"Limit                     Soft Limit           Hard Limit           Units     \n");
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct rlimit *limit = &proc->group->limits[i];
		char soft[24] = "unlimited", hard[24] = "unlimited";

		if (limit->rlim_cur != RLIM_INFINITY)
			format_to(soft, sizeof(soft), "%lu", limit->rlim_cur);
		if (limit->rlim_max != RLIM_INFINITY)
			format_to(hard, sizeof(hard), "%lu", limit->rlim_max);
		text_printf(text, "Max %-21s %-20s %-20s %-10s\n", rows[i].name, soft, hard,
			    rows[i].unit);
	}
}

static void show_wchan(struct text *text, struct proc *proc)
{
	(void)proc;
	text_bytes(text, "0", 1); /* without an end of line, as on Linux */
}

static int file_target(struct file *file, struct inode **inode, char path[256])
{
	if (!file || !file->inode)
		return -ENOENT;
	*inode = file->inode;
	strlcpy(path, file->path ? file->path : "?", 256);
	return 0;
}

static int exe_target(struct proc *proc, struct inode **inode, char path[256])
{
	return file_target(mm_of(proc) ? proc->mm->exe : NULL, inode, path);
}

static int cwd_target(struct proc *proc, struct inode **inode, char path[256])
{
	if (!proc->fs || !proc->fs->cwd)
		return -ENOENT;
	*inode = proc->fs->cwd;
	strlcpy(path, fs_cwd_path(proc->fs), 256);
	return 0;
}

static int root_target(struct proc *proc, struct inode **inode, char path[256])
{
	(void)proc;
	*inode = root_sb->root;
	strlcpy(path, "/", 256);
	return 0;
}

const struct proc_entry proc_process[] = {
	{ .name = "maps", .mode = S_IFREG | 0444, .show = show_maps },
	{ .name = "smaps", .mode = S_IFREG | 0444, .show = show_smaps },
	{ .name = "pagemap",
	  .mode = S_IFREG | 0400,
	  .value = pagemap,
	  .values = USER_TOP / PAGE_SIZE },
	{ .name = "stat", .mode = S_IFREG | 0444, .show = show_stat },
	{ .name = "statm", .mode = S_IFREG | 0444, .show = show_statm },
	{ .name = "status", .mode = S_IFREG | 0444, .show = show_status },
	{ .name = "cmdline", .mode = S_IFREG | 0444, .show = show_cmdline },
	{ .name = "environ", .mode = S_IFREG | 0400, .show = show_environ },
	{ .name = "comm", .mode = S_IFREG | 0644, .show = show_comm, .store = store_comm },
	{ .name = "auxv", .mode = S_IFREG | 0400, .value = auxv, .values = AUXV_WORDS },
	{ .name = "cgroup", .mode = S_IFREG | 0444, .line = "0::/" },
	{ .name = "wchan", .mode = S_IFREG | 0444, .show = show_wchan },
	{ .name = "mounts", .mode = S_IFREG | 0444, .show = proc_show_mounts },
	{ .name = "mountinfo", .mode = S_IFREG | 0444, .show = proc_show_mountinfo },
	{ .name = "limits", .mode = S_IFREG | 0444, .show = show_limits },
	{ .name = "oom_score", .mode = S_IFREG | 0444, .line = "0" },
	{ .name = "oom_score_adj", .mode = S_IFREG | 0644, .line = "0" },
	{ .name = "exe", .mode = S_IFLNK | 0777, .target = exe_target },
	{ .name = "cwd", .mode = S_IFLNK | 0777, .target = cwd_target },
	{ .name = "root", .mode = S_IFLNK | 0777, .target = root_target },
};
const u32 proc_process_count = ARRAY_SIZE(proc_process);
