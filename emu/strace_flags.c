#include "emu/strace_private.h"

// clang-format off
#define FLAGS(name, unknown, ...)                                                                  \
	static const struct flag name##_list[] = { __VA_ARGS__, { 0, NULL } };                     \
	const struct flags name##_flags = { name##_list, unknown };
#include "emu/strace_flags.def"
#undef FLAGS
// clang-format on

void put_name(struct text *text, const struct flags *flags, uint64_t value)
{
	for (const struct flag *f = flags->list; f->name; f++) {
		if (f->value == value) {
			text_put(text, f->name);
			return;
		}
	}
	text_printf(text, "%#llx /* %s */", (unsigned long long)value, flags->unknown);
}

void put_flags(struct text *text, const struct flags *flags, uint64_t value)
{
	const char *between = "";
	for (const struct flag *f = flags->list; f->name; f++) {
		if (!f->value && !value) {
			text_put(text, f->name);
			return;
		}
		if (f->value && (value & f->value) == f->value) {
			text_printf(text, "%s%s", between, f->name);
			value &= ~f->value;
			between = "|";
		}
	}
	if (value && *between)
		text_printf(text, "|%#llx", (unsigned long long)value);
	else if (value)
		text_printf(text, "%#llx /* %s */", (unsigned long long)value, flags->unknown);
	else if (!*between)
		text_put(text, "0");
}
