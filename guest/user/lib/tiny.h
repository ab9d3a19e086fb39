/*
 * The C library of the shell and the utilities: what they need of strings, memory and output, and
 * nothing else. Small on purpose: the shell and a pipeline of utilities run in 32 frames.
 *
 * Standard output is one buffer, written when full and at exit (and before fork, by whoever forks);
 * standard error is never buffered. A failed write of standard output ends the program with status 1
 * and a message, or by SIGPIPE. Memory comes from brk; `xmalloc` and its kin end the program when
 * there is none.
 */
#ifndef GUEST_USER_TINY_H
#define GUEST_USER_TINY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define PAGE_BYTES    4096

/* Given by each program; `tiny_start` (crt0) calls it and exits with what it returns. */
int main(int argc, char **argv, char **envp);

extern char **environ;
extern const char *prog; /* name that messages begin with; set from argv[0] */

/* string.c */
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *what);
char *strcpy(char *to, const char *from);
char *strcat(char *to, const char *from);
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
bool is_digit(int c);
bool is_alpha(int c);
bool is_space(int c);
bool is_name_start(int c);
bool is_name(int c);
int to_lower(int c);
/* strtol without errno: *end is after the last digit used; base 0 knows 0x and 0. */
long to_long(const char *s, char **end, int base);
/* A whole decimal number, with an optional k, m or g (binary) at the end; false if it is none. */
bool parse_size(const char *s, long *value);
const char *base_name(const char *path);
const char *error_name(long err); /* err may be negated */

/* match.c: shell patterns; a backslash takes the next character literally. */
bool pattern_match(const char *pattern, const char *s);
bool pattern_has_magic(const char *pattern);

/* memory.c */
void *xmalloc(size_t n);
void *xrealloc(void *p, size_t n);
void *xcalloc(size_t n, size_t size);
char *xstrdup(const char *s);
void xfree(void *p);

/* output.c */
extern bool out_failure_noted; /* a failed write of standard output sets out_failed, no more */
extern bool out_failed;
void flush_out(void);
void put_char(int c);
void put_bytes(const void *p, size_t n);
void put_str(const char *s);
/* %[-0 +][width|*][.prec|.*][l|z](d u x X o c s %), as in C. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void eprint(const char *format, ...) __attribute__((format(printf, 1, 2)));
int format_to(char *buf, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "prog: what: reason" on standard error, returning 1; `err` is a (negated) error number or 0. */
int complain(const char *what, long err);
void __attribute__((noreturn)) die(const char *what, long err);
void __attribute__((noreturn)) leave(int status); /* flush and exit */
bool write_all(int fd, const void *p, size_t n);  /* false: an error other than a signal */

/* input.c: lines and bytes of a descriptor through a buffer of one page. */
struct reader {
	int fd;
	int error; /* negated error number that ended the input, or 0 at its end */
	size_t pos, len;
	char buf[PAGE_BYTES];
};
void reader_init(struct reader *r, int fd);
int reader_char(struct reader *r); /* -1 at the end */
/*
 * The next line into *line (grown as needed), without its newline but with a NUL. Returns its
 * length or -1 at the end; *newline says whether it ended in one (it may be null).
 */
long reader_line(struct reader *r, char **line, size_t *cap, bool *newline);
/* A whole file, NUL-terminated, from xmalloc; or a null pointer and *err. */
char *read_file(int fd, size_t *len, long *err);

/* sig.c */
int signal_number(const char *name); /* "INT", "SIGINT", "2"; -1 if unknown */
const char *signal_name(int sig);    /* "INT", or a null pointer */
const char *signal_text(int sig);    /* "Segmentation fault"; never null */

char *get_env(const char *name);

/* Programs that are builtins of the shell as well: test.c, printf.c, kill.c */
int test_main(int argc, char **argv); /* also `[`: 0 true, 1 false, 2 after a message */
int echo_main(int argc, char **argv);
int printf_main(int argc, char **argv);
int kill_main(int argc, char **argv);

#endif
