/* ext2: the entries of one directory, a list in each block. */
#include "ext2.h"

#define ENTRY_BYTES(name_bytes) ((8u + (name_bytes) + 3) & ~3u)

static struct ext2_dirent *entry_at(struct page *page, u32 offset)
{
	return (struct ext2_dirent *)((char *)page_data(page) + offset);
}

/* Does the entry at `offset` stay within its block? */
static bool entry_valid(const struct ext2_dirent *entry, u32 offset)
{
	return offset <= PAGE_SIZE - 8 && entry->rec_len >= 8 && entry->rec_len % 4 == 0 &&
	       offset + entry->rec_len <= PAGE_SIZE &&
	       ENTRY_BYTES(entry->name_len) <= entry->rec_len;
}

static u8 entry_type(struct inode *dir, u32 mode)
{
	static const u8 types[16] = {
		[S_IFREG >> 12] = 1, [S_IFDIR >> 12] = 2,  [S_IFCHR >> 12] = 3, [S_IFBLK >> 12] = 4,
		[S_IFIFO >> 12] = 5, [S_IFSOCK >> 12] = 6, [S_IFLNK >> 12] = 7,
	};

	return ext2_of(dir)->filetype ? types[S_TYPE(mode) >> 12] : 0;
}

/* Looks for a name in one block. */
static struct ext2_dirent *find_in(struct page *page, struct name name,
				   struct ext2_dirent **previous)
{
	struct ext2_dirent *entry;

	*previous = NULL;
	for (u32 at = 0; at < PAGE_SIZE; at += entry->rec_len) {
		entry = entry_at(page, at);
		if (!entry_valid(entry, at))
			return NULL;
		if (entry->inode && entry->name_len == name.bytes &&
		    memcmp(entry->name, name.text, name.bytes) == 0)
			return entry;
		*previous = entry;
	}
	return NULL;
}

/* -ENOENT, or 0 with the slot's page pinned. */
int ext2_find(struct inode *dir, struct name name, struct ext2_slot *slot)
{
	for (u64 index = 0; index * PAGE_SIZE < dir->size; index++) {
		int error = 0;

		slot->page = page_get(&dir->mapping, index, &error, NULL);
		if (!slot->page)
			return error;
		slot->entry = find_in(slot->page, name, &slot->previous);
		if (slot->entry)
			return 0;
		page_put(slot->page);
	}
	return -ENOENT;
}

static void changed(struct inode *dir, struct page *page)
{
	page_set_dirty(page);
	ext2_of(dir)->names_changed = true;
}

/* A hash tree would no longer describe the directory. */
static int directory_changed(struct inode *dir)
{
	ext2_inode(dir)->flags &= ~EXT2_INDEX_FL;
	dir->mtime = dir->ctime = time_realtime_ns();
	return ext2_update(dir);
}

static void fill(struct ext2_dirent *entry, struct name name, u32 number, u8 type)
{
	entry->inode = number;
	entry->name_len = name.bytes;
	entry->file_type = type;
	memcpy(entry->name, name.text, name.bytes);
}

/* Puts the name into the slack behind some entry of the block, if there is enough. */
static bool insert_in(struct page *page, struct name name, u32 number, u8 type)
{
	u32 need = ENTRY_BYTES(name.bytes), used;
	struct ext2_dirent *entry, *made;

	for (u32 at = 0; at < PAGE_SIZE; at += entry->rec_len) {
		entry = entry_at(page, at);
		if (!entry_valid(entry, at))
			return false;
		used = entry->inode ? ENTRY_BYTES(entry->name_len) : 0;
		if (entry->rec_len - used < need)
			continue;
		made = (struct ext2_dirent *)((char *)entry + used);
		made->rec_len = entry->rec_len - used;
		if (used)
			entry->rec_len = used;
		fill(made, name, number, type);
		return true;
	}
	return false;
}

/* A block more; its page is pinned, its bytes (one empty entry) are on the disk. */
static struct page *grow(struct inode *dir, int *error)
{
	u64 index = dir->size / PAGE_SIZE;
	struct page *page = page_make(&dir->mapping, index, error);
	bool fresh;
	u32 block;

	if (!page)
		return NULL;
	*error = ext2_map_alloc(dir, index, &block, &fresh);
	if (!*error) {
		page_set_block(page, block);
		memset(page_data(page), 0, PAGE_SIZE);
		entry_at(page, 0)->rec_len = PAGE_SIZE;
		*error = ext2_fresh_written(ext2_of(dir), page, 0);
	}
	if (*error) {
		page_put(page);
		return NULL;
	}
	dir->size += PAGE_SIZE;
	return page;
}

int ext2_insert(struct inode *dir, struct name name, u32 number, u32 mode)
{
	u8 type = entry_type(dir, mode);
	struct page *page;
	int error = 0;

	if (dir->nlink == 0)
		return -ENOENT; /* removed while somebody stood in it */
	for (u64 index = 0; index * PAGE_SIZE < dir->size; index++) {
		page = page_get(&dir->mapping, index, &error, NULL);
		if (!page)
			return error;
		if (insert_in(page, name, number, type))
			goto inserted;
		page_put(page);
	}
	page = grow(dir, &error);
	if (!page)
		return error;
	insert_in(page, name, number, type);
inserted:
	changed(dir, page);
	page_put(page);
	return directory_changed(dir);
}

/* Gives back the slot's page. */
void ext2_remove(struct inode *dir, struct ext2_slot *slot)
{
	if (slot->previous)
		slot->previous->rec_len += slot->entry->rec_len;
	slot->entry->inode = 0;
	changed(dir, slot->page);
	page_put(slot->page);
	directory_changed(dir);
}

/* The name now means another inode.  Gives back the slot's page. */
void ext2_retarget(struct inode *dir, struct ext2_slot *slot, u32 number, u32 mode)
{
	slot->entry->inode = number;
	slot->entry->file_type = entry_type(dir, mode);
	changed(dir, slot->page);
	page_put(slot->page);
	directory_changed(dir);
}

/* The first block of a new directory: "." and "..". */
int ext2_dir_init(struct inode *dir, u32 parent)
{
	struct ext2_dirent *dot, *dotdot;
	struct page *page;
	int error = 0;

	page = grow(dir, &error);
	if (!page)
		return error;
	dot = entry_at(page, 0);
	dotdot = entry_at(page, 12);
	dot->rec_len = 12;
	fill(dot, (struct name){ ".", 1 }, dir->number, entry_type(dir, S_IFDIR));
	dotdot->rec_len = PAGE_SIZE - 12;
	fill(dotdot, (struct name){ "..", 2 }, parent, entry_type(dir, S_IFDIR));
	error = ext2_fresh_written(ext2_of(dir), page, 0);
	page_put(page);
	return error ? error : ext2_update(dir);
}

/* 1, 0 or -errno. */
int ext2_dir_empty(struct inode *dir)
{
	for (u64 index = 0; index * PAGE_SIZE < dir->size; index++) {
		int error = 0;
		struct page *page = page_get(&dir->mapping, index, &error, NULL);
		struct ext2_dirent *entry;
		bool empty = true;

		if (!page)
			return error;
		for (u32 at = 0; at < PAGE_SIZE && empty; at += entry->rec_len) {
			entry = entry_at(page, at);
			if (!entry_valid(entry, at))
				break;
			if (entry->inode && !(entry->name_len <= 2 && entry->name[0] == '.' &&
					      (entry->name_len == 1 || entry->name[1] == '.')))
				empty = false;
		}
		page_put(page);
		if (!empty)
			return 0;
	}
	return 1;
}

/* Hands the entries of one block from *pos on to the sink; false when that has had enough. */
static bool iterate_block(struct page *page, s64 *pos, struct dir_sink *sink)
{
	static const u8 types[8] = { 0, 8, 4, 2, 6, 1, 12, 10 }; /* DT_* */
	s64 start = *pos - *pos % (s64)PAGE_SIZE;
	struct ext2_dirent *entry;

	for (u32 at = 0; at < PAGE_SIZE; at += entry->rec_len) {
		entry = entry_at(page, at);
		if (!entry_valid(entry, at))
			break;
		if (start + at < *pos || !entry->inode)
			continue;
		if (!sink->emit(sink, entry->name, entry->name_len, entry->inode,
				types[entry->file_type % 8], start + at + entry->rec_len))
			return false;
		*pos = start + at + entry->rec_len;
	}
	*pos = start + PAGE_SIZE;
	return true;
}

int ext2_iterate(struct inode *dir, s64 *pos, struct dir_sink *sink)
{
	bool more = true;

	while (more && (u64)*pos < dir->size) {
		int error = 0;
		struct page *page = page_get(&dir->mapping, *pos / PAGE_SIZE, &error, NULL);

		if (!page)
			return error;
		more = iterate_block(page, pos, sink);
		page_put(page);
	}
	return 0;
}
