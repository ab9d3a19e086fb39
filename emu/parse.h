/* Numbers, sizes and times as users write them (false: it is none); and text of the guest's on its way out. */
#ifndef EMU_PARSE_H
#define EMU_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/* "8M", "64K", "1G", plain bytes with b; a plain number is in `unit` bytes. */
bool parse_size(const char *text, uint64_t unit, uint64_t *bytes);
/* "100us", "10ms", "1.5s", "500ns", "0": exact. */
bool parse_time(const char *text, uint64_t *ns);
/* Decimal or 0x. */
bool parse_number(const char *text, uint64_t *value);

/* Control characters become question marks: a line stays a line, and a terminal is left alone. */
void make_printable(char *text);

#endif
