/* crash=KIND: the kernel does on purpose what it must not, to show that each ends the run in one clear line. */
#include "arch.h"
#include "boot.h"
#include "mm.h"

static u64 overflow(u64 depth);
/* volatile: the compiler must not see through these. */
static u64 (*volatile deeper)(u64 depth) = overflow;
static u64 *volatile nowhere = (u64 *)8;

static u64 overflow(u64 depth)
{
	volatile u64 room[32];

	room[depth % 32] = depth;
	return deeper(depth + 1) + room[(depth + 1) % 32];
}

static void jump_into_data(void)
{
	static u32 code[1] = { 0x00008067 }; /* ret */

	((void (*)(void))(void *)code)();
}

void crash(const char *kind)
{
	if (!strcmp(kind, "overflow"))
		printk("%lu", deeper(0));
	else if (!strcmp(kind, "sp"))
		asm volatile("li sp, 0x12345000; sd zero, (sp)");
	else if (!strcmp(kind, "null"))
		*nowhere = 1;
	else if (!strcmp(kind, "user"))
		printk("%lx", *(volatile u64 *)current->mm->arg_start);
	else if (!strcmp(kind, "text"))
		*(volatile u32 *)kernel_start = 0;
	else if (!strcmp(kind, "data"))
		jump_into_data();
	else if (!strcmp(kind, "illegal"))
		asm volatile("unimp");
	else if (!strcmp(kind, "assert"))
		ASSERT(!*kind);
	else
		panic("crash=%s", kind);
}
