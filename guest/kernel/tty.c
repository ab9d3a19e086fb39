/*
 * Terminals: the line discipline, sessions and foreground process groups.  What a terminal stands on (the
 * UART, a port of the virtio console) is a struct line_ops.
 *
 * Input is processed in the line's interrupt, so that ^C works while nobody reads; a process only takes
 * what is complete from the ring.
 */
#include "tty.h"

#define RING	   2048u
#define IN_RING(i) ((i) % RING)

struct tty_buffer {
	char ring[RING];
	u64 ends[RING / 64]; /* bytes that end a line */
	u64 eofs[RING / 64]; /* ... and are not themselves read */
};

struct tty uart_tty, port_tty;

static const struct termios default_termios = {
	.iflag = ICRNL | IXON | IUTF8,
	.oflag = OPOST | ONLCR,
	.cflag = 017 | 060 | 0200 | HUPCL | CLOCAL, /* B38400 CS8 CREAD */
	.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.cc = { [VINTR] = 3,
		[VQUIT] = 28,
		[VERASE] = 127,
		[VKILL] = 21,
		[VEOF] = 4,
		[VMIN] = 1,
		[VSTART] = 17,
		[VSTOP] = 19,
		[VSUSP] = 26,
		[VREPRINT] = 18,
		[VDISCARD] = 15,
		[VWERASE] = 23,
		[VLNEXT] = 22 },
};

void tty_attach(struct tty *tty, const struct line_ops *line, u32 rdev)
{
	tty->line = line;
	tty->rdev = rdev;
	tty->termios = default_termios;
	if (!tty->columns)
		tty_resize(tty, 80, 24);
}

static void tell(struct tty *tty, u8 event)
{
	if (tty->line->event)
		tty->line->event(tty, event);
}

bool tty_attached(const struct tty *tty)
{
	return tty->line != NULL;
}

static bool local(const struct tty *tty, u32 flag)
{
	return tty->termios.lflag & flag;
}

/* ---- output ---- */

/* The bytes that one character becomes; at most eight, of a tab. */
static u32 output_form(struct tty *tty, char c, char out[8])
{
	u32 oflag = tty->termios.oflag, n = 0;

	if (!(oflag & OPOST))
		goto plain;
	switch (c) {
	case '\n':
		if (oflag & ONLCR)
			out[n++] = '\r';
		tty->column = oflag & (ONLCR | ONLRET) ? 0 : tty->column;
		break;
	case '\r':
		if ((oflag & ONOCR) && tty->column == 0)
			return 0;
		if (oflag & OCRNL)
			c = '\n';
		tty->column = 0;
		break;
	case '\b':
		tty->column -= tty->column > 0;
		break;
	case '\t':
		if ((oflag & TABDLY) == XTABS) {
			do
				out[n++] = ' ';
			while (++tty->column % 8);
			return n;
		}
		tty->column = (tty->column | 7) + 1;
		break;
	default:
		tty->column += (u8)c >= ' ' && c != 127 && ((u8)c & 0xc0) != 0x80;
	}
plain:
	out[n++] = c;
	return n;
}

/* Send one character, or nothing if the line has no room for all it becomes. */
static bool send_char(struct tty *tty, char c)
{
	u32 column = tty->column, bytes, sent;
	char out[8];

	if (tty->stopped)
		return false;
	if (tty->unsent_bytes) { /* the rest of a character that went only in part */
		sent = tty->line->send(tty, tty->unsent, tty->unsent_bytes);
		tty->unsent_bytes -= sent;
		memmove(tty->unsent, tty->unsent + sent, tty->unsent_bytes);
		if (tty->unsent_bytes)
			return false;
	}
	bytes = output_form(tty, c, out);
	sent = bytes ? tty->line->send(tty, out, bytes) : 0;
	if (bytes && !sent) {
		tty->column = column;
		return false;
	}
	tty->unsent_bytes = bytes - sent;
	memcpy(tty->unsent, out + sent, bytes - sent);
	return true;
}

/* Plain characters in one go: how many went. */
static size_t send_run(struct tty *tty, const char *data, size_t bytes)
{
	size_t n = 0;

	while (n < bytes && (u8)data[n] >= ' ' && (u8)data[n] < 127)
		n++;
	if (n < 2 || tty->unsent_bytes || tty->stopped)
		return 0;
	n = tty->line->send(tty, data, n);
	tty->column += n;
	return n;
}

static size_t send_some(struct tty *tty, const char *data, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		size_t n = send_run(tty, data + done, bytes - done);

		if (!n && !send_char(tty, data[done]))
			break;
		done += n ? n : 1;
	}
	return done;
}

void tty_stop(struct tty *tty, bool stop)
{
	if (tty->stopped == stop)
		return;
	tty->stopped = stop;
	tell(tty, stop ? TIOCPKT_STOP : TIOCPKT_START);
	if (!stop)
		tty_writable(tty);
}

static void echo(struct tty *tty, char c)
{
	if (local(tty, ECHOCTL) && (u8)c < ' ' && c != '\n' && c != '\t') {
		send_char(tty, '^');
		send_char(tty, c + '@');
	} else if (local(tty, ECHOCTL) && c == 127) {
		send_char(tty, '^');
		send_char(tty, '?');
	} else {
		send_char(tty, c);
	}
}

void tty_writable(struct tty *tty)
{
	wakeup(&tty->line);
	poll_wakeup();
}

/* ---- input ---- */

static bool bit(const u64 *map, u32 at)
{
	return map[IN_RING(at) / 64] >> (IN_RING(at) % 64) & 1;
}

static void set_bit(u64 *map, u32 at, bool value)
{
	u64 mask = 1ull << (IN_RING(at) % 64);

	map[IN_RING(at) / 64] = (map[IN_RING(at) / 64] & ~mask) | (value ? mask : 0);
}

static bool is_cc(const struct tty *tty, char c, u32 which)
{
	return tty->termios.cc[which] && (u8)c == tty->termios.cc[which];
}

static void put(struct tty *tty, char c, bool end, bool eof)
{
	tty->buffer->ring[IN_RING(tty->head)] = c;
	set_bit(tty->buffer->ends, tty->head, end);
	set_bit(tty->buffer->eofs, tty->head, eof);
	tty->head++;
	if (end || !local(tty, ICANON))
		tty->ready = tty->head;
}

static void input_ready(struct tty *tty)
{
	wakeup(tty);
	poll_wakeup();
}

/* On the screen: how wide what was echoed for this character is. */
static u32 echo_width(const struct tty *tty, char c)
{
	if ((u8)c >= ' ' && c != 127)
		return ((u8)c & 0xc0) != 0x80 || !(tty->termios.iflag & IUTF8);
	return local(tty, ECHOCTL) ? 2 : 0;
}

/* A tab's width depends on all that stands before it on the line. */
static u32 tab_width(struct tty *tty)
{
	u32 column = 0, i = tty->ready;

	for (; i != tty->head; i++) {
		char c = tty->buffer->ring[IN_RING(i)];

		column += c == '\t' ? 8 - column % 8 : echo_width(tty, c);
	}
	return 8 - (column + tty->line_column) % 8;
}

/* Take the last character of the unfinished line back, with its UTF-8 continuation bytes. */
static void erase_char(struct tty *tty)
{
	u32 width = 0;
	char c;

	if (tty->head == tty->ready)
		return;
	do {
		c = tty->buffer->ring[IN_RING(--tty->head)];
		width += c == '\t' ? tab_width(tty) : echo_width(tty, c);
	} while ((tty->termios.iflag & IUTF8) && ((u8)c & 0xc0) == 0x80 && tty->head != tty->ready);
	if (!local(tty, ECHO))
		return;
	if (!local(tty, ECHOE)) {
		echo(tty, tty->termios.cc[VERASE]);
		return;
	}
	while (width--) {
		send_char(tty, '\b');
		if (c != '\t') {
			send_char(tty, ' ');
			send_char(tty, '\b');
		}
	}
}

static char last_char(const struct tty *tty)
{
	return tty->buffer->ring[IN_RING(tty->head - 1)];
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || (u8)c >= 0x80;
}

static void erase_word(struct tty *tty)
{
	while (tty->head != tty->ready && !is_word(last_char(tty)))
		erase_char(tty);
	while (tty->head != tty->ready && is_word(last_char(tty)))
		erase_char(tty);
}

static void erase_line(struct tty *tty)
{
	if (!local(tty, ECHOKE) || !local(tty, ECHOE)) {
		tty->head = tty->ready;
		if (local(tty, ECHO) && local(tty, ECHOK)) {
			echo(tty, tty->termios.cc[VKILL]);
			send_char(tty, '\n');
		}
		return;
	}
	while (tty->head != tty->ready)
		erase_char(tty);
}

static void reprint(struct tty *tty)
{
	echo(tty, tty->termios.cc[VREPRINT]);
	send_char(tty, '\n');
	for (u32 i = tty->ready; i != tty->head; i++)
		echo(tty, tty->buffer->ring[IN_RING(i)]);
}

static void flush_input(struct tty *tty)
{
	tty->tail = tty->ready = tty->head;
}

static bool input_signal(struct tty *tty, char c)
{
	int signal = is_cc(tty, c, VINTR)   ? SIGINT
		     : is_cc(tty, c, VQUIT) ? SIGQUIT
		     : is_cc(tty, c, VSUSP) ? SIGTSTP
					    : 0;

	if (!signal)
		return false;
	if (!local(tty, NOFLSH) && tty->buffer)
		flush_input(tty);
	if (local(tty, ECHO))
		echo(tty, c);
	if (tty->pgrp)
		signal_send_group(tty->pgrp, signal);
	return true;
}

static bool input_edit(struct tty *tty, char c)
{
	if (is_cc(tty, c, VERASE) || (c == '\b' && tty->termios.cc[VERASE] == 127))
		erase_char(tty);
	else if (is_cc(tty, c, VKILL))
		erase_line(tty);
	else if (local(tty, IEXTEN) && is_cc(tty, c, VWERASE))
		erase_word(tty);
	else if (local(tty, IEXTEN) && is_cc(tty, c, VREPRINT))
		reprint(tty);
	else
		return false;
	return true;
}

static void input_plain(struct tty *tty, char c)
{
	bool canonical = local(tty, ICANON);
	bool end = canonical && (c == '\n' || is_cc(tty, c, VEOL) ||
				 (local(tty, IEXTEN) && is_cc(tty, c, VEOL2)));

	/* The last place is kept for the end of the line. */
	if (canonical && !end && tty->head - tty->tail >= RING - 1) {
		send_char(tty, '\a');
		return;
	}
	if (tty->head == tty->ready)
		tty->line_column = tty->column;
	if (local(tty, ECHO) || (local(tty, ECHONL) && c == '\n' && canonical))
		echo(tty, c);
	put(tty, c, end, false);
	if (end || !canonical)
		input_ready(tty);
}

static void input_char(struct tty *tty, char c)
{
	u32 iflag = tty->termios.iflag;

	if (iflag & ISTRIP)
		c &= 0x7f;
	if (tty->literal) {
		tty->literal = false;
		input_plain(tty, c);
		return;
	}
	if (c == '\r') {
		if (iflag & IGNCR)
			return;
		c = iflag & ICRNL ? '\n' : c;
	} else if (c == '\n' && (iflag & INLCR)) {
		c = '\r';
	}
	if ((iflag & IXON) && (is_cc(tty, c, VSTART) || is_cc(tty, c, VSTOP))) {
		tty_stop(tty, is_cc(tty, c, VSTOP));
		return;
	}
	if (local(tty, ISIG) && input_signal(tty, c))
		return;
	if (local(tty, ICANON)) {
		if (input_edit(tty, c))
			return;
		if (local(tty, IEXTEN) && is_cc(tty, c, VLNEXT)) {
			tty->literal = true;
			if (local(tty, ECHO) && local(tty, ECHOCTL)) { /* until it is known */
				send_char(tty, '^');
				send_char(tty, '\b');
			}
			return;
		}
		if (is_cc(tty, c, VEOF)) {
			put(tty, c, true, true);
			input_ready(tty);
			return;
		}
	}
	input_plain(tty, c);
}

size_t tty_input(struct tty *tty, const char *data, size_t bytes)
{
	size_t done = 0;

	if (!tty->buffer) {
		tty->buffer = kpage_alloc();
		if (!tty->buffer)
			return bytes;
	}
	while (done < bytes) {
		bool full = tty->head - tty->tail >= RING;

		/* What readers have not taken yet stays with the line; signals go past it. */
		if (full && !(local(tty, ISIG) && input_signal(tty, data[done])))
			break;
		if (!full)
			input_char(tty, data[done]);
		done++;
	}
	return done;
}

void tty_resize(struct tty *tty, u16 columns, u16 rows)
{
	bool changed = tty->columns != columns || tty->rows != rows;

	tty->columns = columns;
	tty->rows = rows;
	if (changed && tty->pgrp)
		signal_send_group(tty->pgrp, SIGWINCH);
}

void tty_hangup(struct tty *tty)
{
	tty->hung_up = true;
	if (tty->session)
		signal_send_group(tty->session, SIGHUP);
	input_ready(tty);
	tty_writable(tty);
}

/* Bytes that a read would give now. */
u32 tty_readable(struct tty *tty)
{
	return tty->ready - tty->tail;
}

/* Takes at most `bytes` of what is ready, in canonical mode of one line.  *ended: the line did. */
size_t tty_take(struct tty *tty, char *to, size_t bytes, bool *ended)
{
	size_t n = 0;

	*ended = false;
	while (n < bytes && tty->tail != tty->ready && !*ended) {
		u32 at = tty->tail++;

		*ended = local(tty, ICANON) && bit(tty->buffer->ends, at);
		if (!(*ended && bit(tty->buffer->eofs, at)))
			to[n++] = tty->buffer->ring[IN_RING(at)];
	}
	/* An end of file right behind what was just read belongs to it. */
	if (n && !*ended && tty->tail != tty->ready && local(tty, ICANON) &&
	    bit(tty->buffer->eofs, tty->tail)) {
		tty->tail++;
		*ended = true;
	}
	if (tty->line->receive)
		tty->line->receive(tty);
	return n;
}

size_t tty_send(struct tty *tty, const char *data, size_t bytes)
{
	return send_some(tty, data, bytes);
}

/* New settings; leaving canonical mode makes the unfinished line readable. */
void tty_set(struct tty *tty, const struct termios *termios, bool flush)
{
	tty->termios = *termios;
	if (flush && tty->buffer)
		flush_input(tty);
	if (!local(tty, ICANON))
		tty->ready = tty->head;
	if (!(termios->iflag & IXON))
		tty_stop(tty, false);
	input_ready(tty);
}

void tty_flush(struct tty *tty)
{
	if (tty->buffer)
		flush_input(tty);
	tell(tty, TIOCPKT_FLUSHREAD);
}
