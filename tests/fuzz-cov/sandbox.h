/*
 * The host's files as a harness lets the emulator see them: what the input says, and nothing else.  The
 * linker sends the emulator's own calls of open() and its like here (rules.mk), so that no input reads
 * or writes a file of whoever fuzzes.
 */
#ifndef TESTS_FUZZ_COV_SANDBOX_H
#define TESTS_FUZZ_COV_SANDBOX_H

#include <stddef.h>

/* A name under which open() finds these bytes until it is given others; also as a path that the C
 * library's own functions find. */
const char *sandbox_file(const char *name, const void *data, size_t bytes);

/* The descriptor behind it. */
int sandbox_fd(const char *name);

/* From now on write() and anonymous mmap() give so many bytes, and then fail. */
void sandbox_room(size_t bytes);

/* While one input is tried: before and after it, files are the fuzzer's own business.  Standard output,
 * which commands print on, goes nowhere. */
void sandbox_enter(void);
void sandbox_leave(void);

#endif
