/*
 * execve: a new address space is built beside the old one, arguments and environment straight into its
 * stack; when nothing can fail any more it takes the old one's place.
 */
#include "arch.h"
#include "boot.h"
#include "image.h"
#include "mm.h"
#include "signal.h"
#include "sys.h"
#include "task.h"
#include "timer.h"
#include "vfs.h"

#define STRING_MAX  (32 * PAGE_SIZE)
#define STRINGS_MAX (6ul << 20) /* argv and envp together, however large the stack may be */
#define SCRIPTS_MAX 4
#define SCRIPT_LINE 256 /* with its "#!", and a NUL behind it */
#define PIE_BASE    PAGE_DOWN(USER_TOP / 3 * 2)
#define MMAP_GAP    (128ul << 20)
#define AUXV_PAIRS  (AUXV_WORDS / 2)

/* Strings that come before the user's argv: "#!" interpreter, its argument, the script's path. */
struct prefix {
	char *text; /* a kernel page; strings one behind the other */
	u32 count, bytes;
};

struct exec {
	struct image program, loader;
	struct prefix prefix;
	struct mm *mm;
	u64 argv, envp; /* user addresses of the pointer arrays, 0: none */
	u32 skip;	/* user arguments that the prefix replaces: 0 or 1 */
	u32 argc, envc;
	u64 string_bytes;
	char *buffer; /* a kernel page */
	const char *path;
	u64 sp;
};

/* ---- #! ---- */

static bool prefix_add(struct prefix *prefix, const char *text, size_t n)
{
	if (prefix->bytes + n + 1 > PAGE_SIZE)
		return false;
	memmove(prefix->text + n + 1, prefix->text, prefix->bytes);
	memcpy(prefix->text, text, n);
	prefix->text[n] = 0;
	prefix->bytes += (u32)n + 1;
	prefix->count++;
	return true;
}

/* `line` begins behind "#!": interpreter and at most one argument go before the script's path. */
static int script(struct exec *x, const char *path, char *line)
{
	size_t n = strnlen(line, SCRIPT_LINE - 2);
	char *end, *name, *argument;

	line[n] = 0;
	end = strchr(line, '\n');
	if (!end && n == SCRIPT_LINE - 3)
		return -ENOEXEC; /* it may go on */
	if (!end)
		end = line + n;
	while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = 0;
	for (name = line; *name == ' ' || *name == '\t'; name++)
		;
	for (argument = name; *argument && *argument != ' ' && *argument != '\t'; argument++)
		;
	if (*argument) {
		for (*argument++ = 0; *argument == ' ' || *argument == '\t'; argument++)
			;
	}
	if (!*name)
		return -ENOEXEC;
	/* The innermost script stands last; an outer interpreter's own name goes with it. */
	if (x->prefix.count == 0) {
		x->skip = 1;
		if (!prefix_add(&x->prefix, path, strlen(path)))
			return -E2BIG;
	}
	if (*argument && !prefix_add(&x->prefix, argument, strlen(argument)))
		return -E2BIG;
	if (!prefix_add(&x->prefix, name, strlen(name)))
		return -E2BIG;
	return 0;
}

/* Opens the program, through scripts to the interpreter that is one. */
static int find_program(struct exec *x, const char *path)
{
	for (int depth = 0;; depth++) {
		char line[SCRIPT_LINE];
		size_t n;
		int error = open_executable(path, &x->program.file);

		if (error)
			return error;
		n = min_u64(sizeof(line) - 1, x->program.file->inode->size);
		memset(line, 0, sizeof(line));
		error = kernel_read(x->program.file, 0, line, n);
		if (error)
			return error;
		if (line[0] != '#' || line[1] != '!')
			return image_read(&x->program);
		if (depth == SCRIPTS_MAX)
			return -ELOOP;
		error = script(x, path, line + 2);
		file_put(x->program.file);
		x->program.file = NULL;
		if (error)
			return error;
		path = x->prefix.text;
	}
}

/* ---- layout ---- */

static u64 random_pages(u64 count)
{
	u64 r = random_u64(); /* drawn in any case, so that aslr=0 changes nothing else */

	if (!param_number(PARAM_aslr) || (current->personality & ADDR_NO_RANDOMIZE))
		return 0;
	return r % count * PAGE_SIZE;
}

/* Stack, mmap area, program, loader, heap: each at a place of its own. */
static int layout(struct exec *x)
{
	struct mm *mm = x->mm;
	u64 most = USER_TOP / 6 * 5, limit = rlimit(RLIMIT_STACK);
	u64 gap = limit > most ? MMAP_GAP : max_u64(PAGE_UP(limit), MMAP_GAP);
	u64 end;
	int error;

	mm->stack_top = USER_TOP - PAGE_SIZE - random_pages(0x800);
	stack_limit_set(mm, limit > most ? gap : PAGE_UP(limit));
	mm->mmap_base = PAGE_DOWN(mm->stack_top - gap - PAGE_SIZE) - random_pages(0x2000);
	mm->hole_from = mm->mmap_base;
	if (!region_insert(mm, mm->stack_top - PAGE_SIZE, mm->stack_top,
			   PROT_READ | PROT_WRITE | (x->program.stack_exec ? PROT_EXEC : 0),
			   RF_GROWS_DOWN, REGION_STACK, NULL, 0))
		return -ENOMEM;
	if (x->program.header.e_type == ET_DYN)
		x->program.bias = PIE_BASE + random_pages(0x2000);
	error = image_map(mm, &x->program);
	if (error)
		return error;
	end = x->program.bias + x->program.end;
	mm->brk_start = mm->brk = end + random_pages(0x400);
	if (x->loader.file) {
		x->loader.bias = region_hole(mm, x->loader.end - x->loader.start);
		if (!x->loader.bias)
			return -ENOMEM;
		x->loader.bias -= x->loader.start;
		error = image_map(mm, &x->loader);
		if (error)
			return error;
	}
	mm->vdso = region_hole(mm, PAGE_SIZE);
	if (!mm->vdso || !region_insert(mm, mm->vdso, mm->vdso + PAGE_SIZE, PROT_READ | PROT_EXEC,
					0, REGION_TEXT, NULL, 0))
		return -ENOMEM;
	region_find(mm, mm->vdso)->mapping = &vdso_mapping;
	return 0;
}

/* ---- the stack ---- */

static int put(struct exec *x, u64 va, const void *from, size_t bytes)
{
	const char *p = from;

	while (bytes) {
		struct page *page;
		size_t n = min_u64(bytes, PAGE_SIZE - va % PAGE_SIZE);
		struct region *stack = region_above(x->mm, va);

		if (va < x->mm->stack_limit)
			return -E2BIG;
		if (stack->start > va) {
			x->mm->total_pages += (stack->start - PAGE_DOWN(va)) / PAGE_SIZE;
			stack->start = PAGE_DOWN(va);
		}
		page = mm_page_for_exec(x->mm, va);
		if (!page)
			return -ENOMEM;
		memcpy((char *)page_data(page) + va % PAGE_SIZE, p, n);
		page_put(page);
		p += n;
		va += n;
		bytes -= n;
	}
	return 0;
}

/* Length of a user string with its NUL; copied to `to` in the new stack if that is not 0. */
static s64 copy_string(struct exec *x, u64 user, u64 to, u64 to_end)
{
	u64 length = 0;

	for (;;) {
		/* Page by page: a string may end where nothing is mapped behind it. */
		size_t n, room = PAGE_SIZE - user % PAGE_SIZE;
		long got = copy_string_from_user(x->buffer, user, room);
		bool end = got >= 0;
		int error;

		if (got < 0 && got != -ENAMETOOLONG)
			return got;
		n = end ? (size_t)got + 1 : room;
		if (to) {
			if (to + length + n > to_end)
				return -EFAULT; /* another thread made it longer */
			error = put(x, to + length, x->buffer, n);
			if (error)
				return error;
		}
		length += n;
		if (length > STRING_MAX)
			return -E2BIG;
		if (end)
			return (s64)length;
		user += n;
	}
}

static int user_pointer(u64 array, u32 index, u64 *pointer)
{
	if (!array) {
		*pointer = 0;
		return 0;
	}
	return copy_from_user(pointer, array + 8ul * index, 8);
}

/* How much room do the strings take? */
static int measure(struct exec *x, u64 array, u32 *count)
{
	for (*count = 0;; ++*count) {
		u64 pointer;
		s64 n;
		int error = user_pointer(array, *count, &pointer);

		if (error || !pointer)
			return error;
		n = copy_string(x, pointer, 0, 0);
		if (n < 0)
			return (int)n;
		x->string_bytes += (u64)n;
		if (x->string_bytes + 8ul * *count >
			    min_u64(rlimit(RLIMIT_STACK) / 4, STRINGS_MAX) &&
		    x->string_bytes > STRING_MAX)
			return -E2BIG;
	}
}

/* Copies strings [skip, count) to *at and their addresses to *slot, both moving up. */
static int put_strings(struct exec *x, u64 array, u32 skip, u32 count, u64 *at, u64 *slot)
{
	for (u32 i = skip; i < count; i++) {
		u64 pointer;
		s64 n;
		int error = user_pointer(array, i, &pointer);

		if (error || !pointer)
			return error ? error : -EFAULT;
		n = copy_string(x, pointer, *at, x->mm->stack_top);
		if (n >= 0)
			n = put(x, *slot, at, 8) ? -ENOMEM : n;
		if (n < 0)
			return (int)n;
		*at += (u64)n;
		*slot += 8;
	}
	return 0;
}

static int put_prefix(struct exec *x, u64 *at, u64 *slot)
{
	const char *p = x->prefix.text;

	for (u32 i = 0; i < x->prefix.count; i++) {
		size_t n = strlen(p) + 1;

		if (put(x, *at, p, n) || put(x, *slot, at, 8))
			return -ENOMEM;
		p += n;
		*at += n;
		*slot += 8;
	}
	return 0;
}

static void aux(struct mm *mm, u32 *n, u64 type, u64 value)
{
	mm->auxv[*n] = type;
	mm->auxv[*n + 1] = value;
	*n += 2;
}

static void make_auxv(struct exec *x, u64 random_at, u64 path_at)
{
	struct mm *mm = x->mm;
	u32 n = 0;

	aux(mm, &n, AT_HWCAP,
	    1 << ('i' - 'a') | 1 << ('m' - 'a') | 1 << 0 | 1 << ('f' - 'a') | 1 << ('d' - 'a') |
		    1 << ('c' - 'a'));
	aux(mm, &n, AT_PAGESZ, PAGE_SIZE);
	aux(mm, &n, AT_CLKTCK, 100);
	aux(mm, &n, AT_PHDR, x->program.bias + x->program.phdr);
	aux(mm, &n, AT_PHENT, sizeof(struct elf_segment));
	aux(mm, &n, AT_PHNUM, x->program.header.e_phnum);
	aux(mm, &n, AT_BASE, x->loader.file ? x->loader.bias : 0);
	aux(mm, &n, AT_FLAGS, 0);
	aux(mm, &n, AT_ENTRY, x->program.bias + x->program.header.e_entry);
	aux(mm, &n, AT_UID, current->uid);
	aux(mm, &n, AT_EUID, current->uid);
	aux(mm, &n, AT_GID, current->gid);
	aux(mm, &n, AT_EGID, current->gid);
	aux(mm, &n, AT_SECURE, 0);
	aux(mm, &n, AT_RANDOM, random_at);
	aux(mm, &n, AT_MINSIGSTKSZ, MINSIGSTKSZ);
	aux(mm, &n, AT_EXECFN, path_at);
	aux(mm, &n, AT_NULL, 0);
}

/* From the top: path, environment and argument strings, random bytes, then what sp points at. */
static int build_stack(struct exec *x)
{
	struct mm *mm = x->mm;
	u32 argc = x->argc - x->skip + x->prefix.count;
	u64 path_bytes = strlen(x->path) + 1, zero = 0, argc_word = argc, at, slot, random[2];
	u64 strings = mm->stack_top - 8 - path_bytes - x->string_bytes - x->prefix.bytes;
	u64 random_at = (strings - sizeof(random)) & ~15ul;
	int error;

	make_auxv(x, random_at, mm->stack_top - 8 - path_bytes);
	x->sp = (random_at - sizeof(u64) * (1 + argc + 1 + x->envc + 1 + 2 * AUXV_PAIRS)) & ~15ul;
	random_bytes(random, sizeof(random));
	error = put(x, mm->stack_top - 8 - path_bytes, x->path, path_bytes);
	if (!error)
		error = put(x, random_at, random, sizeof(random));
	if (!error)
		error = put(x, x->sp, &argc_word, 8);
	at = strings;
	slot = x->sp + 8;
	mm->arg_start = at;
	if (!error)
		error = put_prefix(x, &at, &slot);
	if (!error)
		error = put_strings(x, x->argv, x->skip, x->argc, &at, &slot);
	if (!error)
		error = put(x, slot, &zero, 8);
	slot += 8;
	mm->arg_end = mm->env_start = at;
	if (!error)
		error = put_strings(x, x->envp, 0, x->envc, &at, &slot);
	if (!error)
		error = put(x, slot, &zero, 8);
	slot += 8;
	mm->env_end = at;
	if (!error)
		error = put(x, slot, mm->auxv, 16 * AUXV_PAIRS);
	return error;
}

/* ---- all together ---- */

static int prepare(struct exec *x, bool from_kernel)
{
	int error;

	x->program.segments = kpage_alloc();
	x->loader.segments = kpage_alloc();
	x->prefix.text = kpage_alloc();
	x->buffer = kpage_alloc();
	if (!x->program.segments || !x->loader.segments || !x->prefix.text || !x->buffer)
		return -ENOMEM;
	error = find_program(x, x->path);
	if (error)
		return error;
	if (x->program.interpreter[0]) {
		error = open_executable(x->program.interpreter, &x->loader.file);
		if (!error)
			error = image_read(&x->loader);
		if (!error && x->loader.header.e_type != ET_DYN)
			error = -ENOEXEC;
		if (error)
			return error;
	}
	if (from_kernel) {
		if (!x->prefix.count && !prefix_add(&x->prefix, x->path, strlen(x->path)))
			return -E2BIG;
		x->skip = 0;
	} else {
		error = measure(x, x->argv, &x->argc);
		if (!error)
			error = measure(x, x->envp, &x->envc);
		if (error)
			return error;
		if (x->skip && x->argc == 0)
			x->skip = 0;
		/* As on Linux: nobody starts without a name. */
		if (!x->argc && !x->prefix.count && !prefix_add(&x->prefix, "", 0))
			return -E2BIG;
		if (x->skip) { /* the script's path takes the place of argv[0] */
			u64 pointer;
			s64 n;

			error = user_pointer(x->argv, 0, &pointer);
			if (error)
				return error;
			n = copy_string(x, pointer, 0, 0);
			if (n < 0)
				return (int)n;
			x->string_bytes -= min_u64((u64)n, x->string_bytes);
		}
	}
	x->mm = mm_create();
	if (!x->mm)
		return -ENOMEM;
	x->mm->owner_pid = current->tgid;
	error = layout(x);
	return error ? error : build_stack(x);
}

/* Past the point of no return: the old image goes. */
static void become(struct exec *x)
{
	struct mm *old = current->mm;
	struct trapframe *frame = current->frame;
	const char *name = strrchr(x->path, '/');
	struct image *first = x->loader.file ? &x->loader : &x->program;

	hold_release(current);
	x->mm->exe = file_get(x->program.file);
	file_execute(x->mm->exe);
	current->mm = x->mm;
	x->mm = NULL;
	mm_use(current->mm);
	vfork_done();
	mm_put(old); /* sleeps */
	fd_table_exec(current->files);
	signals_exec(current);
	timers_forget(current->group);
	current->clear_child_tid = 0;
	current->robust_list = 0;
	current->group->execed = true;
	current->group->undumpable = false;
	current->group->exit_signal = SIGCHLD;
	strlcpy(current->name, name ? name + 1 : x->path, sizeof(current->name));
	memset(frame, 0, sizeof(*frame));
	FRAME_PC(frame) = first->bias + first->header.e_entry;
	FRAME_SP(frame) = x->sp;
	frame->sstatus = SSTATUS_SPIE | SSTATUS_UXL64 | FS_INITIAL;
	memset(&current->fp, 0, sizeof(current->fp));
	fp_changed(current);
	if (current->ppid == 1 && !faultline_introspect.program_pid) {
		faultline_introspect.program_pid = current->tgid;
		faultline_introspect.boot_stage = 2;
		if (*param_string(PARAM_crash))
			crash(param_string(PARAM_crash));
	}
	introspect_proc(current);
}

/* Tables shared with others (vfork, clone) become our own. */
static int unshare(void)
{
	if (current->sighand->refs > 1) {
		struct sighand *own = kmalloc(sizeof(*own));

		if (!own)
			return -ENOMEM;
		*own = *current->sighand;
		own->refs = 1;
		current->sighand->refs--;
		current->sighand = own;
	}
	return fd_table_unshare();
}

int exec(const char *path, u64 argv, u64 envp, bool from_kernel)
{
	struct exec *x;
	int error;

	reclaim_balance(frames_reserve + 16);
	x = kmalloc(sizeof(*x));
	if (!x)
		return -ENOMEM;
	x->path = path;
	x->argv = argv;
	x->envp = envp;
	error = prepare(x, from_kernel);
	if (!error)
		error = unshare();
	if (!error)
		error = threads_end();
	if (!error)
		become(x);
	mm_put(x->mm);
	if (x->program.file)
		file_put(x->program.file);
	if (x->loader.file)
		file_put(x->loader.file);
	kpage_free(x->program.segments);
	kpage_free(x->loader.segments);
	kpage_free(x->prefix.text);
	kpage_free(x->buffer);
	kfree(x);
	return error;
}

s64 sys_execve(const u64 a[6])
{
	const u64 args[6] = { AT_FDCWD, a[0], a[1], a[2] };

	return sys_execveat(args);
}

/* The path of what a descriptor names, or of what lies below it, in front of whatever is in `path`. */
static int path_at(int dirfd, char *path, size_t bytes)
{
	char at[32];
	size_t n = format_to(at, sizeof(at), "/dev/fd/%d%s", dirfd, bytes ? "/" : "");

	if (path[0] == '/' || (bytes && dirfd == AT_FDCWD))
		return 0;
	if (!fd_place(dirfd))
		return -EBADF;
	if (n + bytes >= PAGE_SIZE)
		return -ENAMETOOLONG;
	memmove(path + n, path, bytes + 1);
	memcpy(path, at, n);
	return 0;
}

/* What is executed must not be a link. */
static int no_link(const char *path)
{
	struct walk *walk;
	int error = walk_path(AT_FDCWD, path, 0, &walk);

	if (error)
		return error;
	error = S_ISLNK(walk->inode->mode) ? -ELOOP : 0;
	walk_done(walk);
	return error;
}

s64 sys_execveat(const u64 a[6])
{
	char *path = kpage_alloc();
	long n = path ? copy_string_from_user(path, a[1], PAGE_SIZE) : -ENOMEM;
	int error = n < 0 ? (int)n : 0;

	if (a[4] & ~(u64)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		error = -EINVAL;
	if (!error && !n && !(a[4] & AT_EMPTY_PATH))
		error = -ENOENT;
	if (!error)
		error = path_at(a[0], path, n);
	if (!error && n && (a[4] & AT_SYMLINK_NOFOLLOW))
		error = no_link(path);
	if (!error)
		error = exec(path, a[2], a[3], false);
	kpage_free(path);
	return error;
}
