/* `faultline boot`: what QEMU's options say of the board and its processors. */
#include <stdlib.h>
#include <string.h>

#include "emu/boot_private.h"
#include "emu/isa.h"

/* ---- "key=value,key=value" ---- */

/* The next key and its value ("" when there is none); false at the end.  ",," stands for a comma. */
bool boot_next_word(struct words *w, char **key, char **value)
{
	char *from = w->next, *to, *equals;

	if (!from || !*from)
		return false;
	*key = to = from;
	while (*from && (*from != ',' || from[1] == ',')) {
		if (*from == ',')
			from++;
		*to++ = *from++;
	}
	w->next = *from ? from + 1 : from;
	*to = 0;
	equals = strchr(*key, '=');
	*value = equals ? equals + 1 : to;
	if (equals)
		*equals = 0;
	return true;
}

char *boot_keep(struct boot_options *o, const char *text)
{
	char **more = realloc(o->strings, (o->nstrings + 1) * sizeof(*more));
	char *copy = more ? strdup(text) : NULL;

	if (more)
		o->strings = more;
	if (copy)
		o->strings[o->nstrings++] = copy;
	return copy;
}

static bool is_on(const char *value)
{
	/* A name without a value is QEMU's older spelling. */
	return !*value || strcmp(value, "on") == 0 || strcmp(value, "true") == 0 ||
	       strcmp(value, "yes") == 0;
}

static bool is_off(const char *value)
{
	return strcmp(value, "off") == 0 || strcmp(value, "false") == 0 || strcmp(value, "no") == 0;
}

bool boot_take_switch(const char *key, const char *value, bool *field, struct error *error)
{
	if (is_on(value))
		*field = true;
	else if (is_off(value))
		*field = false;
	else
		return refuse(error, "%s=%s: on or off", key, value);
	return true;
}

/* ---- Slots ---- */

void boot_choose_slots(struct boot_options *o)
{
	bool taken[MEMMAP_VIRTIO_SLOTS] = { false };
	int slot = MEMMAP_VIRTIO_SLOTS - 1;

	for (unsigned i = 0; i < o->ndevices; i++)
		if (o->device[i].slot >= 0)
			taken[o->device[i].slot] = true;
	for (unsigned i = 0; i < o->ndevices; i++) {
		o->run.machine.virtio_descends |= !o->device[i].rng;
		if (o->device[i].slot >= 0)
			continue;
		while (slot >= 0 && taken[slot])
			slot--;
		o->device[i].slot = slot--;
	}
}

/* ---- The board ---- */

/* The board's name, in any place, and what may be said of it because it is so. */
bool boot_take_machine(void *ctx, const char *value, struct error *error)
{
	static const char *const so[][2] = { { "aclint", "off" },   { "aia", "none" },
					     { "acpi", "off" },	    { "usb", "off" },
					     { "accel", "tcg" },    { "graphics", "off" },
					     { "iommu-sys", "off" } };
	struct boot_options *o = ctx;
	char *copy = boot_keep(o, value), *key, *setting;
	struct words words = { copy };
	size_t i;

	if (!copy || !*copy)
		return refuse(error, "'%s': the machine is virt", value);
	while (boot_next_word(&words, &key, &setting)) {
		bool first = key == copy;

		if ((first && strcmp(key, "virt") == 0 && !*setting) ||
		    (strcmp(key, "type") == 0 && strcmp(setting, "virt") == 0))
			continue;
		if (strcmp(key, "dumpdtb") == 0 && *setting) {
			o->dump_dtb = setting;
			continue;
		}
		for (i = 0; i < sizeof(so) / sizeof(so[0]); i++)
			if (strcmp(so[i][0], key) == 0 && strcmp(so[i][1], setting) == 0)
				break;
		if (i < sizeof(so) / sizeof(so[0]))
			continue;
		if (strcmp(key, "type") == 0 || (first && !*setting))
			return refuse(error, "'%s': the machine is virt", *setting ? setting : key);
		return refuse(error, "'%s=%s': virt has no such property here", key, setting);
	}
	return true;
}

/* N or cpus=N; how they lie in sockets and cores is nothing that a guest sees, but has to come out even. */
bool boot_take_smp(void *ctx, const char *value, struct error *error)
{
	static const char *const parts[] = { "sockets", "dies", "clusters", "cores", "threads" };
	struct boot_options *o = ctx;
	uint64_t n = 0, most = 0, product = 1, number;
	char *copy = boot_keep(o, value), *key, *setting;
	struct words words = { copy };

	if (!copy || !*copy)
		return refuse(error, "'%s': 1 to %d harts", value, MEMMAP_MAX_HARTS);
	while (boot_next_word(&words, &key, &setting)) {
		bool part = false, first = key == copy;

		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			part |= strcmp(key, parts[i]) == 0;
		if (!parse_number(*setting ? setting : key, &number) || number < 1 ||
		    number > MEMMAP_MAX_HARTS)
			return refuse(error, "'%s': 1 to %d harts", value, MEMMAP_MAX_HARTS);
		if ((!*setting && first) || strcmp(key, "cpus") == 0)
			n = number;
		else if (strcmp(key, "maxcpus") == 0)
			most = number;
		else if (part)
			product *= number;
		else
			return refuse(error, "%s=%s: no such property here", key, setting);
	}
	n = n ? n : most ? most : product;
	if (n > MEMMAP_MAX_HARTS || (most && most < n) || (most ? most : n) % product)
		return refuse(error, "'%s': that does not come to 1 to %d harts", value,
			      MEMMAP_MAX_HARTS);
	o->run.machine.nharts = (unsigned)n;
	return true;
}

/* What a user may say of the processor that cannot be switched, and whether it is so. */
static bool is_so(const char *key, bool on)
{
	static const char *const present[] = { "s", "u", "g", "mmu", "pmp", "sv39" };
	static const char *const absent[] = { "h",	"v",	 "x-h",	  "e",	    "debug",
					      "smepmp", "smaia", "ssaia", "zve32f", "zve64f",
					      "zve64d", "zfinx", "zdinx", "zhinx",  "zbkb",
					      "zbkc",	"zbkx",	 "zkn" };

	for (size_t i = 0; i < sizeof(present) / sizeof(present[0]); i++)
		if (strcmp(key, present[i]) == 0)
			return on;
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		if (strcmp(key, absent[i]) == 0)
			return !on;
	return false;
}

/* sv48=on and sv57=on are QEMU's newer spellings of --mmu; off is a bound from above. */
static bool switch_mode(struct hart_config *hart, enum sv_mode mode, bool on)
{
	if (on && hart->max_mode < mode)
		hart->max_mode = mode;
	else if (!on && hart->max_mode >= mode)
		hart->max_mode = mode == SV_48 ? SV_39 : SV_48;
	return true;
}

/* QEMU's names of extensions: as everybody's, some in capitals, those that were experiments then
 * with an x. */
static bool switch_extension(struct hart_config *hart, const char *key, bool on)
{
	const char *name = strncmp(key, "x-", 2) == 0 ? key + 2 : key;
	enum isa_extension extension = isa_find(name, strlen(name));

	if (strcmp(key, "sv48") == 0 || strcmp(key, "sv57") == 0)
		return switch_mode(hart, key[2] == '4' ? SV_48 : SV_57, on);
	if (extension == EXT_COUNT)
		return is_so(key, on);
	if (extension == EXT_SVADU)
		hart->ad = on ? AD_HW : AD_SVADE;
	else if (extension == EXT_SVADE)
		hart->ad = on ? AD_SVADE : AD_HW;
	else
		return isa_switch(&hart->lacks, extension, on);
	return true;
}

/* What has a number: whether it is true of this processor, or of what it has not. */
static bool is_measure(const char *key, const char *value, bool *is)
{
	bool measure;

	static const char *const so[][2] = {
		{ "priv_spec", "v1.12.0" }, { "priv_spec", "v1.13.0" }, { "cbom_blocksize", "64" },
		{ "cbop_blocksize", "64" }, { "cboz_blocksize", "64" }, { "vext_spec", "v1.0" },
		{ "resetvec", "0x1000" },
	};

	measure = *is =
		strcmp(key, "vlen") == 0 || strcmp(key, "elen") == 0 || strcmp(key, "pmu-num") == 0;
	for (size_t i = 0; i < sizeof(so) / sizeof(so[0]); i++) {
		if (strcmp(key, so[i][0]) != 0)
			continue;
		measure = true;
		*is |= strcmp(value, so[i][1]) == 0;
	}
	return measure;
}

/* rv64 has everything; the profiles are QEMU's newer spellings of --isa. */
bool boot_take_cpu(void *ctx, const char *value, struct error *error)
{
	struct boot_options *o = ctx;
	struct hart_config *hart = &o->run.machine.hart;
	char *copy = boot_keep(o, value), *key, *setting, why[160];
	struct words words = { copy };
	uint64_t named;

	if (!copy || !boot_next_word(&words, &key, &setting) || *setting)
		return refuse(error, "'%s': the processor is rv64", value);
	if (strcmp(key, "rva22s64") == 0) {
		if (!isa_parse(key, &hart->lacks, &named, why, sizeof(why)))
			return refuse(error, "%s", why);
		hart->ad = AD_SVADE;
	} else if (strcmp(key, "rv64") != 0 && strcmp(key, "max") != 0) {
		return refuse(error, "'%s': the processor is rv64", value);
	}
	while (boot_next_word(&words, &key, &setting)) {
		bool on;

		if (is_measure(key, setting, &on)) {
			if (on)
				continue;
			return refuse(error, "%s=%s: this processor is not so", key, setting);
		}
		if (!boot_take_switch(key, setting, &on, error))
			return false;
		if (!switch_extension(hart, key, on))
			return refuse(error, "%s=%s: this processor is not so", key, setting);
	}
	return true;
}
