/*
 * The kernel's generator: xoshiro256**, seeded once from virtio-rng, so that a run with the same seed
 * replays.
 */
#include "kernel.h"
#include "random.h"

static u64 state[4] = { 0x9e3779b97f4a7c15ul, 0xbf58476d1ce4e5b9ul, 0x94d049bb133111ebul, 1 };

static u64 rotate(u64 x, int by)
{
	return x << by | x >> (64 - by);
}

u64 random_u64(void)
{
	u64 result = rotate(state[1] * 5, 7) * 9, t = state[1] << 17;

	state[2] ^= state[0];
	state[3] ^= state[1];
	state[1] ^= state[2];
	state[0] ^= state[3];
	state[2] ^= t;
	state[3] = rotate(state[3], 45);
	return result;
}

void random_bytes(void *to, size_t bytes)
{
	u8 *p = to;

	while (bytes) {
		u64 word = random_u64();
		size_t n = bytes < 8 ? bytes : 8;

		memcpy(p, &word, n);
		p += n;
		bytes -= n;
	}
}

void random_seed(const void *seed, size_t bytes)
{
	const u8 *p = seed;

	for (size_t i = 0; i < bytes; i++)
		state[i / 8 % 4] ^= (u64)p[i] << i % 8 * 8;
	for (int i = 0; i < 16; i++)
		random_u64();
}
