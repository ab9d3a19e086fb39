#include "bench.h"

#define N 160

static double a[N][N], b[N][N], c[N][N];

int main(void)
{
	union {
		double d;
		uint64_t u;
	} sum = { 0 };

	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			a[i][j] = (double)(i * 3 + j) / 7;
			b[i][j] = (double)(i - j * 2) / 5;
		}
	for (int round = 0; round < 12; round++)
		for (int i = 0; i < N; i++)
			for (int j = 0; j < N; j++) {
				double s = 0;

				for (int k = 0; k < N; k++)
					s += a[i][k] * b[k][j];
				c[i][j] = s + c[i][j] / 2;
			}
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			sum.d += c[i][j];
	bench_report("matrix", sum.u);
	return 0;
}
