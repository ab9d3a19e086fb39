/* Character devices: their numbers, and what terminals and their lines know of each other. */
#ifndef KERNEL_DEVICE_H
#define KERNEL_DEVICE_H

#include "vfs.h"

#define DEV(major, minor) ((major) << 8 | (minor))
#define DEV_NULL	  DEV(1, 3)
#define DEV_ZERO	  DEV(1, 5)
#define DEV_FULL	  DEV(1, 7)
#define DEV_RANDOM	  DEV(1, 8)
#define DEV_URANDOM	  DEV(1, 9)
#define DEV_TTYS0	  DEV(4, 64)
#define DEV_TTY		  DEV(5, 0)
#define DEV_CONSOLE	  DEV(5, 1)
#define DEV_PTMX	  DEV(5, 2)
#define DEV_PTS(n)	  DEV(136, n)
#define DEV_HVC0	  DEV(229, 0)
#define DEV_VPORT(n)	  DEV(246, n)

struct tty;

/* The line below a terminal.  Neither sleeps. */
struct line_ops {
	/* Send what there is room for now; room later is told by tty_writable(). */
	size_t (*send)(struct tty *tty, const char *data, size_t bytes);
	/* The terminal has room again for input that tty_input did not take.  May be NULL. */
	void (*receive)(struct tty *tty);
	/* A file on it has been opened (by 1) or closed (by -1).  May be NULL, may free the terminal. */
	void (*opened)(struct tty *tty, int by);
	/* Something that a master in packet mode is told (TIOCPKT_*). */
	void (*event)(struct tty *tty, u8 event);
};

extern struct tty uart_tty, port_tty;

void tty_attach(struct tty *tty, const struct line_ops *line, u32 rdev);
/* From the line's interrupt: how many bytes were taken. */
size_t tty_input(struct tty *tty, const char *data, size_t bytes);
void tty_writable(struct tty *tty);
void tty_resize(struct tty *tty, u16 columns, u16 rows);
void tty_hangup(struct tty *tty); /* the host's side is gone: end of file */
int tty_open(struct tty *tty, struct inode *inode, int flags, struct file **file);
void tty_session_end(struct proc *leader); /* a process exits that leads a session */
void tty_numbers(const struct tty *tty, u32 *rdev, s32 *pgrp);
bool tty_attached(const struct tty *tty);
/* ioctl; `master`: from the other side of a pseudo-terminal. */
int tty_control(struct tty *tty, unsigned request, u64 arg, bool master);
void tty_free(struct tty *tty); /* its buffer, and whoever still names it */

/* Writes as `take` finds room for it, which says how much that was; waits on `channel` for more.  `refused`,
 * asked before each piece, says 0 or -errno; NULL: never. */
s64 device_write(struct file *file, struct iter *from, const void *channel,
		 size_t (*take)(void *device, const char *data, size_t bytes),
		 int (*refused)(const void *device));

/* Pseudo-terminals. */
int ptmx_open(struct inode *inode, int flags, struct file **file);
int pts_open(u32 index, struct inode *inode, int flags, struct file **file);

/* Byte streams of the virtio console that are no terminal. */
int port_open(u32 port, struct inode *inode, int flags, struct file **file);
bool port_exists(u32 port);
/* Make port_tty the terminal on these ports. */
void port_make_tty(u32 input, u32 output);

void port_drain(void); /* until all output has reached the host: sleeps */

void uart_init(void);

#endif
