/* What ppoll, pselect6 and epoll share (sys_poll.c). */
#ifndef KERNEL_POLL_H
#define KERNEL_POLL_H

#include "vfs.h"

struct wait {
	u64 deadline; /* ticks */
	bool forever, timed_out;
};

/* After a look that found nothing: 1 look again, 0 time is up, or -errno. */
int poll_wait_more(struct wait *wait);
/* Waits with another signal mask, of so many bytes of user memory (0: no change).  poll_done brings the old
 * one back, or leaves that to the return to user mode. */
int poll_swap_mask(u64 user, u64 bytes);
s64 poll_done(s64 result);

#endif
