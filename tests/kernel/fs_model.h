/*
 * A model of what a file system holds, for fs_test.c: every operation is made on both and must have the same
 * result.  What was synced is remembered apart, in memory shared with the process that looks after a power cut.
 */
#ifndef TESTS_FS_MODEL_H
#define TESTS_FS_MODEL_H

#include "fs_shim.h"

int printf(const char *format, ...);
int snprintf(char *to, size_t bytes, const char *format, ...);
void *calloc(size_t n, size_t bytes);
void free(void *p);

extern u64 failures;
extern bool quiet; /* failures are what is wanted */

#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition) && failures++ < 5 && !quiet) {                                    \
			printf("# %s:%d: %s: ", __FILE__, __LINE__, #condition);                   \
			printf(__VA_ARGS__);                                                       \
			printf("\n");                                                              \
		}                                                                                  \
	} while (0)

/* Bytes of shared memory, zeros, for what was synced. */
size_t model_shared_bytes(void);
void model_share(void *shared);
void model_forget_synced(void);

const char *model_path(void); /* at random */
void model_prepare(void);     /* the directories that all of it happens in */
void model_step(void);	      /* a random operation */
void model_check(void);	      /* everything is as the model says */
void model_check_synced(void);

/* What scenarios use, too. */
s64 at_call(s64 (*call)(const u64 a[6]), const char *path, u64 x, u64 y);
struct file *must_open(const char *path, int flags);
s64 file_rw(struct file *file, void *data, u64 bytes, s64 pos, bool writes);

#endif
