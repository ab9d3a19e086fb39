/* What the test programs of this folder share: one line a check, and a status at the end. */
#ifndef TESTS_GUEST_CHECK_H
#define TESTS_GUEST_CHECK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int checks, failures;

#define check(what, condition)                                                                     \
	do {                                                                                       \
		int check_ok_ = (condition), check_errno_ = errno;                                 \
		checks++;                                                                          \
		failures += !check_ok_;                                                            \
		printf("%s %s", check_ok_ ? "ok" : "NOT OK", what);                                \
		if (check_ok_)                                                                     \
			printf("\n");                                                              \
		else                                                                               \
			printf(": %s, errno %d\n", #condition, check_errno_);                      \
		fflush(stdout);                                                                    \
	} while (0)

/* The call fails with this error. */
#define refused(what, call, error) check(what, (errno = 0, (long)(call) == -1 && errno == (error)))

#define finish()                                                                                   \
	do {                                                                                       \
		printf("%d checks, %d failures\n", checks, failures);                              \
		return failures != 0;                                                              \
	} while (0)

#endif
