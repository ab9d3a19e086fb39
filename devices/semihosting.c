#include "devices/semihosting.h"

#include <string.h>

enum operation {
	SYS_OPEN = 0x01,
	SYS_CLOSE = 0x02,
	SYS_WRITEC = 0x03,
	SYS_WRITE0 = 0x04,
	SYS_WRITE = 0x05,
	SYS_READ = 0x06,
	SYS_READC = 0x07,
	SYS_ISERROR = 0x08,
	SYS_ISTTY = 0x09,
	SYS_CLOCK = 0x10,
	SYS_TIME = 0x11,
	SYS_ERRNO = 0x13,
	SYS_GET_CMDLINE = 0x15,
	SYS_HEAPINFO = 0x16,
	SYS_EXIT = 0x18,
	SYS_EXIT_EXTENDED = 0x20,
	SYS_ELAPSED = 0x30,
	SYS_TICKFREQ = 0x31
};

#define ADP_STOPPED_APPLICATION_EXIT 0x20026
#define FAILED			     UINT64_MAX
#define ERROR_NUMBER		     2	   /* what fails here wants what there is not: ENOENT */
#define TEXT_MOST		     65536 /* one call moves no more: the caller asks again */

/* What SYS_OPEN gives out; 0 would be right too, but is easily taken for none. */
enum { HANDLE_IN = 1, HANDLE_OUT = 2, HANDLE_ERR = 3 };

/* The mode is an index into r, rb, r+, r+b, w, wb, w+, w+b, a, ...: of ":tt" they are the streams. */
static uint64_t open_console(const struct semihosting_host *host, const uint64_t *p)
{
	char name[4] = "";

	if (p[2] != 3 || !host->read(host->ctx, p[0], name, 3) || strcmp(name, ":tt") != 0 ||
	    p[1] > 11)
		return FAILED;
	return p[1] < 4 ? HANDLE_IN : p[1] < 8 ? HANDLE_OUT : HANDLE_ERR;
}

static bool is_handle(uint64_t handle)
{
	return handle >= HANDLE_IN && handle <= HANDLE_ERR;
}

/* Answers how many bytes were not written. */
static uint64_t write_bytes(const struct semihosting_host *host, uint64_t handle, uint64_t va,
			    uint64_t bytes)
{
	uint64_t most = bytes < TEXT_MOST ? bytes : TEXT_MOST, done = 0;
	uint8_t chunk[256];

	if (handle != HANDLE_OUT && handle != HANDLE_ERR)
		return bytes;
	while (done < most) {
		size_t n = most - done < sizeof(chunk) ? (size_t)(most - done) : sizeof(chunk);

		if (!host->read(host->ctx, va + done, chunk, n))
			break;
		host->output(host->ctx, handle == HANDLE_OUT ? 1 : 2, chunk, n);
		done += n;
	}
	return bytes - done;
}

static uint64_t write_text(const struct semihosting_host *host, uint64_t va)
{
	uint8_t byte;

	for (uint64_t i = 0; i < TEXT_MOST; i++) {
		if (!host->read(host->ctx, va + i, &byte, 1) || !byte)
			break;
		host->output(host->ctx, 1, &byte, 1);
	}
	return 0;
}

/* Answers how many bytes are missing: all of them at the end of the input. */
static uint64_t read_bytes(const struct semihosting_host *host, uint64_t handle, uint64_t va,
			   uint64_t bytes)
{
	uint64_t most = bytes < TEXT_MOST ? bytes : TEXT_MOST, done = 0;
	int next;

	while (handle == HANDLE_IN && done < most && (next = host->getchar(host->ctx)) >= 0) {
		uint8_t byte = (uint8_t)next;

		if (!host->write(host->ctx, va + done, &byte, 1))
			break;
		done++;
	}
	return bytes - done;
}

static uint64_t command_line(const struct semihosting_host *host, uint64_t block, const uint64_t *p)
{
	uint64_t bytes = strlen(host->command_line);

	if (p[1] <= bytes || !host->write(host->ctx, p[0], host->command_line, bytes + 1) ||
	    !host->write(host->ctx, block + 8, &bytes, sizeof(bytes)))
		return FAILED;
	return 0;
}

/* Zeros: the program is to know itself where heap and stack are. */
static uint64_t heap_info(const struct semihosting_host *host, const uint64_t *p)
{
	static const uint64_t nothing[4];

	return host->write(host->ctx, p[0], nothing, sizeof(nothing)) ? 0 : FAILED;
}

static uint64_t leave(const struct semihosting_host *host, const uint64_t *p)
{
	host->exit(host->ctx, p[0] == ADP_STOPPED_APPLICATION_EXIT ? p[1] : 1);
	return 0;
}

/* How many words its parameter points to; 0: the parameter is none, or a word itself. */
static unsigned words_of(uint64_t operation)
{
	switch (operation) {
	case SYS_OPEN:
	case SYS_WRITE:
	case SYS_READ:
		return 3;
	case SYS_GET_CMDLINE:
	case SYS_EXIT:
	case SYS_EXIT_EXTENDED:
		return 2;
	case SYS_CLOSE:
	case SYS_ISERROR:
	case SYS_ISTTY:
	case SYS_HEAPINFO:
		return 1;
	default:
		return 0;
	}
}

uint64_t semihosting_call(const struct semihosting_host *host, uint64_t operation,
			  uint64_t parameter)
{
	unsigned words = words_of(operation);
	uint64_t p[3] = { 0 };
	uint8_t byte;

	if (words && !host->read(host->ctx, parameter, p, words * sizeof(p[0])))
		return FAILED;
	switch (operation) {
	case SYS_OPEN:
		return open_console(host, p);
	case SYS_CLOSE:
		return is_handle(p[0]) ? 0 : FAILED;
	case SYS_WRITEC:
		if (host->read(host->ctx, parameter, &byte, 1))
			host->output(host->ctx, 1, &byte, 1);
		return 0;
	case SYS_WRITE0:
		return write_text(host, parameter);
	case SYS_WRITE:
		return write_bytes(host, p[0], p[1], p[2]);
	case SYS_READ:
		return read_bytes(host, p[0], p[1], p[2]);
	case SYS_READC:
		return (uint64_t)(int64_t)host->getchar(host->ctx);
	case SYS_ISERROR:
		return (int64_t)p[0] < 0;
	case SYS_ISTTY:
		return is_handle(p[0]);
	case SYS_CLOCK: /* centiseconds */
		return host->now_ns / 10000000;
	case SYS_TIME:
		return (host->epoch_ns + host->now_ns) / 1000000000;
	case SYS_ERRNO:
		return ERROR_NUMBER;
	case SYS_GET_CMDLINE:
		return command_line(host, parameter, p);
	case SYS_HEAPINFO:
		return heap_info(host, p);
	case SYS_EXIT:
	case SYS_EXIT_EXTENDED:
		return leave(host, p);
	case SYS_ELAPSED:
		return host->write(host->ctx, parameter, &host->now_ns, 8) ? 0 : FAILED;
	case SYS_TICKFREQ:
		return 1000000000;
	default:
		return FAILED;
	}
}
