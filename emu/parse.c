#include "emu/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool parse_number(const char *text, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*value = strtoull(text, &end, text[0] == '0' && (text[1] | 32) == 'x' ? 16 : 10);
	return !*end && errno == 0;
}

static bool parse_scaled(const char *text, uint64_t *number, const char **suffix)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	*suffix = end;
	return errno == 0;
}

static bool scale(uint64_t number, uint64_t by, uint64_t *result)
{
	return !__builtin_mul_overflow(number, by, result);
}

bool parse_size(const char *text, uint64_t unit, uint64_t *bytes)
{
	static const char letters[] = "bkmgt";
	const char *suffix, *letter;
	uint64_t number;

	if (!parse_scaled(text, &number, &suffix))
		return false;
	if (!*suffix)
		return scale(number, unit, bytes);
	letter = strchr(letters, tolower((unsigned char)*suffix));
	/* 8M, 8MB and 8MiB are one. */
	if (!letter || (suffix[1] && strcasecmp(suffix + 1, "b") && strcasecmp(suffix + 1, "ib")))
		return false;
	return scale(number, 1ull << (10 * (letter - letters)), bytes);
}

bool parse_time(const char *text, uint64_t *ns)
{
	static const struct {
		const char *suffix;
		uint64_t ns;
	} units[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 } };
	unsigned __int128 value = 0, scale_by = 1;
	bool digits = false, point = false;

	for (; isdigit((unsigned char)*text) || (*text == '.' && digits && !point); text++) {
		if (*text == '.') {
			point = true;
			continue;
		}
		if (value > UINT64_MAX || scale_by > UINT64_MAX)
			return false;
		value = value * 10 + (unsigned)(*text - '0');
		scale_by *= point ? 10 : 1;
		digits = true;
	}
	if (digits && value == 0 && !*text) {
		*ns = 0;
		return true;
	}
	for (size_t i = 0; digits && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text, units[i].suffix) != 0)
			continue;
		value = value * units[i].ns / scale_by;
		*ns = (uint64_t)value;
		return value <= UINT64_MAX;
	}
	return false;
}

void make_printable(char *text)
{
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			*text = '?';
}
