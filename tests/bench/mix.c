/* List sorting, integer matrices and a state machine over text, in about equal shares, each
 * checked by a CRC. */
#include "bench.h"

static uint16_t crc16(uint32_t value, uint16_t crc)
{
	for (int k = 0; k < 16; k++) {
		uint16_t bit = (uint16_t)((value ^ crc) & 1);

		value >>= 1;
		crc >>= 1;
		if (bit)
			crc ^= 0xa001;
	}
	return crc;
}

/* ---- Lists ---- */

struct node {
	struct node *next;
	int16_t key, tag;
};

#define NODES 120

static struct node nodes[NODES];

static struct node *merge_sort(struct node *list, int by_tag)
{
	for (int size = 1;; size *= 2) {
		struct node *p = list, *tail = NULL;
		int merges = 0;

		list = NULL;
		while (p) {
			struct node *q = p;
			int np = 0, nq = size;

			merges++;
			while (np < size && q) {
				np++;
				q = q->next;
			}
			while (np > 0 || (nq > 0 && q)) {
				struct node *e;
				int take_p;

				if (np == 0)
					take_p = 0;
				else if (nq == 0 || !q)
					take_p = 1;
				else
					take_p = by_tag ? p->tag <= q->tag : p->key <= q->key;
				if (take_p) {
					e = p;
					p = p->next;
					np--;
				} else {
					e = q;
					q = q->next;
					nq--;
				}
				if (tail)
					tail->next = e;
				else
					list = e;
				tail = e;
			}
			p = q;
		}
		tail->next = NULL;
		if (merges <= 1)
			return list;
	}
}

static uint16_t lists(uint16_t crc, uint64_t *seed)
{
	struct node *list = NULL, *found;

	for (int k = 0; k < NODES; k++) {
		nodes[k].key = (int16_t)bench_random(seed);
		nodes[k].tag = (int16_t)k;
		nodes[k].next = list;
		list = &nodes[k];
	}
	list = merge_sort(list, 0);
	for (int k = 0; k < 40; k++) {
		for (found = list; found && (found->key & 0xff) != k * 3; found = found->next)
			;
		crc = crc16(found ? (uint32_t)found->tag : 0xffff, crc);
	}
	list = merge_sort(list, 1);
	for (struct node *n = list; n; n = n->next)
		crc = crc16((uint16_t)n->key, crc);
	return crc;
}

/* ---- Matrices ---- */

#define N 20

static int16_t ma[N][N], mb[N][N];
static int32_t mc[N][N];

static uint16_t matrices(uint16_t crc, int16_t value)
{
	int32_t sum = 0;

	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			ma[i][j] = (int16_t)(value + i * j);
			mb[i][j] = (int16_t)(value - i + j);
		}
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			int32_t acc = 0;

			for (int k = 0; k < N; k++)
				acc += (int32_t)ma[i][k] * mb[k][j];
			mc[i][j] = acc;
			sum += (acc >> 2 & 15) * (acc >> 5 & 127);
		}
	return crc16((uint32_t)sum, crc);
}

/* ---- State machine ---- */

enum state { START, SIGN, INTEGER, POINT, FRACTION, EXPONENT, INVALID, STATES };

static enum state scan(const char **text, uint32_t count[STATES])
{
	enum state s = START;
	const char *p = *text;

	for (; *p && *p != ','; p++) {
		char c = *p;

		count[s]++;
		switch (s) {
		case START:
			s = c >= '0' && c <= '9'   ? INTEGER
			    : c == '+' || c == '-' ? SIGN
			    : c == '.'		   ? POINT
						   : INVALID;
			break;
		case SIGN:
			s = c >= '0' && c <= '9' ? INTEGER : c == '.' ? POINT : INVALID;
			break;
		case INTEGER:
			if (c == '.')
				s = FRACTION;
			else if (c == 'e')
				s = EXPONENT;
			else if (c < '0' || c > '9')
				s = INVALID;
			break;
		case POINT:
		case FRACTION:
			if (c == 'e')
				s = EXPONENT;
			else if (c < '0' || c > '9')
				s = INVALID;
			else
				s = FRACTION;
			break;
		case EXPONENT:
			if ((c < '0' || c > '9') && c != '-')
				s = INVALID;
			break;
		default:
			break;
		}
	}
	*text = *p ? p + 1 : p;
	return s;
}

static uint16_t machine(uint16_t crc, char *text, unsigned bytes, unsigned step)
{
	uint32_t count[STATES] = { 0 }, final[STATES] = { 0 };
	const char *p = text;

	for (unsigned k = step; k < bytes; k += 17)
		text[k] ^= 1;
	while (*p)
		final[scan(&p, count)]++;
	for (int k = 0; k < STATES; k++)
		crc = crc16(final[k] << 16 | count[k], crc);
	for (unsigned k = step; k < bytes; k += 17)
		text[k] ^= 1;
	return crc;
}

int main(void)
{
	static char text[2048];
	static const char *const word[] = { "5012",	"1234",	    "-874",	"+122",
					    "35.54400", "-110.700", "+0.64400", "5.500e3",
					    "-.123e-2", "T0.3e-1F", "-T.T++Tq", "1T3.4e4z" };
	uint64_t seed = 12345;
	unsigned bytes = 0;
	uint16_t crc = 0;

	while (bytes < sizeof(text) - 16) {
		const char *w = word[bench_random(&seed) % 12];

		while (*w)
			text[bytes++] = *w++;
		text[bytes++] = ',';
	}
	text[bytes] = 0;
	for (unsigned k = 0; k < 2500; k++) {
		crc = lists(crc, &seed);
		for (int n = 0; n < 2; n++)
			crc = matrices(crc, (int16_t)(crc + k));
		for (unsigned n = 0; n < 3; n++)
			crc = machine(crc, text, bytes, 1 + n);
	}
	bench_report("mix", crc);
	return 0;
}
