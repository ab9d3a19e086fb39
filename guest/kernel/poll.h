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
/* Waits with another signal mask (user memory; 0: no change); the old one comes back on the return to
 * user mode. */
int poll_swap_mask(u64 user);

#endif
