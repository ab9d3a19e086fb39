/* Self-modifying code: patch an instruction, fence.i, call 64 instructions. */
#include "bench.h"

#define ROUNDS 60000

static uint32_t code[64] __attribute__((aligned(4096)));

int main(void)
{
	uint64_t (*call)(uint64_t) = (uint64_t(*)(uint64_t))code;
	uint64_t sum = 0;

	for (unsigned k = 0; k < 63; k++)
		code[k] = 0x00150513; /* addi a0, a0, 1 */
	code[63] = 0x00008067;	      /* ret */
	for (unsigned n = 0; n < ROUNDS; n++) {
		code[n % 63] = 0x00050513 | (n & 1023) << 20; /* addi a0, a0, n */
		asm volatile("fence.i" ::: "memory");
		sum = call(sum);
	}
	bench_report("patch", sum);
	return 0;
}
