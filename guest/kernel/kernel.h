/*
 * What every file of the kernel uses: printing, panics, byte strings, and the boot parameters.
 */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include "../include/params.h"
#include "abi.h"
#include "types.h"

#define RELEASE "6.6.0-faultline" /* what uname says; glibc wants a recent Linux */

#define ARRAY_SIZE(a)	      (sizeof(a) / sizeof((a)[0]))
#define ROUND_UP(x, unit)     (((x) + (unit)-1) / (unit) * (unit))
#define ROUND_DOWN(x, unit)   ((x) / (unit) * (unit))
#define PAGE_UP(x)	      (((x) + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1))
#define PAGE_DOWN(x)	      ((x) & ~(PAGE_SIZE - 1))
#define container_of(p, t, m) ((t *)((char *)(p)-offsetof(t, m)))

static inline u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

static inline u64 max_u64(u64 a, u64 b)
{
	return a > b ? a : b;
}

/* %d %u %x %lx %lu %ld %s %c %p %%, with width and 0.  printk says nothing unless verbose=1. */
__attribute__((format(printf, 1, 2))) void printk(const char *format, ...);
/* Characters written, never more than bytes - 1 and a NUL. */
__attribute__((format(printf, 3, 4))) size_t format_to(char *to, size_t bytes, const char *format,
						       ...);
__attribute__((noreturn, format(printf, 1, 2))) void panic(const char *format, ...);
#define ASSERT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			panic("%s:%d: %s", __FILE__, __LINE__, #condition);                        \
	} while (0)

void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max);
char *strchr(const char *s, int byte);
char *strrchr(const char *s, int byte);
/* Copies what fits and always terminates; the length of `from`. */
size_t strlcpy(char *to, const char *from, size_t bytes);

/* The kernel command line: K=V words, the rows of params.h. */
extern char command_line[512];
enum param {
#define PARAM(name, fallback, least, help) PARAM_##name,
	PARAMS
#undef PARAM
		PARAM_COUNT
};
const char *param_string(enum param param);
u64 param_number(enum param param); /* decimal or 0x; K, M, G suffixes */
void params_check(void);	    /* panics if a number is too small to be of use */

/* Random numbers, seeded by virtio-rng at boot (so that a run replays). */
u64 random_u64(void);
void random_bytes(void *to, size_t bytes);

/* Power off (or stop, when nothing can): code is an exit status for the finisher. */
__attribute__((noreturn)) void power_off(u32 code);

extern bool check_enabled; /* check=1: verify every table against the others */

#endif
