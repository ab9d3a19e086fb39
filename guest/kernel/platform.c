/*
 * The board: interrupt controller (RISC-V PLIC 1.0.0), clock (Sstc or SBI TIME), wall clock (goldfish
 * RTC), and the ways to end a run.  Everything is found in the device tree.
 */
#include "arch.h"
#include "fdt.h"
#include "kernel.h"
#include "mm.h"
#include "virtio.h"

#define IRQ_MAX 64

#define PLIC_PRIORITY(irq)	(4 * (irq))
#define PLIC_ENABLE(context)	(0x2000 + 0x80 * (context))
#define PLIC_THRESHOLD(context) (0x200000 + 0x1000 * (context))
#define PLIC_CLAIM		4 /* from the threshold */

#define FINISHER_FAIL 0x3333
#define FINISHER_PASS 0x5555

#define SBI_TIME 0x54494d45
#define SBI_SRST 0x53525354

static struct {
	void (*handler)(void *arg);
	void *arg;
} irqs[IRQ_MAX];

static volatile u8 *plic_priorities, *plic_enables, *plic_claims;
static volatile u32 *finisher;
static bool has_sstc;
static char isa_string[512] = "rv64imafdc";
u64 realtime_base_ns;

static long sbi_call(u64 extension, u64 function, u64 arg0, u64 arg1)
{
	register u64 a0 asm("a0") = arg0;
	register u64 a1 asm("a1") = arg1;
	register u64 a6 asm("a6") = function;
	register u64 a7 asm("a7") = extension;

	asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
	return (long)a0;
}

void timer_set(u64 deadline)
{
	if (has_sstc)
		asm volatile("csrw 0x14d, %0" ::"r"(deadline)); /* stimecmp */
	else
		sbi_call(SBI_TIME, 0, deadline, 0);
}

s64 time_realtime_ns(void)
{
	return (s64)(realtime_base_ns + time_now() * 100);
}

void irq_register(u32 irq, void (*handler)(void *arg), void *arg)
{
	if (irq == 0 || irq >= IRQ_MAX || !plic_enables)
		return;
	irqs[irq].handler = handler;
	irqs[irq].arg = arg;
	*(volatile u32 *)(plic_priorities + PLIC_PRIORITY(irq)) = 1;
	*(volatile u32 *)(plic_enables + irq / 32 * 4) |= 1u << irq % 32;
}

void external_interrupt(void)
{
	u32 irq;

	while (plic_claims && (irq = *(volatile u32 *)(plic_claims + PLIC_CLAIM)) != 0) {
		if (irq < IRQ_MAX && irqs[irq].handler)
			irqs[irq].handler(irqs[irq].arg);
		*(volatile u32 *)(plic_claims + PLIC_CLAIM) = irq;
	}
}

/* The phandle of this hart's interrupt controller. */
static u32 hart_intc(u64 hart)
{
	for (int cpu = fdt_next(-1); cpu >= 0; cpu = fdt_next(cpu)) {
		const char *type = fdt_property(cpu, "device_type", NULL);
		u64 id, bytes;

		if (!type || strcmp(type, "cpu") || !fdt_reg(cpu, 0, &id, &bytes) || id != hart)
			continue;
		for (int node = fdt_next(cpu); node >= 0 && fdt_parent(node) == cpu;
		     node = fdt_next(node))
			if (fdt_property(node, "interrupt-controller", NULL))
				return fdt_u32(node, "phandle", 0);
	}
	return 0;
}

static void plic_init(u64 hart)
{
	int node = fdt_compatible(-1, "sifive,plic-1.0.0");
	u32 bytes, context = 1, intc = hart_intc(hart);
	const u8 *p;
	u64 pa, size;

	if (node < 0)
		node = fdt_compatible(-1, "riscv,plic0");
	if (node < 0 || !fdt_reg(node, 0, &pa, &size))
		return;
	p = fdt_property(node, "interrupts-extended", &bytes);
	for (u32 i = 0; p && i < bytes / 8; i++)
		if (fdt_be32(p + 8 * i) == intc && fdt_be32(p + 8 * i + 4) == 9)
			context = i;
	plic_priorities = map_device(pa, PAGE_SIZE);
	plic_enables = map_device(pa + PLIC_ENABLE(context), 0x80);
	plic_claims = map_device(pa + PLIC_THRESHOLD(context), 8);
	*(volatile u32 *)plic_claims = 0;
}

static void finisher_init(void)
{
	int node = fdt_compatible(-1, "sifive,test0");
	u64 pa, bytes;

	if (node < 0)
		node = fdt_compatible(-1, "sifive,test1");
	if (node >= 0 && fdt_reg(node, 0, &pa, &bytes))
		finisher = map_device(pa, 4);
}

const char *platform_isa(void)
{
	return isa_string;
}

/* Is `name` one of the extensions behind the letters of riscv,isa? */
bool platform_has(const char *name)
{
	size_t length = strlen(name);

	for (const char *p = isa_string; (p = strchr(p, '_')) != NULL;)
		if (!strncmp(++p, name, length) && (p[length] == '_' || !p[length]))
			return true;
	return false;
}

static void isa_init(u64 hart)
{
	u32 zero_block = 0;
	u64 pa, bytes;

	for (int cpu = fdt_next(-1); cpu >= 0; cpu = fdt_next(cpu)) {
		const char *isa = fdt_property(cpu, "riscv,isa", NULL);

		if (isa && fdt_reg(cpu, 0, &pa, &bytes) && pa == hart &&
		    strlen(isa) < sizeof(isa_string)) {
			memcpy(isa_string, isa, strlen(isa) + 1);
			zero_block = fdt_u32(cpu, "riscv,cboz-block-size", 0);
		}
	}
	has_sstc = platform_has("sstc");
	frame_zero_init(platform_has("zicboz") ? zero_block : 0);
}

static void clock_init(u64 hart)
{
	int rtc = fdt_compatible(-1, "google,goldfish-rtc");
	u64 pa, bytes;

	isa_init(hart);
	if (rtc >= 0 && fdt_reg(rtc, 0, &pa, &bytes)) {
		volatile u32 *regs = map_device(pa, 8);
		u64 low = regs[0], high = regs[1]; /* reading TIME_LOW latches TIME_HIGH */

		realtime_base_ns = (high << 32 | low) - time_now() * 100;
	}
	timer_set(UINT64_MAX);
}

void platform_init(u64 hart)
{
	plic_init(hart);
	finisher_init();
	clock_init(hart);
	csr_write(scounteren, 7); /* cycle, time and instret for programs */
	csr_write(sie, SIE_STIE | SIE_SEIE);
}

void power_off(u32 code)
{
	if (finisher)
		*finisher = code ? code << 16 | FINISHER_FAIL : FINISHER_PASS;
	sbi_call(SBI_SRST, 0, 0, code != 0);
	for (;;)
		wfi();
}
