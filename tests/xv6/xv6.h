/*
 * A kernel that asks of the machine what xv6-riscv asks: no firmware, every hart from the first
 * instruction in M-mode, then S-mode under Sv39 with a trampoline, PLIC, UART and a virtio disk driven
 * by interrupts.  Built twice: with OLD the timer is the CLINT's and an M-mode handler raises SSIP, as
 * in xv6 up to 2023; without, it is Sstc's stimecmp, and each byte sent waits for its interrupt.
 */
#ifndef TESTS_XV6_XV6_H
#define TESTS_XV6_XV6_H

#define NCPU	    8
#define NPROC	    24
#define PGSIZE	    4096
#define MAXVA	    (1L << 38)
#define TRAMPOLINE  (MAXVA - PGSIZE)
#define TRAPFRAME   (TRAMPOLINE - PGSIZE)
#define KSTACK(i)   (TRAMPOLINE - ((i) + 1) * 2 * PGSIZE)
#define BSIZE	    1024
#define TICK	    1000000 /* of the 10 MHz clock */
#define KERNBASE    0x80000000L
#define PHYSTOP	    (KERNBASE + 128 * 1024 * 1024)
#define UART0	    0x10000000L
#define UART_IRQ    10
#define VIRTIO0	    0x10001000L
#define VIRTIO_IRQ  1
#define PLIC	    0x0c000000L
#define CLINT	    0x02000000L
#define CLINT_MTIME (CLINT + 0xbff8)
#define FINISHER    0x100000L

/* System calls */
#define SYS_fork   1
#define SYS_exit   2
#define SYS_wait   3
#define SYS_getpid 4
#define SYS_sbrk   5
#define SYS_sleep  6
#define SYS_uptime 7
#define SYS_write  8
#define SYS_read   9
#define SYS_bread  10
#define SYS_bwrite 11
#define SYS_pte	   12 /* the PTE of an address */
#define SYS_harts  13 /* mask of the harts that have started */
#define SYS_ran	   14 /* mask of the harts on which a process has run */
#define SYS_locked                                                                                 \
	15 /* add 1 to a kernel's counter so many times, each under its lock; returns it */
#define SYS_halt 16
#define SYS_irqs 17 /* how many interrupts came: 0 of the UART, 1 of the disk, 2 of the timer */

#ifndef __ASSEMBLER__
typedef unsigned char uint8;
typedef unsigned short uint16;
typedef unsigned int uint32;
typedef unsigned long uint64;
#define NULL ((void *)0)

#define READ_CSR(name)                                                                             \
	({                                                                                         \
		uint64 value_;                                                                     \
		__asm__ volatile("csrr %0, " #name : "=r"(value_));                                \
		value_;                                                                            \
	})
#define WRITE_CSR(name, value)                                                                     \
	__asm__ volatile("csrw " #name ", %0" ::"r"((uint64)(value)) : "memory")

#define SSTATUS_SIE  (1L << 1)
#define SSTATUS_SPIE (1L << 5)
#define SSTATUS_SPP  (1L << 8)

#define PTE_V (1L << 0)
#define PTE_R (1L << 1)
#define PTE_W (1L << 2)
#define PTE_X (1L << 3)
#define PTE_U (1L << 4)

typedef uint64 *pagetable_t;

struct spinlock {
	uint32 locked;
	struct cpu *cpu;
};

struct context {
	uint64 ra, sp, s[12];
};

struct cpu {
	struct proc *proc;
	struct context context;
	int noff, intena;
};

/* The trampoline knows these offsets; x[0] is unused and stands where kernel_hartid does. */
struct trapframe {
	uint64 kernel_satp, kernel_sp, kernel_trap, epc;
	uint64 x[32]; /* x[0]: kernel_hartid */
};

enum procstate { UNUSED, USED, SLEEPING, RUNNABLE, RUNNING, ZOMBIE };

struct proc {
	struct spinlock lock;
	enum procstate state;
	void *chan;
	int killed, xstate, pid;
	struct proc *parent;
	uint64 kstack, sz;
	pagetable_t pagetable;
	struct trapframe *trapframe;
	struct context context;
};

struct buf {
	volatile int disk; /* does the disk have it? */
	uint32 blockno;
	uint8 data[BSIZE];
};

/* lock.c */
void acquire(struct spinlock *lk);
void release(struct spinlock *lk);
int holding(struct spinlock *lk);
void push_off(void);
void pop_off(void);

/* vm.c */
void kinit(void);
void *kalloc(void);
void kfree(void *page);
void kvminit(void);
void kvminithart(void);
uint64 kernel_satp(void);
pagetable_t uvmcreate(struct trapframe *trapframe);
uint64 *walk(pagetable_t table, uint64 va, int alloc);
int mappages(pagetable_t table, uint64 va, uint64 size, uint64 pa, uint64 perm);
uint64 uvmalloc(pagetable_t table, uint64 from, uint64 to, uint64 perm);
void uvmfree(pagetable_t table, uint64 size);
int uvmcopy(pagetable_t from, pagetable_t to, uint64 size);
int copyout(pagetable_t table, uint64 va, const void *from, uint64 n);
int copyin(pagetable_t table, void *to, uint64 va, uint64 n);

/* dev.c */
void uartinit(void);
void uartputc(int c);
void uartputc_sync(int c);
void uartintr(void);
int consoleread(char *line, int max);
void plicinit(void);
void plicinithart(void);
int plic_claim(void);
void plic_complete(int irq);
void virtio_disk_init(void);
void virtio_disk_rw(struct buf *b, int write);
void virtio_disk_intr(void);

/* proc.c */
int cpuid(void);
struct cpu *mycpu(void);
struct proc *myproc(void);
void procinit(void);
void userinit(void);
void scheduler(void) __attribute__((noreturn));
void sched(void);
void yield(void);
void sleep(void *chan, struct spinlock *lk);
void wakeup(void *chan);
int fork(void);
void exit(int status) __attribute__((noreturn));
int wait(uint64 va);
int growproc(int n);
void forkret(void);

/* trap.c */
void trapinithart(void);
void usertrapret(void);
void syscall(void);

/* main.c */
void print(const char *text);
void print_hex(uint64 value);
void panic(const char *text) __attribute__((noreturn));
void *memset(void *to, int c, uint64 n);
void *memcpy(void *to, const void *from, uint64 n);

extern struct spinlock tickslock;
extern volatile uint32 ticks, harts_started, harts_ran, interrupts[3];
extern volatile int panicked;
extern char trampoline[], uservec[], userret[], kernelvec[], etext[], end[];
extern const uint64 user_image[], user_image_end[];
void swtch(struct context *from, struct context *to);

static inline void intr_on(void)
{
	__asm__ volatile("csrsi sstatus, 2" ::: "memory");
}
static inline void intr_off(void)
{
	__asm__ volatile("csrci sstatus, 2" ::: "memory");
}
static inline int intr_get(void)
{
	return (READ_CSR(sstatus) & SSTATUS_SIE) != 0;
}
#endif
#endif
