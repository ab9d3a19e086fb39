/*
 * The little that the firmware wants of the flattened device tree (Devicetree Specification 0.4,
 * chapter 5): which harts there are, what they can do, and a place to say that this memory is
 * taken.
 */
#include "firmware/firmware.h"

#define FDT_MAGIC      0xd00dfeed
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE   2
#define FDT_PROP       3
#define FDT_NOP	       4
#define FDT_END	       9

/* Offsets in the header */
enum { MAGIC = 0, TOTAL = 4, STRUCT = 8, STRINGS = 12, STRINGS_SIZE = 32, STRUCT_SIZE = 36 };

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 24);
	p[1] = (uint8_t)(value >> 16);
	p[2] = (uint8_t)(value >> 8);
	p[3] = (uint8_t)value;
}

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static bool equal(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static bool same(const char *a, const char *b)
{
	return equal(a, b, length(b) + 1);
}

/* An extension's name, of n characters. */
static void has_extension(const char *name, size_t n)
{
	// clang-format off
	static const struct { char name[10]; uint8_t at; } known[] = {
		{ "sstc",      offsetof(struct features, sstc) },
		{ "svpbmt",    offsetof(struct features, svpbmt) },
		{ "svadu",     offsetof(struct features, svadu) },
		{ "svade",     offsetof(struct features, svade) },
		{ "zicbom",    offsetof(struct features, zicbom) },
		{ "zicboz",    offsetof(struct features, zicboz) },
		{ "zihpm",     offsetof(struct features, zihpm) },
		{ "sscofpmf",  offsetof(struct features, sscofpmf) },
		{ "smstateen", offsetof(struct features, smstateen) },
	};
	// clang-format on
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (length(known[i].name) == n && equal(known[i].name, name, n))
			*((bool *)&features + known[i].at) = true;
}

/* riscv,isa "rv64imafdc_sstc_svadu" has one string, riscv,isa-extensions one for each. */
static void read_extensions(const char *s, uint32_t bytes)
{
	uint32_t start = 0;

	for (uint32_t i = 0; i < bytes; i++) {
		if (s[i] != '_' && s[i] != '\0')
			continue;
		has_extension(s + start, i - start);
		start = i + 1;
	}
}

struct cursor {
	const uint8_t *fdt;
	uint32_t at, end; /* in the structure block */
};

static bool begin(struct cursor *c, const uint8_t *fdt)
{
	if (!fdt || (uint64_t)fdt % 4 || get32(fdt + MAGIC) != FDT_MAGIC)
		return false;
	c->fdt = fdt;
	c->at = get32(fdt + STRUCT);
	c->end = c->at + get32(fdt + STRUCT_SIZE);
	return c->end <= get32(fdt + TOTAL);
}

/* The next token; for FDT_BEGIN_NODE *name is the node's, for FDT_PROP the property's with its
 * value. */
static uint32_t next(struct cursor *c, const char **name, const uint8_t **value, uint32_t *bytes)
{
	uint32_t token;

	if (c->at + 4 > c->end)
		return FDT_END;
	token = get32(c->fdt + c->at);
	c->at += 4;
	if (token == FDT_BEGIN_NODE) {
		*name = (const char *)c->fdt + c->at;
		c->at += ((uint32_t)length(*name) + 4) & ~UINT32_C(3);
	} else if (token == FDT_PROP) {
		*bytes = get32(c->fdt + c->at);
		*name = (const char *)c->fdt + get32(c->fdt + STRINGS) + get32(c->fdt + c->at + 4);
		*value = c->fdt + c->at + 8;
		c->at += 8 + ((*bytes + 3) & ~UINT32_C(3));
	}
	return token;
}

void fdt_read(const uint8_t *fdt)
{
	struct cursor c;
	const char *name = "";
	const uint8_t *value = NULL;
	uint32_t bytes = 0, token;
	unsigned depth = 0;
	bool in_cpu = false;

	if (!begin(&c, fdt))
		return;
	while ((token = next(&c, &name, &value, &bytes)) != FDT_END) {
		if (token == FDT_BEGIN_NODE) {
			depth++;
			if (depth == 3)
				in_cpu = equal(name, "cpu@", 4);
		} else if (token == FDT_END_NODE) {
			depth--;
		} else if (token == FDT_PROP && depth == 3 && in_cpu) {
			if (same(name, "reg") && get32(value + bytes - 4) < MAX_HARTS)
				hart_mask |= UINT32_C(1) << get32(value + bytes - 4);
			if (same(name, "riscv,isa") || same(name, "riscv,isa-extensions"))
				read_extensions((const char *)value, bytes);
		}
	}
}

static bool has_reserved_memory(const uint8_t *fdt, uint32_t *root_end)
{
	struct cursor c;
	const char *name = "";
	const uint8_t *value;
	uint32_t bytes, token;
	unsigned depth = 0;

	*root_end = 0;
	if (!begin(&c, fdt))
		return true;
	while ((token = next(&c, &name, &value, &bytes)) != FDT_END) {
		if (token == FDT_BEGIN_NODE && ++depth == 2 && same(name, "reserved-memory"))
			return true;
		if (token == FDT_END_NODE && --depth == 0)
			*root_end = c.at - 4;
	}
	return *root_end == 0;
}

struct writer {
	uint8_t *at;
	uint32_t strings; /* offset of our names in the strings block */
};

static void put(struct writer *w, uint32_t value)
{
	put32(w->at, value);
	w->at += 4;
}

static void put_text(struct writer *w, const char *s)
{
	size_t n = (length(s) + 4) & ~(size_t)3;

	for (size_t i = 0; i < n; i++)
		w->at[i] = 0;
	for (size_t i = 0; s[i]; i++)
		w->at[i] = (uint8_t)s[i];
	w->at += n;
}

static void put_prop(struct writer *w, uint32_t name, uint32_t bytes)
{
	put(w, FDT_PROP);
	put(w, bytes);
	put(w, w->strings + name);
}

/*
 * Add /reserved-memory with one no-map child, in place: a loader that does not know us (QEMU)
 * cannot have done it, and leaves room behind the tree.  The strings block, which follows the
 * structure block, moves up.
 */
void fdt_reserve(uint8_t *fdt, uint64_t base, uint64_t bytes)
{
	static const char names[] = "#address-cells\0#size-cells\0ranges\0reg\0no-map";
	enum { ADDRESS_CELLS = 0, SIZE_CELLS = 15, RANGES = 27, REG = 34, NO_MAP = 38 };
	enum { NODE_BYTES = 144 };
	uint32_t root_end, end, strings;
	struct writer w;

	if (has_reserved_memory(fdt, &root_end))
		return;
	end = get32(fdt + TOTAL);
	strings = get32(fdt + STRINGS);
	if (strings < root_end || strings + get32(fdt + STRINGS_SIZE) > end)
		return; /* another order of blocks than every known tool's */
	for (uint32_t i = end; i > root_end; i--)
		fdt[i - 1 + NODE_BYTES] = fdt[i - 1];
	end = strings + get32(fdt + STRINGS_SIZE) + NODE_BYTES;
	for (uint32_t i = 0; i < sizeof(names); i++)
		fdt[end + i] = (uint8_t)names[i];
	w.at = fdt + root_end;
	w.strings = get32(fdt + STRINGS_SIZE);
	put32(fdt + STRINGS, strings + NODE_BYTES);
	put32(fdt + STRINGS_SIZE, w.strings + sizeof(names));
	put32(fdt + STRUCT_SIZE, get32(fdt + STRUCT_SIZE) + NODE_BYTES);
	put32(fdt + TOTAL, get32(fdt + TOTAL) + NODE_BYTES + sizeof(names));

	put(&w, FDT_BEGIN_NODE);
	put_text(&w, "reserved-memory");
	put_prop(&w, ADDRESS_CELLS, 4);
	put(&w, 2);
	put_prop(&w, SIZE_CELLS, 4);
	put(&w, 2);
	put_prop(&w, RANGES, 0);
	put(&w, FDT_BEGIN_NODE);
	put_text(&w, "firmware");
	put_prop(&w, REG, 16);
	put(&w, (uint32_t)(base >> 32));
	put(&w, (uint32_t)base);
	put(&w, (uint32_t)(bytes >> 32));
	put(&w, (uint32_t)bytes);
	put_prop(&w, NO_MAP, 0);
	put(&w, FDT_END_NODE);
	put(&w, FDT_END_NODE);
	while (w.at < fdt + root_end + NODE_BYTES)
		put(&w, FDT_NOP);
}
