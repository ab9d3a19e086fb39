/* Between tty.c (the line discipline) and tty_file.c (terminals as files). */
#ifndef KERNEL_TTY_H
#define KERNEL_TTY_H

#include "device.h"

/* Linux's struct termios of the kernel (TCGETS). */
struct termios {
	u32 iflag, oflag, cflag, lflag;
	u8 line;
	u8 cc[19];
};
enum {
	VINTR,
	VQUIT,
	VERASE,
	VKILL,
	VEOF,
	VTIME,
	VMIN,
	VSWTC,
	VSTART,
	VSTOP,
	VSUSP,
	VEOL,
	VREPRINT,
	VDISCARD,
	VWERASE,
	VLNEXT,
	VEOL2
};

#define ISTRIP	0000040
#define INLCR	0000100
#define IGNCR	0000200
#define ICRNL	0000400
#define IXON	0002000
#define IUTF8	0040000
#define OPOST	0000001
#define ONLCR	0000004
#define OCRNL	0000010
#define ONOCR	0000020
#define ONLRET	0000040
#define TABDLY	0014000
#define XTABS	0014000
#define HUPCL	0002000
#define CLOCAL	0004000
#define ISIG	0000001
#define ICANON	0000002
#define ECHO	0000010
#define ECHOE	0000020
#define ECHOK	0000040
#define ECHONL	0000100
#define NOFLSH	0000200
#define TOSTOP	0000400
#define ECHOCTL 0001000
#define ECHOKE	0004000
#define IEXTEN	0100000

struct tty_buffer;

struct tty {
	const struct line_ops *line; /* NULL: not there */
	struct termios termios;
	struct tty_buffer *buffer; /* made with the first input */
	u32 head, ready, tail;	 /* of the ring: end of input, end of what may be read, next read */
	u32 column, line_column; /* of the cursor, now and where the unfinished line began */
	u16 columns, rows, xpixels, ypixels;
	u32 rdev;
	u32 session, pgrp;
	u32 opens;    /* files on it */
	bool stopped; /* by ^S */
	bool literal; /* the next character has no meaning (^V) */
	bool hung_up;
	u32 unsent_bytes;
	char unsent[8];
};

u32 tty_readable(struct tty *tty);
size_t tty_take(struct tty *tty, char *to, size_t bytes, bool *ended);
size_t tty_send(struct tty *tty, const char *data, size_t bytes);
#define TIOCPKT_FLUSHREAD 1
#define TIOCPKT_STOP	  4
#define TIOCPKT_START	  8
void tty_stop(struct tty *tty, bool stop); /* output */
void tty_set(struct tty *tty, const struct termios *termios, bool flush);
void tty_flush(struct tty *tty);

#endif
