/*
 * The guest's ext2 against a model, on the host, under a page cache of forty frames that evicts at
 * random; e2fsck is the judge of what is left on the disk, after a clean end and after power cuts.
 */
#include "fs_shim.h"

int printf(const char *format, ...);
int snprintf(char *to, size_t bytes, const char *format, ...);
void *calloc(size_t n, size_t bytes);
void free(void *p);
char *getenv(const char *name);
int system(const char *command);
int open(const char *path, int flags, ...);
long read(int fd, void *to, size_t bytes);
long write(int fd, const void *from, size_t bytes);
int close(int fd);
int fork(void);
int waitpid(int pid, int *status, int options);
void _exit(int status);
unsigned alarm(unsigned seconds);
void *mmap(void *at, size_t bytes, int prot, int flags, int fd, long offset);
int setvbuf(void *stream, char *buffer, int mode, size_t bytes);
extern void *stdout;

#define BLOCKS 4608u /* 18 MiB */
#define NDIRS  4
#define NNAMES 12
#define NOBJ   64
#define PLACES (NDIRS * NNAMES)
#define SMALL  60000u
#define BIG    4600000u /* needs a double indirect block */
#define TRACKS 40

static char *image;
static char folder[256];
static u64 failures;
static bool quiet; /* failures are what is wanted */

#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition) && failures++ < 5 && !quiet) {                                    \
			printf("# %s:%d: %s: ", __FILE__, __LINE__, #condition);                   \
			printf(__VA_ARGS__);                                                       \
			printf("\n");                                                              \
		}                                                                                  \
	} while (0)

/* ---- the model ---- */

enum { FREE, PLAIN, LINK, EMPTY_DIR };
struct object {
	int type, links;
	u32 size, room;
	u8 *bytes;
};
static struct object objects[NOBJ];
static int places[PLACES]; /* object number or -1 */

/* What must be found after a power cut: shared with the process that looks. */
struct track {
	bool used;
	int object, alternative; /* place[0] may show the alternative's bytes instead */
	int place[4];
	u32 nplaces, size, other_size;
	u8 bytes[SMALL], other[SMALL];
};
static struct track *tracks;

static const char *path_of(int place)
{
	static char path[4][32];
	static int turn;
	char *to = path[turn++ % 4];

	if (place / NNAMES == 0)
		snprintf(to, 32, "/f%d", place % NNAMES);
	else
		snprintf(to, 32, "/d%d/f%d", place / NNAMES, place % NNAMES);
	return to;
}

static s64 at_call(s64 (*call)(const u64 a[6]), const char *path, u64 x, u64 y)
{
	return call((u64[6]){ (u64)AT_FDCWD, (u64)path, x, y });
}

static int new_object(int type)
{
	for (int i = 0; i < NOBJ; i++) {
		if (objects[i].links == 0) {
			u32 room = type == PLAIN ? (i % 8 == 0 ? BIG : SMALL) : 300;

			free(objects[i].bytes);
			objects[i] = (struct object){ type, 1, 0, room, calloc(1, room) };
			return i;
		}
	}
	return -1;
}

static void untrack(int object)
{
	for (int i = 0; i < TRACKS; i++)
		if (tracks[i].object == object || tracks[i].alternative == object)
			tracks[i].used = false;
}

static void track(int object, int place)
{
	struct object *o = &objects[object < 0 ? 0 : object];

	untrack(object);
	if (o->type != PLAIN || o->size > SMALL || o->links != 1)
		return;
	for (int i = 0; i < TRACKS; i++) {
		if (tracks[i].used)
			continue;
		tracks[i] = (struct track){ .used = true, .object = object, .alternative = -1 };
		tracks[i].place[tracks[i].nplaces++] = place;
		tracks[i].size = o->size;
		memcpy(tracks[i].bytes, o->bytes, o->size);
		return;
	}
}

static struct track *tracked(int object)
{
	for (int i = 0; i < TRACKS; i++)
		if (tracks[i].used && tracks[i].object == object && tracks[i].alternative < 0)
			return &tracks[i];
	return NULL;
}

/* `object` comes to stand at `to`, over `replaced` (or -1). */
static void track_rename(int object, int to, int replaced)
{
	struct track *moved = tracked(object), *over = replaced < 0 ? NULL : tracked(replaced);

	for (int i = 0; i < TRACKS; i++)
		if (tracks[i].alternative >= 0 &&
		    (tracks[i].alternative == object || tracks[i].alternative == replaced))
			tracks[i].used = false;
	if (over && moved && over->nplaces == 1) {
		over->alternative = object;
		over->other_size = moved->size;
		memcpy(over->other, moved->bytes, moved->size);
	} else if (over) {
		over->used = false;
	}
	if (moved && moved->nplaces < 4)
		moved->place[moved->nplaces++] = to;
	else if (moved)
		moved->used = false;
}

/* ---- operations, each on both ---- */

static struct file *must_open(const char *path, int flags)
{
	struct file *file = NULL;
	int error = file_open(path, flags, 0644, &file);

	CHECK(error == 0, "open %s: %d", path, error);
	return error ? NULL : file;
}

static s64 file_rw(struct file *file, void *data, u64 bytes, s64 pos, bool writes)
{
	struct iter iter = { .kernel = data, .left = bytes };

	return writes ? file->ops->write(file, &iter, &pos) : file->ops->read(file, &iter, &pos);
}

static bool no_space;

static void op_write(int place)
{
	int object = places[place];
	static u8 data[20000];
	u32 bytes = 1 + shim_random() % sizeof(data), pos;
	struct object *o;
	struct file *file;
	s64 done;

	if (object < 0) {
		object = new_object(PLAIN);
		if (object < 0)
			return;
		file = NULL;
		done = file_open(path_of(place), O_RDWR | O_CREAT | O_EXCL, 0644, &file);
		if (done == -ENOSPC) {
			objects[object].links = 0;
			no_space = true;
			return;
		}
		CHECK(done == 0, "create %s: %ld", path_of(place), (long)done);
		if (!file)
			return;
		places[place] = object;
	} else {
		if (objects[object].type != PLAIN)
			return;
		file = must_open(path_of(place), O_RDWR);
	}
	o = &objects[object];
	untrack(object);
	pos = shim_random() % 3 ? shim_random() % (o->size + 1) : shim_random() % o->room;
	if (pos + bytes > o->room)
		bytes = o->room - pos;
	for (u32 i = 0; i < bytes; i++)
		data[i] = shim_random();
	done = file_rw(file, data, bytes, pos, true);
	if (done != bytes)
		no_space = true;
	CHECK(done == bytes || done == -ENOSPC || (done > 0 && done < bytes), "write %ld",
	      (long)done);
	if (done > 0) {
		memcpy(o->bytes + pos, data, done);
		if (pos + done > o->size)
			o->size = pos + done;
	}
	CHECK(file->inode->size == o->size, "size %lu, want %u", file->inode->size, o->size);
	if (shim_random() % 4 == 0 && file->ops->fsync(file, false) == 0)
		track(object, place);
	file_put(file);
}

static void verify(int place)
{
	static u8 data[BIG];
	int object = places[place];
	struct object *o = &objects[object < 0 ? 0 : object];
	struct file *file;
	s64 done;

	if (object < 0) {
		struct inode *inode;
		int error = path_lookup(path_of(place), &inode);

		CHECK(error == -ENOENT, "%s should not exist: %d", path_of(place), error);
		return;
	}
	if (o->type == LINK) {
		done = at_call(sys_readlinkat, path_of(place), (u64)data, sizeof(data));
		CHECK(done == o->size && memcmp(data, o->bytes, done) == 0, "link %s",
		      path_of(place));
	}
	if (o->type != PLAIN)
		return;
	file = must_open(path_of(place), O_RDONLY);
	if (!file)
		return;
	done = file_rw(file, data, sizeof(data), 0, false);
	CHECK(done == o->size && memcmp(data, o->bytes, o->size) == 0,
	      "%s: read %ld, want %u of the same bytes", path_of(place), (long)done, o->size);
	CHECK(file->inode->nlink == (u32)o->links, "%s: %u links, want %d", path_of(place),
	      file->inode->nlink, o->links);
	file_put(file);
}

static void op_truncate(int place)
{
	int object = places[place];
	struct object *o = &objects[object < 0 ? 0 : object];
	u32 size;
	s64 error;

	if (object < 0 || o->type != PLAIN)
		return;
	size = shim_random() % (shim_random() % 2 ? o->size + 1 : o->room);
	untrack(object);
	error = sys_truncate((u64[6]){ (u64)path_of(place), size });
	CHECK(error == 0, "truncate: %ld", (long)error);
	if (size < o->size)
		memset(o->bytes + size, 0, o->size - size);
	o->size = size;
}

static void forget_place(int place)
{
	int object = places[place];

	untrack(object);
	objects[object].links--;
	places[place] = -1;
}

static void op_unlink(int place)
{
	int object = places[place];
	bool directory = object >= 0 && objects[object].type == EMPTY_DIR;
	struct file *held = NULL;
	s64 error;

	if (object >= 0 && objects[object].type == PLAIN && shim_random() % 3 == 0)
		held = must_open(path_of(place), O_RDONLY);
	error = at_call(sys_unlinkat, path_of(place), directory ? AT_REMOVEDIR : 0, 0);
	CHECK(error == (object < 0 ? -ENOENT : 0), "unlink %s: %ld", path_of(place), (long)error);
	if (object >= 0)
		forget_place(place);
	if (held) {
		u8 byte;
		s64 done = file_rw(held, &byte, 1, 0, false);

		CHECK(done == (objects[object].size > 0) &&
			      (!done || byte == *objects[object].bytes),
		      "an unlinked open file keeps its bytes");
		file_put(held);
	}
}

static void op_link(int from, int to)
{
	int object = places[from];
	s64 error = sys_linkat(
		(u64[6]){ (u64)AT_FDCWD, (u64)path_of(from), (u64)AT_FDCWD, (u64)path_of(to), 0 });
	s64 want = object < 0			       ? -ENOENT
		   : places[to] >= 0		       ? -EEXIST
		   : objects[object].type == EMPTY_DIR ? -EPERM
						       : 0;

	CHECK(error == want, "link: %ld, want %ld", (long)error, (long)want);
	if (error == 0) {
		untrack(object);
		places[to] = object;
		objects[object].links++;
	}
}

static void op_symlink(int place)
{
	static char target[300];
	int bytes = 1 + shim_random() % (shim_random() % 2 ? 59 : 250), object;
	s64 error;

	for (int i = 0; i < bytes; i++)
		target[i] = 'a' + i % 26;
	target[bytes] = 0;
	if (places[place] >= 0)
		return;
	error = sys_symlinkat((u64[6]){ (u64)target, (u64)AT_FDCWD, (u64)path_of(place) });
	if (error == -ENOSPC)
		return;
	CHECK(error == 0, "symlink: %ld", (long)error);
	object = new_object(LINK);
	if (object < 0) {
		at_call(sys_unlinkat, path_of(place), 0, 0);
		return;
	}
	places[place] = object;
	objects[object].size = bytes;
	memcpy(objects[object].bytes, target, bytes);
}

static void op_mkdir(int place)
{
	s64 error = at_call(sys_mkdirat, path_of(place), 0755, 0);
	int object;

	if (error == -ENOSPC)
		return;
	CHECK(error == (places[place] >= 0 ? -EEXIST : 0), "mkdir: %ld", (long)error);
	if (error)
		return;
	object = new_object(EMPTY_DIR);
	if (object < 0)
		at_call(sys_unlinkat, path_of(place), AT_REMOVEDIR, 0);
	else
		places[place] = object;
}

static void op_rename(int from, int to, u64 flags)
{
	int a = places[from], b = places[to];
	bool a_dir = a >= 0 && objects[a].type == EMPTY_DIR;
	bool b_dir = b >= 0 && objects[b].type == EMPTY_DIR;
	s64 want = 0, error;

	if (a < 0)
		want = -ENOENT;
	else if (b >= 0 && flags == 1)
		want = -EEXIST;
	else if (b < 0 && flags == 2)
		want = -ENOENT;
	else if (b >= 0 && flags == 0 && a_dir != b_dir)
		want = a_dir ? -ENOTDIR : -EISDIR;
	error = sys_renameat2((u64[6]){ (u64)AT_FDCWD, (u64)path_of(from), (u64)AT_FDCWD,
					(u64)path_of(to), flags });
	if (error == -ENOSPC)
		return;
	CHECK(error == want, "rename %s %s flags %lu: %ld, want %ld", path_of(from), path_of(to),
	      flags, (long)error, (long)want);
	if (error || a == b)
		return;
	if (flags == 2) {
		untrack(a);
		untrack(b);
		places[from] = b;
		places[to] = a;
		return;
	}
	track_rename(a, to, b);
	if (b >= 0)
		objects[b].links--;
	places[to] = a;
	places[from] = -1;
}

static void random_op(void)
{
	int place = shim_random() % PLACES, other = shim_random() % PLACES;

	switch (shim_random() % 16) {
	case 0 ... 4:
		op_write(place);
		break;
	case 5:
		op_truncate(place);
		break;
	case 6 ... 7:
		op_unlink(place);
		break;
	case 8:
		op_link(place, other);
		break;
	case 9:
		op_symlink(place);
		break;
	case 10:
		op_mkdir(place);
		break;
	case 11 ... 13:
		op_rename(place, other, shim_random() % 8 < 6 ? 0 : 1 + shim_random() % 2);
		break;
	case 14:
		verify(place);
		break;
	default:
		if (shim_random() % 8 == 0)
			vfs_sync();
	}
}

/* ---- images ---- */

static void load_image(const char *name)
{
	char path[300];
	int fd;
	u64 at = 0;
	long n;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, 0);
	memset(image, 0, BLOCKS * PAGE_SIZE);
	while (fd >= 0 && (n = read(fd, image + at, BLOCKS * PAGE_SIZE - at)) > 0)
		at += n;
	close(fd);
}

static void store_image(const char *name)
{
	char path[300];
	int fd;
	u64 at = 0;
	long n;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, 01101, 0644);
	while ((n = write(fd, image + at, BLOCKS * PAGE_SIZE - at)) > 0)
		at += n;
	close(fd);
}

static int run(const char *format, const char *name)
{
	char command[800];

	snprintf(command, sizeof(command), format, folder, name, folder);
	return system(command) >> 8;
}

static struct superblock *mount(void)
{
	struct superblock *sb;
	const char *why;
	int error;

	shim_start();
	error = ext2_mount(shim_disk(image, BLOCKS), &sb, &why);
	CHECK(error == 0, "mount: %d %s", error, why);
	if (error)
		_exit(1);
	mount_add("/", sb);
	current->fs->cwd = sb->root;
	return sb;
}

static void prepare(void)
{
	for (int i = 0; i < PLACES; i++)
		places[i] = -1;
	for (int i = 1; i < NDIRS; i++) {
		char path[8];

		snprintf(path, sizeof(path), "/d%d", i);
		CHECK(at_call(sys_mkdirat, path, 0755, 0) == 0, "mkdir %s", path);
	}
}

/* Runs one scenario in a process of its own, for the kernel's state is global. */
static bool child(void (*scenario)(u64 seed), u64 seed)
{
	int status, pid = fork();

	if (pid == 0) {
		failures = 0;
		scenario(seed);
		_exit(failures != 0);
	}
	waitpid(pid, &status, 0);
	if (status && !quiet)
		printf("# seed %lu: status %x\n", seed, status);
	return status == 0;
}

static void clean_run(u64 seed)
{
	struct superblock *sb;
	s64 allocations;

	load_image("fresh.img");
	shim_seed(seed);
	sb = mount();
	prepare();
	for (int i = 0; i < 700; i++)
		random_op();
	for (int i = 0; i < PLACES; i++)
		verify(i);
	CHECK(shim_pins() == 0, "%u pins left", shim_pins());
	CHECK(shim_stats.evictions > 100, "the cache was never short");
	allocations = shim_stats.allocations;
	CHECK(allocations < 2 * 140, "%ld allocations left", (long)allocations);
	vfs_sync();
	ext2_unmount(sb);
	shim_power_cut(image);
	store_image("clean.img");
}

static void read_back(u64 seed)
{
	(void)seed;
	load_image("cut.img");
	mount();
	for (int i = 0; i < TRACKS; i++) {
		static u8 data[SMALL + 1];
		struct track *t = &tracks[i];
		struct file *file = NULL;
		s64 done = -1;
		bool found = false;

		for (u32 k = 0; t->used && k < t->nplaces && !found; k++) {
			if (file_open(path_of(t->place[k]), O_RDONLY, 0, &file))
				continue;
			done = file_rw(file, data, sizeof(data), 0, false);
			file_put(file);
			found = done == t->size && memcmp(data, t->bytes, t->size) == 0;
			if (!found && t->alternative >= 0)
				found = done == t->other_size &&
					memcmp(data, t->other, t->other_size) == 0;
		}
		CHECK(!t->used || found, "%s was synced with %u bytes, now %ld (%u places)",
		      path_of(t->place[0]), t->size, (long)done, t->nplaces);
	}
}

static bool ignore_flush;

static void cut_run(u64 seed)
{
	u64 operations;

	load_image("fresh.img");
	shim_seed(seed);
	mount();
	prepare();
	shim_stats.ignore_flush = ignore_flush;
	operations = 20 + shim_random() % 500;
	for (u64 i = 0; i < operations; i++)
		random_op();
	shim_power_cut(image);
	store_image("cut.img");
}

static u32 points, bad_repair, bad_second, bad_bytes;

static void power_cuts(u64 from, u64 to)
{
	points = bad_repair = bad_second = bad_bytes = 0;
	for (u64 seed = from; seed < to; seed++) {
		memset(tracks, 0, TRACKS * sizeof(*tracks));
		for (int i = 0; i < TRACKS; i++)
			tracks[i].object = tracks[i].alternative = -1;
		points++;
		if (!child(cut_run, seed)) {
			bad_bytes++;
			continue;
		}
		bad_repair += run("/sbin/e2fsck -fy %s/%s >%s/fsck.log 2>&1", "cut.img") > 1;
		bad_second += run("/sbin/e2fsck -fn %s/%s >%s/fsck2.log 2>&1", "cut.img") != 0;
		bad_bytes += !child(read_back, seed);
	}
}

static void fill_disk(u64 seed)
{
	struct superblock *sb;
	struct statfs before, after;
	struct file *file;
	static char block[PAGE_SIZE];
	s64 done, total = 0;

	load_image("fresh.img");
	shim_seed(seed);
	sb = mount();
	prepare();
	sb->ops->statfs(sb, &before);
	for (int round = 0; round < 3; round++) {
		file = must_open("/full", O_RDWR | O_CREAT | O_APPEND);
		for (total = 0; (done = file_rw(file, block, PAGE_SIZE, 0, true)) > 0;)
			total += done;
		CHECK(done == -ENOSPC, "a full disk answers %ld", (long)done);
		CHECK(total > (s64)(before.f_bfree - 20) * (s64)PAGE_SIZE, "only %ld bytes fit",
		      (long)total);
		CHECK(at_call(sys_mkdirat, "/nodir", 0755, 0) == -ENOSPC, "mkdir on a full disk");
		file_put(file);
		CHECK(at_call(sys_unlinkat, "/full", 0, 0) == 0, "unlink");
		sb->ops->statfs(sb, &after);
		CHECK(after.f_bfree == before.f_bfree, "%lu blocks free, want %lu", after.f_bfree,
		      before.f_bfree);
		CHECK(after.f_ffree == before.f_ffree, "%lu inodes free, want %lu", after.f_ffree,
		      before.f_ffree);
	}
	ext2_unmount(sb);
	shim_power_cut(image);
	store_image("clean.img");
}

static void refuse(u64 seed)
{
	struct superblock *sb = NULL;
	const char *why = NULL;
	u32 *incompat, *ro_compat;
	int error;

	(void)seed;
	shim_start();
	load_image("fresh.img");
	incompat = (u32 *)(image + 1024 + 96);
	ro_compat = (u32 *)(image + 1024 + 100);
	*incompat |= 0x40; /* extents */
	error = ext2_mount(shim_disk(image, BLOCKS), &sb, &why);
	CHECK(error == -EINVAL && why, "extents: %d", error);
	shim_forget();
	*incompat &= ~0x40u;
	*ro_compat |= 0x400; /* metadata_csum */
	error = ext2_mount(shim_disk(image, BLOCKS), &sb, &why);
	CHECK(error == 0 && sb->read_only, "an unknown ro_compat mounts read-only: %d", error);
	mount_add("/", sb);
	current->fs->cwd = sb->root;
	CHECK(at_call(sys_mkdirat, "/x", 0755, 0) == -EROFS, "mkdir on a read-only file system");
	shim_forget();
	image[1024 + 56] = 0;
	CHECK(ext2_mount(shim_disk(image, BLOCKS), &sb, &why) == -EINVAL, "bad magic");
}

static void large_file(u64 seed)
{
	struct superblock *sb;
	struct file *file;
	char text[] = "far away", back[sizeof(text)] = "";
	s64 far = 3ll << 30, done;

	(void)seed;
	load_image("fresh.img");
	sb = mount();
	file = must_open("/sparse", O_RDWR | O_CREAT);
	done = file_rw(file, text, sizeof(text), far, true);
	CHECK(done == sizeof(text), "write at 3 GiB: %ld", (long)done);
	CHECK(file->inode->blocks == 3 * 8, "%lu sectors for one page and two indirect blocks",
	      file->inode->blocks);
	CHECK(file->ops->seek(file, 0, SEEK_DATA) == far, "SEEK_DATA finds the page");
	CHECK(file->ops->seek(file, 0, SEEK_HOLE) == 0, "SEEK_HOLE finds the hole");
	done = file_rw(file, back, sizeof(back), far, false);
	CHECK(done == sizeof(text) && strcmp(back, text) == 0, "read back %ld", (long)done);
	done = file_rw(file, text, 1, (s64)4ll << 40, true);
	CHECK(done == -EFBIG, "write at 4 TiB: %ld", (long)done);
	file_put(file);
	ext2_unmount(sb);
	shim_power_cut(image);
	store_image("clean.img");
}

struct listing {
	struct dir_sink sink;
	char names[64][64];
	u32 count;
};

static bool list(struct dir_sink *sink, const char *name, u32 bytes, u64 ino, u32 type, s64 next)
{
	struct listing *listing = (struct listing *)sink;

	(void)ino;
	(void)type;
	(void)next;
	if (listing->count == 64)
		return false;
	if (bytes && bytes < 60)
		snprintf(listing->names[listing->count++], 64, "%.*s", (int)bytes, name);
	return true;
}

/* Reads whatever can be reached, and changes some of it. */
static void explore(const char *path, int depth)
{
	struct listing listing = { .sink = { list } };
	static u8 data[70000];
	struct inode *inode;
	s64 pos = 0;

	if (path_lookup(path, &inode))
		return;
	if (S_ISDIR(inode->mode) && inode->ops->iterate)
		inode->ops->iterate(inode, &pos, &listing.sink);
	inode_put(inode);
	for (u32 i = 0; i < listing.count && depth < 4; i++) {
		char below[300];
		struct file *file = NULL;

		if (strcmp(listing.names[i], ".") == 0 || strcmp(listing.names[i], "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, listing.names[i]);
		if (depth < 4 && strlen(below) < 200)
			explore(below, depth + 1);
		if (file_open(below, O_RDWR, 0, &file) == 0) {
			if (file->ops->read)
				file_rw(file, data, sizeof(data), 0, false);
			if (file->ops->write && shim_random() % 2)
				file_rw(file, data, 9000, shim_random() % 60000, true);
			file_put(file);
		}
		if (shim_random() % 3 == 0)
			at_call(sys_unlinkat, below, 0, 0);
		if (shim_random() % 3 == 0)
			at_call(sys_unlinkat, below, AT_REMOVEDIR, 0);
	}
}

static void damaged(u64 seed)
{
	struct superblock *sb;
	const char *why;

	alarm(20); /* a kernel that never comes back has failed too */
	load_image("clean.img");
	shim_seed(seed);
	for (int i = 0; i < 60; i++) {
		u64 block = shim_random() % (shim_random() % 2 ? 20 : 400);

		image[block * PAGE_SIZE + shim_random() % PAGE_SIZE] = shim_random();
	}
	shim_start();
	if (ext2_mount(shim_disk(image, BLOCKS), &sb, &why))
		return;
	mount_add("/", sb);
	current->fs->cwd = sb->root;
	for (int i = 0; i < PLACES; i++)
		places[i] = -1;
	explore("", 0);
	for (int i = 0; i < 30; i++) {
		at_call(sys_mkdirat, path_of(shim_random() % PLACES), 0755, 0);
		sys_renameat2((u64[6]){ (u64)AT_FDCWD, (u64)path_of(shim_random() % PLACES),
					(u64)AT_FDCWD, (u64)path_of(shim_random() % PLACES), 0 });
	}
	vfs_sync();
	ext2_unmount(sb);
}

static u32 test_number;

static void report(bool ok, const char *sentence)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++test_number, sentence);
	failures += !ok;
}

static bool clean_after(void (*scenario)(u64), u64 seeds)
{
	bool ok = true;

	for (u64 seed = 1; seed <= seeds; seed++) {
		ok &= child(scenario, seed);
		if (run("/sbin/e2fsck -fn %s/%s >%s/fsck.log 2>&1", "clean.img")) {
			printf("# seed %lu: e2fsck is not content\n", seed);
			run("sed 's/^/# /' %s/fsck.log #", "");
			ok = false;
		}
	}
	return ok;
}

int main(int argc, char **argv)
{
	u64 bad = 0, cuts = 40;

	if (argc > 1)
		cuts = 1000; /* the long test: any argument */
	(void)argv;
	setvbuf(stdout, NULL, 1, 0);
	snprintf(folder, sizeof(folder), "%s/tests/kernel", getenv("B") ? getenv("B") : "build");
	image = calloc(BLOCKS, PAGE_SIZE);
	tracks = mmap(NULL, TRACKS * sizeof(*tracks), 3, 0x21, -1, 0);
	run("/sbin/mke2fs -q -F -t ext2 -b 4096 -I 256 -g 1024 -N 512 -O none,filetype %s/%s 18M >%s/mke2fs.log 2>&1",
	    "fresh.img");

	report(child(refuse, 0),
	       "an incompatible feature is refused, an unknown ro_compat is read-only");
	report(clean_after(clean_run, 12),
	       "random names, writes, truncates, links and renames agree with the model, and e2fsck -fn is clean");
	for (u64 seed = 1; seed <= (cuts > 40 ? 2000 : 60); seed++)
		bad += !child(damaged, seed);
	report(!bad, "a damaged file system never stops the kernel");
	report(clean_after(large_file, 1),
	       "a file beyond 2 GiB is sparse, sets large_file, and ends at 2 TiB");
	report(clean_after(fill_disk, 1), "a full disk gives ENOSPC, and everything comes back");
	power_cuts(100, 100 + cuts);
	printf("# %u cuts: %u not repaired, %u not clean after repair, %u lost synced bytes\n",
	       points, bad_repair, bad_second, bad_bytes);
	report(!bad_repair && !bad_second,
	       "after a power cut e2fsck -fy exits at most 1 and then -fn 0");
	report(!bad_bytes, "after a power cut every synced file is at its path with its bytes");
	ignore_flush = quiet = true;
	power_cuts(100, 112);
	bad = bad_repair + bad_second + bad_bytes;
	report(bad > 0, "without the flush the same test fails");
	printf("1..%u\n", test_number);
	return failures != 0;
}
