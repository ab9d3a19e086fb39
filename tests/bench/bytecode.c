/* A small stack machine, dispatched by indirect jumps. */
#include "bench.h"

enum { PUSH, LOAD, STORE, ADD, SUB, MUL, AND, LESS, JUMP, JUMP_IF, DUP, SWAP, XOR, HALT };

static int64_t run(const int32_t *code)
{
	static const void *const label[] = { &&push, &&load, &&store, &&add,  &&sub,
					     &&mul,  &&and_, &&less,  &&jump, &&jump_if,
					     &&dup,  &&swap, &&xor_,  &&halt };
	int64_t stack[64], var[16] = { 0 }, *sp = stack, t;
	const int32_t *pc = code;

#define NEXT goto *label[*pc++]
	NEXT;
push:
	*sp++ = *pc++;
	NEXT;
load:
	*sp++ = var[*pc++];
	NEXT;
store:
	var[*pc++] = *--sp;
	NEXT;
add:
	sp--;
	sp[-1] += *sp;
	NEXT;
sub:
	sp--;
	sp[-1] -= *sp;
	NEXT;
mul:
	sp--;
	sp[-1] *= *sp;
	NEXT;
and_:
	sp--;
	sp[-1] &= *sp;
	NEXT;
xor_:
	sp--;
	sp[-1] ^= *sp;
	NEXT;
less:
	sp--;
	sp[-1] = sp[-1] < *sp;
	NEXT;
jump:
	pc = code + *pc;
	NEXT;
jump_if:
	pc = *--sp ? code + *pc : pc + 1;
	NEXT;
dup:
	*sp = sp[-1];
	sp++;
	NEXT;
swap:
	t = sp[-1];
	sp[-1] = sp[-2];
	sp[-2] = t;
	NEXT;
halt:
	return sp[-1];
}

int main(void)
{
	static const int32_t code[] = {
		PUSH, 0, STORE, 0, PUSH, 1, STORE, 1,
		/* 8: while i < n */
		LOAD, 0, PUSH, 3000000, LESS, JUMP_IF, 18, LOAD, 1, HALT,
		/* 18: h = (h * 31 + i) ^ (h & 255); if (h & 1) h -= 7; i++ */
		LOAD, 1, DUP, PUSH, 31, MUL, LOAD, 0, ADD, SWAP, PUSH, 255, AND, XOR, DUP, STORE, 1,
		PUSH, 1, AND, JUMP_IF, 42, JUMP, 49,
		/* 42: */
		LOAD, 1, PUSH, 7, SUB, STORE, 1,
		/* 49 */
		LOAD, 0, PUSH, 1, ADD, STORE, 0, JUMP, 8
	};

	bench_report("bytecode", (uint64_t)run(code));
	return 0;
}
