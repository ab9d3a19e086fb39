/* Nothing: what starting up costs. */
#include "bench.h"

int main(void)
{
	bench_report("null", 0);
	return 0;
}
