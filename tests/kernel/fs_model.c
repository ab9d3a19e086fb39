/* The model of fs_model.h: names that stand for objects, and what can be done to them. */
#include "fs_model.h"

#define NDIRS  4
#define NNAMES 12
#define NOBJ   64
#define PLACES (NDIRS * NNAMES)
#define SMALL  60000u
#define BIG    4600000u /* needs a double indirect block */
#define TRACKS 40

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

s64 at_call(s64 (*call)(const u64 a[6]), const char *path, u64 x, u64 y)
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

struct file *must_open(const char *path, int flags)
{
	struct file *file = NULL;
	int error = file_open(path, flags, 0644, &file);

	CHECK(error == 0, "open %s: %d", path, error);
	return error ? NULL : file;
}

s64 file_rw(struct file *file, void *data, u64 bytes, s64 pos, bool writes)
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

void model_step(void)
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

void model_check(void)
{
	for (int i = 0; i < PLACES; i++)
		verify(i);
}

const char *model_path(void)
{
	return path_of(shim_random() % PLACES);
}

void model_prepare(void)
{
	for (int i = 0; i < PLACES; i++)
		places[i] = -1;
	for (int i = 1; i < NDIRS; i++) {
		char path[8];

		snprintf(path, sizeof(path), "/d%d", i);
		CHECK(at_call(sys_mkdirat, path, 0755, 0) == 0, "mkdir %s", path);
	}
}

/* ---- what was synced ---- */

size_t model_shared_bytes(void)
{
	return TRACKS * sizeof(*tracks);
}

void model_share(void *shared)
{
	tracks = shared;
}

void model_forget_synced(void)
{
	memset(tracks, 0, TRACKS * sizeof(*tracks));
	for (int i = 0; i < TRACKS; i++)
		tracks[i].object = tracks[i].alternative = -1;
}

void model_check_synced(void)
{
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
