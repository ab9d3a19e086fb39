/* The test supervisor's tests of what concerns several harts: IPI, HSM, RFENCE. */
#include "tests/firmware/payload.h"

#define STACK_BYTES 4096

static uint8_t stacks[MAX_HARTS][STACK_BYTES] __attribute__((aligned(16)));

static void relax(void)
{
	__asm__ volatile(".word 0x0100000f" ::: "memory"); /* pause */
}

static void spin_until(volatile uint64_t *word, uint64_t value)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
		relax();
}

static uint64_t status(uint64_t hart)
{
	return SBI3(EXT_HSM, 2, hart, 0, 0).value;
}

static void wait_status(uint64_t hart, uint64_t wanted)
{
	while (status(hart) != wanted)
		relax();
}

static void test_ipi(void)
{
	struct hart *h = &harts[self];
	uint64_t before = h->count;

	csr_set(sie, 2);
	equal((uint64_t)SBI3(EXT_IPI, 0, 1, self, 0).error, 0, "a hart sends itself an IPI");
	csr_set(sstatus, 2);
	spin_until(&h->count, before + 1);
	csr_clear(sstatus, 2);
	equal(h->cause, UINT64_C(1) << 63 | 1, "an IPI is a supervisor software interrupt");
	equal((uint64_t)SBI3(EXT_IPI, 0, 1, 63, 0).error, (uint64_t)SBI_INVALID_PARAM,
	      "an IPI to a hart that does not exist is refused");
	equal((uint64_t)SBI3(EXT_IPI, 0, UINT64_C(1) << count_harts, 0, 0).error,
	      (uint64_t)SBI_INVALID_PARAM, "also where only the mask names it");
	equal((uint64_t)SBI3(EXT_IPI, 0, 0, 0, 0).error, 0, "an IPI to nobody succeeds");
	SBI3(EXT_IPI, 0, 0, UINT64_MAX, 0);
	check_(csr_read(sip) & 2, "a mask base of -1 means all harts");
	SBI3(3, 0, 0, 0, 0);
	equal(csr_read(sip) & 2, 0, "legacy clear_ipi clears it");
}

/* What a started hart does with harts[id].go. */
enum { GO_NOTHING, GO_SPIN, GO_LOAD, GO_STOP, GO_SUSPEND, GO_FENCES, GO_NAP, GO_DOZE };

static uint64_t root_table[512] __attribute__((aligned(4096)));
static uint64_t middle_table[512] __attribute__((aligned(4096)));
static uint64_t page_table[512] __attribute__((aligned(4096)));
static volatile uint64_t page_a[512] __attribute__((aligned(4096)));
static volatile uint64_t page_b[512] __attribute__((aligned(4096)));
#define TEST_VA UINT64_C(0x40000000)

static uint64_t pte_of(const volatile void *page)
{
	return (uint64_t)page >> 12 << 10 | 0xc7; /* D A W R V */
}

/* RAM as itself by one gigapage, and one page of ours at TEST_VA. */
static void make_tables(void)
{
	root_table[2] = (uint64_t)0x80000 << 10 | 0xcf;
	root_table[1] = (uint64_t)middle_table >> 12 << 10 | 1;
	middle_table[0] = (uint64_t)page_table >> 12 << 10 | 1;
	page_table[0] = pte_of(page_a);
	page_a[0] = 0xa;
	page_b[0] = 0xb;
}

static void translation(bool on)
{
	csr_write(satp, on ? UINT64_C(8) << 60 | (uint64_t)root_table >> 12 : 0);
	__asm__ volatile("sfence.vma" ::: "memory");
}

/* The last page of the address space: where start + size is 0. */
static void test_fence_of_the_last_page(void)
{
	const uint64_t va = UINT64_C(-4096);
	uint64_t before;

	root_table[511] = root_table[1];
	middle_table[511] = middle_table[0];
	page_table[511] = pte_of(page_a);
	translation(true);
	before = *(volatile uint64_t *)va;
	page_table[511] = pte_of(page_b);
	sbi(EXT_RFENCE, 1, 1, self, va, 4096, 0);
	check_(before == 0xa && *(volatile uint64_t *)va == 0xb,
	       "a fence reaches the last page of the address space");
	page_table[511] = pte_of(page_a);
	sbi(EXT_RFENCE, 1, 1, self, va + 4095, 1, 0);
	equal(*(volatile uint64_t *)va, 0xa, "and the page of a range that is not aligned");
	translation(false);
}

static long fence_all(void)
{
	return sbi(EXT_RFENCE, 1, 0, UINT64_MAX, TEST_VA, 4096, 0).error;
}

static void done(struct hart *h)
{
	__atomic_store_n(&h->go, GO_NOTHING, __ATOMIC_RELEASE);
}

static void many_fences(void)
{
	for (unsigned i = 0; i < fences; i++)
		sbi(EXT_RFENCE, i % 3, 0, UINT64_MAX, i % 2 ? 0 : TEST_VA,
		    i % 2 ? UINT64_MAX : 8192, 0);
}

void secondary_main(uint64_t hart_id, uint64_t opaque, uint64_t satp, uint64_t sstatus)
{
	struct hart *h = &harts[hart_id];

	h->id = hart_id;
	h->opaque = opaque;
	h->satp = satp;
	h->sstatus = sstatus;
	translation(true);
	__atomic_store_n(&h->came, h->came + 1, __ATOMIC_RELEASE);
	for (;;) {
		switch (__atomic_load_n(&h->go, __ATOMIC_ACQUIRE)) {
		case GO_LOAD:
			h->seen = *(volatile uint64_t *)TEST_VA;
			done(h);
			break;
		case GO_FENCES:
			many_fences();
			done(h);
			break;
		case GO_NAP:
			csr_write(sie, 2);
			h->seen = (uint64_t)SBI3(EXT_HSM, 3, 0, 0, 0).error;
			csr_clear(sip, 2);
			done(h);
			break;
		case GO_SUSPEND:
			csr_write(sie, 2);
			SBI3(EXT_HSM, 3, 0x80000000, resume_entry, stacks[hart_id] + STACK_BYTES);
			break;
		case GO_DOZE:
			csr_write(sie, 32);
			SBI3(EXT_TIME, 0, ticks() + 500, 0, 0);
			SBI3(EXT_HSM, 3, 0x80000000, resume_entry, stacks[hart_id] + STACK_BYTES);
			break;
		case GO_STOP:
			h->go = GO_NOTHING;
			SBI3(EXT_HSM, 1, 0, 0, 0);
			break;
		default:
			relax();
		}
	}
}

void resumed_main(uint64_t hart_id, uint64_t opaque)
{
	struct hart *h = &harts[hart_id];

	h->sip = csr_read(sip);
	h->seen = opaque == (uint64_t)(stacks[hart_id] + STACK_BYTES) && csr_read(satp) == 0;
	csr_clear(sip, 2);
	SBI3(EXT_TIME, 0, UINT64_MAX, 0, 0);
	done(h);
	secondary_main(hart_id, opaque, 0, 0);
}

/* The legacy calls read their mask through the caller's own translation. */
static void test_legacy_mask(void)
{
	struct hart *h = &harts[self];

	page_a[1] = UINT64_C(1) << self;
	translation(true);
	sbi(4, 0, TEST_VA + 8, 0, 0, 0, 0);
	check_(csr_read(sip) & 2, "legacy send_ipi reads its mask by the caller's translation");
	csr_clear(sip, 2);
	h->cause = 0;
	sbi(4, 0, TEST_VA + 4096, 0, 0, 0, 0);
	equal(h->cause, 13, "a mask that is not mapped is the caller's page fault");
	equal(h->tval, TEST_VA + 4096, "with the address of the mask");
	h->cause = 0;
	sbi(4, 0, TEST_VA + 4092, 0, 0, 0, 0);
	equal(h->tval, TEST_VA + 4096, "or of its part that is not mapped");
	equal(*(volatile uint16_t *)h->epc | (uint32_t)((volatile uint16_t *)h->epc)[1] << 16, 0x73,
	      "at the calling instruction");
	equal(csr_read(sip) & 2, 0, "and nothing is sent");
	page_a[1] = UINT64_MAX;
	sbi(4, 0, TEST_VA + 8, 0, 0, 0, 0);
	check_(csr_read(sip) & 2, "a mask that names more harts than there are reaches those");
	csr_clear(sip, 2);
	translation(false);
}

static void order(uint64_t hart, uint64_t what)
{
	__atomic_store_n(&harts[hart].go, what, __ATOMIC_RELEASE);
}

static uint64_t start(uint64_t id, uint64_t pa)
{
	return (uint64_t)SBI3(EXT_HSM, 0, id, pa, stacks[id % MAX_HARTS] + STACK_BYTES).error;
}

static uint64_t suspend(uint64_t type, uint64_t pa)
{
	return (uint64_t)SBI3(EXT_HSM, 3, type, pa, 0).error;
}

static void test_status(void)
{
	equal(status(self), 0, "the first hart is started");
	equal(start(self, (uint64_t)secondary_entry), (uint64_t)SBI_ALREADY_AVAILABLE,
	      "a started hart cannot be started");
	equal(start(99, (uint64_t)secondary_entry), (uint64_t)SBI_INVALID_PARAM,
	      "nor can one that does not exist");
	equal(start(UINT64_MAX, (uint64_t)secondary_entry), (uint64_t)SBI_INVALID_PARAM,
	      "nor one whose number is no hart's at all");
	equal((uint64_t)SBI3(EXT_HSM, 2, 99, 0, 0).error, (uint64_t)SBI_INVALID_PARAM,
	      "which has no status either");
	equal((uint64_t)SBI3(EXT_HSM, 4, 0, 0, 0).error, (uint64_t)SBI_NOT_SUPPORTED,
	      "HSM has four functions");
}

static void test_suspend(const struct memory *memory)
{
	equal(suspend(0x80000000, memory->firmware), (uint64_t)SBI_INVALID_ADDRESS,
	      "nobody resumes inside the firmware");
	equal(suspend(0x80000000, memory->ram_end), (uint64_t)SBI_INVALID_ADDRESS,
	      "nor where no memory is");
	equal(suspend(0x80000000, MEMMAP_UART), (uint64_t)SBI_INVALID_ADDRESS, "nor in a device");
	equal(suspend(0xffffffff80000000, memory->firmware), (uint64_t)SBI_INVALID_ADDRESS,
	      "the kind of suspension is 32 bits, whatever stands above them");
	equal(suspend(5, 0), (uint64_t)SBI_INVALID_PARAM,
	      "a reserved kind of suspension is refused");
	equal(suspend(0x10000000, 0), (uint64_t)SBI_INVALID_PARAM, "so is a platform's own");
	csr_write(sie, 2);
	SBI3(EXT_IPI, 0, 1, self, 0);
	equal(suspend(0, 0), 0, "a retentive suspension ends at a pending interrupt");
	equal(suspend(UINT64_C(1) << 63, 0), 0, "also with a bit above its kind");
	csr_clear(sip, 2);
	csr_write(sie, 32);
	SBI3(EXT_TIME, 0, ticks() + 1000, 0, 0);
	suspend(0, 0);
	check_(csr_read(sip) & 32, "the timer ends one");
	SBI3(EXT_TIME, 0, UINT64_MAX, 0, 0);
	csr_write(sie, 0);
}

static void test_start(const struct memory *memory)
{
	bool right = true, zero = true, stopped = true, nowhere = true;

	for (uint64_t i = 0; i < count_harts; i++) {
		if (i == self)
			continue;
		wait_status(i, 1);
		stopped = stopped && start(i, memory->firmware) == (uint64_t)SBI_INVALID_ADDRESS &&
			  start(i, memory->firmware + memory->firmware_bytes - 4) ==
				  (uint64_t)SBI_INVALID_ADDRESS;
		nowhere = nowhere && start(i, memory->ram_end) == (uint64_t)SBI_INVALID_ADDRESS &&
			  start(i, MEMMAP_UART) == (uint64_t)SBI_INVALID_ADDRESS &&
			  start(i, UINT64_MAX - 1) == (uint64_t)SBI_INVALID_ADDRESS &&
			  start(i, (uint64_t)secondary_entry | 1) == (uint64_t)SBI_INVALID_ADDRESS;
		start(i, (uint64_t)secondary_entry);
		spin_until(&harts[i].came, 1);
		right = right && harts[i].id == i &&
			harts[i].opaque == (uint64_t)(stacks[i] + STACK_BYTES);
		zero = zero && harts[i].satp == 0 && !(harts[i].sstatus & 2);
		right = right && status(i) == 0;
	}
	check_(stopped, "no hart starts inside the firmware");
	check_(nowhere, "nor where no memory is, nor in a device, nor at an odd address");
	check_(right, "started harts come with their number and the opaque value");
	check_(zero, "and with satp and sstatus.SIE clear");
}

/* Do all harts but this one load that from TEST_VA? */
static bool others_load(uint64_t value)
{
	bool all = true;

	for (uint64_t i = 0; i < count_harts; i++) {
		if (i == self)
			continue;
		order(i, GO_LOAD);
		spin_until(&harts[i].go, GO_NOTHING);
		all = all && harts[i].seen == value;
	}
	return all;
}

static void test_remote_fence(void)
{
	bool before = others_load(0xa);

	page_table[0] = pte_of(page_b);
	equal((uint64_t)fence_all(), 0, "a remote fence of all harts succeeds");
	check_(before && others_load(0xb), "after it every hart sees the changed mapping");
	for (uint64_t i = 0; i < count_harts; i++)
		if (i != self)
			order(i, GO_FENCES);
	many_fences();
	for (uint64_t i = 0; i < count_harts; i++)
		if (i != self)
			spin_until(&harts[i].go, GO_NOTHING);
	check_(true, "harts that fence each other at the same time all come through");
	equal((uint64_t)sbi(EXT_RFENCE, 0, 1, 63, 0, 0, 0).error, (uint64_t)SBI_INVALID_PARAM,
	      "a fence of a hart that does not exist is refused");
	equal((uint64_t)sbi(EXT_RFENCE, 3, 0, UINT64_MAX, 0, 0, 0).error,
	      (uint64_t)SBI_NOT_SUPPORTED, "hypervisor fences are not supported");
	equal((uint64_t)sbi(5, 0, 0, 0, 0, 0, 0).error | (uint64_t)sbi(6, 0, 0, 0, 0, 0, 0).error |
		      (uint64_t)sbi(7, 0, 0, 0, 0, 0, 0).error,
	      0, "legacy remote fences work");
}

static void test_pause(void)
{
	bool nap = true, resumed = true, ipi = true, timer = true;

	for (uint64_t i = 0; i < count_harts; i++) {
		if (i == self)
			continue;
		order(i, GO_NAP);
		wait_status(i, 4);
		fence_all(); /* a sleeping hart must answer */
		SBI3(EXT_IPI, 0, 1 << i, 0, 0);
		spin_until(&harts[i].go, GO_NOTHING);
		nap = nap && harts[i].seen == 0 && status(i) == 0;

		order(i, GO_SUSPEND);
		wait_status(i, 4);
		SBI3(EXT_IPI, 0, 1, i, 0);
		spin_until(&harts[i].go, GO_NOTHING);
		resumed = resumed && harts[i].seen == 1;
		ipi = ipi && harts[i].sip & 2;

		order(i, GO_DOZE);
		spin_until(&harts[i].go, GO_NOTHING);
		timer = timer && harts[i].sip & 32;
	}
	check_(nap, "an IPI ends a retentive suspension, fences do not disturb it");
	check_(resumed, "a non-retentive one resumes at its address with its opaque value");
	check_(ipi, "and with the IPI that ended it still pending");
	check_(timer, "or the timer interrupt that did");
}

static void test_stop(void)
{
	bool stopped = true, again = true;

	for (uint64_t i = 0; i < count_harts; i++) {
		if (i == self)
			continue;
		order(i, GO_STOP);
		wait_status(i, 1);
		stopped = stopped && fence_all() == 0;
		harts[i].came = 0;
		again = again && start(i, (uint64_t)secondary_entry) == 0;
		spin_until(&harts[i].came, 1);
	}
	check_(stopped, "a hart stops, and fences do not wait for it");
	check_(again, "and starts again");
}

void test_harts(const struct memory *memory)
{
	test_ipi();
	test_status();
	test_suspend(memory);
	make_tables();
	test_legacy_mask();
	test_fence_of_the_last_page();
	if (count_harts == 1) {
		equal((uint64_t)fence_all(), 0, "a fence of one hart alone succeeds");
		return;
	}
	test_start(memory);
	test_remote_fence();
	test_pause();
	test_stop();
}
