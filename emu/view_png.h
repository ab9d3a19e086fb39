/* A canvas as a PNG file, by libpng: no time stamp, so that the same picture is the same file. */
#ifndef EMU_VIEW_PNG_H
#define EMU_VIEW_PNG_H

#include <stdbool.h>

#include "emu/font.h"

/* False with errno's reason in error[] if the file could not be written. */
bool view_png_write(const char *path, const struct canvas *canvas, char *error,
		    unsigned error_bytes);

#endif
