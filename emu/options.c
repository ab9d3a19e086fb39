#include "emu/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool refuse(struct error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return false;
}

bool parse_latency(const char *text, uint64_t *request_ns, uint64_t *page_ns, struct error *error)
{
	size_t n = strcspn(text, ",");
	char request[32];

	if (n < sizeof(request)) {
		memcpy(request, text, n);
		request[n] = 0;
		if (parse_time(request, request_ns) &&
		    (!text[n] || parse_time(text + n + 1, page_ns)))
			return true;
	}
	return refuse(error, "'%s': REQUEST[,PAGE], each a time like 100us", text);
}

/* ---- The common options ---- */

/* What is only kept. */
OPTION_TEXT(take_record, struct run_options, record)
OPTION_TEXT(take_replay, struct run_options, replay)
OPTION_TEXT(take_stats, struct run_options, observe.stats)
OPTION_TEXT(take_symbols, struct run_options, symbols)
OPTION_TEXT(take_trace_file, struct run_options, trace_file)
OPTION_FLAG(take_slow, struct run_options, machine.hart.slow)
OPTION_FLAG(take_realtime, struct run_options, realtime)
OPTION_FLAG(take_view_close, struct run_options, observe.view_close)
OPTION_FLAG(take_help, struct run_options, help)

static bool take_memory(void *ctx, const char *value, struct error *error)
{
	struct run_options *o = ctx;
	uint64_t bytes;
	/* QEMU's other spelling. */
	const char *text = strncmp(value, "size=", 5) == 0 ? value + 5 : value;
	size_t n = strcspn(text, ",");
	char size[32] = "";

	/* Room for more that could be plugged in later: nobody does. */
	if (n < sizeof(size) && (!text[n] || strncmp(text + n, ",slots=", 7) == 0 ||
				 strncmp(text + n, ",maxmem=", 8) == 0))
		memcpy(size, text, n);
	if (!parse_size(size, 1 << 20, &bytes))
		return refuse(error, "'%s' is no size (try 8M)", value);
	if (bytes < (uint64_t)o->ram_least_kib << 10 || bytes > (64ull << 30))
		return refuse(error, "%s: memory must be between %uK and 64G", value,
			      o->ram_least_kib);
	if (bytes % 4096)
		return refuse(error, "%s: not a whole number of 4 KiB pages", value);
	o->machine.ram_bytes = bytes;
	return true;
}

static bool take_tlb(void *ctx, const char *value, struct error *error)
{
	struct run_options *o = ctx;
	uint64_t sets, ways;
	char first[8];
	size_t n = strcspn(value, "x");

	snprintf(first, sizeof(first), "%.*s", (int)n, value);
	if (n >= sizeof(first) || !value[n] || !parse_number(first, &sets) ||
	    !parse_number(value + n + 1, &ways) || sets < 1 || sets > 65536 ||
	    (sets & (sets - 1)) || ways < 1 || ways > 64)
		return refuse(error,
			      "'%s' is no geometry: SETSxWAYS, sets a power of two up to 65536, "
			      "1 to 64 ways",
			      value);
	o->machine.hart.itlb.sets = o->machine.hart.dtlb.sets = (unsigned)sets;
	o->machine.hart.itlb.ways = o->machine.hart.dtlb.ways = (unsigned)ways;
	return true;
}

static bool take_tlb_replacement(void *ctx, const char *value, struct error *error)
{
	struct run_options *o = ctx;
	enum tlb_replacement r;

	if (strcmp(value, "fifo") == 0)
		r = TLB_FIFO;
	else if (strcmp(value, "random") == 0)
		r = TLB_RANDOM;
	else
		return refuse(error, "'%s': fifo or random", value);
	o->machine.hart.itlb.replacement = o->machine.hart.dtlb.replacement = r;
	return true;
}

static bool take_ad(void *ctx, const char *value, struct error *error)
{
	static const char *const names[] = { "hw", "svade", "svadu" };
	struct run_options *o = ctx;

	for (int i = 0; i < 3; i++) {
		if (strcmp(value, names[i]) == 0) {
			o->machine.hart.ad = (enum ad_mode)i;
			return true;
		}
	}
	return refuse(error, "'%s': hw, svade or svadu", value);
}

/* A profile, or naming one of svade and svadu alone, says what becomes of the A and D bits too. */
static bool take_isa(void *ctx, const char *value, struct error *error)
{
	struct hart_config *hart = &((struct run_options *)ctx)->machine.hart;
	uint64_t named;
	char why[160];

	if (!isa_parse(value, &hart->lacks, &named, why, sizeof(why)))
		return refuse(error, "%s", why);
	if ((named & EXT_AD) == EXT_BIT(EXT_SVADE))
		hart->ad = AD_SVADE;
	else if ((named & EXT_AD) == EXT_BIT(EXT_SVADU))
		hart->ad = AD_HW;
	else if (named & EXT_AD)
		hart->ad = AD_SVADU;
	return true;
}

static bool take_misaligned(void *ctx, const char *value, struct error *error)
{
	bool *traps = &((struct run_options *)ctx)->machine.hart.misaligned_traps;

	if (strcmp(value, "trap") != 0 && strcmp(value, "work") != 0)
		return refuse(error, "'%s': work or trap", value);
	*traps = value[0] == 't';
	return true;
}

static bool take_mmu(void *ctx, const char *value, struct error *error)
{
	struct run_options *o = ctx;

	if (strcmp(value, "sv39") == 0)
		o->machine.hart.max_mode = SV_39;
	else if (strcmp(value, "sv48") == 0)
		o->machine.hart.max_mode = SV_48;
	else if (strcmp(value, "sv57") == 0)
		o->machine.hart.max_mode = SV_57;
	else
		return refuse(error, "'%s': sv39, sv48 or sv57", value);
	return true;
}

static bool number_into(const char *value, uint64_t *field, struct error *error)
{
	return parse_number(value, field) || refuse(error, "'%s' is no number", value);
}

static bool take_max_insns(void *ctx, const char *value, struct error *error)
{
	struct run_options *o = ctx;

	if (!number_into(value, &o->machine.max_insns, error))
		return false;
	return o->machine.max_insns || refuse(error, "0: at least one instruction");
}

static bool take_seed(void *ctx, const char *value, struct error *error)
{
	struct run_options *o = ctx;

	return number_into(value, &o->machine.seed, error);
}

static bool take_fill(void *ctx, const char *value, struct error *error)
{
	struct run_options *o = ctx;
	uint64_t byte = 0;

	if (!parse_number(value, &byte) || byte > 255)
		return refuse(error, "'%s': a byte, 0 to 255", value);
	o->machine.fill = (uint8_t)byte;
	return true;
}

static bool take_drop(void *ctx, const char *value, struct error *error)
{
	struct run_options *o = ctx;

	return number_into(value, &o->machine.hart.drop_seed, error);
}

static bool take_code_cache(void *ctx, const char *value, struct error *error)
{
	struct run_options *o = ctx;
	uint64_t bytes;

	if (!parse_size(value, 1 << 20, &bytes) || bytes < (64 << 10) || bytes > (4ull << 30))
		return refuse(error, "'%s' is no size between 64K and 4G", value);
	o->machine.hart.code_cache_bytes = bytes;
	return true;
}

static bool take_view(void *ctx, const char *value, struct error *error)
{
	struct run_options *o = ctx;

	return observe_parse_view(&o->observe, value, error->text, sizeof(error->text));
}

static bool take_shot(void *ctx, const char *value, struct error *error)
{
	struct run_options *o = ctx;

	return observe_parse_shot(&o->observe, value, error->text, sizeof(error->text));
}

static bool take_faults(void *ctx, const char *value, struct error *error)
{
	(void)error;
	((struct run_options *)ctx)->observe.faults = value && *value ? value : "-";
	return true;
}

static bool take_profile(void *ctx, const char *value, struct error *error)
{
	(void)error;
	((struct run_options *)ctx)->profile.path = value && *value ? value : "-";
	return true;
}

static bool take_profile_format(void *ctx, const char *value, struct error *error)
{
	return profile_parse_format(&((struct run_options *)ctx)->profile, value) ||
	       refuse(error, "'%s': table or folded", value);
}

static bool take_profile_interval(void *ctx, const char *value, struct error *error)
{
	uint64_t *ns = &((struct run_options *)ctx)->profile.interval_ns;

	return (parse_time(value, ns) && *ns >= PROFILE_LEAST_NS && *ns <= 3600000000000u) ||
	       refuse(error, "'%s': a time between 1us and 3600s (try 100us)", value);
}

static bool take_trace(void *ctx, const char *value, struct error *error)
{
	static const struct {
		const char *name;
		uint32_t bits;
	} kinds[] = {
		{ "insn", EVENT_BIT(EVENT_INSN) },
		{ "trap", EVENT_BIT(EVENT_TRAP) | EVENT_BIT(EVENT_XRET) },
		{ "mmu", EVENT_BIT(EVENT_WALK) | EVENT_BIT(EVENT_TLB_FILL) |
				 EVENT_BIT(EVENT_FENCE) | EVENT_BIT(EVENT_SATP) },
		{ "disk", EVENT_BIT(EVENT_DISK) },
		/* QEMU's names: those that mean the same, and what there is nothing to say of. */
		{ "int", EVENT_BIT(EVENT_TRAP) | EVENT_BIT(EVENT_XRET) },
		{ "in_asm", EVENT_BIT(EVENT_INSN) },
		{ "exec", EVENT_BIT(EVENT_INSN) },
		{ "cpu", 0 },
		{ "fpu", 0 },
		{ "op", 0 },
		{ "op_opt", 0 },
		{ "out_asm", 0 },
		{ "page", 0 },
		{ "pcall", 0 },
		{ "plugin", 0 },
		{ "strace", 0 },
		{ "tid", 0 },
		{ "guest_errors", 0 },
		{ "unimp", 0 },
		{ "cpu_reset", 0 },
		{ "nochain", 0 },
	};
	struct run_options *o = ctx;
	const char *at = value;

	do {
		size_t n = strcspn(at, ","), i;

		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (strlen(kinds[i].name) == n && memcmp(at, kinds[i].name, n) == 0)
				break;
		if (i == sizeof(kinds) / sizeof(kinds[0]))
			return refuse(error, "'%.*s': insn, trap, mmu or disk, joined by commas",
				      (int)n, at);
		o->trace |= kinds[i].bits;
		at += n + (at[n] == ',');
	} while (*at);
	return true;
}

static bool take_power_cut(void *ctx, const char *value, struct error *error)
{
	struct run_options *o = ctx;
	char insns[32];
	size_t n = strcspn(value, ":");

	if (n >= sizeof(insns))
		return refuse(error, "'%s': INSNS[:SEED]", value);
	memcpy(insns, value, n);
	insns[n] = 0;
	if (!parse_number(insns, &o->machine.power_cut_insns) || !o->machine.power_cut_insns ||
	    (value[n] && !parse_number(value + n + 1, &o->machine.power_cut_seed)))
		return refuse(error, "'%s': INSNS[:SEED]", value);
	return true;
}

// clang-format off
static const struct option common_options[] = {
	{ "m",               OPTION_VALUE, take_memory },
	{ "tlb",             OPTION_VALUE, take_tlb },
	{ "tlb-replacement", OPTION_VALUE, take_tlb_replacement },
	{ "ad",              OPTION_VALUE, take_ad },
	{ "mmu",             OPTION_VALUE, take_mmu },
	{ "isa",             OPTION_VALUE, take_isa },
	{ "misaligned",      OPTION_VALUE, take_misaligned },
	{ "max-insns",       OPTION_VALUE, take_max_insns },
	{ "seed",            OPTION_VALUE, take_seed },
	{ "fill",            OPTION_VALUE, take_fill },
	{ "drop-seed",       OPTION_VALUE, take_drop },
	{ "code-cache",      OPTION_VALUE, take_code_cache },
	{ "slow",            OPTION_NONE,  take_slow },
	{ "realtime",        OPTION_NONE,  take_realtime },
	{ "record",          OPTION_PATH,  take_record },
	{ "replay",          OPTION_PATH,  take_replay },
	{ "view",            OPTION_VALUE, take_view },
	{ "view-close",      OPTION_NONE,  take_view_close },
	{ "shot",            OPTION_VALUE, take_shot },
	{ "stats",           OPTION_PATH,  take_stats },
	{ "faults",          OPTION_MAY,   take_faults },
	{ "symbols",         OPTION_PATH,  take_symbols },
	{ "profile",         OPTION_MAY,   take_profile },
	{ "profile-format",  OPTION_VALUE, take_profile_format },
	{ "profile-interval", OPTION_VALUE, take_profile_interval },
	{ "d",               OPTION_VALUE, take_trace },
	{ "D",               OPTION_PATH,  take_trace_file },
	{ "power-cut",       OPTION_VALUE, take_power_cut },
	{ "help",            OPTION_NONE,  take_help },
	{ "h",               OPTION_NONE,  take_help },
	{ NULL,              OPTION_NONE,  NULL },
};
// clang-format on

void run_options_init(struct run_options *o)
{
	struct tlb_config tlb = { .sets = 1024, .ways = 4, .replacement = TLB_FIFO };

	*o = (struct run_options){ 0 };
	o->machine.nharts = 1;
	o->ram_least_kib = 64;
	o->machine.hart.itlb = o->machine.hart.dtlb = tlb;
	o->machine.hart.max_mode = SV_39;
	o->machine.hart.code_cache_bytes = 16 << 20;
	o->machine.seed = 1;
	o->machine.console_slot = o->machine.rng_slot = -1;
	o->observe.root_disk = o->observe.swap_disk = ~0u;
}

void run_options_free(struct run_options *o)
{
	observe_options_free(&o->observe);
	recording_free(o->recording);
}

/* ---- The words ---- */

static const struct option *find(const struct option *table, const char *name, size_t n)
{
	for (; table->name; table++)
		if (strlen(table->name) == n && memcmp(table->name, name, n) == 0)
			return table;
	return NULL;
}

/* A name as the user wrote it, without its value. */
static bool take_one(int argc, char **argv, int *at, const struct option *option, void *ctx,
		     size_t written, struct error *error)
{
	char *word = argv[*at];
	const char *value = word[written] == '=' ? word + written + 1 : NULL;
	struct error inner = { "" };

	*at += 1;
	if (option->value == OPTION_NONE && value)
		return refuse(error, "%.*s takes no value", (int)written, word);
	if ((option->value == OPTION_VALUE || option->value == OPTION_PATH) && !value) {
		if (*at >= argc)
			return refuse(error, "%s: a value is missing", word);
		value = argv[*at];
		*at += 1;
	}
	if (option->value == OPTION_PATH && !*value)
		return refuse(error, "%.*s: an empty name", (int)written, word);
	if (option->take(ctx, value, &inner))
		return true;
	return refuse(error, "%.*s: %.400s", (int)written, word, inner.text);
}

enum options_next options_take_one(int argc, char **argv, int *at, const struct option *own,
				   void *ctx, struct run_options *common, struct error *error)
{
	char *word = argv[*at];
	const struct option *option;
	void *to = ctx;
	size_t dashes, n;

	if (*at >= argc || (word[0] != '-' && word[0] != '+') || !word[1])
		return OPTIONS_END;
	if (strcmp(word, "--") == 0) {
		*at += 1;
		return OPTIONS_END;
	}
	dashes = word[0] == '+' ? 0 : word[1] == '-' ? 2 : 1;
	n = strcspn(word + dashes, "=");
	option = find(own, word + dashes, n);
	if (!option && common) {
		option = find(common_options, word + dashes, n);
		to = common;
	}
	if (!option) {
		refuse(error, "unknown option %.*s (see --help)", (int)(dashes + n), word);
		return OPTIONS_UNKNOWN;
	}
	return take_one(argc, argv, at, option, to, dashes + n, error) ? OPTIONS_TAKEN
								       : OPTIONS_REFUSED;
}

bool options_take(int argc, char **argv, int *at, const struct option *own, void *ctx,
		  struct run_options *common, struct error *error)
{
	enum options_next next;

	do
		next = options_take_one(argc, argv, at, own, ctx, common, error);
	while (next == OPTIONS_TAKEN);
	return next == OPTIONS_END;
}
