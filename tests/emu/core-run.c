/*
 * core-run [--slow] [--quiet] [--all] [--drop SEED] ELF: run a bare-metal program on a bare hart and say
 * how many instructions it took and how fast they went.  For timing the core alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/emu/rig.h"

static void print_counters(struct rig *rig, double seconds)
{
	const struct hart_counters *counters = hart_counters(rig->hart);
	uint64_t insns = hart_instret(rig->hart);

	fprintf(stderr, "%llu insns %.3f s %.1f MIPS  itlb %llu/%llu dtlb %llu/%llu walks %llu\n",
		(unsigned long long)insns, seconds, (double)insns / seconds / 1e6,
		(unsigned long long)counters->itlb_accesses,
		(unsigned long long)tlb_counters(hart_itlb(rig->hart))->misses,
		(unsigned long long)counters->dtlb_accesses,
		(unsigned long long)tlb_counters(hart_dtlb(rig->hart))->misses,
		(unsigned long long)counters->walks);
}

int main(int argc, char **argv)
{
	struct hart_config config = rig_config();
	struct rig rig;
	bool quiet = false;
	uint64_t named;
	char why[80];
	uint64_t entry;
	clock_t start;
	int k;

	isa_parse("rv64gc_zicntr", &config.lacks, &named, why, sizeof(why));
	for (k = 1; k < argc && argv[k][0] == '-'; k++) {
		if (!strcmp(argv[k], "--slow"))
			config.slow = true;
		else if (!strcmp(argv[k], "--all"))
			config.lacks = 0;
		else if (!strcmp(argv[k], "--quiet"))
			quiet = true;
		else if (!strcmp(argv[k], "--drop") && k + 1 < argc)
			config.drop_seed = strtoull(argv[++k], NULL, 0);
	}
	if (k >= argc || !rig_create(&rig, 256u << 20, &config)) {
		fprintf(stderr, "usage: core-run [--slow] [--quiet] [--all] [--drop SEED] ELF\n");
		return 2;
	}
	rig.quiet = quiet;
	entry = rig_load(&rig, argv[k]);
	if (!entry) {
		fprintf(stderr, "core-run: cannot load %s\n", argv[k]);
		return 2;
	}
	hart_reset(rig.hart, entry, 0, 0, 0);
	start = clock();
	if (!rig_run(&rig, UINT64_MAX / 2))
		fprintf(stderr, "core-run: stopped at pc %#llx\n",
			(unsigned long long)hart_pc(rig.hart));
	fflush(stdout);
	print_counters(&rig, (double)(clock() - start) / CLOCKS_PER_SEC);
	k = rig.finished && rig.status == 0x5555 ? 0 : 1;
	rig_destroy(&rig);
	return k;
}
