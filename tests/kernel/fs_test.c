/*
 * The guest's ext2 against a model, on the host, under a page cache of forty frames that evicts at
 * random; e2fsck is the judge of what is left on the disk, after a clean end and after power cuts.
 */
#include "fs_model.h"

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

static char *image;
static char folder[256];
u64 failures;
bool quiet; /* failures are what is wanted */

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
	model_prepare();
	for (int i = 0; i < 700; i++)
		model_step();
	model_check();
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
	model_check_synced();
}

static bool ignore_flush;

static void cut_run(u64 seed)
{
	u64 operations;

	load_image("fresh.img");
	shim_seed(seed);
	mount();
	model_prepare();
	shim_stats.ignore_flush = ignore_flush;
	operations = 20 + shim_random() % 500;
	for (u64 i = 0; i < operations; i++)
		model_step();
	shim_power_cut(image);
	store_image("cut.img");
}

static u32 points, bad_repair, bad_second, bad_bytes;

static void power_cuts(u64 from, u64 to)
{
	points = bad_repair = bad_second = bad_bytes = 0;
	for (u64 seed = from; seed < to; seed++) {
		model_forget_synced();
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
	model_prepare();
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

	alarm(200); /* a kernel that never comes back has failed too */
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
	explore("", 0);
	for (int i = 0; i < 30; i++) {
		at_call(sys_mkdirat, model_path(), 0755, 0);
		sys_renameat2((u64[6]){ (u64)AT_FDCWD, (u64)model_path(), (u64)AT_FDCWD,
					(u64)model_path(), 0 });
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
	model_share(mmap(NULL, model_shared_bytes(), 3, 0x21, -1, 0));
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
