#include "emu/ports.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
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

static bool set_raw(bool output_too, bool signals)
{
	struct termios t;

	if (!terminal_changed && tcgetattr(0, &terminal_before) < 0)
		return false;
	t = terminal_before;
	t.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	t.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN);
	if (!signals)
		t.c_lflag &= ~(tcflag_t)ISIG;
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
		set_raw(ports->raw_output, ports->deaf);
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

void ports_open(struct ports *ports, bool input, bool escape, bool raw, bool raw_output, bool deaf)
{
	ports->source = input ? classify() : SOURCE_NONE;
	ports->deaf = deaf;
	if (deaf && !(ports->source == SOURCE_TERMINAL && escape))
		ports->source = SOURCE_NONE;
	ports->escape = escape;
	ports->eof = ports->source == SOURCE_NONE;
	ports->raw_output = raw_output && !deaf && isatty(1);
	if (ports->source == SOURCE_TERMINAL && raw)
		ports->raw = set_raw(ports->raw_output, deaf);
}

void ports_close(struct ports *ports)
{
	if (ports->raw)
		ports_restore_terminal();
	ports->raw = false;
}

ssize_t ports_read_file(struct ports *ports, void *buf, size_t max)
{
	ssize_t n;

	if (ports->eof)
		return -1;
	do
		n = read(0, buf, max);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return n;
	ports->eof = true;
	return -1;
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
			else if (bytes[i] == 'b')
				ports->send_break = true;
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

/* Is descriptor 0 to be looked at? */
static bool watched(const struct ports *ports, bool wanted)
{
	if (!ports_external(ports))
		return false;
	/* A terminal's escapes are heard however much lies untaken before them. */
	if (ports->source == SOURCE_TERMINAL && ports->escape)
		return true;
	return ports->count < PORTS_PIPE && (wanted || ports->escape);
}

/* Descriptor 0 can be read. */
static void gather(struct ports *ports)
{
	bool terminal = ports->source == SOURCE_TERMINAL;
	size_t room = (terminal ? PORTS_BUFFER : PORTS_PIPE) - ports->count;
	uint8_t bytes[PORTS_PIPE];
	ssize_t n;

	n = read(0, bytes, terminal ? sizeof(bytes) : room);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	/* EIO: the terminal is gone. */
	if (n <= 0) {
		ports->eof = true;
		return;
	}
	n = (ssize_t)filter(ports, bytes, (size_t)n);
	if (ports->deaf)
		return;
	if ((size_t)n > room)
		n = (ssize_t)room;
	memcpy(ports->buffer + ports->count, bytes, (size_t)n);
	ports->count += (size_t)n;
}

void ports_pump(struct ports *ports, bool wanted, uint64_t wait_ns)
{
	struct pollfd pfd = { .fd = watched(ports, wanted) ? 0 : -1, .events = POLLIN };
	struct timespec wait = { .tv_sec = (time_t)(wait_ns / 1000000000u),
				 .tv_nsec = (long)(wait_ns % 1000000000u) };

	if (pfd.fd < 0 && !wait_ns)
		return;
	if (ppoll(&pfd, 1, &wait, NULL) > 0)
		gather(ports);
}

/* The most that a pipe with any room at all takes without blocking. */
#define WRITE_MOST 4096

ssize_t ports_write(struct ports *ports, int fd, const void *bytes, size_t n)
{
	/* While the reader sleeps, an escape may say that nobody waits any more. */
	bool listen = ports->source == SOURCE_TERMINAL && ports->escape && !ports->eof;
	struct pollfd pfd[2] = { { .fd = fd, .events = POLLOUT },
				 { .fd = listen ? 0 : -1, .events = POLLIN } };
	const uint8_t *at = bytes;
	size_t done = 0;

	while (done < n) {
		size_t most = n - done < WRITE_MOST ? n - done : WRITE_MOST;
		ssize_t wrote = -1;

		/* Never block in write itself: a signal that comes just before it would be lost. */
		errno = EAGAIN;
		if (poll(pfd, 2, 200) > 0) {
			if (pfd[1].revents)
				gather(ports);
			if (ports->eof)
				pfd[1].fd = -1;
			errno = EAGAIN;
			if (pfd[0].revents)
				wrote = write(fd, at + done, most);
		}
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

void host_facts_now(struct host_facts *facts, bool realtime)
{
	const char *term = isatty(1) ? getenv("TERM") : NULL;
	struct timespec now;

	*facts = (struct host_facts){ .file = classify() == SOURCE_FILE };
	for (int fd = 2; fd >= 0; fd--) {
		facts->terminal[fd] = isatty(fd);
		if (facts->terminal[fd])
			ports_window(fd, &facts->cols, &facts->rows);
	}
	if (term && strlen(term) < sizeof(facts->term) && !strpbrk(term, " \t\r\n"))
		strcpy(facts->term, term);
	if (realtime && clock_gettime(CLOCK_REALTIME, &now) == 0)
		facts->epoch_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
