/* The supervisor's calls (RISC-V SBI 2.0; section numbers are its own). */
#include "devices/clint_regs.h"
#include "devices/finisher_regs.h"
#include "firmware/csr.h"
#include "firmware/firmware.h"

#define SBI_VERSION	 (UINT64_C(2) << 24)
#define SBI_IMPL_ID	 0x464c /* "FL": none of the registered numbers */
#define SBI_IMPL_VERSION 1

#define EXT_BASE	0x10
#define EXT_TIME	0x54494d45
#define EXT_IPI		0x735049
#define EXT_RFENCE	0x52464e43
#define EXT_HSM		0x48534d
#define EXT_SRST	0x53525354
#define EXT_DBCN	0x4442434e
#define EXT_LEGACY_LAST 8

#define SBI_SUCCESS		  0
#define SBI_ERR_FAILED		  (-1)
#define SBI_ERR_NOT_SUPPORTED	  (-2)
#define SBI_ERR_INVALID_PARAM	  (-3)
#define SBI_ERR_INVALID_ADDRESS	  (-5)
#define SBI_ERR_ALREADY_AVAILABLE (-6)

#define FENCE_PAGES_MAX 64 /* a longer range is cheaper as a whole flush */

struct sbiret {
	int64_t error;
	uint64_t value;
};

struct fence {
	uint64_t kind; /* function number of the RFENCE extension */
	uint64_t start, size, asid;
};

/* One remote fence at a time, of all harts: whoever holds the lock owns `fence`. */
static uint32_t fence_lock, console_lock, start_lock;
static uint32_t fence_waiting; /* harts that have not done it yet */
static struct fence fence;

extern char _firmware_start[];

static struct sbiret result(int64_t error, uint64_t value)
{
	return (struct sbiret){ .error = error, .value = value };
}

static bool is_up(const struct hart *hart)
{
	int32_t state = __atomic_load_n(&hart->state, __ATOMIC_ACQUIRE);

	return state == HART_STARTED || state == HART_SUSPENDED;
}

static void send(struct hart *hart, uint32_t what)
{
	__atomic_fetch_or(&hart->ipi, what, __ATOMIC_ACQ_REL);
	__asm__ volatile("fence" ::: "memory");
	*(volatile uint32_t *)(MEMMAP_CLINT + CLINT_MSIP(hart->id)) = 1;
}

/* Section 3.1: a mask from a base, or all with base -1.  False: a hart that does not exist. */
static bool select_harts(uint64_t mask, uint64_t base, uint32_t *selected)
{
	*selected = 0;
	if (base == UINT64_MAX)
		mask = hart_mask, base = 0;
	if (mask && (base >= MAX_HARTS || mask >> (MAX_HARTS - base)))
		return false;
	mask = mask ? mask << base : 0;
	if (mask & ~(uint64_t)hart_mask)
		return false;
	for (unsigned i = 0; i < MAX_HARTS; i++)
		if ((mask >> i & 1) && is_up(&harts[i]))
			*selected |= UINT32_C(1) << i;
	return true;
}

/* ---- RFENCE ---- */

static void fence_here(const struct fence *f)
{
	bool whole = f->size == UINT64_MAX || (f->start == 0 && f->size == 0) ||
		     f->size > FENCE_PAGES_MAX * 4096;
	uint64_t va = f->start & ~UINT64_C(4095);
	uint64_t bytes = f->start % 4096 + f->size; /* counted: the end of the last page is 0 */

	if (f->kind == 0) {
		__asm__ volatile("fence.i" ::: "memory");
		return;
	}
	if (whole && f->kind == 1)
		__asm__ volatile("sfence.vma" ::: "memory");
	else if (whole)
		__asm__ volatile("sfence.vma x0, %0" ::"r"(f->asid) : "memory");
	for (uint64_t done = 0; !whole && done < bytes; done += 4096) {
		if (f->kind == 1)
			__asm__ volatile("sfence.vma %0, x0" ::"r"(va + done) : "memory");
		else
			__asm__ volatile("sfence.vma %0, %1" ::"r"(va + done), "r"(f->asid)
					 : "memory");
	}
}

/* Another hart asked for it and waits. */
void do_fence(void)
{
	fence_here(&fence);
	__atomic_fetch_sub(&fence_waiting, 1, __ATOMIC_ACQ_REL);
}

static int64_t remote_fence(uint64_t mask, uint64_t base, struct fence wanted)
{
	struct hart *self = this_hart();
	uint32_t selected, others, count = 0;

	if (!select_harts(mask, base, &selected))
		return SBI_ERR_INVALID_PARAM;
	if (selected >> self->id & 1)
		fence_here(&wanted);
	others = selected & ~(UINT32_C(1) << self->id);
	if (!others)
		return SBI_SUCCESS;
	/* Whoever holds the lock may wait for us: answer while we wait for it. */
	while (__atomic_exchange_n(&fence_lock, 1, __ATOMIC_ACQUIRE)) {
		take_ipi(self);
		relax();
	}
	for (unsigned i = 0; i < MAX_HARTS; i++)
		count += others >> i & 1;
	fence = wanted;
	__atomic_store_n(&fence_waiting, count, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < MAX_HARTS; i++)
		if (others >> i & 1)
			send(&harts[i], IPI_FENCE);
	while (__atomic_load_n(&fence_waiting, __ATOMIC_ACQUIRE))
		relax();
	__atomic_store_n(&fence_lock, 0, __ATOMIC_RELEASE);
	return SBI_SUCCESS;
}

static struct sbiret call_rfence(const uint64_t *a, uint64_t function)
{
	struct fence wanted = { .kind = function, .start = a[2], .size = a[3], .asid = a[4] };

	if (function > 2) /* the rest is for hypervisors */
		return result(SBI_ERR_NOT_SUPPORTED, 0);
	return result(remote_fence(a[0], a[1], wanted), 0);
}

/* ---- TIME and IPI ---- */

static void set_timer(uint64_t when)
{
	if (features.sstc) {
		csr_write(CSR_STIMECMP, when);
		return;
	}
	*(volatile uint64_t *)(MEMMAP_CLINT + CLINT_MTIMECMP(this_hart()->id)) = when;
	csr_clear(mip, MIP_STIP);
	csr_set(mie, MIP_MTIP);
}

static int64_t send_ipi(uint64_t mask, uint64_t base)
{
	uint32_t selected;

	if (!select_harts(mask, base, &selected))
		return SBI_ERR_INVALID_PARAM;
	for (unsigned i = 0; i < MAX_HARTS; i++) {
		if (!(selected >> i & 1))
			continue;
		if (&harts[i] == this_hart())
			csr_set(mip, MIP_SSIP);
		else
			send(&harts[i], IPI_SOFT);
	}
	return SBI_SUCCESS;
}

/* ---- HSM (chapter 9) ---- */

/* Is there memory at `pa` that is not the firmware's own?  Asked once a page.  What lies below RAM are devices:
 * a look at them may mean something to them. */
static bool is_supervisors(uint64_t pa)
{
	struct trap_info info;

	if (pa < MEMMAP_RAM || (pa >= (uint64_t)_firmware_start && pa < firmware_end()))
		return false;
	access_lbu(pa, 0, 0, &info);
	return !info.trapped;
}

/* Can a supervisor begin there? */
static bool entry_ok(uint64_t pa)
{
	return !(pa & 1) && is_supervisors(pa);
}

/* Two harts may try to start the same third: one of them does. */
static int64_t start_locked(struct hart *hart, uint64_t pa, uint64_t opaque)
{
	int32_t state = __atomic_load_n(&hart->state, __ATOMIC_ACQUIRE);

	if (state == HART_STARTED || state == HART_SUSPENDED)
		return SBI_ERR_ALREADY_AVAILABLE;
	if (state != HART_STOPPED)
		return SBI_ERR_FAILED;
	hart->start_pa = pa;
	hart->start_opaque = opaque;
	__atomic_store_n(&hart->state, HART_START_PENDING, __ATOMIC_RELEASE);
	send(hart, IPI_START);
	return SBI_SUCCESS;
}

static struct sbiret hart_start(uint64_t id, uint64_t pa, uint64_t opaque)
{
	int64_t error;

	if (id >= MAX_HARTS || harts[id].state == HART_ABSENT)
		return result(SBI_ERR_INVALID_PARAM, 0);
	if (!entry_ok(pa))
		return result(SBI_ERR_INVALID_ADDRESS, 0);
	while (__atomic_exchange_n(&start_lock, 1, __ATOMIC_ACQUIRE))
		relax();
	error = start_locked(&harts[id], pa, opaque);
	__atomic_store_n(&start_lock, 0, __ATOMIC_RELEASE);
	return result(error, 0);
}

static void hart_stop(struct hart *hart)
{
	csr_write(mie, 0);
	set_timer(UINT64_MAX);
	__atomic_store_n(&hart->state, HART_STOPPED, __ATOMIC_RELEASE);
	/* wait_for_start never returns: this frame is left behind, the next trap starts afresh */
	wait_for_start(hart);
}

#define SUSPEND_RETENTIVE     0
#define SUSPEND_NON_RETENTIVE UINT32_C(0x80000000)

/* type: 32 bits wide, so the upper half of the register means nothing.  "suspend_type is reserved or is
 * platform-specific and unimplemented": an invalid parameter. */
static struct sbiret hart_suspend(struct hart *hart, uint32_t type, uint64_t pa, uint64_t opaque)
{
	if (type != SUSPEND_RETENTIVE && type != SUSPEND_NON_RETENTIVE)
		return result(SBI_ERR_INVALID_PARAM, 0);
	if (type == SUSPEND_NON_RETENTIVE && !entry_ok(pa))
		return result(SBI_ERR_INVALID_ADDRESS, 0);
	__atomic_store_n(&hart->state, HART_SUSPENDED, __ATOMIC_RELEASE);
	for (;;) {
		uint64_t pending = csr_read(mip) & csr_read(mie);
		if (pending & MIP_MSIP)
			take_ipi(hart);
		if (pending & MIP_MTIP)
			timer_fired();
		if (pending & csr_read(mideleg))
			break;
		if (!pending)
			__asm__ volatile("wfi");
	}
	if (type == SUSPEND_NON_RETENTIVE) {
		/* The frame is left behind; timer and pending interrupts are not: one of them
		 * is why the supervisor goes on, and it wants to know. */
		hart->start_pa = pa;
		hart->start_opaque = opaque;
		start_supervisor(hart);
	}
	__atomic_store_n(&hart->state, HART_STARTED, __ATOMIC_RELEASE);
	return result(SBI_SUCCESS, 0);
}

static struct sbiret call_hsm(const uint64_t *a, uint64_t function)
{
	switch (function) {
	case 0:
		return hart_start(a[0], a[1], a[2]);
	case 1:
		hart_stop(this_hart());
		return result(SBI_ERR_FAILED, 0);
	case 2:
		if (a[0] >= MAX_HARTS || harts[a[0]].state == HART_ABSENT)
			return result(SBI_ERR_INVALID_PARAM, 0);
		return result(SBI_SUCCESS, (uint64_t)harts[a[0]].state);
	case 3:
		return hart_suspend(this_hart(), (uint32_t)a[0], a[1], a[2]);
	default:
		return result(SBI_ERR_NOT_SUPPORTED, 0);
	}
}

/* ---- SRST (chapter 10) ---- */

static struct sbiret call_srst(const uint64_t *a, uint64_t function)
{
	uint32_t type = (uint32_t)a[0], reason = (uint32_t)a[1];

	if (function != 0)
		return result(SBI_ERR_NOT_SUPPORTED, 0);
	if (type > 2 || reason > 1)
		return result(SBI_ERR_INVALID_PARAM, 0);
	if (type != 0)
		finish(FINISHER_RESET);
	finish(reason ? FINISHER_FAIL | 1 << 16 : FINISHER_PASS);
}

/* ---- DBCN (chapter 12) ---- */

/* Section 3.2: all of the range is looked at before any of it is used. */
static bool range_ok(uint64_t bytes, uint64_t pa, uint64_t pa_high)
{
	if (pa_high || pa + bytes < pa)
		return false;
	for (uint64_t at = pa; at - pa < bytes; at = (at | 4095) + 1)
		if (!is_supervisors(at))
			return false;
	return true;
}

static struct sbiret console_write(uint64_t bytes, uint64_t pa, uint64_t pa_high)
{
	struct trap_info info;

	if (!range_ok(bytes, pa, pa_high))
		return result(SBI_ERR_INVALID_PARAM, 0);
	while (__atomic_exchange_n(&console_lock, 1, __ATOMIC_ACQUIRE))
		relax();
	for (uint64_t done = 0; done < bytes; done++)
		console_putchar((uint8_t)access_lbu(pa + done, 0, 0, &info));
	__atomic_store_n(&console_lock, 0, __ATOMIC_RELEASE);
	return result(SBI_SUCCESS, bytes);
}

static struct sbiret console_read(uint64_t bytes, uint64_t pa, uint64_t pa_high)
{
	struct trap_info info;
	uint64_t done;

	if (!range_ok(bytes, pa, pa_high))
		return result(SBI_ERR_INVALID_PARAM, 0);
	for (done = 0; done < bytes; done++) {
		int byte = console_getchar();
		if (byte < 0)
			break;
		access_sb(pa + done, 0, (uint64_t)byte, &info);
		if (info.trapped) /* read-only */
			return result(SBI_ERR_INVALID_PARAM, 0);
	}
	return result(SBI_SUCCESS, done);
}

static struct sbiret call_dbcn(const uint64_t *a, uint64_t function)
{
	switch (function) {
	case 0:
		return console_write(a[0], a[1], a[2]);
	case 1:
		return console_read(a[0], a[1], a[2]);
	case 2:
		console_putchar((uint8_t)a[0]);
		return result(SBI_SUCCESS, 0);
	default:
		return result(SBI_ERR_NOT_SUPPORTED, 0);
	}
}

/* ---- BASE (chapter 4) ---- */

static bool has_extension(uint64_t extension)
{
	switch (extension) {
	case EXT_BASE:
	case EXT_TIME:
	case EXT_IPI:
	case EXT_RFENCE:
	case EXT_HSM:
	case EXT_SRST:
	case EXT_DBCN:
		return true;
	default:
		return extension <= EXT_LEGACY_LAST;
	}
}

static struct sbiret call_base(const uint64_t *a, uint64_t function)
{
	switch (function) {
	case 0:
		return result(SBI_SUCCESS, SBI_VERSION);
	case 1:
		return result(SBI_SUCCESS, SBI_IMPL_ID);
	case 2:
		return result(SBI_SUCCESS, SBI_IMPL_VERSION);
	case 3:
		return result(SBI_SUCCESS, has_extension(a[0]));
	case 4:
		return result(SBI_SUCCESS, csr_read(mvendorid));
	case 5:
		return result(SBI_SUCCESS, csr_read(marchid));
	case 6:
		return result(SBI_SUCCESS, csr_read(mimpid));
	default:
		return result(SBI_ERR_NOT_SUPPORTED, 0);
	}
}

/* ---- Legacy calls (chapter 5): they answer in a0 alone ---- */

/* The mask stands in the supervisor's memory; a null pointer means all harts.  Bits beyond the harts
 * that there are were never an error of these calls. */
static bool legacy_mask(struct frame *frame, uint64_t va, uint64_t *mask)
{
	struct trap_info info;

	*mask = hart_mask;
	if (!va)
		return true;
	*mask = 0;
	for (unsigned i = 0; i < 8; i++) {
		*mask |= access_lbu(va + i, MSTATUS_MPRV, 0, &info) << 8 * i;
		if (info.trapped) {
			frame->mepc -= 4; /* the fault is the call's own */
			redirect(frame, info.cause, info.tval);
			return false;
		}
	}
	*mask &= hart_mask;
	return true;
}

static void call_legacy(struct frame *frame, uint64_t extension)
{
	uint64_t *a = &frame->x[10];
	uint64_t mask;

	switch (extension) {
	case 0:
		set_timer(a[0]);
		break;
	case 1:
		console_putchar((uint8_t)a[0]);
		break;
	case 2:
		a[0] = (uint64_t)(int64_t)console_getchar();
		return;
	case 3:
		csr_clear(mip, MIP_SSIP);
		break;
	case 4:
		if (!legacy_mask(frame, a[0], &mask))
			return;
		send_ipi(mask, 0);
		break;
	case 5:
	case 6:
	case 7:
		if (!legacy_mask(frame, a[0], &mask))
			return;
		remote_fence(mask, 0, (struct fence){ extension - 5, a[1], a[2], a[3] });
		break;
	default:
		finish(FINISHER_PASS);
	}
	a[0] = 0;
}

void sbi_call(struct frame *frame)
{
	uint64_t *a = &frame->x[10];
	uint64_t extension = a[7], function = a[6];
	struct sbiret r = { .error = SBI_ERR_NOT_SUPPORTED };

	frame->mepc += 4;
	if (extension <= EXT_LEGACY_LAST) {
		call_legacy(frame, extension);
		return;
	}
	switch (extension) {
	case EXT_BASE:
		r = call_base(a, function);
		break;
	case EXT_TIME:
		if (function == 0) {
			set_timer(a[0]);
			r.error = SBI_SUCCESS;
		}
		break;
	case EXT_IPI:
		if (function == 0)
			r.error = send_ipi(a[0], a[1]);
		break;
	case EXT_RFENCE:
		r = call_rfence(a, function);
		break;
	case EXT_HSM:
		r = call_hsm(a, function);
		break;
	case EXT_SRST:
		r = call_srst(a, function);
		break;
	case EXT_DBCN:
		r = call_dbcn(a, function);
		break;
	}
	a[0] = (uint64_t)r.error;
	a[1] = r.value;
}
