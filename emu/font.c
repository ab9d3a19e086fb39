#include "emu/font.h"

#include <string.h>

static unsigned hex(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a') + 10;
}

uint32_t colour_mix(uint32_t a, uint32_t b, unsigned parts)
{
	uint32_t out = 0;
	for (unsigned shift = 0; shift < 24; shift += 8) {
		unsigned from = a >> shift & 255, to = b >> shift & 255;
		out |= ((from * (255 - parts) + to * parts + 127) / 255) << shift;
	}
	return out;
}

/* The next character of UTF-8 text, which may be anything a guest wrote. */
static unsigned next_code(const char **text)
{
	const unsigned char *p = (const unsigned char *)*text;
	unsigned code = *p++, more = code >= 0xf0 ? 3 : code >= 0xe0 ? 2 : code >= 0xc0 ? 1 : 0;
	if (more)
		code &= 0x3f >> more;
	for (; more && (*p & 0xc0) == 0x80; more--)
		code = code << 6 | (*p++ & 0x3f);
	*text = (const char *)p;
	return more ? '?' : code;
}

static const struct font_glyph *find(enum font_face face, unsigned code)
{
	const struct font_data *font = &font_data[face];
	if (code >= 32 && code < 127)
		return &font->glyph[code - 32];
	for (unsigned i = 127 - 32; i < font->count; i++) {
		if (font->glyph[i].code == code)
			return &font->glyph[i];
	}
	return &font->glyph['?' - 32];
}

int font_width(enum font_face face, const char *text)
{
	int width = 0;
	while (*text)
		width += find(face, next_code(&text))->advance;
	return width;
}

static void draw_glyph(struct canvas *canvas, const struct font_glyph *glyph, int x, int y,
		       uint32_t colour)
{
	const char *coverage = glyph->coverage;
	for (int row = 0; row < glyph->height; row++) {
		for (int column = 0; column < glyph->width; column++) {
			unsigned parts = hex(*coverage++) * 17;
			int px = x + glyph->left + column, py = y + glyph->top + row;
			if (!parts || px < 0 || py < 0 || px >= canvas->width ||
			    py >= canvas->height)
				continue;
			uint32_t *pixel = &canvas->pixel[(long)py * canvas->width + px];
			*pixel = colour_mix(*pixel, colour, parts);
		}
	}
}

int font_draw(struct canvas *canvas, enum font_face face, int x, int y, uint32_t colour,
	      const char *text)
{
	while (*text) {
		const struct font_glyph *glyph = find(face, next_code(&text));
		draw_glyph(canvas, glyph, x, y, colour);
		x += glyph->advance;
	}
	return x;
}

int font_draw_clipped(struct canvas *canvas, enum font_face face, int x, int y, int max,
		      uint32_t colour, const char *text)
{
	if (font_width(face, text) <= max)
		return font_draw(canvas, face, x, y, colour, text);
	int end = x + max - font_width(face, "\xe2\x80\xa6");
	while (*text) {
		const struct font_glyph *glyph = find(face, next_code(&text));
		if (x + glyph->advance > end)
			break;
		draw_glyph(canvas, glyph, x, y, colour);
		x += glyph->advance;
	}
	return end < 0 ? x : font_draw(canvas, face, x, y, colour, "\xe2\x80\xa6");
}
