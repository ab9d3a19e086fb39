/* The root image of `faultline run`: base system, PROGRAM, added files, and what init starts. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/rootfs.h"
#include "emu/run_private.h"
#include "emu/sysroot.h"

#define ROOT_FREE   (64ull << 20) /* room for what the program writes */
#define INODES_FREE 4096

/* "HOST:GUEST" or "HOST"; the host's path may hold a colon if the file exists under that name. */
static bool split_pair(const char *word, char *first, const char **second, struct error *error)
{
	const char *colon = strrchr(word, ':');
	size_t n = strlen(word);

	*second = NULL;
	if (colon && access(word, F_OK) != 0) {
		n = (size_t)(colon - word);
		*second = colon + 1;
	}
	if (n >= PATH_MAX || n == 0 || (*second && !**second))
		return refuse(error, "--add: '%s' is no path", word);
	memcpy(first, word, n);
	first[n] = 0;
	return true;
}

/* What the guest mounts over what the image has there. */
static bool is_mounted(const char *path)
{
	static const char *const own[] = { "/dev", "/proc", "/tmp" };
	size_t n;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		n = strlen(own[i]);
		if (strncmp(path, own[i], n) == 0 && (!path[n] || path[n] == '/'))
			return true;
	}
	return false;
}

bool run_guest_path(const char *path, char buf[PATH_MAX], struct error *error)
{
	size_t used = 0, n;

	if (*path != '/')
		used = (size_t)sprintf(buf, "/home");
	for (const char *at = path; *at; at += n) {
		n = strspn(at, "/");
		at += n;
		n = strcspn(at, "/");
		if (n == 0 || (n == 1 && at[0] == '.'))
			continue;
		if ((n == 2 && memcmp(at, "..", 2) == 0) || n > NAME_MAX || used + n + 2 > PATH_MAX)
			return refuse(error, "'%.300s' is no path in the guest", path);
		buf[used++] = '/';
		memcpy(buf + used, at, n);
		used += n;
	}
	if (!used)
		buf[used++] = '/';
	buf[used] = 0;
	return !is_mounted(buf) ||
	       refuse(error,
		      "'%.300s': /dev, /proc and /tmp are made anew by the guest and not on its disk",
		      path);
}

/* The last name of a host path; "" when it has none. */
static void last_name(const char *path, char name[PATH_MAX])
{
	size_t n = strlen(path), from;

	while (n && path[n - 1] == '/')
		n--;
	for (from = n; from && path[from - 1] != '/'; from--)
		;
	snprintf(name, PATH_MAX, "%.*s", (int)(n - from), path + from);
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		*name = 0;
}

/* What --add names, links followed, and its path in the guest.  A file goes into a GUESTPATH that ends in
 * a slash; a folder without a name of its own adds its contents. */
static bool added_path(const char *word, char host[PATH_MAX], char guest[PATH_MAX],
		       struct error *error)
{
	char given[PATH_MAX], name[PATH_MAX], path[2 * PATH_MAX];
	const char *second;
	struct stat st;

	if (!split_pair(word, given, &second, error))
		return false;
	if (!realpath(given, host) || stat(host, &st) < 0)
		return refuse(error, "%.300s: %s", given, strerror(errno));
	last_name(given, name);
	if (!second)
		return run_guest_path(name, guest, error);
	snprintf(path, sizeof(path), "%s%s", second,
		 !S_ISDIR(st.st_mode) && second[strlen(second) - 1] == '/' ? name : "");
	return run_guest_path(path, guest, error);
}

/* ---- --root ---- */

/* Where the guest mounts what is its own. */
static bool is_mount_point(const char *name)
{
	return strcmp(name, "dev") == 0 || strcmp(name, "proc") == 0 || strcmp(name, "sys") == 0;
}

/* What lies at the top of the tree, one by one: `fs` NULL only measures. */
static bool root_entries(const char *root, struct rootfs *fs, uint64_t *bytes, uint64_t *inodes,
			 struct error *error)
{
	char host[PATH_MAX], guest[PATH_MAX];
	struct dirent **list;
	bool ok = true;
	int n = scandir(root, &list, NULL, alphasort);

	if (n < 0)
		return refuse(error, "--root: %s: %s", root, strerror(errno));
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;

		if (ok && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		    !is_mount_point(name)) {
			snprintf(host, sizeof(host), "%s/%s", root, name);
			snprintf(guest, sizeof(guest), "/%s", name);
			ok = fs ? rootfs_add(fs, host, guest, false, error)
				: rootfs_measure(host, bytes, inodes, error);
		}
		free(list[i]);
	}
	free(list);
	return ok;
}

/* ---- What a dynamic program needs ---- */

struct have {
	const struct run *r;
	struct rootfs *fs; /* NULL: not made yet */
};

static bool guest_has(void *ctx, const char *guest_path)
{
	const struct have *have = ctx;
	const struct run *r = have->r;
	char host[PATH_MAX], guest[PATH_MAX];
	struct error ignored;

	if (have->fs && rootfs_exists(have->fs, guest_path))
		return true;
	if (r->root && sysroot_resolve(r->root, guest_path, host, sizeof(host)))
		return true;
	for (unsigned i = 0; i < r->add.count; i++)
		if (added_path(r->add.word[i], host, guest, &ignored) &&
		    strcmp(guest, guest_path) == 0)
			return true;
	return false;
}

/* The program's libraries, and those of programs and libraries added. */
static bool find_libraries(const struct run *r, struct sysroot *s, struct error *error)
{
	const char *elf = r->program.elf_path;
	char host[PATH_MAX], guest[PATH_MAX];
	struct stat st;

	s->folder = r->sysroot ? r->sysroot : SYSROOT_DEFAULT;
	for (unsigned i = 0; i < r->env.count; i++)
		if (strncmp(r->env.word[i], "LD_LIBRARY_PATH=", 16) == 0)
			s->library_path = r->env.word[i] + 16;
	if (*elf && !sysroot_collect(s, elf, r->program.guest_path, error))
		return false;
	for (unsigned i = 0; i < r->add.count; i++) {
		if (!added_path(r->add.word[i], host, guest, error))
			return false;
		if (stat(host, &st) == 0 && S_ISREG(st.st_mode) &&
		    !sysroot_collect(s, host, guest, error))
			return false;
	}
	return true;
}

static bool measure(const struct run *r, const struct sysroot *libraries, uint64_t *bytes,
		    uint64_t *inodes, struct error *error)
{
	char host[PATH_MAX], guest[PATH_MAX];

	for (const struct library *l = libraries->first; l; l = l->next)
		if (!rootfs_measure(l->host, bytes, inodes, error))
			return false;
	if (r->root && !root_entries(r->root, NULL, bytes, inodes, error))
		return false;
	if (!rootfs_measure(r->base_path, bytes, inodes, error))
		return false;
	if (r->program.host_path[0] && !rootfs_measure(r->program.host_path, bytes, inodes, error))
		return false;
	for (unsigned i = 0; i < r->add.count; i++)
		if (!added_path(r->add.word[i], host, guest, error) ||
		    !rootfs_measure(host, bytes, inodes, error))
			return false;
	return true;
}

static struct rootfs *create_root(const struct run *r, const struct sysroot *libraries,
				  struct error *error)
{
	uint64_t bytes = 0, inodes = 0;

	if (!measure(r, libraries, &bytes, &inodes, error))
		return NULL;
	/* A byte of bitmap and half a byte of tables for each KiB, and then some. */
	bytes += bytes / 32 + (inodes + INODES_FREE) * 256 + ROOT_FREE;
	bytes = (bytes + (4 << 20) - 1) & ~((4ull << 20) - 1);
	return rootfs_create(r->root_bytes ? r->root_bytes : bytes, inodes + INODES_FREE, error);
}

/* /etc/run: what init starts. */
struct record {
	char *data;
	size_t bytes, room;
	bool failed;
};

static void record_add(struct record *record, const char *text)
{
	size_t n = strlen(text) + 1;

	if (record->bytes + n > record->room) {
		size_t room = 2 * (record->bytes + n);
		char *more = realloc(record->data, room);

		if (!more) {
			record->failed = true;
			return;
		}
		record->data = more;
		record->room = room;
	}
	memcpy(record->data + record->bytes, text, n);
	record->bytes += n;
}

static void record_count(struct record *record, unsigned n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	record_add(record, text);
}

/* Do two settings, K=V, have one name? */
static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strncmp(a, b, n) == 0 && b[n] == '=';
}

/* Of several settings of one name the last one holds. */
static bool is_overruled(const struct list *env, unsigned from, const char *setting)
{
	for (unsigned i = from; i < env->count; i++)
		if (same_name(setting, env->word[i]))
			return true;
	return false;
}

static void record_environment(const struct run *r, struct record *record)
{
	const char *host_term = r->common.machine.host.term;
	char term[80];
	const char *own[] = { "HOME=/home",
			      r->root ? "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
				      : "PATH=/bin:/sbin",
			      term };
	const char *setting[3 + LIST_MOST];
	unsigned n = 0;

	snprintf(term, sizeof(term), "TERM=%.70s", *host_term ? host_term : "linux");
	for (unsigned i = 0; i < 3; i++)
		if (!is_overruled(&r->env, 0, own[i]))
			setting[n++] = own[i];
	for (unsigned i = 0; i < r->env.count; i++)
		if (!is_overruled(&r->env, i + 1, r->env.word[i]))
			setting[n++] = r->env.word[i];
	record_count(record, n);
	for (unsigned i = 0; i < n; i++)
		record_add(record, setting[i]);
}

static bool add_record(const struct run *r, struct rootfs *fs, struct error *error)
{
	struct record record = { 0 };
	bool ok;

	record_count(&record, 1 + (unsigned)r->nargs);
	record_add(&record, r->program.guest_path);
	for (int i = 0; i < r->nargs; i++)
		record_add(&record, r->args[i]);
	record_environment(r, &record);
	record_add(&record, "/home");
	ok = !record.failed
		     ? rootfs_add_bytes(fs, "/etc/run", record.data, record.bytes, 0644, error)
		     : refuse(error, "out of memory");
	free(record.data);
	return ok;
}

/* An argument that names a host file which the guest does not see: for a hint, if all goes wrong. */
static void look_for_hint(struct run *r, struct rootfs *fs)
{
	char path[PATH_MAX];
	struct error ignored;

	for (int i = 0; i < r->nargs && !r->hint; i++)
		if (r->args[i][0] && r->args[i][0] != '-' && access(r->args[i], F_OK) == 0 &&
		    (!run_guest_path(r->args[i], path, &ignored) || !rootfs_exists(fs, path)))
			r->hint = r->args[i];
}

static bool fill_root(struct run *r, struct rootfs *fs, const struct sysroot *libraries,
		      struct error *error)
{
	static const struct {
		const char *path;
		unsigned mode;
	} folders[] = { { "/home", 0755 }, { "/tmp", 01777 }, { "/dev", 0755 },
			{ "/proc", 0555 }, { "/etc", 0755 },  { "/bin", 0755 } };
	char host[PATH_MAX], guest[PATH_MAX];

	if (r->root && !root_entries(r->root, fs, NULL, NULL, error))
		return false;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (!rootfs_mkdir(fs, folders[i].path, folders[i].mode, error))
			return false;
	if (!rootfs_add(fs, r->base_path, "/", true, error))
		return false;
	/* Another system's init would start that system. */
	if (r->root && (snprintf(host, sizeof(host), "%s/sbin/init", r->base_path) >= PATH_MAX ||
			!rootfs_add(fs, host, "/sbin/init", false, error)))
		return false;
	for (const struct library *l = libraries->first; l; l = l->next)
		if (!rootfs_add(fs, l->host, l->guest, false, error))
			return false;
	if (r->program.host_path[0] &&
	    !rootfs_add(fs, r->program.host_path, r->program.guest_path, false, error))
		return false;
	for (unsigned i = 0; i < r->add.count; i++)
		if (!added_path(r->add.word[i], host, guest, error) ||
		    !rootfs_add(fs, host, guest, false, error))
			return false;
	if (r->program.interpreter[0] && !rootfs_exists(fs, r->program.interpreter))
		return refuse(error, "%s: the script's interpreter %s is not in the guest (--add)",
			      r->program.host_path, r->program.interpreter);
	look_for_hint(r, fs);
	return add_record(r, fs, error);
}

static bool image_has(void *ctx, const char *guest_path)
{
	return rootfs_exists(ctx, guest_path);
}

/* An image may hold more programs than the base system's; `fs` is NULL for a fresh one. */
static bool find_program(struct run *r, struct rootfs *fs, const char *name, struct error *error)
{
	if (!fs || !*name || !program_along_path(name, image_has, fs, r->program.guest_path))
		return program_find(&r->program, name, r->root, error);
	return true;
}

int run_make_root(struct run *r, const char *name, struct error *error)
{
	struct have have = { r, NULL };
	struct sysroot libraries;
	struct rootfs *fs;
	int fd = -1;

	/* An existing image is looked into for libraries; a fresh one gets room for them. */
	if (r->disk && !(have.fs = rootfs_open(r->disk, error)))
		return -1;
	sysroot_init(&libraries);
	libraries.have = guest_has;
	libraries.ctx = &have;
	fs = have.fs;
	if (find_program(r, fs, name, error) && find_libraries(r, &libraries, error) &&
	    (fs || (fs = create_root(r, &libraries, error))) && fill_root(r, fs, &libraries, error))
		fd = rootfs_finish(fs, error);
	else
		rootfs_abandon(fs);
	sysroot_free(&libraries);
	return fd;
}
