/* From reset to the first instruction of the supervisor. */
#include "devices/clint_regs.h"
#include "firmware/csr.h"
#include "firmware/firmware.h"

struct hart harts[MAX_HARTS];
struct features features;
uint32_t hart_mask;

extern char _firmware_start[], _firmware_stacks[];
extern void trap_vector(void);

_Static_assert(sizeof(struct hart) == 1 << HART_SHIFT, "entry.S counts on it");
_Static_assert(sizeof(struct frame) == FRAME_BYTES, "entry.S counts on it");
_Static_assert(offsetof(struct hart, stack_top) == HART_STACK_TOP, "entry.S counts on it");
_Static_assert(offsetof(struct hart, scratch) == HART_SCRATCH, "entry.S counts on it");

/* Behind the last stack in use, to a page: the supervisor's memory begins here. */
uint64_t firmware_end(void)
{
	unsigned count = MAX_HARTS;

	while (!(hart_mask >> (count - 1) & 1))
		count--;
	return ((uint64_t)_firmware_stacks + count * STACK_BYTES + 4095) & ~UINT64_C(4095);
}

static void probe(void)
{
	struct trap_info info;
	uint32_t words[2] = { 0, 0 };
	uint64_t value;

	features.emulate_time = !csr_try_read(CSR_TIME, value);
	access_lw((uint64_t)words + 1, 0, 0, &info);
	features.emulate_misaligned = info.trapped;
}

/* The first hart, before all others. */
void boot_main(uint64_t hart_id, void *fdt, const uint64_t *dynamic)
{
	for (unsigned i = 0; i < MAX_HARTS; i++) {
		harts[i].id = i;
		harts[i].state = HART_ABSENT;
	}
	hart_mask = UINT32_C(1) << hart_id;
	fdt_read(fdt);
	/* A hart that has not come so far may be started: it will find that it is to. */
	for (unsigned i = 0; i < MAX_HARTS; i++)
		if (hart_mask >> i & 1)
			harts[i].state = HART_STOPPED;
	fdt_reserve(fdt, (uint64_t)_firmware_start, firmware_end() - (uint64_t)_firmware_start);
	probe();
	console_init();
	harts[hart_id].start_pa = dynamic ? dynamic[DYNAMIC_WORD_NEXT] : DEFAULT_NEXT;
	harts[hart_id].start_opaque = (uint64_t)fdt;
	harts[hart_id].state = HART_START_PENDING;
}

/* The firmware is closed to S and U, the rest of the address space open: of overlapping entries
 * the lowest decides (privileged specification, section 3.7.1.3). */
static void setup_pmp(void)
{
	csr_write(pmpaddr0, (uint64_t)_firmware_start >> 2);
	csr_write(pmpaddr1, firmware_end() >> 2);
	csr_write(pmpaddr2, ~UINT64_C(0));
	/* entry 0 off, 1 TOR without permissions, 2 NAPOT RWX */
	csr_write(pmpcfg0, UINT64_C(0x1f) << 16 | UINT64_C(0x08) << 8);
	__asm__ volatile("sfence.vma" ::: "memory");
}

static void setup_environment(void)
{
	uint64_t env = 0, counters = features.zihpm ? UINT32_MAX : 7, none = 0, all = ~UINT64_C(0);

	env |= features.sstc ? MENVCFG_STCE : 0;
	env |= features.svpbmt ? MENVCFG_PBMTE : 0;
	/* Both named: the supervisor expects Svade until it asks for more (device tree binding). */
	env |= features.svadu && !features.svade ? MENVCFG_ADUE : 0;
	env |= features.zicboz ? MENVCFG_CBZE : 0;
	env |= features.zicbom ? MENVCFG_CBCFE | MENVCFG_CBIE : 0;
	csr_try_write(CSR_MENVCFG, env);
	csr_try_write(CSR_MCOUNTEREN, counters);
	counters = 7;
	csr_try_write(CSR_SCOUNTEREN, counters);
	csr_try_write(CSR_MCOUNTINHIBIT, none);
	if (features.smstateen)
		csr_try_write(CSR_MSTATEEN0, all);
	/* No timer interrupt before one is asked for. */
	if (features.sstc)
		csr_try_write(CSR_STIMECMP, all);
}

static void setup_delegation(void)
{
	uint64_t exceptions = 0xb1ff; /* all but the supervisor's own calls */

	if (features.emulate_time)
		exceptions &= ~(UINT64_C(1) << CAUSE_ILLEGAL);
	if (features.emulate_misaligned)
		exceptions &= ~(UINT64_C(1) << CAUSE_LOAD_MISALIGNED |
				UINT64_C(1) << CAUSE_STORE_MISALIGNED);
	csr_write(medeleg, exceptions);
	csr_write(mideleg, MIP_S | (features.sscofpmf ? MIP_LCOF : 0));
}

void hart_main(uint64_t hart_id)
{
	struct hart *hart = &harts[hart_id];
	int32_t absent = HART_ABSENT;

	setup_pmp();
	setup_environment();
	setup_delegation();
	*(volatile uint64_t *)(MEMMAP_CLINT + CLINT_MTIMECMP(hart_id)) = UINT64_MAX;
	__atomic_compare_exchange_n(&hart->state, &absent, HART_STOPPED, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	wait_for_start(hart);
}

/* Where and with what the hart was told to; everything else that SBI promises is here. */
void start_supervisor(struct hart *hart)
{
	csr_write(satp, 0);
	__asm__ volatile("sfence.vma; fence.i" ::: "memory");
	csr_write(sie, 0);
	csr_write(mepc, hart->start_pa);
	csr_clear(mstatus, MSTATUS_LOW); /* SXL and UXL above stay as they are */
	/* Floating point is on, as under OpenSBI: supervisors that never ask for it exist. */
	csr_set(mstatus, MPP_S | MSTATUS_FS);
	__atomic_store_n(&hart->state, HART_STARTED, __ATOMIC_RELEASE);
	enter_supervisor(hart->id, hart->start_opaque, hart);
}

/* Stopped, or about to start.  Fences are still answered: whoever asked waits for all. */
void wait_for_start(struct hart *hart)
{
	csr_write(mie, MIP_MSIP);
	while (__atomic_load_n(&hart->state, __ATOMIC_ACQUIRE) != HART_START_PENDING) {
		__asm__ volatile("wfi");
		take_ipi(hart);
	}
	csr_clear(mip, MIP_SSIP | MIP_STIP); /* of what ran here before */
	start_supervisor(hart);
}
