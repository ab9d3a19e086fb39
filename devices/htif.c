#include "devices/htif.h"

#define SYS_WRITE  64
#define SYS_EXIT   93
#define ENOSYS_NEG (-UINT64_C(38))
#define EFAULT_NEG (-UINT64_C(14))
#define EBADF_NEG  (-UINT64_C(9))
#define MAX_WRITE  (1 << 20) /* one message writes no more; the caller writes the rest */

enum { DEVICE_SYSCALL = 0, DEVICE_CONSOLE = 1 };
enum { CONSOLE_GETCHAR = 0, CONSOLE_PUTCHAR = 1 };

static uint64_t message(unsigned device, unsigned command, uint64_t payload)
{
	return (uint64_t)device << 56 | (uint64_t)command << 48 | payload;
}

static uint64_t sys_write(const struct device_host *host, const struct htif_host *out, uint64_t fd,
			  uint64_t pa, uint64_t bytes)
{
	uint8_t chunk[512];
	uint64_t done = 0;

	if (fd != 1 && fd != 2)
		return EBADF_NEG;
	if (bytes > MAX_WRITE)
		bytes = MAX_WRITE;
	while (done < bytes) {
		size_t n = bytes - done < sizeof(chunk) ? (size_t)(bytes - done) : sizeof(chunk);
		if (!host->dma_read(host->ctx, pa + done, chunk, n))
			return done ? done : EFAULT_NEG;
		out->output(out->ctx, (int)fd, chunk, n);
		done += n;
	}
	return done;
}

static void syscall_proxy(struct htif *htif, const struct device_host *host,
			  const struct htif_host *out, uint64_t pa)
{
	uint64_t word[8], result;

	if (!host->dma_read(host->ctx, pa, word, sizeof(word)))
		return;
	switch (word[0]) {
	case SYS_WRITE:
		result = sys_write(host, out, word[1], word[2], word[3]);
		break;
	case SYS_EXIT:
		out->exit(out->ctx, word[1]);
		return;
	default:
		result = ENOSYS_NEG;
		break;
	}
	host->dma_write(host->ctx, pa, &result, sizeof(result));
	htif->fromhost = message(DEVICE_SYSCALL, 0, 1);
}

void htif_command(struct htif *htif, const struct device_host *host, const struct htif_host *out,
		  uint64_t tohost)
{
	unsigned device = (unsigned)(tohost >> 56), command = tohost >> 48 & 0xff;
	uint64_t payload = tohost & ((UINT64_C(1) << 48) - 1);
	uint8_t byte = (uint8_t)payload;

	if (device == DEVICE_SYSCALL && command == 0) {
		if (payload & 1)
			out->exit(out->ctx, payload >> 1);
		else
			syscall_proxy(htif, host, out, payload);
	} else if (device == DEVICE_CONSOLE && command == CONSOLE_PUTCHAR) {
		out->output(out->ctx, 1, &byte, 1);
	} else if (device == DEVICE_CONSOLE && command == CONSOLE_GETCHAR) {
		htif->getchar_waiting = true;
	}
}

uint64_t htif_answer(struct htif *htif, const struct htif_host *out)
{
	uint64_t answer = htif->fromhost;

	if (!answer && htif->getchar_waiting && out->getchar) {
		int byte = out->getchar(out->ctx);
		if (byte >= 0) {
			answer = message(DEVICE_CONSOLE, CONSOLE_GETCHAR, 0x100 | (byte & 0xff));
			htif->getchar_waiting = false;
		}
	}
	htif->fromhost = 0;
	return answer;
}
