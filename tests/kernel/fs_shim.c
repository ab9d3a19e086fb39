/*
 * The guest kernel's file systems on the host: a page cache with random eviction, a disk in memory
 * with a volatile write cache, one process that never sleeps.  Includes only kernel headers; the C
 * library's few functions are declared here, because its structures bear the same names.
 */
#include "fs_shim.h"

void *calloc(size_t n, size_t bytes);
void *aligned_alloc(size_t alignment, size_t bytes);
void free(void *p);
int printf(const char *format, ...);
int vsnprintf(char *to, size_t bytes, const char *format, __builtin_va_list args);
__attribute__((noreturn)) void abort(void);

struct page *frames;
u64 ram_base, nframes = SHIM_FRAMES;
u64 frames_free, frames_reserve, frames_capped, frames_cap;

static char *memory;
static u64 random_state = 1;
static struct fs_context context = { .refs = 1, .umask = 022 };
static struct proc process = { .pid = 1, .fs = &context };
struct proc *current = &process;
const char poll_channel[1];
struct shim_stats shim_stats;

u64 shim_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

void shim_seed(u64 seed)
{
	random_state = seed * 0x9e3779b97f4a7c15ull + 1;
}

void panic(const char *format, ...)
{
	printf("# panic: %s\n", format);
	abort();
}

/* ---- the disk ---- */

static char *cached, *durable; /* what a read gives; what survives for sure */
static u8 *pending;	       /* written since the last flush */
static struct disk the_disk;
struct disk *root_disk = &the_disk, *swap_disk;

struct disk *shim_disk(const void *image, u64 blocks)
{
	if (!cached) { /* the first disk is the largest */
		cached = calloc(blocks, PAGE_SIZE);
		durable = calloc(blocks, PAGE_SIZE);
		pending = calloc(blocks, 1);
	}
	memcpy(cached, image, blocks * PAGE_SIZE);
	memcpy(durable, image, blocks * PAGE_SIZE);
	memset(pending, 0, blocks);
	the_disk = (struct disk){ .blocks = blocks, .bytes = blocks * PAGE_SIZE };
	return &the_disk;
}

int blk_rw(struct disk *disk, u64 block, u64 pa, bool write)
{
	if (block >= disk->blocks)
		return -EIO;
	if (write) {
		memcpy(cached + block * PAGE_SIZE, (void *)pa, PAGE_SIZE);
		pending[block] = 1;
	} else {
		memcpy((void *)pa, cached + block * PAGE_SIZE, PAGE_SIZE);
	}
	return 0;
}

int blk_flush(struct disk *disk)
{
	shim_stats.flushes++;
	if (shim_stats.ignore_flush)
		return 0;
	for (u64 i = 0; i < disk->blocks; i++) {
		if (pending[i])
			memcpy(durable + i * PAGE_SIZE, cached + i * PAGE_SIZE, PAGE_SIZE);
		pending[i] = 0;
	}
	return 0;
}

/* The disk after a power cut now: each write since the last flush is there or not. */
void shim_power_cut(void *image)
{
	for (u64 i = 0; i < the_disk.blocks; i++) {
		bool kept = pending[i] && shim_random() % 2;

		memcpy((char *)image + i * PAGE_SIZE, (kept ? cached : durable) + i * PAGE_SIZE,
		       PAGE_SIZE);
	}
}

/* ---- the page cache ---- */

static u32 mapping_ids;

void shim_start(void)
{
	if (!frames) {
		frames = calloc(SHIM_FRAMES, sizeof(struct page));
		memory = aligned_alloc(PAGE_SIZE, SHIM_FRAMES * PAGE_SIZE);
		ram_base = (u64)memory;
	}
}

void mapping_init(struct mapping *mapping, const struct mapping_ops *ops, u32 inode, void *owner)
{
	*mapping =
		(struct mapping){ .ops = ops, .inode = inode, .owner = owner, .id = ++mapping_ids };
}

static struct page *find(struct mapping *mapping, u64 index)
{
	for (u32 i = 0; i < SHIM_FRAMES; i++)
		if (frames[i].mapping == mapping && frames[i].index == index)
			return &frames[i];
	return NULL;
}

static void drop(struct page *page)
{
	page->mapping->npages--;
	page->mapping = NULL;
	page->flags = 0;
	page->block = 0;
}

static struct page *evict_one(void)
{
	for (u32 tries = 0; tries < 100000; tries++) {
		struct page *page = &frames[shim_random() % SHIM_FRAMES];

		if (page->pins)
			continue;
		if (page->mapping) {
			shim_stats.evictions++;
			if (page->flags & PAGE_DIRTY) {
				page->flags &= ~PAGE_DIRTY;
				page->pins++;
				if (page->mapping->ops->write_page(page->mapping, page))
					panic("write_page");
				page->pins--;
			}
			drop(page);
		}
		return page;
	}
	panic("every page is pinned");
}

static struct page *enter(struct mapping *mapping, u64 index)
{
	struct page *page = evict_one();

	memset(page_data(page), 0x5a, PAGE_SIZE);
	page->mapping = mapping;
	page->index = index;
	page->pins = 1;
	page->flags = 0;
	page->block = 0;
	mapping->npages++;
	return page;
}

static struct page *page_find(struct mapping *mapping, u64 index)
{
	struct page *page = find(mapping, index);

	if (page)
		page->pins++;
	return page;
}

struct page *page_get(struct mapping *mapping, u64 index, int *error, bool *from_disk)
{
	struct page *page = page_find(mapping, index);

	(void)from_disk;
	if (page)
		return page;
	page = enter(mapping, index);
	*error = mapping->ops->read_page(mapping, page);
	if (!*error)
		return page;
	drop(page);
	page->pins = 0;
	return NULL;
}

struct page *page_make(struct mapping *mapping, u64 index, int *error)
{
	struct page *page = page_find(mapping, index);

	(void)error;
	if (!page) {
		page = enter(mapping, index);
		memset(page_data(page), 0, PAGE_SIZE);
	}
	return page;
}

void page_put(struct page *page)
{
	if (!page->pins--)
		panic("page_put");
}

void *page_data(struct page *page)
{
	return memory + (page - frames) * PAGE_SIZE;
}

u64 page_index(const struct page *page)
{
	return page->index;
}

void page_set_dirty(struct page *page)
{
	page->flags |= PAGE_DIRTY;
}

void page_touch(struct page *page)
{
	(void)page;
}

u32 page_block(const struct page *page)
{
	return page->block;
}

void page_set_block(struct page *page, u32 block)
{
	page->block = block;
}

int page_sync(struct page *page)
{
	if (!(page->flags & PAGE_DIRTY))
		return 0;
	page->flags &= ~PAGE_DIRTY;
	return page->mapping->ops->write_page(page->mapping, page);
}

int mapping_sync(struct mapping *mapping)
{
	int error = 0;

	for (u32 i = 0; i < SHIM_FRAMES && !error; i++)
		if (frames[i].mapping == mapping)
			error = page_sync(&frames[i]);
	return error;
}

void mapping_truncate(struct mapping *mapping, u64 from)
{
	for (u32 i = 0; i < SHIM_FRAMES; i++) {
		if (frames[i].mapping == mapping && frames[i].index >= from) {
			if (frames[i].pins)
				panic("truncating a pinned page");
			drop(&frames[i]);
		}
	}
}

/* Everything is forgotten, as by a power cut. */
void shim_forget(void)
{
	for (u32 i = 0; i < SHIM_FRAMES; i++)
		frames[i] = (struct page){ .mapping = NULL };
}

u32 shim_pins(void)
{
	u32 pins = 0;

	for (u32 i = 0; i < SHIM_FRAMES; i++)
		pins += frames[i].pins;
	return pins;
}

/* ---- the rest of the kernel ---- */

/* Each piece has its place in a list, in front of it, so that all can be freed at once. */
struct piece {
	struct piece *next, *previous;
};
static struct piece pieces = { &pieces, &pieces };

static void *allocate(size_t bytes)
{
	struct piece *piece = calloc(1, sizeof(*piece) + bytes);

	shim_stats.allocations++;
	*piece = (struct piece){ pieces.next, &pieces };
	pieces.next->previous = piece;
	pieces.next = piece;
	return piece + 1;
}

static void release(struct piece *piece)
{
	shim_stats.allocations--;
	piece->previous->next = piece->next;
	piece->next->previous = piece->previous;
	free(piece);
}

void shim_free_all(void)
{
	while (pieces.next != &pieces)
		release(pieces.next);
}

void *kmalloc(size_t bytes)
{
	if (bytes > 2048)
		panic("kmalloc");
	return allocate(bytes);
}

void kfree(void *p)
{
	if (p)
		release((struct piece *)p - 1);
}

void *kpage_alloc(void)
{
	return allocate(PAGE_SIZE);
}

void kpage_free(void *page)
{
	release((struct piece *)page - 1);
}

bool sleep_on(const void *channel, bool interruptible)
{
	(void)channel;
	(void)interruptible;
	panic("the only process sleeps for ever");
}

int wait_for_file(const struct file *file, const void *channel)
{
	(void)file;
	return sleep_on(channel, true);
}

void pinning_begin(void)
{
}

void pinning_end(void)
{
}

void wakeup(const void *channel)
{
	(void)channel;
}

void signal_send(struct proc *proc, int signal)
{
	(void)proc;
	(void)signal;
}

u64 rlimit(u32 which)
{
	(void)which;
	return RLIM_INFINITY;
}

bool throttle_needed(void)
{
	return false;
}

void throttle_writers(void)
{
}

s64 time_realtime_ns(void)
{
	static s64 now = 1700000000000000000;

	return now += 1001;
}

int copy_from_user(void *to, u64 user, size_t bytes)
{
	memcpy(to, (void *)user, bytes);
	return 0;
}

int copy_to_user(u64 user, const void *from, size_t bytes)
{
	memcpy((void *)user, from, bytes);
	return 0;
}

long copy_string_from_user(char *to, u64 user, size_t max)
{
	size_t bytes = strlen((char *)user);

	if (bytes >= max)
		return -ENAMETOOLONG;
	memcpy(to, (char *)user, bytes + 1);
	return bytes;
}

s64 seals_of(const struct file *file)
{
	(void)file;
	return -EINVAL;
}

s64 seals_add(struct file *file, u32 seals)
{
	(void)file;
	(void)seals;
	return -EINVAL;
}

void mapping_forget_copies(struct mapping *mapping, u64 from)
{
	(void)mapping;
	(void)from;
}

void paths_moved(const struct inode *moved, const char *from, const char *to)
{
	(void)moved;
	(void)from;
	(void)to;
}

int user_pin(struct user_pin *pin, u64 user, bool write)
{
	*pin = (struct user_pin){ NULL, (void *)user, PAGE_SIZE - user % PAGE_SIZE, write };
	return 0;
}

void user_unpin(struct user_pin *pin)
{
	(void)pin;
}

size_t strlcpy(char *to, const char *from, size_t bytes)
{
	size_t n = strlen(from);

	if (bytes) {
		size_t take = n < bytes ? n : bytes - 1;

		memcpy(to, from, take);
		to[take] = 0;
	}
	return n;
}

s64 pipe_size(struct file *file)
{
	(void)file;
	return -EBADF;
}

s64 pipe_resize(struct file *file, u64 bytes)
{
	(void)file, (void)bytes;
	return -EBADF;
}

bool user_range_ok(u64 user, u64 bytes)
{
	return user + bytes >= user;
}

size_t format_to(char *to, size_t bytes, const char *format, ...)
{
	__builtin_va_list args;
	int n;

	__builtin_va_start(args, format);
	n = vsnprintf(to, bytes, format, args);
	__builtin_va_end(args);
	return n < 0 ? 0 : (size_t)n < bytes ? (size_t)n : bytes ? bytes - 1 : 0;
}

int pipe_create(int flags, struct file *ends[2])
{
	(void)flags;
	(void)ends;
	return -ENFILE;
}

int device_open(struct inode *inode, int flags, struct file **file)
{
	(void)inode;
	(void)flags;
	(void)file;
	return -ENXIO;
}

int fifo_open(struct inode *inode, int flags, struct file **file)
{
	(void)inode;
	(void)flags;
	(void)file;
	return -ENXIO;
}
