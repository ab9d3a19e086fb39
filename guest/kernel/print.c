/*
 * The kernel's own messages, on the UART by polling, and panics.
 */
#include <stdarg.h>
#include "arch.h"
#include "kernel.h"
#include "mm.h"

static volatile u8 *uart; /* NULL: none found */
static bool verbose;

void print_init(volatile void *regs, bool is_verbose)
{
	uart = regs;
	verbose = is_verbose;
}

static void put_byte(char c)
{
	if (!uart)
		return;
	while (!(uart[5] & 0x20))
		;
	uart[0] = (u8)c;
}

struct sink {
	char *to;
	size_t left, total;
};

static void emit(struct sink *sink, char c)
{
	sink->total++;
	if (sink->left > 1) {
		*sink->to++ = c;
		sink->left--;
	}
}

static void emit_number(struct sink *sink, u64 value, u32 base, int width, char pad, bool negative)
{
	char digits[24];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (negative && pad == '0')
		emit(sink, '-');
	for (int i = n + negative; i < width; i++)
		emit(sink, pad);
	if (negative && pad != '0')
		emit(sink, '-');
	while (n)
		emit(sink, digits[--n]);
}

static void emit_string(struct sink *sink, const char *s, int width, bool left, int precision)
{
	size_t n = precision >= 0 ? strnlen(s, (size_t)precision) : strlen(s);

	for (size_t i = n; !left && i < (size_t)width; i++)
		emit(sink, ' ');
	for (size_t i = 0; i < n; i++)
		emit(sink, s[i]);
	for (size_t i = n; left && i < (size_t)width; i++)
		emit(sink, ' ');
}

/* One conversion; returns the format behind it. */
static const char *emit_conversion(struct sink *sink, const char *p, va_list *args)
{
	bool is_long = false, left = false;
	int width = 0, precision = -1;
	char pad = ' ';

	for (; *p == '-' || *p == '0'; p++)
		*p == '-' ? (left = true) : (pad = '0');
	for (; *p >= '0' && *p <= '9'; p++)
		width = width * 10 + (*p - '0');
	if (*p == '.') {
		precision = 0;
		if (*++p == '*') {
			precision = va_arg(*args, int);
			p++;
		}
		for (; *p >= '0' && *p <= '9'; p++)
			precision = precision * 10 + (*p - '0');
	}
	for (; *p == 'l' || *p == 'z'; p++)
		is_long = true;
	switch (*p) {
	case 'd': {
		s64 v = is_long ? va_arg(*args, s64) : va_arg(*args, int);

		emit_number(sink, v < 0 ? -(u64)v : (u64)v, 10, width, pad, v < 0);
		break;
	}
	case 'u':
		emit_number(sink, is_long ? va_arg(*args, u64) : va_arg(*args, u32), 10, width, pad,
			    false);
		break;
	case 'x':
		emit_number(sink, is_long ? va_arg(*args, u64) : va_arg(*args, u32), 16, width, pad,
			    false);
		break;
	case 'o':
		emit_number(sink, is_long ? va_arg(*args, u64) : va_arg(*args, u32), 8, width, pad,
			    false);
		break;
	case 'p':
		emit_string(sink, "0x", 0, true, -1);
		emit_number(sink, va_arg(*args, u64), 16, width, pad, false);
		break;
	case 's':
		emit_string(sink, va_arg(*args, const char *), width, left, precision);
		break;
	case 'c':
		emit(sink, (char)va_arg(*args, int));
		break;
	default:
		emit(sink, *p);
	}
	return *p ? p + 1 : p;
}

static size_t format_args(char *to, size_t bytes, const char *format, va_list *args)
{
	struct sink sink = { to, bytes, 0 };

	while (*format) {
		if (*format != '%')
			emit(&sink, *format++);
		else
			format = emit_conversion(&sink, format + 1, args);
	}
	if (bytes)
		*sink.to = 0;
	return sink.total < bytes ? sink.total : bytes ? bytes - 1 : 0;
}

size_t format_to(char *to, size_t bytes, const char *format, ...)
{
	va_list args;
	size_t n;

	va_start(args, format);
	n = format_args(to, bytes, format, &args);
	va_end(args);
	return n;
}

static void put_line(const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			put_byte('\r');
		put_byte(*text);
	}
}

void printk(const char *format, ...)
{
	char line[200];
	va_list args;

	if (!verbose)
		return;
	va_start(args, format);
	format_args(line, sizeof(line), format, &args);
	va_end(args);
	put_line("kernel: ");
	put_line(line);
	put_line("\n");
}

void panic(const char *format, ...)
{
	struct introspect_exit_record *exit = &faultline_introspect.exit;
	va_list args;
	static bool again;

	if (!again) {
		again = true;
		va_start(args, format);
		exit->kind = EXIT_PANIC;
		exit->pid = current ? current->pid : 0;
		format_args(exit->message, sizeof(exit->message), format, &args);
		va_end(args);
		put_line("\nkernel panic: ");
		put_line(exit->message);
		put_line("\n");
	}
	power_off(125);
}
