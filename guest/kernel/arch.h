/*
 * What the hart offers: CSRs, fences, the firmware's calls.  Privileged architecture 1.12; SBI 2.0.
 */
#ifndef KERNEL_ARCH_H
#define KERNEL_ARCH_H

#include "types.h"

#define csr_read(csr)                                                                              \
	({                                                                                         \
		u64 csr_value;                                                                     \
		asm volatile("csrr %0, " #csr : "=r"(csr_value)::"memory");                        \
		csr_value;                                                                         \
	})
#define csr_write(csr, value) asm volatile("csrw " #csr ", %0" ::"rK"((u64)(value)) : "memory")
#define csr_set(csr, bits)    asm volatile("csrs " #csr ", %0" ::"rK"((u64)(bits)) : "memory")
#define csr_clear(csr, bits)  asm volatile("csrc " #csr ", %0" ::"rK"((u64)(bits)) : "memory")

#define SSTATUS_SPIE  0x20ul
#define SSTATUS_SPP   0x100ul
#define SSTATUS_FS    0x6000ul
#define SSTATUS_SUM   0x40000ul
#define FS_INITIAL    0x2000ul
#define FS_CLEAN      0x4000ul
#define FS_DIRTY      0x6000ul
#define SSTATUS_UXL64 (2ul << 32)
#define SIE_STIE      0x20ul
#define SIE_SEIE      0x200ul

#define CAUSE_INTERRUPT	       (1ul << 63)
#define CAUSE_TIMER	       (CAUSE_INTERRUPT | 5)
#define CAUSE_EXTERNAL	       (CAUSE_INTERRUPT | 9)
#define CAUSE_FETCH_MISALIGNED 0
#define CAUSE_FETCH_ACCESS     1
#define CAUSE_ILLEGAL	       2
#define CAUSE_BREAKPOINT       3
#define CAUSE_LOAD_MISALIGNED  4
#define CAUSE_LOAD_ACCESS      5
#define CAUSE_STORE_MISALIGNED 6
#define CAUSE_STORE_ACCESS     7
#define CAUSE_ECALL	       8
#define CAUSE_FETCH_PAGE       12
#define CAUSE_LOAD_PAGE	       13
#define CAUSE_STORE_PAGE       15

static inline void fence_i(void)
{
	asm volatile("fence.i" ::: "memory");
}

static inline void fence_io(void)
{
	asm volatile("fence iorw, iorw" ::: "memory");
}

static inline void wfi(void)
{
	asm volatile("wfi" ::: "memory");
}

struct trapframe;
struct context;
struct fp_state;

/* entry.S */
void switch_to(struct context *from, struct context *to);
void thread_start(void);
void fp_save(struct fp_state *fp);
void fp_restore(const struct fp_state *fp);
long user_copy(void *to, const void *from, size_t bytes);
long user_string(char *to, const char *from, size_t max);
long user_touch_read(const void *va);
long user_touch_write(void *va);
extern char user_access_fault[];
extern char sigreturn_code[], sigreturn_code_end[];
extern char kernel_start[], kernel_text_end[], kernel_rodata_end[], kernel_end[];
extern u64 kernel_root[512], image_l1[512], image_l0[512], vmap_l1[512];
extern char boot_stack[4096];

/* trap.c */
void user_trap(struct trapframe *frame);
void kernel_trap(struct trapframe *frame);
void user_prepare(void);      /* before every return to user mode */
void handle_interrupts(void); /* those that are pending, without a trap */
void syscall_dispatch(struct trapframe *frame);
struct fault;

/* main.c, print.c, platform.c */
void kernel_main(u64 hart, u64 dtb_pa, u64 kernel_pa_start);
void print_init(volatile void *regs, bool is_verbose);
void platform_init(u64 hart); /* interrupt controller, clock, finisher */
void external_interrupt(void);
void timer_set(u64 deadline);	/* ticks; UINT64_MAX: never */
extern u64 kernel_pa;		/* of kernel_start */
const char *platform_isa(void); /* riscv,isa of the device tree */
bool platform_has(const char *extension);
extern u64 realtime_base_ns; /* wall clock at tick 0 */

/* sched.c */
void sched_init(void);
void switch_finish(void);
void schedule(void); /* give way; current's state says whether it stays runnable */
void sched_ready(struct proc *proc);
void sched_tick(void);
extern bool need_resched;

#endif
