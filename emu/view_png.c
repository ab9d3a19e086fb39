#include "emu/view_png.h"

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool view_png_write(const char *path, const struct canvas *canvas, char *error,
		    unsigned error_bytes)
{
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = (png_uint_32)canvas->width,
		.height = (png_uint_32)canvas->height,

		.format = PNG_FORMAT_RGB,
	};
	size_t pixels = (size_t)canvas->width * (size_t)canvas->height;
	unsigned char *rgb = malloc(pixels * 3);
	if (!rgb) {
		snprintf(error, error_bytes, "%s: out of memory", path);
		return false;
	}
	for (size_t i = 0; i < pixels; i++) {
		rgb[3 * i] = (unsigned char)(canvas->pixel[i] >> 16);
		rgb[3 * i + 1] = (unsigned char)(canvas->pixel[i] >> 8);
		rgb[3 * i + 2] = (unsigned char)canvas->pixel[i];
	}
	errno = 0;
	/* Not by name: the library would remove what it could not write, a link or a device perhaps. */
	FILE *out = fopen(path, "we");
	bool ok = out && png_image_write_to_stdio(&image, out, 0, rgb, 0, NULL) != 0;
	if (out && fclose(out))
		ok = false;
	if (!ok)
		snprintf(error, error_bytes, "%s: %s", path,
			 errno ? strerror(errno) : image.message);
	png_image_free(&image);
	free(rgb);
	return ok;
}
