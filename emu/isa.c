#include "emu/isa.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	enum isa_extension needs;
	int profile;
} extensions[EXT_COUNT] = {
#define EXTENSION(id, name, needs, profile) { name, EXT_##needs, profile },
#include "emu/isa.def"
};

/* These are in every hart: code and traps cannot be without them. */
#define ALWAYS (EXT_BIT(EXT_I) | EXT_BIT(EXT_C) | EXT_BIT(EXT_ZICSR) | EXT_BIT(EXT_ZIFENCEI))

/* Facts about this machine, whatever the list names. */
#define FACTS (~0ull << EXT_ZIC64B & ~(~0ull << EXT_SSTVECD << 1))

#define GENERAL                                                                                    \
	(ALWAYS | EXT_BIT(EXT_M) | EXT_BIT(EXT_A) | EXT_BIT(EXT_F) | EXT_BIT(EXT_D)) /* "g" */

static bool complain(char *error, size_t error_bytes, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool complain(char *error, size_t error_bytes, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, error_bytes, format, args);
	va_end(args);
	return false;
}

enum isa_extension isa_find(const char *name, size_t length)
{
	for (unsigned k = 0; k < EXT_COUNT; k++)
		if (strlen(extensions[k].name) == length &&
		    strncasecmp(extensions[k].name, name, length) == 0)
			return (enum isa_extension)k;
	return EXT_COUNT;
}

static uint64_t with_needs(enum isa_extension extension)
{
	uint64_t set = EXT_BIT(extension);

	while (extension != EXT_I) {
		extension = extensions[extension].needs;
		set |= EXT_BIT(extension);
	}
	return set;
}

bool isa_switch(uint64_t *lacks, enum isa_extension extension, bool on)
{
	if (on) {
		*lacks &= ~with_needs(extension);
		return true;
	}
	if (ALWAYS >> extension & 1)
		return false;
	for (unsigned k = 0; k < EXT_COUNT; k++)
		if (with_needs((enum isa_extension)k) >> extension & 1)
			*lacks |= EXT_BIT(k);
	return true;
}

static bool skip(const char **text, const char *word)
{
	size_t n = strlen(word);

	if (strncasecmp(*text, word, n) != 0)
		return false;
	*text += n;
	return true;
}

static uint64_t profile_set(int profile)
{
	uint64_t set = 0;

	for (unsigned k = 0; k < EXT_COUNT; k++)
		if (extensions[k].profile && extensions[k].profile <= profile)
			set |= EXT_BIT(k);
	return set;
}

/* The single letters behind "rv64". */
static bool take_letters(const char **text, uint64_t *has, char *error, size_t error_bytes)
{
	for (; **text && **text != '_'; ++*text) {
		enum isa_extension extension = isa_find(*text, 1);

		/* A long name may follow the letters without a '_'. */
		if (**text == 'z' || **text == 'Z' || **text == 's' || **text == 'S')
			return true;
		if (**text == 'g' || **text == 'G')
			*has |= GENERAL;
		else if (extension != EXT_COUNT)
			*has |= with_needs(extension);
		else
			return complain(error, error_bytes,
					"'%c': there is no such extension here (i m a f d c, or g)",
					**text);
	}
	return true;
}

/* "_zba_zbb" */
static bool take_words(const char *text, uint64_t *has, char *error, size_t error_bytes)
{
	while (*text) {
		size_t length;
		enum isa_extension extension;

		if (*text == '_')
			text++;
		length = strcspn(text, "_");
		extension = isa_find(text, length);
		if (length < 2 || extension == EXT_COUNT)
			return complain(error, error_bytes,
					"'%.*s': there is no such extension here",
					(int)(length < 40 ? length : 40), text);
		*has |= with_needs(extension);
		text += length;
	}
	return true;
}

bool isa_parse(const char *text, uint64_t *lacks, uint64_t *named, char *error, size_t error_bytes)
{
	const char *at = text;
	uint64_t has = 0;
	bool profile = false;

	if (skip(&at, "rva20s64")) {
		has = profile_set(20);
		profile = true;
	} else if (skip(&at, "rva22s64")) {
		has = profile_set(22);
		profile = true;
	} else if (skip(&at, "rv64")) {
		if (!*at || !strchr("iIgG", *at))
			return complain(error, error_bytes, "'%s': 'i' or 'g' follows rv64", text);
		if (!take_letters(&at, &has, error, error_bytes))
			return false;
		if (!(has & EXT_BIT(EXT_C)))
			return complain(error, error_bytes, "'%s': 'c' is always there", text);
		has |= FACTS;
	} else {
		return complain(error, error_bytes,
				"'%s': rv64 and its extensions (rv64gc_zba_zbb), rva20s64 or "
				"rva22s64",
				text);
	}
	if (profile && *at && *at != '_')
		return complain(error, error_bytes, "'%s': '_' follows a profile's name", text);
	if (!take_words(at, &has, error, error_bytes))
		return false;
	*named = has;
	has |= ALWAYS;
	/* A fact about what is not there is none. */
	for (unsigned k = 0; k < EXT_COUNT; k++)
		if (with_needs((enum isa_extension)k) & ~has)
			has &= ~EXT_BIT(k);
	*lacks = ~has & ~EXT_AD & (EXT_BIT(EXT_COUNT) - 1);
	return true;
}

void isa_print(uint64_t has, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "rv64");

	for (unsigned k = 0; k < EXT_COUNT && used < size; k++)
		if (has >> k & 1)
			used += (size_t)snprintf(buf + used, size - used, "%s%s",
						 extensions[k].name[1] ? "_" : "",
						 extensions[k].name);
}
