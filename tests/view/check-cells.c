/*
 * Holds a picture of the view against a frame table: check-cells PICTURE.png TABLE.json
 *
 * Every cell's colour must be that of its frame's class and heat, and the mark of a dirty frame must
 * be there exactly when the table says so.  The table is what --shot FILE.json wrote at the same moment, its
 * classes copied from guest memory; colours are the documented ones, written here anew.
 */
#include <png.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned colour;
	int user, fades;
} classes[] = {
	{ "free", 0x262b33, 0, 0 },   { "reserved", 0x3c4049, 0, 0 },
	{ "kernel", 0x9a9da6, 0, 1 }, { "page table", 0xf0e442, 0, 1 },
	{ "heap", 0xe69f00, 1, 1 },   { "stack", 0xd55e00, 1, 1 },
	{ "text", 0x0072b2, 1, 1 },   { "file", 0x56b4e9, 1, 1 },
	{ "cache", 0x5e7f93, 0, 1 },  { "shm", 0xcc79a7, 1, 1 },
};

static const unsigned brightness[] = { 104, 118, 132, 146, 162, 178, 196, 218, 255 };

struct grid {
	int x, y, columns, pitch, cell, per_cell;
};

static unsigned expected(const char *name, unsigned sharers, unsigned heat)
{
	unsigned i = 0, out = 0;
	while (strcmp(classes[i].name, name))
		i++;
	unsigned colour = classes[i].user && sharers > 1 ? 0x009e73 : classes[i].colour;
	if (!classes[i].fades)
		return colour;
	for (unsigned shift = 0; shift < 24; shift += 8) {
		unsigned back = 0x14171c >> shift & 255, c = colour >> shift & 255;
		out |= ((back * (255 - brightness[heat]) + c * brightness[heat] + 127) / 255)
		       << shift;
	}
	return out;
}

static unsigned char *rgb;
static png_image image = { .version = PNG_IMAGE_VERSION };

static unsigned pixel(int x, int y)
{
	const unsigned char *p = rgb + 3 * ((long)y * (int)image.width + x);
	return (unsigned)(p[0] << 16 | p[1] << 8 | p[2]);
}

static int check(const struct grid *grid, const char *line)
{
	unsigned long frame;
	unsigned flags, sharers, heat;
	char name[32];
	const char *at = strstr(line, "\"frame\": ");
	if (!at ||
	    sscanf(at, "\"frame\": %lu, \"class\": \"%31[^\"]\", \"flags\": %u, \"sharers\": %u",
		   &frame, name, &flags, &sharers) != 4)
		return 0;
	heat = (unsigned)strtoul(strstr(line, "\"heat\": ") + 8, NULL, 10);
	int x = grid->x + (int)(frame % (unsigned)grid->columns) * grid->pitch;
	int y = grid->y + (int)(frame / (unsigned)grid->columns) * grid->pitch;
	/* Large cells have their colour one pixel in from the edge, where no flash reaches. */
	int in = grid->cell >= 8;
	unsigned want = expected(name, sharers, heat), got = pixel(x + in, y + in);
	if (got != want) {
		printf("# frame %lu, %s, %u sharers, heat %u: want %06x got %06x\n", frame, name,
		       sharers, heat, want, got);
		return -1;
	}
	int marked = pixel(x + in + 1, y + in + 1) != want;
	int dirty = strstr(line, "\"dirty\": true") != NULL;
	if (marked != dirty) {
		printf("# frame %lu: dirty %d, marked %d\n", frame, dirty, marked);
		return -1;
	}
	return 1;
}

int main(int argc, char **argv)
{
	char line[512];
	struct grid grid = { 0 };
	unsigned width = 0, height = 0;
	long good = 0, bad = 0;
	FILE *table = argc == 3 ? fopen(argv[2], "r") : NULL;
	if (!table || !png_image_begin_read_from_file(&image, argv[1])) {
		fprintf(stderr, "usage: check-cells PICTURE.png TABLE.json (%s)\n", image.message);
		return 2;
	}
	image.format = PNG_FORMAT_RGB;
	rgb = malloc(PNG_IMAGE_SIZE(image));
	if (!png_image_finish_read(&image, NULL, rgb, 0, NULL))
		return 2;
	while (fgets(line, sizeof line, table)) {
		const char *at;
		if ((at = strstr(line, "\"width\": ")))
			sscanf(at, "\"width\": %u, \"height\": %u", &width, &height);
		if ((at = strstr(line, "\"grid\": ")))
			sscanf(at,
			       "\"grid\": { \"x\": %d, \"y\": %d, \"columns\": %d, \"pitch\": %d, \"cell\": %d, \"frames_per_cell\": %d",
			       &grid.x, &grid.y, &grid.columns, &grid.pitch, &grid.cell,
			       &grid.per_cell);
		int result = grid.columns ? check(&grid, line) : 0;
		good += result > 0;
		bad += result < 0;
		if (bad == 5)
			break;
	}
	fclose(table);
	free(rgb);
	if (width != image.width || height != image.height || grid.per_cell != 1 || grid.cell < 6) {
		printf("# the picture is %ux%u, the table is for %ux%u, cells of %d\n", image.width,
		       image.height, width, height, grid.cell);
		return 1;
	}
	printf("# %ld cells agree, %ld differ\n", good, bad);
	return bad || !good;
}
