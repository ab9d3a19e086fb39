#include "fdt.h"
#include "kernel.h"

#define FDT_MAGIC      0xd00dfeedu
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE   2
#define FDT_PROP       3
#define FDT_NOP	       4
#define FDT_END	       9

static const u8 *blob, *structs, *strings, *reservations;
static u32 struct_bytes;

bool fdt_init(const void *data)
{
	blob = data;
	if (fdt_be32(blob) != FDT_MAGIC)
		return false;
	structs = blob + fdt_be32(blob + 8);
	strings = blob + fdt_be32(blob + 12);
	reservations = blob + fdt_be32(blob + 16);
	struct_bytes = fdt_be32(blob + 36);
	return true;
}

u64 fdt_bytes(void)
{
	return fdt_be32(blob + 4);
}

static u32 token(u32 at)
{
	return at + 4 <= struct_bytes ? fdt_be32(structs + at) : FDT_END;
}

/* The token behind the one at `at`. */
static u32 skip(u32 at)
{
	switch (token(at)) {
	case FDT_BEGIN_NODE:
		return at + 4 + (u32)ROUND_UP(strlen((const char *)structs + at + 4) + 1, 4);
	case FDT_PROP:
		return at + 12 + ROUND_UP(fdt_be32(structs + at + 4), 4);
	default:
		return at + 4;
	}
}

int fdt_next(int node)
{
	for (u32 at = node < 0 ? 0 : skip((u32)node);; at = skip(at)) {
		if (token(at) == FDT_END)
			return -1;
		if (token(at) == FDT_BEGIN_NODE)
			return (int)at;
	}
}

const char *fdt_name(int node)
{
	return (const char *)structs + node + 4;
}

const void *fdt_property(int node, const char *name, u32 *bytes)
{
	for (u32 at = skip((u32)node); token(at) == FDT_PROP || token(at) == FDT_NOP;
	     at = skip(at)) {
		if (token(at) != FDT_PROP ||
		    strcmp((const char *)strings + fdt_be32(structs + at + 8), name))
			continue;
		if (bytes)
			*bytes = fdt_be32(structs + at + 4);
		return structs + at + 12;
	}
	return NULL;
}

u32 fdt_u32(int node, const char *name, u32 fallback)
{
	u32 bytes;
	const void *p = node >= 0 ? fdt_property(node, name, &bytes) : NULL;

	return p && bytes >= 4 ? fdt_be32(p) : fallback;
}

static bool is_compatible(int node, const char *compatible)
{
	u32 bytes;
	const char *p = fdt_property(node, "compatible", &bytes);

	for (u32 at = 0; p && at < bytes; at += (u32)strlen(p + at) + 1)
		if (!strcmp(p + at, compatible))
			return true;
	return false;
}

int fdt_compatible(int after, const char *compatible)
{
	for (int node = fdt_next(after); node >= 0; node = fdt_next(node))
		if (is_compatible(node, compatible))
			return node;
	return -1;
}

int fdt_parent(int node)
{
	int stack[16], depth = 0;

	for (u32 at = 0; (int)at < node; at = skip(at)) {
		if (token(at) == FDT_BEGIN_NODE && depth < 16)
			stack[depth++] = (int)at;
		else if (token(at) == FDT_END_NODE && depth > 0)
			depth--;
	}
	return depth ? stack[depth - 1] : -1;
}

/* A path of exact names below the root; one component is all that anybody asks for. */
int fdt_path(const char *path)
{
	for (int node = fdt_next(-1); node >= 0; node = fdt_next(node))
		if (fdt_parent(node) == 0 && !strcmp(fdt_name(node), path + 1))
			return node;
	return -1;
}

static u64 cells(const u8 *p, u32 count)
{
	u64 value = 0;

	for (u32 i = 0; i < count; i++)
		value = value << 32 | fdt_be32(p + 4 * i);
	return value;
}

bool fdt_reg(int node, u32 index, u64 *address, u64 *bytes)
{
	int parent = fdt_parent(node);
	u32 na = fdt_u32(parent, "#address-cells", 2), ns = fdt_u32(parent, "#size-cells", 1), n;
	const u8 *p = fdt_property(node, "reg", &n);

	if (!p || (index + 1) * (na + ns) * 4 > n)
		return false;
	p += (size_t)index * (na + ns) * 4;
	*address = cells(p, na);
	*bytes = cells(p + 4 * na, ns);
	return true;
}

bool fdt_reservation(u32 index, u64 *address, u64 *bytes)
{
	const u8 *p = reservations + (size_t)index * 16;

	*address = cells(p, 2);
	*bytes = cells(p + 8, 2);
	return *address || *bytes;
}
