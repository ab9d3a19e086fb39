/*
 * The kernel command line.
 */
#include "kernel.h"

char command_line[512];

static const struct {
	const char *name, *fallback;
	u64 least;
} params[] = {
#define PARAM(name, fallback, least, help) { #name, fallback, least },
	PARAMS
#undef PARAM
};

/* The value's text goes to a buffer of its own so that it can be NUL-terminated. */
static char values[PARAM_COUNT][64];

const char *param_string(enum param param)
{
	const char *name = params[param].name;
	char *value = values[param];
	size_t n;

	if (value[0])
		return value;
	n = strlen(name);
	strlcpy(value, params[param].fallback, sizeof(values[param]));
	for (const char *p = command_line; *p; p++) {
		if ((p == command_line || p[-1] == ' ') && !strncmp(p, name, n) && p[n] == '=') {
			size_t i = 0;

			for (p += n + 1; *p && *p != ' ' && i + 1 < sizeof(values[param]); p++)
				value[i++] = *p;
			value[i] = 0;
			if (!*p)
				break;
		}
	}
	return value;
}

u64 param_number(enum param param)
{
	const char *p = param_string(param);
	u64 value = 0, base = 10;

	if (p[0] == '0' && p[1] == 'x') {
		base = 16;
		p += 2;
	}
	for (;; p++) {
		u64 digit = *p >= '0' && *p <= '9'   ? (u64)(*p - '0')
			    : *p >= 'a' && *p <= 'f' ? (u64)(*p - 'a' + 10)
						     : 99;

		if (digit >= base)
			break;
		value = value * base + digit;
	}
	if (*p == 'K' || *p == 'k')
		value <<= 10;
	if (*p == 'M' || *p == 'm')
		value <<= 20;
	if (*p == 'G' || *p == 'g')
		value <<= 30;
	return value;
}

void params_check(void)
{
	for (u32 i = 0; i < PARAM_COUNT; i++) {
		u64 value = params[i].least ? param_number(i) : 0;

		if (value < params[i].least && (value || params[i].fallback[0] != '0'))
			panic("%s=%s: %lu is the least", params[i].name, param_string(i),
			      params[i].least);
	}
}
