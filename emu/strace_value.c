/* Text, guest memory and the values that all arguments are made of. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "emu/strace_private.h"

/* ---- Text ---- */

static bool make_room(struct text *text, size_t more)
{
	size_t room = text->room ? text->room : 128;
	char *bytes;

	if (text->used + more < text->room)
		return true;
	while (room <= text->used + more)
		room *= 2;
	bytes = realloc(text->bytes, room);
	if (!bytes)
		return false;
	text->bytes = bytes;
	text->room = room;
	return true;
}

void text_bytes(struct text *text, const char *bytes, size_t count)
{
	if (!make_room(text, count))
		return;
	memcpy(text->bytes + text->used, bytes, count);
	text->used += count;
	text->bytes[text->used] = 0;
}

void text_put(struct text *text, const char *string)
{
	text_bytes(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
	char line[256];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	text_put(text, line);
}

void text_clear(struct text *text)
{
	text->used = 0;
	if (text->bytes)
		text->bytes[0] = 0;
}

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){ 0 };
}

/* ---- Guest memory ---- */

#define PAGE	 4096u
#define USER_TOP (1ull << 38)

/* The bytes of one page from va on, or NULL: as U-mode may see it. */
static const void *page_at(const struct printer *p, uint64_t va)
{
	struct sv_walk walk;

	if (va >= USER_TOP || !p->satp)
		return NULL;
	walk = inspect_walk(p->machine, p->satp, va);
	if (walk.status != SV_OK || !(walk.pte & PTE_U))
		return NULL;
	return machine_peek(p->machine, walk.pa, PAGE - va % PAGE);
}

bool guest_read(const struct printer *p, uint64_t va, void *buf, size_t bytes)
{
	char *to = buf;

	while (bytes) {
		size_t here = PAGE - va % PAGE;
		const void *from = page_at(p, va);

		if (here > bytes)
			here = bytes;
		if (!from)
			return false;
		memcpy(to, from, here);
		to += here;
		va += here;
		bytes -= here;
	}
	return true;
}

static enum got not_now(const struct printer *p)
{
	return p->done ? NEVER : LATER;
}

enum got take_in(const struct printer *p, uint64_t va, void *buf, size_t bytes)
{
	if (!va || va >= USER_TOP)
		return NEVER;
	return guest_read(p, va, buf, bytes) ? GOT : not_now(p);
}

enum got take_out(const struct printer *p, uint64_t va, void *buf, size_t bytes)
{
	if (!va || (p->done && p->result < 0))
		return NEVER;
	return p->done ? take_in(p, va, buf, bytes) : LATER;
}

bool instead(struct printer *p, uint64_t va, enum got got)
{
	if (got == LATER)
		return false;
	put_address(&p->text, va);
	return true;
}

void put_address(struct text *text, uint64_t va)
{
	if (va)
		text_printf(text, "%#" PRIx64, va);
	else
		text_put(text, "NULL");
}

/* ---- Strings ---- */

static void put_byte(struct text *text, unsigned char byte, bool digit_follows)
{
	static const char plain[] = "\n\t\r\v\f\"\\", letter[] = "ntrvf\"\\";
	const char *at = byte ? strchr(plain, byte) : NULL;

	if (at)
		text_printf(text, "\\%c", letter[at - plain]);
	else if (byte >= ' ' && byte < 127)
		text_printf(text, "%c", byte);
	else
		text_printf(text, digit_follows ? "\\%03o" : "\\%o", byte);
}

void put_quoted(struct text *text, const char *bytes, size_t count, size_t most)
{
	size_t n = count < most ? count : most;

	text_put(text, "\"");
	for (size_t i = 0; i < n; i++)
		put_byte(text, (unsigned char)bytes[i],
			 i + 1 < n && bytes[i + 1] >= '0' && bytes[i + 1] <= '9');
	text_put(text, n < count ? "\"..." : "\"");
}

enum got put_string(struct printer *p, uint64_t va, size_t most)
{
	char bytes[PAGE];
	size_t n = 0;

	if (!va || va >= USER_TOP)
		return NEVER;
	if (most > sizeof(bytes) - 1)
		most = sizeof(bytes) - 1;
	while (n <= most) {
		const char *from = page_at(p, va + n);
		size_t here = PAGE - (va + n) % PAGE, length;

		if (!from)
			return not_now(p);
		if (here > most + 1 - n)
			here = most + 1 - n;
		length = strnlen(from, here);
		memcpy(bytes + n, from, length);
		n += length;
		if (length < here)
			break;
	}
	put_quoted(&p->text, bytes, n, most);
	return GOT;
}

/* ---- Structures ---- */

static uint64_t next_bytes(const unsigned char **from, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)(*from)[i] << 8 * i;
	*from += bytes;
	return value;
}

static void put_limit(struct text *text, uint64_t limit)
{
	if (limit == UINT64_MAX)
		text_put(text, "RLIM64_INFINITY");
	else if (limit > 1024 && limit % 1024 == 0)
		text_printf(text, "%" PRIu64 "*1024", limit / 1024);
	else
		text_printf(text, "%" PRIu64, limit);
}

static void put_member(struct text *text, char letter, const unsigned char **from)
{
	switch (letter) {
	case 'd':
		text_printf(text, "%" PRId32, (int32_t)next_bytes(from, 4));
		break;
	case 'u':
		text_printf(text, "%" PRIu64, next_bytes(from, 4));
		break;
	case 'o':
		text_printf(text, "%#" PRIo64, next_bytes(from, 4));
		break;
	case 'h':
		text_printf(text, "%" PRIu64, next_bytes(from, 2));
		break;
	case 'l':
		text_printf(text, "%" PRId64, (int64_t)next_bytes(from, 8));
		break;
	case 'L':
		text_printf(text, "%" PRIu64, next_bytes(from, 8));
		break;
	case 'x':
		text_printf(text, "%#" PRIx64, next_bytes(from, 8));
		break;
	case 'p':
		put_address(text, next_bytes(from, 8));
		break;
	case 'R':
		put_limit(text, next_bytes(from, 8));
		break;
	case 'S':
		put_signal(text, next_bytes(from, 4));
		break;
	case 'M':
		put_sigset(text, next_bytes(from, 8));
		break;
	}
}

void put_layout(struct text *text, const char *layout, const void *bytes)
{
	const unsigned char *from = bytes;

	while (*layout) {
		size_t n = strcspn(layout, "%");

		text_bytes(text, layout, n);
		layout += n;
		if (!*layout)
			break;
		layout++;
		if (*layout >= '0' && *layout <= '9') {
			from += strtoul(layout, (char **)(uintptr_t)&layout, 10);
			layout++; /* the dot */
		} else {
			put_member(text, *layout++, &from);
		}
	}
}

/* ---- Signals ---- */

static const char *const signal_names[] = {
	"0",	     "SIGHUP",	"SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
	"SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
	"SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
	"SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS",
};
#define NAMED	    (sizeof(signal_names) / sizeof(signal_names[0]))
#define LAST_OF_ALL 64

void put_signal(struct text *text, uint64_t number)
{
	if (number < NAMED)
		text_put(text, signal_names[number]);
	else if (number == NAMED)
		text_put(text, "SIGRTMIN");
	else if (number <= LAST_OF_ALL)
		text_printf(text, "SIGRT_%u", (unsigned)(number - NAMED));
	else
		text_printf(text, "%" PRId32, (int32_t)number);
}

/* Without "SIG", between brackets; if most are there, those that are not: ~[...]. */
void put_sigset(struct text *text, uint64_t set)
{
	const char *between = "";
	bool inverted = __builtin_popcountll(set) > LAST_OF_ALL * 2 / 3;

	text_put(text, inverted ? "~[" : "[");
	if (inverted)
		set = ~set;
	for (unsigned number = 1; number <= LAST_OF_ALL; number++) {
		if (!(set >> (number - 1) & 1))
			continue;
		text_put(text, between);
		between = " ";
		if (number < NAMED)
			text_put(text, signal_names[number] + 3);
		else if (number == NAMED)
			text_put(text, "RTMIN");
		else
			text_printf(text, "RT_%u", (unsigned)(number - NAMED));
	}
	text_put(text, "]");
}

static const struct flags *codes_of(uint32_t signal)
{
	switch (signal) {
	case 4:
		return &si_ill_flags;
	case 5:
		return &si_trap_flags;
	case 7:
		return &si_bus_flags;
	case 8:
		return &si_fpe_flags;
	case 11:
		return &si_segv_flags;
	case 17:
		return &si_chld_flags;
	}
	return &si_code_flags;
}

void put_sigval(struct text *text, const char *prefix, uint64_t value)
{
	text_printf(text, "%sint=%" PRId32 "%sptr=", prefix, (int32_t)value, prefix);
	put_address(text, value);
}

/* struct siginfo: s32 si_signo, si_errno, si_code, then at 16 what depends on them. */
void put_siginfo(struct text *text, const uint64_t info[6])
{
	uint32_t signal = (uint32_t)info[0], code = (uint32_t)info[1];
	const struct flags *codes =
		(int32_t)code > 0 && code != 0x80 ? codes_of(signal) : &si_code_flags;

	text_put(text, "{si_signo=");
	put_signal(text, signal);
	text_put(text, ", si_code=");
	put_name(text, codes, code);
	if (info[0] >> 32)
		text_printf(text, ", si_errno=%d", (int32_t)(info[0] >> 32));
	if (codes == &si_chld_flags) {
		put_layout(text, ", si_pid=%d, si_uid=%u, si_status=", &info[2]);
		if (code == 1)
			text_printf(text, "%d", (int32_t)info[3]);
		else
			put_signal(text, (uint32_t)info[3]);
		put_layout(text, ", si_utime=%l, si_stime=%l", &info[4]);
	} else if (codes != &si_code_flags) {
		put_layout(text, ", si_addr=%p", &info[2]);
	} else if (code == 0xfffffffe) {
		put_layout(text, ", si_timerid=%d, si_overrun=%d", &info[2]);
		put_sigval(text, ", si_", info[3]);
	} else if (code != 0x80) {
		put_layout(text, ", si_pid=%d, si_uid=%u", &info[2]);
		if (code == 0xffffffff)
			put_sigval(text, ", si_", info[3]);
	}
	text_put(text, "}");
}

void put_mode(struct text *text, uint32_t mode)
{
	if (mode & 0170000) {
		put_name(text, &file_type_flags, mode & 0170000);
		text_put(text, "|");
	}
	if (mode & 04000)
		text_put(text, "S_ISUID|");
	if (mode & 02000)
		text_put(text, "S_ISGID|");
	if (mode & 01000)
		text_put(text, "S_ISVTX|");
	text_printf(text, "%#03o", mode & 0777);
}
