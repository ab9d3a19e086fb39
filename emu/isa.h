/*
 * Which extensions a hart has: sets of them, and the strings in which users and device trees name
 * them.  Pure: knows no hart.
 */
#ifndef EMU_ISA_H
#define EMU_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum isa_extension {
#define EXTENSION(id, ...) EXT_##id,
#include "emu/isa.def"
	EXT_COUNT
};

_Static_assert(EXT_COUNT <= 64, "a set is 64 bits");

#define EXT_BIT(extension) (1ull << (extension))

/* The A and D bits are the business of --ad, which these two only report. */
#define EXT_AD (EXT_BIT(EXT_SVADE) | EXT_BIT(EXT_SVADU))

#define ISA_STRING_BYTES 512

/*
 * Parse "rv64imac_zba_svinval", "rva22s64" or "rva22s64_zfh" into the set of what the hart shall
 * not have; *named is what the string itself names.  What an extension needs is there with it.
 * False: error has one line.
 */
bool isa_parse(const char *text, uint64_t *lacks, uint64_t *named, char *error, size_t error_bytes);

/* The extension called so, in any case; EXT_COUNT if there is none. */
enum isa_extension isa_find(const char *name, size_t length);

/* Switch one on or off in a set of what is lacking, with what it needs or what needs it.  False: it
 * is always there. */
bool isa_switch(uint64_t *lacks, enum isa_extension extension, bool on);

/* "rv64imafdc_zicbom_..." of a set of what is there. */
void isa_print(uint64_t has, char *buf, size_t size);

#endif
