#include "emu/ports.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define ESCAPE 0x01 /* Ctrl-A */

/* The terminal belongs to the process: what it was is kept where a signal handler finds it. */
static struct termios terminal_before;
static volatile bool terminal_changed;

static bool set_raw(bool output_too)
{
	struct termios t;

	if (!terminal_changed && tcgetattr(0, &terminal_before) < 0)
		return false;
	t = terminal_before;
	t.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	t.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	t.c_cflag = (t.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	/* A console without a line discipline behind it sends plain newlines. */
	if (output_too)
		t.c_oflag &= ~(tcflag_t)OPOST;
	terminal_changed = true;
	if (tcsetattr(0, TCSANOW, &t) < 0) {
		terminal_changed = false;
		return false;
	}
	return true;
}

void ports_restore_terminal(void)
{
	if (terminal_changed) {
		tcsetattr(0, TCSANOW, &terminal_before);
		terminal_changed = false;
	}
}

void ports_raw_again(struct ports *ports)
{
	if (ports->raw)
		set_raw(ports->raw_output);
}

static enum port_source classify(void)
{
	struct stat st;

	if (fstat(0, &st) < 0)
		return SOURCE_FILE; /* closed: reading it says so at once */
	if (isatty(0))
		return SOURCE_TERMINAL;
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return SOURCE_FILE;
	/* /dev/null, /dev/zero and their like (major 1) never make a reader wait. */
	if (S_ISCHR(st.st_mode) && major(st.st_rdev) == 1)
		return SOURCE_FILE;
	return SOURCE_STREAM;
}

void ports_open(struct ports *ports, bool input, bool escape, bool raw, bool raw_output)
{
	ports->source = input ? classify() : SOURCE_NONE;
	ports->escape = escape;
	ports->eof = !input;
	ports->raw_output = raw_output && isatty(1);
	if (ports->source == SOURCE_TERMINAL && raw)
		ports->raw = set_raw(ports->raw_output);
}

void ports_close(struct ports *ports)
{
	if (ports->raw)
		ports_restore_terminal();
	ports->raw = false;
}

ssize_t ports_take(struct ports *ports, void *buf, size_t max)
{
	ssize_t n;

	if (ports->count) {
		size_t take = ports->count < max ? ports->count : max;

		memcpy(buf, ports->buffer + ports->head, take);
		ports->head += take;
		ports->count -= take;
		return (ssize_t)take;
	}
	if (ports->eof)
		return -1;
	if (ports->source != SOURCE_FILE)
		return 0;
	do
		n = read(0, buf, max);
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		ports->eof = true;
		return -1;
	}
	return n;
}

bool ports_external(const struct ports *ports)
{
	return (ports->source == SOURCE_STREAM || ports->source == SOURCE_TERMINAL) && !ports->eof;
}

/* Take the escapes out of what was typed; returns how many bytes are left for the guest. */
static size_t filter(struct ports *ports, uint8_t *bytes, size_t n)
{
	size_t kept = 0;

	if (!ports->escape)
		return n;
	for (size_t i = 0; i < n; i++) {
		if (ports->escape_seen) {
			ports->escape_seen = false;
			if (bytes[i] == ESCAPE || bytes[i] == 'a')
				bytes[kept++] = ESCAPE;
			else if (ports->key)
				ports->key(ports->ctx, bytes[i]);
		} else if (bytes[i] == ESCAPE) {
			ports->escape_seen = true;
		} else {
			bytes[kept++] = bytes[i];
		}
	}
	return kept;
}

bool ports_pump(struct ports *ports, bool wanted, uint64_t wait_ns)
{
	struct pollfd pfd = { .fd = 0, .events = POLLIN };
	struct timespec wait = { .tv_sec = (time_t)(wait_ns / 1000000000u),
				 .tv_nsec = (long)(wait_ns % 1000000000u) };
	bool watch =
		ports_external(ports) && ports->count < PORTS_BUFFER && (wanted || ports->escape);
	ssize_t n;

	if (!watch) {
		if (wait_ns)
			nanosleep(&wait, NULL);
		return false;
	}
	if (ppoll(&pfd, 1, &wait, NULL) <= 0)
		return false;
	if (ports->count && ports->head) {
		memmove(ports->buffer, ports->buffer + ports->head, ports->count);
		ports->head = 0;
	} else if (!ports->count) {
		ports->head = 0;
	}
	n = read(0, ports->buffer + ports->head + ports->count, PORTS_BUFFER - ports->count);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return false;
	/* EIO: the terminal is gone. */
	if (n <= 0) {
		ports->eof = true;
		return true;
	}
	ports->count += filter(ports, ports->buffer + ports->head + ports->count, (size_t)n);
	return true;
}

/* The most that a pipe with any room at all takes without blocking. */
#define WRITE_MOST 4096

ssize_t ports_write(struct ports *ports, int fd, const void *bytes, size_t n)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	const uint8_t *at = bytes;
	size_t done = 0;

	while (done < n) {
		size_t most = n - done < WRITE_MOST ? n - done : WRITE_MOST;
		ssize_t wrote = -1;

		/* Never block in write itself: a signal that comes just before it would be lost. */
		if (poll(&pfd, 1, 200) > 0)
			wrote = write(fd, at + done, most);
		else
			errno = EAGAIN;
		if (wrote >= 0)
			done += (size_t)wrote;
		else if (errno != EINTR && errno != EAGAIN)
			return -errno;
		else if (ports->give_up && ports->give_up(ports->ctx))
			break;
	}
	return (ssize_t)done;
}

bool ports_window(int fd, uint16_t *cols, uint16_t *rows)
{
	struct winsize ws;

	if (ioctl(fd, TIOCGWINSZ, &ws) < 0)
		return false;
	*cols = ws.ws_col;
	*rows = ws.ws_row;
	return true;
}
