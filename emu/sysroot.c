#include "emu/sysroot.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MOST  40
#define NEEDED_MOST 256

/* ---- Paths within a tree ---- */

/* Take ".", ".." and double slashes out of an absolute path. */
static bool tidy(char *path)
{
	char out[PATH_MAX] = "", *save = NULL;
	size_t n = 0;

	if (*path != '/')
		return false;
	for (char *name = strtok_r(path, "/", &save); name; name = strtok_r(NULL, "/", &save)) {
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			char *slash = strrchr(out, '/');

			if (slash)
				*slash = 0;
			n = strlen(out);
			continue;
		}
		if (n + strlen(name) + 2 > sizeof(out))
			return false;
		n += (size_t)sprintf(out + n, "/%s", name);
	}
	strcpy(path, n ? out : "/");
	return true;
}

/* One name further from *at (in the tree, no links in it); a link's target goes before `rest`. */
static bool step(const char *root, char at[PATH_MAX], char rest[PATH_MAX], unsigned *links)
{
	char name[NAME_MAX + 1], host[2 * PATH_MAX], target[PATH_MAX], joined[PATH_MAX];
	size_t skip = strspn(rest, "/"), n = strcspn(rest + skip, "/"), used = strlen(at);
	ssize_t length;
	char *slash;

	if (n > NAME_MAX)
		return false;
	memcpy(name, rest + skip, n);
	name[n] = 0;
	memmove(rest, rest + skip + n, strlen(rest + skip + n) + 1);
	if (n == 0 || strcmp(name, ".") == 0)
		return true;
	if (strcmp(name, "..") == 0) {
		slash = strrchr(at, '/');
		if (slash)
			*slash = 0;
		return true;
	}
	snprintf(host, sizeof(host), "%s%s/%s", root, at, name);
	length = readlink(host, target, sizeof(target) - 1);
	if (length < 0) {
		if (errno != EINVAL || used + n + 2 > PATH_MAX)
			return false;
		sprintf(at + used, "/%s", name);
		return true;
	}
	target[length] = 0;
	if (++*links > LINKS_MOST ||
	    snprintf(joined, sizeof(joined), "%s/%s", target, rest) >= (int)sizeof(joined))
		return false;
	if (*target == '/')
		at[0] = 0;
	strcpy(rest, joined);
	return true;
}

bool sysroot_resolve(const char *root, const char *path, char *host, size_t size)
{
	char at[PATH_MAX] = "", rest[PATH_MAX];
	unsigned links = 0;

	if (snprintf(rest, sizeof(rest), "%s", path) >= (int)sizeof(rest))
		return false;
	while (rest[strspn(rest, "/")])
		if (!step(root, at, rest, &links))
			return false;
	return snprintf(host, size, "%s%s", root, at) < (int)size && access(host, F_OK) == 0;
}

/* ---- What an ELF file asks for ---- */

struct wishes {
	char loader[PATH_MAX]; /* "" if it has none */
	char *needed[NEEDED_MOST];
	unsigned count;
	char *rpath, *runpath; /* NULL if it has none */
};

static void wishes_free(struct wishes *w)
{
	for (unsigned i = 0; i < w->count; i++)
		free(w->needed[i]);
	free(w->rpath);
	free(w->runpath);
}

/* The file's offset of an address, or -1. */
static int64_t offset_of(Elf *elf, size_t segments, uint64_t va)
{
	GElf_Phdr ph;

	for (size_t i = 0; i < segments; i++)
		if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_LOAD &&
		    va - ph.p_vaddr < ph.p_filesz)
			return (int64_t)(va - ph.p_vaddr + ph.p_offset);
	return -1;
}

static char *string_at(const Elf_Data *strings, uint64_t at)
{
	const char *text = strings->d_buf;

	if (at >= strings->d_size || !memchr(text + at, 0, strings->d_size - at))
		return NULL;
	return strdup(text + at);
}

static void read_dynamic(struct wishes *w, Elf *elf, size_t segments, const GElf_Phdr *where)
{
	Elf_Data *dynamic =
		elf_getdata_rawchunk(elf, (int64_t)where->p_offset, where->p_filesz, ELF_T_DYN);
	Elf_Data *strings = NULL;
	size_t n = dynamic ? dynamic->d_size / sizeof(Elf64_Dyn) : 0;
	uint64_t strings_va = 0, strings_bytes = 0;
	int64_t offset;
	GElf_Dyn d;

	for (size_t i = 0; i < n && gelf_getdyn(dynamic, (int)i, &d) && d.d_tag != DT_NULL; i++) {
		if (d.d_tag == DT_STRTAB)
			strings_va = d.d_un.d_ptr;
		if (d.d_tag == DT_STRSZ)
			strings_bytes = d.d_un.d_val;
	}
	offset = offset_of(elf, segments, strings_va);
	if (offset >= 0 && strings_bytes)
		strings = elf_getdata_rawchunk(elf, offset, strings_bytes, ELF_T_BYTE);
	if (!strings)
		return;
	for (size_t i = 0; i < n && gelf_getdyn(dynamic, (int)i, &d) && d.d_tag != DT_NULL; i++) {
		char *text = NULL;

		if (d.d_tag == DT_NEEDED || d.d_tag == DT_RPATH || d.d_tag == DT_RUNPATH)
			text = string_at(strings, d.d_un.d_val);
		if (!text)
			continue;
		if (d.d_tag == DT_NEEDED && w->count < NEEDED_MOST)
			w->needed[w->count++] = text;
		else if (d.d_tag == DT_RPATH && !w->rpath)
			w->rpath = text;
		else if (d.d_tag == DT_RUNPATH && !w->runpath)
			w->runpath = text;
		else
			free(text);
	}
}

/* False: not an ELF file for us. */
static bool read_wishes(struct wishes *w, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t segments = 0;
	GElf_Ehdr eh;
	GElf_Phdr ph;
	Elf *elf;
	bool ok;

	memset(w, 0, sizeof(*w));
	if (fd < 0)
		return false;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	ok = elf && gelf_getehdr(elf, &eh) && eh.e_machine == EM_RISCV &&
	     eh.e_ident[EI_CLASS] == ELFCLASS64 && eh.e_ident[EI_DATA] == ELFDATA2LSB &&
	     elf_getphdrnum(elf, &segments) == 0;
	for (size_t i = 0; ok && i < segments && gelf_getphdr(elf, (int)i, &ph); i++) {
		if (ph.p_type == PT_INTERP && ph.p_filesz < sizeof(w->loader)) {
			Elf_Data *d = elf_getdata_rawchunk(elf, (int64_t)ph.p_offset, ph.p_filesz,
							   ELF_T_BYTE);

			if (d)
				memcpy(w->loader, d->d_buf, d->d_size);
		} else if (ph.p_type == PT_DYNAMIC) {
			read_dynamic(w, elf, segments, &ph);
		}
	}
	elf_end(elf);
	close(fd);
	return ok;
}

/* ---- The search ---- */

/* The object whose wishes are fulfilled. */
struct asking {
	const char *name;	 /* of the program, for the user */
	const char *host_folder; /* $ORIGIN on the host */
	const char *guest_folder;
	const char *loader;
	const char *rpath; /* of the program: also for its libraries */
	unsigned depth;
};

void sysroot_init(struct sysroot *s)
{
	memset(s, 0, sizeof(*s));
	s->last = &s->first;
}

void sysroot_free(struct sysroot *s)
{
	while (s->first) {
		struct library *l = s->first;

		s->first = l->next;
		free(l->host);
		free(l->guest);
		free(l);
	}
	s->last = &s->first;
}

static bool found_already(const struct sysroot *s, const char *guest)
{
	for (const struct library *l = s->first; l; l = l->next)
		if (strcmp(l->guest, guest) == 0)
			return true;
	return s->have && s->have(s->ctx, guest);
}

static bool take(struct sysroot *s, const char *host, const char *guest, struct error *error)
{
	struct library *l = calloc(1, sizeof(*l));

	if (l) {
		l->host = strdup(host);
		l->guest = strdup(guest);
		*s->last = l;
		s->last = &l->next;
	}
	return (l && l->host && l->guest) || refuse(error, "out of memory");
}

static bool is_library(const char *path)
{
	struct wishes w;
	bool ok = read_wishes(&w, path);

	wishes_free(&w);
	return ok;
}

static void folder_of(const char *path, char folder[PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	snprintf(folder, PATH_MAX, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
}

static bool fulfil(struct sysroot *s, const struct wishes *w, const struct asking *by,
		   struct error *error);

/* A library found on the host goes into the guest, and then what it needs itself. */
static bool add_library(struct sysroot *s, const char *host, const char *guest,
			const struct asking *by, struct error *error)
{
	char host_folder[PATH_MAX], guest_folder[PATH_MAX];
	struct asking next = *by;
	struct wishes w;
	bool ok;

	if (!take(s, host, guest, error))
		return false;
	folder_of(host, host_folder);
	folder_of(guest, guest_folder);
	next.host_folder = host_folder;
	next.guest_folder = guest_folder;
	if (++next.depth > LINKS_MOST)
		return refuse(error, "%s: its libraries need each other too deeply", by->name);
	ok = !read_wishes(&w, host) || fulfil(s, &w, &next, error);
	wishes_free(&w);
	return ok;
}

/* "$ORIGIN/../lib" or "/lib", as the guest and as the host have it. */
static bool expand(const char *folder, size_t n, const struct asking *by, char guest[PATH_MAX],
		   char host[PATH_MAX])
{
	static const char *const origins[] = { "$ORIGIN", "${ORIGIN}" };

	for (size_t i = 0; i < 2; i++) {
		size_t m = strlen(origins[i]);

		if (n < m || memcmp(folder, origins[i], m) != 0)
			continue;
		return snprintf(guest, PATH_MAX, "%s%.*s", by->guest_folder, (int)(n - m),
				folder + m) < PATH_MAX &&
		       snprintf(host, PATH_MAX, "%s%.*s", by->host_folder, (int)(n - m),
				folder + m) < PATH_MAX &&
		       tidy(guest);
	}
	if (snprintf(guest, PATH_MAX, "%.*s", (int)n, folder) >= PATH_MAX || !tidy(guest))
		return false;
	strcpy(host, guest);
	return true;
}

enum found { NOWHERE, FOUND, FAILED };

/* NAME in one folder: the guest's, the sysroot's, or, for a path built in, the host's own. */
static enum found look_in(struct sysroot *s, const char *name, const char *guest_folder,
			  const char *host_folder, const struct asking *by, struct error *error)
{
	char guest[PATH_MAX], host[PATH_MAX], real[PATH_MAX];

	if (snprintf(guest, sizeof(guest), "%s/%s", strcmp(guest_folder, "/") ? guest_folder : "",
		     name) >= (int)sizeof(guest))
		return NOWHERE;
	if (found_already(s, guest))
		return FOUND;
	if (sysroot_resolve(s->folder, guest, host, sizeof(host)) && is_library(host))
		return add_library(s, host, guest, by, error) ? FOUND : FAILED;
	if (!host_folder || snprintf(host, sizeof(host), "%s/%s", host_folder, name) >= PATH_MAX ||
	    !realpath(host, real) || !is_library(real))
		return NOWHERE;
	/* The guest mounts its own there; ld.so looks into /lib after all others. */
	if (strncmp(guest, "/tmp/", 5) == 0 &&
	    snprintf(guest, sizeof(guest), "/lib/%s", name) >= (int)sizeof(guest))
		return NOWHERE;
	if (found_already(s, guest))
		return FOUND;
	return add_library(s, real, guest, by, error) ? FOUND : FAILED;
}

static enum found look_along(struct sysroot *s, const char *name, const char *path,
			     const struct asking *by, struct error *error)
{
	char guest[PATH_MAX], host[PATH_MAX];
	enum found found = NOWHERE;

	while (path && *path && found == NOWHERE) {
		size_t n = strcspn(path, ":");

		if (n && expand(path, n, by, guest, host))
			found = look_in(s, name, guest, host, by, error);
		path += n + (path[n] == ':');
	}
	return found;
}

/* The order is that of ld.so(8). */
static enum found look_for(struct sysroot *s, const char *name, const struct wishes *w,
			   const struct asking *by, struct error *error)
{
	static const char *const standard[] = {
		"/lib/riscv64-linux-gnu", "/usr/lib/riscv64-linux-gnu", "/lib",		 "/usr/lib",
		"/lib64/lp64d",		  "/usr/lib64/lp64d",		"/usr/local/lib"
	};
	enum found found = NOWHERE;

	if (!w->runpath) {
		found = look_along(s, name, w->rpath, by, error);
		if (found == NOWHERE)
			found = look_along(s, name, by->rpath, by, error);
	}
	if (found == NOWHERE)
		found = look_along(s, name, s->library_path, by, error);
	if (found == NOWHERE)
		found = look_along(s, name, w->runpath, by, error);
	for (size_t i = 0; found == NOWHERE && i < sizeof(standard) / sizeof(standard[0]); i++)
		found = look_in(s, name, standard[i], NULL, by, error);
	return found;
}

/* musl's interpreter is its libc, and answers to the names of all its parts. */
static bool is_loader_itself(const char *loader, const char *name)
{
	static const char *const parts[] = { "libc.so",	 "libpthread.so", "librt.so",  "libm.so",
					     "libdl.so", "libutil.so",	  "libxnet.so" };
	const char *base = strrchr(loader, '/');

	if (base && strcmp(base + 1, name) == 0)
		return true;
	for (size_t i = 0; strstr(loader, "/ld-musl-") && i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i], name) == 0)
			return true;
	return false;
}

static bool fulfil(struct sysroot *s, const struct wishes *w, const struct asking *by,
		   struct error *error)
{
	for (unsigned i = 0; i < w->count; i++) {
		const char *name = w->needed[i];

		if (is_loader_itself(by->loader, name) || strchr(name, '/'))
			continue;
		switch (look_for(s, name, w, by, error)) {
		case FAILED:
			return false;
		case NOWHERE:
			return refuse(
				error,
				"%s: its library %s is not in the sysroot %s (--sysroot DIR, or "
				"--add it to /lib)",
				by->name, name, s->folder);
		case FOUND:
			break;
		}
		/* glibc loads this one by itself when a thread is cancelled or ends. */
		if (strcmp(name, "libc.so.6") == 0 &&
		    look_for(s, "libgcc_s.so.1", w, by, error) == FAILED)
			return false;
	}
	return true;
}

static bool collect(struct sysroot *s, const struct wishes *w, const char *name, const char *guest,
		    struct error *error)
{
	char host_folder[PATH_MAX], guest_folder[PATH_MAX], loader[PATH_MAX];
	struct asking by = { .name = name,
			     .host_folder = host_folder,
			     .guest_folder = guest_folder,
			     .loader = w->loader,
			     .rpath = w->runpath ? NULL : w->rpath };

	folder_of(name, host_folder);
	folder_of(guest, guest_folder);
	if (w->loader[0] && !found_already(s, w->loader)) {
		if (!sysroot_resolve(s->folder, w->loader, loader, sizeof(loader)) ||
		    !is_library(loader))
			return refuse(error,
				      "%s: a dynamic program, and its interpreter %s is not in the "
				      "sysroot %s: link with -static, or name another --sysroot",
				      name, w->loader, s->folder);
		if (!take(s, loader, w->loader, error))
			return false;
	}
	return fulfil(s, w, &by, error);
}

bool sysroot_collect(struct sysroot *s, const char *host, const char *guest, struct error *error)
{
	struct wishes w;
	bool ok = !read_wishes(&w, host) || collect(s, &w, host, guest, error);

	wishes_free(&w);
	return ok;
}
