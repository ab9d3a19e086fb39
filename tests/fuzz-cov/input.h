/*
 * What a harness needs to read one fuzzer's input as decisions: bytes from the front, zeros when there
 * are no more.  A harness is one function, LLVMFuzzerTestOneInput; libFuzzer calls it for an hour
 * (`make fuzz-cov`), replay.c calls it once for every file of its corpus (`make test`).
 */
#ifndef TESTS_FUZZ_COV_INPUT_H
#define TESTS_FUZZ_COV_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *at, *end;
};

static inline size_t input_left(const struct input *in)
{
	return (size_t)(in->end - in->at);
}

static inline uint64_t input_take(struct input *in, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes && in->at < in->end; i++)
		value |= (uint64_t)*in->at++ << 8 * i;
	return value;
}

static inline uint8_t input_u8(struct input *in)
{
	return (uint8_t)input_take(in, 1);
}

static inline uint16_t input_u16(struct input *in)
{
	return (uint16_t)input_take(in, 2);
}

/* A rule that must hold whatever the input: the fuzzer finds what breaks it. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
