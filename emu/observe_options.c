/* --view and --shot: their values, and whether the files can be written. */
#include "emu/observe.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/parse.h"
#include "emu/paths.h"

bool observe_parse_view(struct observe_options *options, const char *value, char *error,
			unsigned error_bytes)
{
	static const struct {
		const char *name;
		enum view_face face;
	} faces[] = { { "none", VIEW_NONE }, { "sdl", VIEW_SDL }, { "tty", VIEW_TTY } };
	for (unsigned i = 0; i < sizeof faces / sizeof faces[0]; i++) {
		if (!strcmp(value, faces[i].name)) {
			options->view = faces[i].face;
			return true;
		}
	}
	snprintf(error, error_bytes, "'%s': sdl, tty or none", value);
	return false;
}

static bool parse_moment(struct shot *shot, const char *moment)
{
	char *end;
	if (!strcmp(moment, "exit")) {
		shot->moment = SHOT_AT_EXIT;
		return true;
	}
	if (!strncmp(moment, "at=", 3)) {
		shot->moment = SHOT_AT_TIME;
		return parse_time(moment + 3, &shot->value);
	}
	if (!strncmp(moment, "every=", 6)) {
		shot->moment = SHOT_EVERY;
		return parse_time(moment + 6, &shot->value) && shot->value >= 1000;
	}
	if (!strncmp(moment, "fault=", 6) && isdigit((unsigned char)moment[6])) {
		errno = 0;
		shot->moment = SHOT_AT_FAULT;
		shot->value = strtoull(moment + 6, &end, 10);
		return !*end && !errno && shot->value > 0;
	}
	return false;
}

static bool has_suffix(const char *text, const char *suffix)
{
	size_t length = strlen(text), n = strlen(suffix);
	return length > n && !strcmp(text + length - n, suffix);
}

bool observe_parse_shot(struct observe_options *options, const char *value, char *error,
			unsigned error_bytes)
{
	struct shot shot = { .moment = SHOT_AT_EXIT };
	/* The last @ that begins a moment; a file's name may have others. */
	const char *at = strrchr(value, '@');
	if (at && has_suffix(value, ".png"))
		at = NULL;
	if (options->nshots == OBSERVE_MAX_SHOTS) {
		snprintf(error, error_bytes, "at most %d", OBSERVE_MAX_SHOTS);
		return false;
	}
	if (at && !parse_moment(&shot, at + 1)) {
		snprintf(error, error_bytes,
			 "'%s': the moment is @exit, @at=TIME, @fault=N or @every=TIME", value);
		return false;
	}
	shot.path = at ? strndup(value, (size_t)(at - value)) : strdup(value);
	if (!shot.path || (!has_suffix(shot.path, ".png") && !has_suffix(shot.path, ".json"))) {
		snprintf(error, error_bytes,
			 "'%s': FILE.png (a picture) or FILE.json (the frame table)", value);
		free(shot.path);
		return false;
	}
	options->shot[options->nshots++] = shot;
	return true;
}

void observe_options_free(struct observe_options *options)
{
	for (unsigned i = 0; i < options->nshots; i++)
		free(options->shot[i].path);
	options->nshots = 0;
}

bool observe_try_shots(const struct observe_options *options, char *error, unsigned error_bytes)
{
	for (unsigned i = 0; i < options->nshots; i++) {
		if (!paths_writable(options->shot[i].path)) {
			snprintf(error, error_bytes, "%s: %s", options->shot[i].path,
				 strerror(errno));
			return false;
		}
	}
	return true;
}
