/*
 * What the kernel tells a program of itself at its start, compared with what the program knows; and
 * where it was put.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

extern const Elf64_Ehdr __ehdr_start;
extern void _start(void);

static int objects;

static int count(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	/* The one without a name is the program. */
	if (!info->dlpi_name[0])
		printf("program headers %s\n",
		       (unsigned long)info->dlpi_phdr == getauxval(AT_PHDR) ? "agree" : "differ");
	objects++;
	return 0;
}

int main(int argc, char **argv)
{
	const char *file = (const char *)getauxval(AT_EXECFN);
	unsigned long base = getauxval(AT_BASE);

	printf("entry %s\n", getauxval(AT_ENTRY) == (unsigned long)_start ? "agrees" : "differs");
	printf("phdr %s, %lu of %lu bytes\n",
	       getauxval(AT_PHDR) == (unsigned long)&__ehdr_start + __ehdr_start.e_phoff
		       ? "agrees"
		       : "differs",
	       getauxval(AT_PHNUM), getauxval(AT_PHENT));
	printf("page %lu, uid %lu, secure %lu, random %d\n", getauxval(AT_PAGESZ),
	       getauxval(AT_EUID), getauxval(AT_SECURE), getauxval(AT_RANDOM) != 0);
	printf("file %s, argc %d\n", strcmp(file, argv[0]) ? "differs" : "is argv[0]", argc);
	dl_iterate_phdr(count, NULL);
	printf("interpreter %s\n", base == 0				? "none"
				   : memcmp((void *)base, "\177ELF", 4) ? "is no ELF"
									: "is mapped");
	printf("program %s\n", (unsigned long)&__ehdr_start >= 0x1000000000 ? "high" : "low");
	if (argc > 1)
		printf("at %p %#lx\n", (const void *)&__ehdr_start, base);
	return 0;
}
