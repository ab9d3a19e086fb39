/* Traps of the kernel and of processes, and the system calls. */
#include "tests/xv6/xv6.h"

void kerneltrap(void);
void usertrap(void);

struct spinlock tickslock;
volatile uint32 ticks, interrupts[3];

static struct spinlock counter_lock;
static volatile uint64 counter;

void trapinithart(void)
{
	WRITE_CSR(stvec, kernelvec);
}

static void clockintr(void)
{
	if (cpuid() == 0) {
		acquire(&tickslock);
		ticks++;
		wakeup((void *)&ticks);
		release(&tickslock);
	}
	__sync_fetch_and_add(&interrupts[2], 1);
}

/* 2: the timer, 1: a device, 0: not an interrupt that is known. */
static int devintr(void)
{
	uint64 cause = READ_CSR(scause);
	int irq;

	if (cause == (1UL << 63 | 9)) {
		irq = plic_claim();
		if (irq == UART_IRQ) {
			__sync_fetch_and_add(&interrupts[0], 1);
			uartintr();
		} else if (irq == VIRTIO_IRQ) {
			__sync_fetch_and_add(&interrupts[1], 1);
			virtio_disk_intr();
		} else if (irq) {
			panic("unexpected irq");
		}
		if (irq)
			plic_complete(irq);
		return 1;
	}
#ifdef OLD
	if (cause == (1UL << 63 | 1)) {
		clockintr();
		WRITE_CSR(sip, READ_CSR(sip) & ~2L);
		return 2;
	}
#else
	if (cause == (1UL << 63 | 5)) {
		clockintr();
		WRITE_CSR(0x14d, READ_CSR(time) + TICK); /* stimecmp */
		return 2;
	}
#endif
	return 0;
}

void kerneltrap(void)
{
	uint64 epc = READ_CSR(sepc), status = READ_CSR(sstatus);
	int which;

	if (!(status & SSTATUS_SPP))
		panic("kerneltrap: not from S-mode");
	if (intr_get())
		panic("kerneltrap: interrupts on");
	which = devintr();
	if (!which) {
		print("scause ");
		print_hex(READ_CSR(scause));
		print(" sepc ");
		print_hex(epc);
		print(" stval ");
		print_hex(READ_CSR(stval));
		panic(" kerneltrap");
	}
	if (which == 2 && myproc() && myproc()->state == RUNNING)
		yield();
	WRITE_CSR(sepc, epc);
	WRITE_CSR(sstatus, status);
}

void usertrap(void)
{
	struct proc *p = myproc();
	int which = 0;

	if (READ_CSR(sstatus) & SSTATUS_SPP)
		panic("usertrap: not from U-mode");
	WRITE_CSR(stvec, kernelvec);
	p->trapframe->epc = READ_CSR(sepc);
	if (READ_CSR(scause) == 8) {
		p->trapframe->epc += 4;
		intr_on();
		syscall();
	} else if (!(which = devintr())) {
		p->killed = (int)READ_CSR(scause);
	}
	if (p->killed)
		exit(-p->killed);
	if (which == 2)
		yield();
	usertrapret();
}

void usertrapret(void)
{
	struct proc *p = myproc();
	void (*to_user)(uint64 satp) = (void (*)(uint64))(TRAMPOLINE + (userret - trampoline));

	intr_off();
	WRITE_CSR(stvec, TRAMPOLINE + (uint64)(uservec - trampoline));
	p->trapframe->kernel_satp = READ_CSR(satp);
	p->trapframe->kernel_sp = p->kstack + PGSIZE;
	p->trapframe->kernel_trap = (uint64)usertrap;
	p->trapframe->x[0] = (uint64)cpuid();
	WRITE_CSR(sstatus, (READ_CSR(sstatus) & ~SSTATUS_SPP) | SSTATUS_SPIE);
	WRITE_CSR(sepc, p->trapframe->epc);
	to_user(8L << 60 | (uint64)p->pagetable >> 12);
}

/* ---- System calls ---- */

static uint64 sys_sleep(uint64 n)
{
	uint32 from;

	acquire(&tickslock);
	from = ticks;
	while (ticks - from < n)
		sleep((void *)&ticks, &tickslock);
	release(&tickslock);
	return 0;
}

static uint64 sys_write(uint64 va, uint64 n)
{
	char c;

	for (uint64 i = 0; i < n; i++) {
		if (copyin(myproc()->pagetable, &c, va + i, 1) < 0)
			return (uint64)-1;
		uartputc(c);
	}
	return n;
}

static uint64 sys_read(uint64 va, uint64 max)
{
	char line[128];
	int n = consoleread(line, max < sizeof(line) ? (int)max : (int)sizeof(line));

	return copyout(myproc()->pagetable, va, line, (uint64)n) < 0 ? (uint64)-1 : (uint64)n;
}

static uint64 sys_block(uint64 blockno, uint64 va, int write)
{
	struct buf *b = kalloc(); /* a page: 1 KiB of it and its head never cross one */
	int bad = 0;

	if (!b)
		return (uint64)-1;
	b->blockno = (uint32)blockno;
	if (write)
		bad = copyin(myproc()->pagetable, b->data, va, BSIZE);
	if (!bad)
		virtio_disk_rw(b, write);
	if (!bad && !write)
		bad = copyout(myproc()->pagetable, va, b->data, BSIZE);
	kfree(b);
	return (uint64)bad;
}

static uint64 sys_locked(uint64 n)
{
	uint64 value = 0;

	for (uint64 i = 0; i < n; i++) {
		acquire(&counter_lock);
		value = counter;
		for (volatile int wait = 0; wait < 20; wait++)
			;
		counter = ++value;
		release(&counter_lock);
	}
	acquire(&counter_lock);
	value = counter;
	release(&counter_lock);
	return value;
}

static void __attribute__((noreturn)) sys_halt(uint64 status)
{
	*(volatile uint32 *)FINISHER = status ? (uint32)(status << 16 | 0x3333) : 0x5555;
	for (;;)
		;
}

static uint64 sys_pte(uint64 va)
{
	uint64 *pte = walk(myproc()->pagetable, va, 0);

	return pte ? *pte : 0;
}

void syscall(void)
{
	struct proc *p = myproc();
	uint64 *x = p->trapframe->x, a = x[10], b = x[11], result;

	switch (x[17]) {
	// clang-format off
	case SYS_fork:   result = (uint64)fork(); break;
	case SYS_exit:   exit((int)a);
	case SYS_wait:   result = (uint64)wait(a); break;
	case SYS_getpid: result = (uint64)p->pid; break;
	case SYS_sbrk:   result = p->sz; if (growproc((int)a) < 0) result = (uint64)-1; break;
	case SYS_sleep:  result = sys_sleep(a); break;
	case SYS_uptime: result = ticks; break;
	case SYS_write:  result = sys_write(a, b); break;
	case SYS_read:   result = sys_read(a, b); break;
	case SYS_bread:  result = sys_block(a, b, 0); break;
	case SYS_bwrite: result = sys_block(a, b, 1); break;
	case SYS_pte:    result = sys_pte(a); break;
	case SYS_harts:  result = harts_started; break;
	case SYS_ran:    result = harts_ran; break;
	case SYS_locked: result = sys_locked(a); break;
	case SYS_halt:   sys_halt(a);
	case SYS_irqs:   result = a < 3 ? interrupts[a] : 0; break;
	default:         result = (uint64)-1;
		// clang-format on
	}
	x[10] = result;
}
