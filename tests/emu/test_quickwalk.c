/*
 * The short cut for the commonest walk says what the walker says, or nothing: random page tables,
 * contexts and addresses, walked both ways.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/quickwalk.h"
#include "tests/random.h"

#define BASE   0x80000000ull
#define FRAMES 16u
#define WALKS  1500000u
#define KNOWN  8u /* remembered upper steps, by address */

static _Alignas(4096) uint8_t memory[FRAMES * 4096], before[FRAMES * 4096];
static const struct ram ram = { .base = BASE, .bytes = sizeof(memory), .host = memory };

static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(void)
{
	return xorshift(&random_state);
}

static enum sv_port_status read_pte(void *ctx, uint64_t pte_pa, uint64_t *pte)
{
	(void)ctx;
	if (!ram_holds(&ram, pte_pa, 8))
		return SV_PORT_DENIED;
	memcpy(pte, ram_at(&ram, pte_pa), 8);
	return SV_PORT_OK;
}

/* Nothing is written, so that the tables stay as they are. */
static enum sv_port_status cas_pte(void *ctx, uint64_t pte_pa, uint64_t expected, uint64_t desired)
{
	(void)ctx;
	(void)pte_pa;
	(void)expected;
	(void)desired;
	return SV_PORT_OK;
}

static enum sv_port_status check_pa(void *ctx, uint64_t pa, enum sv_access access)
{
	(void)ctx;
	(void)access;
	return ram_holds(&ram, pa, 1) ? SV_PORT_OK : SV_PORT_DENIED;
}

static const struct sv_port port = { NULL, read_pte, cas_pte, check_pa };

/*
 * In frames 0 and 1 mostly pointers to 2..5, there to the others, which hold leaves such as an
 * operating system makes: each with a bit or two wrong now and then.
 */
static uint64_t random_pte(unsigned frame)
{
	static const uint64_t leaf[] = { 0xcf, 0xdf, 0xc7, 0xd7, 0x43, 0x53, 0x4b, 0x5b,
					 0xef, 0x49, 0xc5, 0x00, 0x47, 0x87, 0xff, 0x5f };
	uint64_t r = next_random(), flags = r >> 40 & 31 ? PTE_V : PTE_V | PTE_G, to;
	uint64_t pte;

	if (frame < 2)
		to = 2 + (r & 3);
	else if (frame < 6)
		to = 6 + (r & 7);
	else
		to = r & 15 ? r >> 4 & (FRAMES - 1) : r >> 4 & 0xfffff;
	if (frame >= 6)
		flags = leaf[r >> 40 & 15];
	pte = ((BASE >> 12) + to) << 10 | flags;
	if ((r >> 44 & 7) == 0)
		pte ^= 1ull << (r >> 47 & 63);
	if ((r >> 53 & 63) == 0)
		pte ^= 1ull << (r >> 59 & 7);
	return pte;
}

/* One in two lies in one of 16 regions of 2 MiB, so that the same steps are wanted again. */
static uint64_t random_va(void)
{
	uint64_t r = next_random(), va = (uint64_t)((int64_t)(r << 25) >> 25);

	if (r >> 39 & 1)
		va &= 3ull << 30 | 3ull << 21 | 0x1fffff;
	return (r >> 58) == 0 ? va ^ 1ull << (38 + (r >> 50 & 15)) : va;
}

static struct sv_context random_context(void)
{
	uint64_t r = next_random();
	struct sv_context context = { .mode = SV_39,
				      .root_ppn = (BASE >> 12) + (r & 1),
				      .priv = r >> 8 & 1 ? SV_USER : SV_SUPERVISOR,
				      .sum = r >> 9 & 1,
				      .mxr = r >> 10 & 1,
				      .ad_update = r >> 11 & 1,
				      .svpbmt = r >> 12 & 1,
				      .svnapot = r >> 13 & 1,
				      .pa_bits = 56 };

	if ((r >> 16 & 63) == 0)
		context.root_ppn = r >> 22 & 0xfffffffffff;
	return context;
}

static bool same(const struct sv_walk *a, const struct sv_walk *b)
{
	return a->status == b->status && a->access == b->access && a->va == b->va &&
	       a->pa == b->pa && a->page_bytes == b->page_bytes && a->pte == b->pte &&
	       a->pte_pa == b->pte_pa && a->level == b->level && a->global == b->global &&
	       a->updated == b->updated && a->pte_reads == b->pte_reads;
}

static void set_pte(unsigned n)
{
	uint64_t pte = random_pte(n / 512);

	memcpy(memory + 8 * n, &pte, 8);
	memcpy(before + 8 * n, &pte, 8);
}

int main(void)
{
	static struct quick_steps known[KNOWN];
	static const char *const name[] = { "fetch", "load", "store" };
	unsigned answered[3] = { 0 }, again = 0, wrong = 0, wrote = 0, missed = 0;
	bool few;

	for (unsigned k = 0; k < KNOWN; k++)
		known[k] = (struct quick_steps){ .region = QUICK_NO_REGION, .table = memory };
	for (unsigned k = 0; k < WALKS; k++) {
		struct sv_context context = random_context();
		enum sv_access access = (enum sv_access)(k % 3);
		struct quick_rule rule = quick_rule(&context, access);
		struct sv_walk quick, full;
		uint64_t va = random_va();
		struct quick_steps *steps = &known[va >> 21 & (KNOWN - 1)];
		bool remembered;
		bool answer;

		if (k % 1000 == 0)
			for (unsigned n = 0; n < sizeof(memory) / 8; n++)
				set_pte(n);
		/* What leads to the regions wanted again changes behind the remembered steps. */
		if (k % 8 == 0)
			set_pte((unsigned)(next_random() % 6 * 512 + next_random() % 4));
		remembered = steps->region == va >> 21;
		answer = quick_walk(&ram, &context, &rule, va, access, steps, &quick);
		full = sv39_walk(&port, &context, va, access);
		if (answer) {
			answered[access]++;
			again += remembered;
			if (!same(&quick, &full) && wrong++ < 5)
				printf("# %s of %#llx: quick: %s, pa %#llx; walk: %s, pa %#llx\n",
				       name[access], (unsigned long long)va,
				       sv_status_name(quick.status), (unsigned long long)quick.pa,
				       sv_status_name(full.status), (unsigned long long)full.pa);
		} else if (full.status == SV_OK && full.level == 0 && !full.updated &&
			   full.page_bytes == 4096 && full.pte & PTE_R && !(full.pte & PTE_PBMT)) {
			missed++;
		}
		if (k % 1000 == 999)
			wrote += memcmp(before, memory, sizeof(memory)) != 0;
	}
	few = answered[0] < WALKS / 100 || answered[1] < WALKS / 100 || answered[2] < WALKS / 100 ||
	      again < WALKS / 100;
	printf("1..3\n");
	printf("%sok 1 - the quick walk says what sv39_walk says, or nothing, whatever it remembers (%u fetches, %u loads, %u stores; %u where it had been before)\n",
	       wrong || few ? "not " : "", answered[0], answered[1], answered[2], again);
	printf("%sok 2 - the quick walk writes nothing\n", wrote ? "not " : "");
	printf("%sok 3 - the quick walk answers for every readable 4 KiB page of ordinary memory (%u left out)\n",
	       missed ? "not " : "", missed);
	return wrong || few || wrote || missed;
}
