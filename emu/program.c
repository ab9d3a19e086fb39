#include "emu/program.h"

#include <errno.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/loader.h"
#include "emu/paths.h"
#include "emu/sysroot.h"

#define PAGE	    4096ull
#define USER_END    0x4000000000ull /* Sv39: the upper half is the kernel's */
#define USER_LOWEST 0x1000ull
#define SEGMENTS    64

static const char *machine_name(unsigned machine)
{
	switch (machine) {
	case EM_X86_64:
		return "x86-64";
	case EM_386:
		return "x86";
	case EM_AARCH64:
		return "AArch64";
	case EM_ARM:
		return "ARM";
	case EM_PPC64:
		return "PowerPC";
	case EM_S390:
		return "S/390";
	}
	return "another processor";
}

static bool check_header(const char *path, const uint8_t *data, size_t bytes, struct error *error)
{
	Elf64_Ehdr eh;

	if (bytes < EI_NIDENT)
		return refuse(error, "%s: the ELF file is truncated", path);
	if (data[EI_DATA] != ELFDATA2LSB)
		return refuse(error, "%s: a big-endian ELF file, not a riscv64 program", path);
	if (data[EI_CLASS] != ELFCLASS64) {
		unsigned machine = bytes >= 20 ? data[18] | data[19] << 8 : 0;

		return refuse(error, "%s: a 32-bit %s ELF file, not a riscv64 program", path,
			      machine == EM_RISCV ? "RISC-V" : machine_name(machine));
	}
	if (bytes < sizeof(eh))
		return refuse(error, "%s: the ELF file is truncated", path);
	memcpy(&eh, data, sizeof(eh));
	if (eh.e_machine != EM_RISCV)
		return refuse(error, "%s: an ELF file for %s, not for riscv64", path,
			      machine_name(eh.e_machine));
	if (eh.e_type == ET_REL)
		return refuse(error, "%s: an object file: link it first", path);
	if (eh.e_type != ET_EXEC && eh.e_type != ET_DYN)
		return refuse(error, "%s: not an executable ELF file", path);
	if (eh.e_phnum == 0 || eh.e_phnum > SEGMENTS || eh.e_phentsize != sizeof(Elf64_Phdr))
		return refuse(error, "%s: an ELF file without usable program headers", path);
	if (eh.e_phoff > bytes || bytes - eh.e_phoff < eh.e_phnum * sizeof(Elf64_Phdr))
		return refuse(error,
			      "%s: the ELF file is truncated: its program headers are missing",
			      path);
	return true;
}

/* Which file it is, and whether there is one, is sysroot.c's business. */
static bool check_interpreter(const char *path, const uint8_t *data, size_t bytes,
			      const Elf64_Phdr *ph, struct error *error)
{
	const char *name;

	if (ph->p_offset > bytes || ph->p_filesz > bytes - ph->p_offset || !ph->p_filesz)
		return refuse(error, "%s: the ELF file is truncated", path);
	name = (const char *)data + ph->p_offset;
	if (*name != '/' || ph->p_filesz > 256 || name[ph->p_filesz - 1])
		return refuse(error, "%s: the name of its interpreter is no absolute path", path);
	for (; *name; name++)
		if ((unsigned char)*name < ' ')
			return refuse(error, "%s: the name of its interpreter is no text", path);
	return true;
}

static bool check_segment(const char *path, size_t bytes, const Elf64_Phdr *ph, struct error *error)
{
	if (ph->p_filesz > ph->p_memsz)
		return refuse(error, "%s: a segment has more bytes in the file than in memory",
			      path);
	if (ph->p_offset > bytes || ph->p_filesz > bytes - ph->p_offset)
		return refuse(error, "%s: the ELF file is truncated: a segment lies past its end",
			      path);
	if (ph->p_vaddr >= USER_END || ph->p_memsz > USER_END - ph->p_vaddr)
		return refuse(error, "%s: a segment lies in the kernel's half (0x%llx)", path,
			      (unsigned long long)ph->p_vaddr);
	if (ph->p_vaddr < USER_LOWEST)
		return refuse(error, "%s: a segment lies on the null page", path);
	return true;
}

/* The kernel maps pages of the file: each has to lie in the file as it lies in memory. */
static bool check_alignment(const char *path, const Elf64_Phdr *load, unsigned n,
			    struct error *error)
{
	for (unsigned i = 0; i < n; i++)
		if (load[i].p_vaddr % PAGE != load[i].p_offset % PAGE)
			return refuse(error, "%s: a segment is not aligned to pages as its file is",
				      path);
	return true;
}

bool program_check_elf(const char *path, const void *data, size_t bytes, struct error *error)
{
	Elf64_Ehdr eh;
	Elf64_Phdr load[SEGMENTS], ph;
	unsigned nload = 0;
	bool entered = false, position_independent;

	if (!check_header(path, data, bytes, error))
		return false;
	memcpy(&eh, data, sizeof(eh));
	position_independent = eh.e_type == ET_DYN;
	for (unsigned i = 0; i < eh.e_phnum; i++) {
		memcpy(&ph, (const uint8_t *)data + eh.e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type == PT_INTERP && !check_interpreter(path, data, bytes, &ph, error))
			return false;
		if (ph.p_type != PT_LOAD || !ph.p_memsz)
			continue;
		/* Where it lands is the kernel's choice; any place is as good to check. */
		if (position_independent)
			ph.p_vaddr += 0x10000;
		if (!check_segment(path, bytes, &ph, error))
			return false;
		for (unsigned j = 0; j < nload; j++)
			if (ph.p_vaddr < load[j].p_vaddr + load[j].p_memsz &&
			    load[j].p_vaddr < ph.p_vaddr + ph.p_memsz)
				return refuse(error, "%s: two segments overlap at 0x%llx", path,
					      (unsigned long long)(ph.p_vaddr > load[j].p_vaddr
									   ? ph.p_vaddr
									   : load[j].p_vaddr));
		entered |=
			(ph.p_flags & PF_X) &&
			eh.e_entry + (position_independent ? 0x10000 : 0) - ph.p_vaddr < ph.p_memsz;
		load[nload++] = ph;
	}
	if (!nload)
		return refuse(error, "%s: nothing in the ELF file is to be loaded", path);
	if (!check_alignment(path, load, nload, error))
		return false;
	return entered || refuse(error, "%s: the entry point 0x%llx is in no executable segment",
				 path, (unsigned long long)eh.e_entry);
}

/* "#!/bin/sh -e": the interpreter's path. */
static bool check_script(struct program *p, const char *name, const struct blob *blob,
			 struct error *error)
{
	const char *text = (const char *)blob->data;
	size_t at = 2, n = 0;

	while (at < blob->bytes && (text[at] == ' ' || text[at] == '\t'))
		at++;
	while (at + n < blob->bytes && !strchr(" \t\r\n", text[at + n]) && text[at + n])
		n++;
	if (n == 0 || n >= sizeof(p->interpreter))
		return refuse(error, "%s: a script whose first line names no interpreter", name);
	memcpy(p->interpreter, text + at, n);
	p->interpreter[n] = 0;
	return true;
}

static bool check_host_file(struct program *p, const char *name, struct error *error)
{
	struct load_error why;
	struct blob blob;
	struct stat st;
	bool ok;

	if (stat(name, &st) < 0)
		return refuse(error, "%s: %s", name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return refuse(error, "%s: a folder, not a program", name);
	if (!S_ISREG(st.st_mode))
		return refuse(error, "%s: not a regular file", name);
	if (!(st.st_mode & 0111))
		return refuse(error, "%s: not executable (chmod +x)", name);
	if (!blob_open(&blob, name, &why))
		return refuse(error, "%s", why.text);
	if (blob.bytes >= 2 && memcmp(blob.data, "#!", 2) == 0) {
		ok = check_script(p, name, &blob, error);
	} else if (blob.bytes < SELFMAG || memcmp(blob.data, ELFMAG, SELFMAG) != 0) {
		ok = refuse(error, "%s: neither an ELF program nor a #! script", name);
	} else {
		snprintf(p->elf_path, sizeof(p->elf_path), "%s", name);
		ok = program_check_elf(name, blob.data, blob.bytes, error);
	}
	blob_close(&blob);
	return ok;
}

/* One of our own: a demonstration, which goes to /home, or else a program of the base system. */
static bool find_own(struct program *p, const char *name)
{
	static const struct {
		const char *folder, *guest;
		bool base;
	} places[] = { { "guest/demo", "/home", false },
		       { "guest/base/bin", "/bin", true },
		       { "guest/base/sbin", "/sbin", true } };
	char relative[512];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (snprintf(relative, sizeof(relative), "%s/%s", places[i].folder, name) >=
			    (int)sizeof(relative) ||
		    !paths_find(relative, p->elf_path, sizeof(p->elf_path)))
			continue;
		snprintf(p->guest_path, sizeof(p->guest_path), "%s/%s", places[i].guest, name);
		if (!places[i].base)
			memcpy(p->host_path, p->elf_path, sizeof(p->host_path));
		return true;
	}
	p->elf_path[0] = 0;
	return false;
}

bool program_along_path(const char *name, program_has *has, void *ctx, char guest_path[PATH_MAX])
{
	static const char *const folders[] = { "/usr/local/bin",  "/usr/bin",  "/bin",
					       "/usr/local/sbin", "/usr/sbin", "/sbin" };

	if (*name == '/')
		return snprintf(guest_path, PATH_MAX, "%s", name) < PATH_MAX && has(ctx, name);
	for (size_t i = 0; !strchr(name, '/') && i < sizeof(folders) / sizeof(folders[0]); i++)
		if (snprintf(guest_path, PATH_MAX, "%s/%s", folders[i], name) < PATH_MAX &&
		    has(ctx, guest_path))
			return true;
	return false;
}

static bool root_has(void *ctx, const char *guest_path)
{
	char host[PATH_MAX];

	return sysroot_resolve(ctx, guest_path, host, sizeof(host));
}

bool program_find(struct program *p, const char *name, const char *root, struct error *error)
{
	char host[PATH_MAX];

	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;

	memset(p, 0, sizeof(*p));
	if (!*name)
		return refuse(error, "the program has no name");
	if (root && program_along_path(name, root_has, (void *)root, p->guest_path))
		return sysroot_resolve(root, p->guest_path, host, sizeof(host)) &&
		       check_host_file(p, host, error);
	if (!slash && access(name, F_OK) != 0) {
		if (find_own(p, name))
			return true;
		return refuse(error, "%s: no such file, and no program of the base system", name);
	}
	if (!*base || strlen(base) > 255)
		return refuse(error, "%s: not the name of a program", name);
	if (!check_host_file(p, name, error))
		return false;
	/* What a link names, not the link. */
	if (!realpath(name, p->host_path))
		return refuse(error, "%s: %s", name, strerror(errno));
	snprintf(p->guest_path, sizeof(p->guest_path), "/home/%s", base);
	return true;
}
