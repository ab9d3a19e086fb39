/*
 * Reading an ELF file's headers, refusing what cannot be run, and mapping its segments.
 */
#include "image.h"

#define SEGMENTS_MAX 32

int kernel_read(struct file *file, u64 at, void *to, size_t bytes)
{
	char *p = to;

	if (at + bytes < at || at + bytes > file->inode->size)
		return -ENOEXEC;
	while (bytes) {
		int error;
		struct page *page = page_get(&file->inode->mapping, at / PAGE_SIZE, &error, NULL);
		size_t n = min_u64(bytes, PAGE_SIZE - at % PAGE_SIZE);

		if (!page)
			return error;
		memcpy(p, (char *)page_data(page) + at % PAGE_SIZE, n);
		page_put(page);
		p += n;
		at += n;
		bytes -= n;
	}
	return 0;
}

int open_executable(const char *path, struct file **file)
{
	int error = file_open(path, O_RDONLY, 0, file);

	if (error)
		return error;
	if (!S_ISREG((*file)->inode->mode) || !((*file)->inode->mode & 0111))
		error = -EACCES;
	else if ((*file)->inode->writers > 0)
		error = -ETXTBSY;
	if (error) {
		file_put(*file);
		*file = NULL;
	}
	return error;
}

/* A segment that could not be mapped as it asks. */
static bool segment_bad(const struct image *image, const struct elf_segment *s)
{
	return s->p_filesz > s->p_memsz || s->p_offset + s->p_filesz < s->p_offset ||
	       s->p_offset + s->p_filesz > image->file->inode->size ||
	       s->p_vaddr + s->p_memsz < s->p_vaddr ||
	       s->p_vaddr + s->p_memsz > USER_TOP - (1ul << 30) ||
	       (s->p_vaddr - s->p_offset) % PAGE_SIZE;
}

int image_read(struct image *image)
{
	struct elf_header *h = &image->header;
	u64 last_end = 0;
	int error = kernel_read(image->file, 0, h, sizeof(*h));

	if (error)
		return error;
	if (memcmp(h->e_ident, "\177ELF\2\1", 6) || h->e_machine != EM_RISCV ||
	    (h->e_type != ET_EXEC && h->e_type != ET_DYN) ||
	    h->e_phentsize != sizeof(struct elf_segment) || !h->e_phnum ||
	    h->e_phnum > SEGMENTS_MAX)
		return -ENOEXEC;
	error = kernel_read(image->file, h->e_phoff, image->segments,
			    h->e_phnum * sizeof(struct elf_segment));
	image->start = UINT64_MAX;
	for (u32 i = 0; !error && i < h->e_phnum; i++) {
		struct elf_segment *s = &image->segments[i];

		if (s->p_type == PT_INTERP) {
			if (s->p_filesz < 2 || s->p_filesz > sizeof(image->interpreter))
				return -ENOEXEC;
			error = kernel_read(image->file, s->p_offset, image->interpreter,
					    s->p_filesz);
			image->interpreter[sizeof(image->interpreter) - 1] = 0;
		}
		if (s->p_type == PT_GNU_STACK)
			image->stack_exec = s->p_flags & PF_X;
		if (s->p_type != PT_LOAD)
			continue;
		if (segment_bad(image, s) || s->p_vaddr < last_end ||
		    (h->e_type == ET_EXEC && s->p_vaddr < USER_BASE))
			return -ENOEXEC;
		last_end = s->p_vaddr + s->p_memsz;
		image->start = min_u64(image->start, PAGE_DOWN(s->p_vaddr));
		image->end = PAGE_UP(last_end);
		if (s->p_offset <= h->e_phoff && h->e_phoff < s->p_offset + s->p_filesz)
			image->phdr = s->p_vaddr + h->e_phoff - s->p_offset;
	}
	return error ? error : image->end ? 0 : -ENOEXEC;
}

static u32 prot_of(u32 flags)
{
	return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
	       (flags & PF_X ? PROT_EXEC : 0);
}

static int map_segment(struct mm *mm, struct image *image, const struct elf_segment *s)
{
	u64 start = image->bias + PAGE_DOWN(s->p_vaddr),
	    file_end = image->bias + s->p_vaddr + s->p_filesz;
	u64 map_end = PAGE_UP(file_end), mem_end = PAGE_UP(image->bias + s->p_vaddr + s->p_memsz);
	u32 prot = prot_of(s->p_flags);
	struct region *region;

	if (!s->p_filesz)
		map_end = start;
	if (region_unmap(mm, start, mem_end) !=
	    0) /* two segments may share a page: the later one wins */
		return -ENOMEM;
	if (map_end > start) {
		region = region_insert(mm, start, map_end, prot, 0,
				       prot & PROT_EXEC ? REGION_TEXT : REGION_DATA, image->file,
				       PAGE_DOWN(s->p_offset) / PAGE_SIZE);
		if (!region)
			return -ENOMEM;
		if (s->p_memsz > s->p_filesz)
			region->file_end = file_end;
		if (prot & PROT_EXEC) {
			mm->start_code = start;
			mm->end_code = map_end;
		}
	}
	if (mem_end > map_end && !region_insert(mm, map_end, mem_end, prot, 0, REGION_BSS, NULL, 0))
		return -ENOMEM;
	return 0;
}

int image_map(struct mm *mm, struct image *image)
{
	for (u32 i = 0; i < image->header.e_phnum; i++) {
		if (image->segments[i].p_type == PT_LOAD) {
			int error = map_segment(mm, image, &image->segments[i]);

			if (error)
				return error;
		}
	}
	return 0;
}
