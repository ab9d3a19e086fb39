/* The view's model, layout and picture against a machine made up by the test. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>
#include <png.h>

#include "emu/view_paint.h"
#include "emu/view_png.h"
#include "emu/view_tty_private.h"
#include "tests/view/fake.h"

struct fixture {
	struct fake *fake;
	struct inspect inspect;
	struct view_model *model;
};

static struct fixture setup(struct fake *fake)
{
	struct fixture f = { .fake = fake };
	return f;
}

static void start(struct fixture *f)
{
	f->model = view_model_create(&f->fake->machine, &f->inspect, "test");
	assert_non_null(f->model);
}

static void end(struct fixture *f)
{
	view_model_destroy(f->model);
	fake_destroy(f->fake);
}

/* ---- layout ---- */

static const int sizes[][2] = { { 480, 320 },  { 640, 480 },  { 800, 600 },   { 1000, 600 },
				{ 1024, 700 }, { 1440, 900 }, { 1920, 1080 }, { 2560, 1440 } };
static const uint64_t memories[] = { 512, 2048, 8192, 32768, 131072, 262144, 4194304 };

static void test_layout_cells(void **state)
{
	(void)state;
	for (unsigned s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
		for (unsigned m = 0; m < sizeof memories / sizeof memories[0]; m++) {
			uint64_t n = memories[m];
			struct view_layout l = view_layout_make(sizes[s][0], sizes[s][1], n, m % 2);
			assert_true(l.grid.y + l.grid.height <= l.height);
			assert_true(l.grid.x + l.grid.width <= l.width);
			for (uint64_t f = 0; f < n; f += l.frames_per_cell) {
				struct rect c = view_layout_cell(&l, f);
				uint64_t a = view_layout_frame_at(&l, n, c.x, c.y);
				uint64_t b = view_layout_frame_at(&l, n, c.x + c.width - 1,
								  c.y + c.height - 1);
				if (a != f || b != f || c.x < l.grid.x ||
				    c.x + c.width > l.grid.x + l.grid.width ||
				    c.y + c.height > l.grid.y + l.grid.height)
					fail_msg("%dx%d, %lu frames: frame %lu found as %lu, %lu",
						 l.width, l.height, (unsigned long)n,
						 (unsigned long)f, (unsigned long)a,
						 (unsigned long)b);
			}
		}
	}
}

static void test_layout_rects(void **state)
{
	(void)state;
	for (int w = 480; w <= 2000; w += 40) {
		for (int h = 320; h <= 1300; h += 20) {
			struct view_layout l = view_layout_make(w, h, 2048, true);
			const struct rect *r[] = { &l.grid,   &l.legend,    &l.strips, &l.swap,
						   &l.events, &l.inspector, &l.faults, &l.evictions,
						   &l.wait,   &l.sign,	    &l.console };
			for (unsigned i = 0; i < sizeof r / sizeof r[0]; i++) {
				if (!r[i]->width)
					continue;
				if (r[i]->x < 0 || r[i]->x + r[i]->width > w ||
				    r[i]->y + r[i]->height > h || r[i]->height <= 0)
					fail_msg("%dx%d: part %u is outside", w, h, i);
				for (unsigned k = 0; k < i; k++) {
					if (r[k]->width && r[k]->x < r[i]->x + r[i]->width &&
					    r[i]->x < r[k]->x + r[k]->width &&
					    r[k]->y < r[i]->y + r[i]->height &&
					    r[i]->y < r[k]->y + r[k]->height)
						fail_msg("%dx%d: parts %u and %u overlap", w, h, k,
							 i);
				}
			}
		}
	}
}

/* ---- the picture ---- */

/* What the documentation says of colours, written apart from the painter. */
static uint32_t expected_colour(const struct introspect_frame *frame, unsigned heat)
{
	static const uint32_t base[FRAME_CLASS_COUNT] = { 0x262b33, 0x3c4049, 0x9a9da6, 0xf0e442,
							  0xe69f00, 0xd55e00, 0x0072b2, 0x56b4e9,
							  0x5e7f93, 0xcc79a7 };
	static const unsigned parts[] = { 104, 118, 132, 146, 162, 178, 196, 218, 255 };
	uint32_t colour = base[frame->frame_class], out = 0;
	bool user = frame->frame_class >= FRAME_ANON && frame->frame_class != FRAME_CACHE;
	if (user && frame->sharers > 1)
		colour = 0x009e73;
	if (frame->frame_class == FRAME_FREE || frame->frame_class == FRAME_RESERVED)
		return colour;
	for (unsigned shift = 0; shift < 24; shift += 8) {
		unsigned back = 0x14171c >> shift & 255, c = colour >> shift & 255;
		out |= ((back * (255 - parts[heat]) + c * parts[heat] + 127) / 255) << shift;
	}
	return out;
}

static const struct view_ui running = { .mouse_x = -1, .mouse_y = -1, .pinned = VIEW_NO_FRAME };

static struct canvas paint(struct view_model *model, int width, int height,
			   struct view_layout *layout)
{
	struct canvas canvas = { calloc((size_t)width * (size_t)height, 4), width, height };
	*layout = view_layout_make(width, height, model->nframes, model->nslots > 0);
	view_paint(&canvas, layout, model, &running, NULL);
	return canvas;
}

static uint32_t pixel(const struct canvas *canvas, int x, int y)
{
	return canvas->pixel[y * canvas->width + x];
}

static void check_cells(uint64_t ram_bytes, int width, int height, int least)
{
	struct fixture f = setup(fake_busy(ram_bytes));
	struct view_layout l;
	start(&f);
	f.fake->now_ns = 10 * VIEW_TICK_NS;
	assert_true(view_model_refresh(f.model));
	struct canvas canvas = paint(f.model, width, height, &l);
	assert_true(l.cell >= least);
	for (uint64_t n = 0; n < f.model->nframes; n++) {
		struct rect c = view_layout_cell(&l, n);
		int probe = l.cell >= 8 ? 1 : 0;
		unsigned heat = f.fake->machine.ram.touched[n] ? 8 : 0;
		uint32_t want = expected_colour(&f.fake->frame[n], heat);
		uint32_t got = pixel(&canvas, c.x + probe, c.y + probe);
		if (want != got)
			fail_msg("frame %lu class %u: want %06x got %06x", (unsigned long)n,
				 f.fake->frame[n].frame_class, want, got);
		if (l.cell >= 8) {
			bool dirty = f.fake->frame[n].flags & FRAME_DIRTY;
			if ((pixel(&canvas, c.x + 2, c.y + 2) != want) != dirty)
				fail_msg("frame %lu: dirty mark %sexpected", (unsigned long)n,
					 dirty ? "" : "not ");
		}
	}
	free(canvas.pixel);
	end(&f);
}

static void test_every_cell(void **state)
{
	(void)state;
	check_cells(8 << 20, 1440, 900, 8);
	check_cells(2 << 20, 1440, 900, 18);
	check_cells(8 << 20, 640, 480, 4);
	check_cells(32 << 20, 1920, 1080, 5);
}

static void test_share_digit(void **state)
{
	(void)state;
	struct fixture f = setup(fake_create(2 << 20));
	struct view_layout l;
	start(&f);
	for (unsigned sharers = 1; sharers <= 3; sharers++)
		fake_frame(f.fake, 100 + sharers, FRAME_TEXT, 0, sharers, 12, 7);
	f.fake->now_ns = 1;
	view_model_refresh(f.model);
	struct canvas canvas = paint(f.model, 1440, 900, &l);
	unsigned marked[4] = { 0 }, differs = 0;
	struct rect two = view_layout_cell(&l, 102), three = view_layout_cell(&l, 103);
	for (unsigned sharers = 1; sharers <= 3; sharers++) {
		struct rect c = view_layout_cell(&l, 100 + sharers);
		uint32_t plain = pixel(&canvas, c.x + 1, c.y + 1);
		for (int i = 0; i < c.width * c.height; i++)
			marked[sharers] +=
				pixel(&canvas, c.x + i % c.width, c.y + i / c.width) != plain;
	}
	for (int i = 0; i < two.width * two.height; i++)
		differs += pixel(&canvas, two.x + i % two.width, two.y + i / two.width) !=
			   pixel(&canvas, three.x + i % two.width, three.y + i / two.width);
	assert_int_equal(marked[1], 0);
	assert_true(marked[2] > 8);
	assert_true(marked[3] > 8);
	assert_true(differs > 4);
	assert_int_equal(f.model->count[VIEW_SHARED], 2);
	assert_int_equal(f.model->count[VIEW_TEXT], 1);
	free(canvas.pixel);
	end(&f);
}

static struct introspect_fault_record record_of(unsigned kind, uint32_t frame, uint64_t ns)
{
	return (struct introspect_fault_record){
		.time_ticks = ns / 100,
		.end_ticks = ns / 100,
		.va = 0x3f9e400ff8,
		.pc = 0x104a2,
		.pid = 3,
		.kind = (uint8_t)kind,
		.region = REGION_HEAP,
		.frame = frame,
		.slot = UINT32_MAX,
	};
}

static void test_flashes(void **state)
{
	(void)state;
	struct fixture f = setup(fake_create(2 << 20));
	struct view_layout l;
	start(&f);
	f.fake->now_ns = 1000000;
	assert_true(inspect_attach(&f.inspect, &f.fake->machine));
	struct introspect_fault_record r = record_of(FAULT_ZERO, 200, 1000000);
	view_model_fault(f.model, &r);
	r = record_of(FAULT_COW, 210, 1000000);
	view_model_fault(f.model, &r);
	r = record_of(FAULT_SWAP, 220, 1000000);
	r.flags = FAULT_FLAG_MAJOR | FAULT_FLAG_EVICTED;
	r.victim_class = FRAME_ANON;
	r.victim_frame = 220;
	view_model_fault(f.model, &r);
	r = record_of(FAULT_AD, 230, 1000000);
	view_model_fault(f.model, &r);
	/* Filled, and freed before anybody saw it. */
	r = record_of(FAULT_ZERO, 240, 1000000);
	view_model_fault(f.model, &r);
	f.fake->frame[200].frame_class = f.fake->frame[210].frame_class = FRAME_ANON;
	f.fake->frame[220].frame_class = f.fake->frame[240].frame_class = FRAME_FREE;
	view_model_refresh(f.model);
	struct canvas canvas = paint(f.model, 1440, 900, &l);
	static const uint32_t want[] = { VIEW_FILL, VIEW_COPY, VIEW_EVICT, VIEW_BACK, VIEW_BACK };
	for (unsigned i = 0; i < 5; i++) {
		struct rect c = view_layout_cell(&l, 200 + 10 * i);
		assert_int_equal(pixel(&canvas, c.x - 1, c.y - 1), want[i]);
	}
	free(canvas.pixel);
	f.fake->now_ns = 1000000 + VIEW_FLASH_NS + 1;
	view_model_refresh(f.model);
	canvas = paint(f.model, 1440, 900, &l);
	for (unsigned i = 0; i < 4; i++) {
		struct rect c = view_layout_cell(&l, 200 + 10 * i);
		assert_int_equal(pixel(&canvas, c.x - 1, c.y - 1), VIEW_BACK);
	}
	free(canvas.pixel);
	end(&f);
}

static void test_png_same(void **state)
{
	(void)state;
	struct fixture f = setup(fake_busy(8 << 20));
	struct view_layout l;
	char path[2][64], error[256];
	start(&f);
	f.fake->now_ns = 1;
	view_model_refresh(f.model);
	struct canvas canvas = paint(f.model, 900, 700, &l);
	for (unsigned i = 0; i < 2; i++) {
		snprintf(path[i], sizeof path[i], "/tmp/faultline-png-%d-%u.png", (int)getpid(), i);
		assert_true(view_png_write(path[i], &canvas, error, sizeof error));
	}
	png_image image = { .version = PNG_IMAGE_VERSION };
	assert_true(png_image_begin_read_from_file(&image, path[0]));
	image.format = PNG_FORMAT_RGB;
	unsigned char *rgb = malloc(PNG_IMAGE_SIZE(image));
	assert_true(png_image_finish_read(&image, NULL, rgb, 0, NULL));
	assert_int_equal(image.width, 900);
	assert_int_equal(image.height, 700);
	for (int i = 0; i < 900 * 700; i++) {
		uint32_t got = (uint32_t)(rgb[3 * i] << 16 | rgb[3 * i + 1] << 8 | rgb[3 * i + 2]);
		if (got != canvas.pixel[i])
			fail_msg("pixel %d: want %06x got %06x", i, canvas.pixel[i], got);
	}
	free(rgb);
	FILE *a = fopen(path[0], "r"), *b = fopen(path[1], "r");
	int ca, cb;
	do {
		ca = getc(a);
		cb = getc(b);
		assert_int_equal(ca, cb);
	} while (ca != EOF);
	fclose(a);
	fclose(b);
	assert_false(view_png_write("/nonexistent/x.png", &canvas, error, sizeof error));
	assert_non_null(strstr(error, "/nonexistent/x.png"));
	remove(path[0]);
	remove(path[1]);
	free(canvas.pixel);
	end(&f);
}

/* ---- the model ---- */

static void test_counts(void **state)
{
	(void)state;
	struct fixture f = setup(fake_busy(8 << 20));
	uint64_t sum = 0, dirty = 0;
	start(&f);
	f.fake->now_ns = 1;
	view_model_refresh(f.model);
	for (unsigned k = 0; k < VIEW_KINDS; k++)
		sum += f.model->count[k];
	for (uint64_t n = 0; n < f.model->nframes; n++)
		dirty += f.fake->frame[n].flags & FRAME_DIRTY;
	assert_int_equal(sum, 2048);
	assert_int_equal(f.model->ndirty, dirty);
	/* A class that no kernel should write is not trusted. */
	f.fake->frame[300].frame_class = 200;
	view_model_refresh(f.model);
	assert_int_equal(f.model->frame[300].kind, VIEW_RESERVED);
	end(&f);
}

static void test_heat(void **state)
{
	(void)state;
	struct fixture f = setup(fake_create(2 << 20));
	start(&f);
	f.fake->machine.ram.touched[300] = 1;
	view_model_refresh(f.model);
	assert_int_equal(f.model->frame[300].heat, 8);
	assert_int_equal(f.model->frame[301].heat, 0);
	for (unsigned tick = 1; tick <= 100; tick++) {
		f.fake->now_ns = tick * VIEW_TICK_NS;
		view_model_tick(f.model);
		view_model_refresh(f.model);
		unsigned samples = tick / 10, want = samples > 8 ? 0 : 8 - samples;
		assert_int_equal(f.fake->drops, samples);
		assert_int_equal(f.model->frame[300].heat, want);
	}
	f.fake->machine.ram.touched[300] = 1;
	view_model_refresh(f.model);
	assert_int_equal(f.model->frame[300].heat, 8);
	end(&f);
}

static void test_curves(void **state)
{
	(void)state;
	struct fixture f = setup(fake_create(2 << 20));
	struct introspect_counters *c = &f.fake->guest->counters;
	start(&f);
	for (unsigned tick = 1; tick <= 5000; tick++) {
		f.fake->now_ns = tick * VIEW_TICK_NS + tick % 7;
		c->faults_major += 1;
		c->faults_minor += tick % 3;
		c->evictions_dirty += tick % 2;
		c->disk_wait_ticks += 9000;
		view_model_tick(f.model);
		uint64_t major = 0, minor = 0, dirty = 0, time = 0;
		for (unsigned i = 0; i < f.model->nbins; i++) {
			major += f.model->bin[i].major;
			minor += f.model->bin[i].minor;
			dirty += f.model->bin[i].evicted_dirty;
			time += f.model->bin[i].time_ns;
		}
		assert_int_equal(major, c->faults_major);
		assert_int_equal(minor, c->faults_minor);
		assert_int_equal(dirty, c->evictions_dirty);
		assert_int_equal(time, f.fake->now_ns);
	}
	assert_int_equal(f.model->bin_ns, 16 * VIEW_TICK_NS);
	assert_int_equal(f.model->recent.major, 100);
	assert_true(f.model->thrashing);
	/* The sign goes when the machine computes again. */
	for (unsigned tick = 5001; tick <= 5101; tick++) {
		f.fake->now_ns = tick * VIEW_TICK_NS;
		view_model_tick(f.model);
	}
	assert_false(f.model->thrashing);
	end(&f);
}

static void expect_text(const struct view_model *model, uint64_t number, const char *want)
{
	char text[320] = "";
	const struct view_event *event = view_model_event(model, number);
	assert_non_null(event);
	view_model_event_text(event, text, sizeof text);
	assert_string_equal(text, want);
}

static void test_events(void **state)
{
	(void)state;
	struct fixture f = setup(fake_create(2 << 20));
	start(&f);
	fake_process(f.fake, 3, "sort");
	assert_true(inspect_attach(&f.inspect, &f.fake->machine));
	struct introspect_fault_record r = record_of(FAULT_ZERO, 200, 1000);
	r.flags = FAULT_FLAG_STORE;
	view_model_fault(f.model, &r);
	r = record_of(FAULT_SWAP, 200, 2000);
	r.slot = 2214;
	r.flags = FAULT_FLAG_MAJOR | FAULT_FLAG_EVICTED | FAULT_FLAG_WRITTEN;
	r.victim_class = FRAME_ANON;
	r.victim_owner = 3;
	r.victim_page = 0x3f9b004;
	r.victim_frame = 200;
	view_model_fault(f.model, &r);
	r = record_of(FAULT_SEGV, UINT32_MAX, 3000);
	r.flags = FAULT_FLAG_FETCH | FAULT_FLAG_KERNEL;
	r.reason = REASON_GUARD;
	view_model_fault(f.model, &r);
	assert_int_equal(f.model->nevents, 4);
	expect_text(f.model, 0,
		    "pid 3 sort store 0x3f9e400ff8 heap: never touched, zero page into frame 200");
	expect_text(f.model, 1,
		    "frame 200: dirty page (heap 3:0x3f9b004000 sort) written out first");
	expect_text(
		f.model, 2,
		"pid 3 sort load 0x3f9e400ff8 heap: in swap slot 2214, read back into frame 200");
	expect_text(f.model, 3, "pid 3 sort kernel fetch 0x3f9e400ff8 heap: refused: guard page");
	/* The frame's biography goes backwards through its own events. */
	uint64_t n = f.model->frame[200].last_event, seen[3];
	for (unsigned i = 0; i < 3; i++) {
		seen[i] = n - 1;
		n = view_model_event(f.model, n - 1)->previous;
	}
	assert_int_equal(n, 0);
	assert_int_equal(seen[0], 2);
	assert_int_equal(seen[1], 1);
	assert_int_equal(seen[2], 0);
	/* What is too old is forgotten, not confused. */
	for (unsigned i = 0; i < VIEW_EVENTS; i++) {
		r = record_of(FAULT_ZERO, 201, 4000);
		view_model_fault(f.model, &r);
	}
	assert_null(view_model_event(f.model, 3));
	assert_non_null(view_model_event(f.model, 4));
	end(&f);
}

static void test_owners(void **state)
{
	(void)state;
	struct fixture f = setup(fake_create(2 << 20));
	struct view_owner owner[8];
	start(&f);
	unsigned a = fake_process(f.fake, 3, "a"), b = fake_process(f.fake, 4, "b");
	fake_frame(f.fake, 300, FRAME_TEXT, 0, 3, 9, 0);
	fake_map(f.fake, a, 0x10000, 300, PTE_V | PTE_R | PTE_X | PTE_U | PTE_A);
	fake_map(f.fake, a, 0x3f00000000, 300, PTE_V | PTE_R | PTE_U);
	fake_map(f.fake, b, 0x20000, 300, PTE_V | PTE_R | PTE_X | PTE_U | PTE_A);
	fake_swapped(f.fake, b, 0x21000, 77);
	view_model_refresh(f.model);
	/* The hardware's D counts before the kernel has seen it. */
	assert_false(f.model->frame[300].dirty);
	fake_map(f.fake, b, 0x20000, 300, PTE_V | PTE_R | PTE_X | PTE_U | PTE_A | PTE_D);
	view_model_refresh(f.model);
	assert_true(f.model->frame[300].dirty);
	assert_int_equal(view_model_owners(f.model, 300, owner, 8), 3);
	assert_int_equal(owner[0].pid, 3);
	assert_int_equal(owner[0].va, 0x10000);
	assert_int_equal(owner[1].va, 0x3f00000000);
	assert_int_equal(owner[2].pid, 4);
	assert_int_equal(owner[2].va, 0x20000);
	assert_int_equal(view_model_owners(f.model, 300, owner, 2), 2);
	assert_int_equal(view_model_owners(f.model, 301, owner, 8), 0);
	struct view_page page[8];
	assert_int_equal(view_model_pages(f.model, f.fake->process[b].satp, page, 8), 2);
	assert_true(page[0].resident);
	assert_int_equal(page[0].kind, VIEW_SHARED);
	assert_false(page[1].resident);
	assert_int_equal(page[1].va, 0x21000);
	end(&f);
}

/* ---- kernels that lie or say nothing ---- */

static void test_liars(void **state)
{
	(void)state;
	struct fixture f = setup(fake_create(2 << 20));
	uint64_t count;
	uint32_t n;
	start(&f);
	f.fake->guest->version++;
	assert_false(inspect_attach(&f.inspect, &f.fake->machine));
	f.fake->guest->version--;
	assert_true(inspect_attach(&f.inspect, &f.fake->machine));
	assert_non_null(inspect_frames(&f.inspect, &count));
	f.fake->guest->nframes = 1ull << 60;
	assert_null(inspect_frames(&f.inspect, &count));
	f.fake->guest->nframes = 512;
	f.fake->guest->frames_pa = MEMMAP_RAM + (2 << 20) - 4096;
	assert_null(inspect_frames(&f.inspect, &count));
	f.fake->guest->processes_pa = 0x1000;
	assert_null(inspect_processes(&f.inspect, &n));
	f.fake->now_ns = 1;
	assert_true(view_model_refresh(f.model));
	assert_int_equal(f.model->count[VIEW_RESERVED], 512);
	/* A process whose root is not in RAM, or whose tables point to each other. */
	f.fake->guest->processes_pa = MEMMAP_RAM + 8 * 4096;
	unsigned p = fake_process(f.fake, 3, "loop");
	uint64_t root = f.fake->process[p].satp << 12 & 0xffffffffffffffull;
	uint64_t *entry = (uint64_t *)ram_at(&f.fake->machine.ram, root);
	for (unsigned i = 0; i < 512; i++)
		entry[i] = root >> 12 << 10 | PTE_V;
	struct view_owner owner[4];
	view_model_refresh(f.model);
	view_model_owners(f.model, 300, owner, 4);
	f.fake->process[p].satp = 8ull << 60 | 1;
	view_model_refresh(f.model);
	assert_int_equal(view_model_owners(f.model, 300, owner, 4), 0);
	end(&f);
}

static void test_sequence(void **state)
{
	(void)state;
	struct fixture f = setup(fake_create(2 << 20));
	start(&f);
	fake_frame(f.fake, 300, FRAME_ANON, 0, 1, 3, 5);
	f.fake->now_ns = 1;
	assert_true(view_model_refresh(f.model));
	fake_frame(f.fake, 300, FRAME_FREE, 0, 0, 0, 0);
	f.fake->guest->sequence++;
	assert_false(view_model_refresh(f.model));
	assert_int_equal(f.model->frame[300].kind, VIEW_HEAP);
	f.fake->guest->sequence++;
	assert_true(view_model_refresh(f.model));
	assert_int_equal(f.model->frame[300].kind, VIEW_FREE);
	end(&f);
}

static void test_derived(void **state)
{
	(void)state;
	struct fixture f = setup(fake_create(2 << 20));
	start(&f);
	unsigned a = fake_process(f.fake, 3, "a"), b = fake_process(f.fake, 4, "b");
	uint64_t satp[2] = { f.fake->process[a].satp, f.fake->process[b].satp };
	fake_map(f.fake, a, 0x1000, 300, PTE_V | PTE_R | PTE_X | PTE_U | PTE_A);
	fake_map(f.fake, b, 0x1000, 301, PTE_V | PTE_R | PTE_W | PTE_U | PTE_A | PTE_D);
	fake_map(f.fake, a, 0x2000, 302, PTE_V | PTE_R | PTE_U | PTE_A);
	fake_map(f.fake, b, 0x2000, 302, PTE_V | PTE_R | PTE_U | PTE_A);
	fake_map(f.fake, a, 0x3000, 303, PTE_V | PTE_R | PTE_X);
	f.fake->machine.ram.touched[304] = 1;
	uint64_t root = ((satp[0] & 0xfffffffffff) << 12) - MEMMAP_RAM;
	f.fake->guest->magic = 0;
	view_model_satp(f.model, satp[0]);
	view_model_satp(f.model, satp[1]);
	view_model_satp(f.model, satp[0]);
	assert_int_equal(f.model->nsatps, 2);
	f.fake->now_ns = 1;
	view_model_refresh(f.model);
	assert_int_equal(f.model->frame[root >> 12].kind, VIEW_TABLE);
	assert_int_equal(f.model->frame[300].kind, VIEW_TEXT);
	assert_int_equal(f.model->frame[301].kind, VIEW_HEAP);
	assert_true(f.model->frame[301].dirty);
	assert_false(f.model->frame[300].dirty);
	assert_int_equal(f.model->frame[302].kind, VIEW_SHARED);
	assert_int_equal(f.model->frame[302].sharers, 2);
	assert_int_equal(f.model->frame[303].kind, VIEW_KERNEL);
	assert_int_equal(f.model->frame[304].kind, VIEW_KERNEL);
	assert_int_equal(f.model->frame[305].kind, VIEW_FREE);
	end(&f);
}

static void test_console(void **state)
{
	(void)state;
	static struct view_console console;
	const char *text = "one\r\ntwo\b\bo\033[31mred\033[0m\ta\nlast";
	view_console_write(&console, text, strlen(text));
	assert_string_equal(view_console_line(&console, 0), "last");
	assert_string_equal(view_console_line(&console, 1), "tored   a");
	assert_string_equal(view_console_line(&console, 2), "one");
	assert_null(view_console_line(&console, 3));
	for (unsigned i = 0; i < 10000; i++)
		view_console_write(&console, "x", 1);
	assert_int_equal(strlen(view_console_line(&console, 1)), CONSOLE_BYTES - 1);
}

/* ---- the terminal face ---- */

#define GUARD 512 /* places before and behind the screen, which nobody may write to */

/* Shown on a terminal of that size, which takes no byte of it. */
static void show_on(int terminal, int columns, int rows, const struct view_model *model,
		    const struct view_ui *ui, const struct view_console *console)
{
	struct winsize size = { .ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows };
	size_t spots = (size_t)columns * (size_t)rows;
	struct spot guard = { 0x2622, 1, 2 },
		    *screen = malloc((spots + 2 * GUARD) * sizeof *screen);
	struct view_tty tty = { .fd = terminal,
				.depth = DEPTH_256,
				.unicode = true,
				.takes = { false, true, true },
				.columns = columns,
				.rows = rows,
				.now = screen + GUARD,
				.shown = calloc(spots, sizeof *screen) };
	assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
	for (size_t i = 0; i < spots + 2 * GUARD; i++)
		screen[i] = guard;
	view_tty_show(&tty, model, ui, console);
	assert_ptr_equal(tty.now, screen + GUARD);
	for (size_t i = 0; i < GUARD; i++) {
		assert_int_equal(screen[i].code, guard.code);
		assert_int_equal(screen[GUARD + spots + i].code, guard.code);
	}
	for (size_t i = 0; i < spots; i++)
		assert_int_not_equal(tty.now[i].code, guard.code);
	free(screen);
	free(tty.shown);
	free(tty.out);
}

static void test_terminal_sizes(void **state)
{
	(void)state;
	static struct view_console console;
	struct fixture f = setup(fake_busy(8 << 20));
	struct view_ui ui = { .state = RUN_PAUSED };
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	assert_true(terminal >= 0);
	view_console_write(&console, "one line of the program's\n", 26);
	start(&f);
	view_model_tick(f.model);
	for (int columns = 1; columns <= 120; columns += columns < 90 ? 1 : 30) {
		for (int rows = 1; rows <= 50; rows += rows < 12 ? 1 : 12) {
			f.model->thrashing = columns % 7;
			ui.help = rows % 2;
			show_on(terminal, columns, rows, f.model, &ui, &console);
		}
	}
	close(terminal);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ .name = "at every size each frame has a cell of its own inside the map, and a point of it finds the frame",
		  .test_func = test_layout_cells },
		{ .name = "at every size the parts of the picture neither overlap nor leave it",
		  .test_func = test_layout_rects },
		{ .name = "every cell has its frame's class and heat as colour, and a mark exactly if it is dirty",
		  .test_func = test_every_cell },
		{ .name = "a user frame with several PTEs is shown as shared, with their number",
		  .test_func = test_share_digit },
		{ .name = "a frame just filled, copied or evicted is ringed in its colour, for five milliseconds",
		  .test_func = test_flashes },
		{ .name = "a PNG has exactly the pixels of the canvas, and is the same file each time",
		  .test_func = test_png_same },
		{ .name = "the legend counts every frame once; a class out of range is not trusted",
		  .test_func = test_counts },
		{ .name = "heat is sampled every ten ticks, cools by one a sample, and a touch makes it hottest",
		  .test_func = test_heat },
		{ .name = "curves keep every fault, eviction and nanosecond however long the run; the thrashing sign comes and goes",
		  .test_func = test_curves },
		{ .name = "each fault and eviction says why, and a frame remembers its own",
		  .test_func = test_events },
		{ .name = "owners and pages are found in the page tables, swapped pages too",
		  .test_func = test_owners },
		{ .name = "a structure out of bounds, tables in a circle and roots outside RAM harm nobody",
		  .test_func = test_liars },
		{ .name = "while the sequence is odd the last picture stands",
		  .test_func = test_sequence },
		{ .name = "without the structure the map comes from the page tables under every satp seen",
		  .test_func = test_derived },
		{ .name = "the console obeys return, backspace and tab, drops escapes and wraps",
		  .test_func = test_console },
		{ .name = "at every size the terminal face stays on the screen",
		  .test_func = test_terminal_sizes },
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("view model", tests, NULL, NULL);
}
