/* The plot as SVG: what a browser, a word processor and LaTeX take. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "emu/plot.h"

static void line(void *ctx, const struct plot_xy *at, size_t count, unsigned colour, double width)
{
	FILE *out = ctx;

	fprintf(out,
		"<polyline fill=\"none\" stroke=\"#%06x\" stroke-width=\"%g\" "
		"stroke-linejoin=\"round\" points=\"",
		colour, width);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%.2f,%.2f", i ? " " : "", at[i].x, at[i].y);
	fputs("\"/>\n", out);
}

static void shape(void *ctx, const struct plot_xy *at, size_t count, unsigned colour)
{
	FILE *out = ctx;

	fprintf(out, "<polygon fill=\"#%06x\" points=\"", colour);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%.2f,%.2f", i ? " " : "", at[i].x, at[i].y);
	fputs("\"/>\n", out);
}

/* What the user typed: bytes that are no UTF-8 become '?', so that the file is XML. */
static void escaped(FILE *out, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c;) {
		unsigned more = *c >= 0xf0 && *c < 0xf8 ? 3 : *c >= 0xe0 ? 2 : *c >= 0xc0 ? 1 : 0;
		bool good = *c >= 0x20 && *c < 0x7f;

		if (more) {
			good = *c < 0xf8;
			for (unsigned i = 1; i <= more && good; i++)
				good = (c[i] & 0xc0) == 0x80;
		}
		if (!good)
			fputc('?', out);
		else if (*c == '<' || *c == '>' || *c == '&')
			fprintf(out, "&#%u;", *c);
		else
			fwrite(c, 1, more + 1, out);
		c += good ? more + 1 : 1;
	}
}

static void text(void *ctx, double x, double y, enum plot_anchor anchor, enum plot_size size,
		 unsigned colour, const char *words)
{
	static const char *const anchors[] = { "start", "middle", "end" };
	FILE *out = ctx;

	fprintf(out, "<text x=\"%.2f\" y=\"%.2f\" fill=\"#%06x\" text-anchor=\"%s\"%s>", x, y,
		colour, anchors[anchor],
		size == PLOT_TITLE ? " font-weight=\"bold\" font-size=\"18\"" : "");
	escaped(out, words);
	fputs("</text>\n", out);
}

bool plot_svg(const char *path, const struct plot *plot, char *error, size_t error_bytes)
{
	static const struct plot_face face = { line, shape, text };
	FILE *out = fopen(path, "we");
	bool ok = out;

	if (out) {
		fprintf(out,
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
			"viewBox=\"0 0 %d %d\" font-family=\"DejaVu Sans, Verdana, sans-serif\" "
			"font-size=\"15\">\n"
			"<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
			PLOT_WIDTH, PLOT_HEIGHT, PLOT_WIDTH, PLOT_HEIGHT);
		plot_draw(plot, &face, out);
		fputs("</svg>\n", out);
		ok = !ferror(out);
		ok = fclose(out) == 0 && ok;
	}
	if (!ok)
		snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
	return ok;
}
