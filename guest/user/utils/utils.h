/*
 * The utilities are one program that looks at its own name. Each is a function like main; what they
 * share is here.
 */
#ifndef GUEST_USER_UTILS_H
#define GUEST_USER_UTILS_H

#include "guest/user/lib/sys.h"
#include "guest/user/lib/tiny.h"

#define APPLET(name, function) int function(int argc, char **argv);
#include "guest/user/utils/applets.def"
#undef APPLET

/*
 * Options in the way of getopt: `letters`, a colon after those with a value. Returns the letter, 0
 * after the last option, and after a message '?', which callers turn into a status of 2.
 */
struct options {
	int argc;
	char **argv;
	int at;	     /* the next argument */
	char *rest;  /* of a group of letters */
	char *value; /* of the option just returned */
};
#define OPTIONS(argc, argv)                                                                        \
	{                                                                                          \
		argc, argv, 1, NULL, NULL                                                          \
	}
int option_next(struct options *o, const char *letters);
int usage(const char *text); /* "usage: prog text"; returns 2 */

/* Each file named from `at` on, or standard input for none or "-"; the worst status. */
int each_input(int argc, char **argv, int at, int (*one)(int fd, const char *name));
/* Opens for reading; -1 after a message. */
int open_input(const char *path);
/* "directory/name", from xmalloc. */
char *path_join(const char *directory, const char *name);
bool is_directory(const char *path);
/* Calls `one` with each name but . and .. of a directory (opened before, so it may remove them). */
int each_entry(const char *path, int (*one)(const char *path, const char *name, void *to),
	       void *to);
int copy_fd(int from, int to, const char *name); /* status, after a message */
void put_mode(unsigned mode);			 /* drwxr-xr-x */

struct calendar {
	int year, month, day, hour, minute, second, weekday;
};
struct calendar calendar_of(long seconds);
extern const char month_names[12][4];

#endif
