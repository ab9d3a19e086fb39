/* Where our own files are, beside the program in a build folder or installed; and where the user's may be. */
#ifndef EMU_PATHS_H
#define EMU_PATHS_H

#include <stdbool.h>
#include <stddef.h>

/* The path of one of our files, say "guest/kernel.elf".  False: it is nowhere. */
bool paths_find(const char *name, char *path, size_t size);

/* Could this file be written later?  Tried without touching what is there.  False: errno says why not. */
bool paths_writable(const char *path);

#endif
