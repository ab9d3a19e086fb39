/* A page read from a virtio disk, one request at a time: queued, notified, waited for by wfi, its
 * interrupt claimed and completed. */
#include "event.h"
#include "devices/memmap.h"
#include "devices/plic_regs.h"
#include "devices/virtio_blk_regs.h"
#include "devices/virtio_mmio_regs.h"

#define READS	   20000
#define DISK_PAGES 1024
#define ENTRIES	   8

struct descriptor {
	uint64_t pa;
	uint32_t bytes;
	uint16_t flags, next;
};

static struct descriptor descriptor[ENTRIES] __attribute__((aligned(4096)));
static volatile struct {
	uint16_t flags, index, ring[ENTRIES];
} available __attribute__((aligned(4096)));
static volatile struct {
	uint16_t flags, index;
	struct {
		uint32_t id, bytes;
	} ring[ENTRIES];
} used __attribute__((aligned(4096)));
static struct {
	uint32_t type, reserved;
	uint64_t sector;
} header;
static uint8_t page[PAGE] __attribute__((aligned(4096)));
static volatile uint8_t status;

static volatile uint32_t *device(uint64_t offset)
{
	return (volatile uint32_t *)(MEMMAP_VIRTIO + offset);
}

static volatile uint32_t *plic(uint64_t offset)
{
	return (volatile uint32_t *)(MEMMAP_PLIC + offset);
}

static void map_devices(void)
{
	const uint64_t pages[] = { MEMMAP_VIRTIO, MEMMAP_PLIC, MEMMAP_PLIC + PLIC_ENABLE(0),
				   MEMMAP_PLIC + PLIC_THRESHOLD(PLIC_CONTEXT_S(0)) };

	for (unsigned k = 0; k < sizeof(pages) / sizeof(pages[0]); k++)
		bench_map_page(bench_root, pages[k], pages[k], LEAF);
	asm volatile("sfence.vma" ::: "memory");
}

static void set_queue(uint64_t low, const volatile void *part)
{
	*device(low) = (uint32_t)(uint64_t)part;
	*device(low + 4) = (uint32_t)((uint64_t)part >> 32);
}

static void start_disk(void)
{
	*device(VIRTIO_MMIO_STATUS) = 0;
	*device(VIRTIO_MMIO_STATUS) = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;
	*device(VIRTIO_MMIO_DRIVER_FEATURES_SEL) = 0;
	*device(VIRTIO_MMIO_DRIVER_FEATURES) = 0;
	*device(VIRTIO_MMIO_DRIVER_FEATURES_SEL) = 1;
	*device(VIRTIO_MMIO_DRIVER_FEATURES) = 1 << (VIRTIO_F_VERSION_1 - 32);
	*device(VIRTIO_MMIO_STATUS) |= VIRTIO_STATUS_FEATURES_OK;
	*device(VIRTIO_MMIO_QUEUE_SEL) = 0;
	*device(VIRTIO_MMIO_QUEUE_NUM) = ENTRIES;
	set_queue(VIRTIO_MMIO_QUEUE_DESC_LOW, descriptor);
	set_queue(VIRTIO_MMIO_QUEUE_DRIVER_LOW, &available);
	set_queue(VIRTIO_MMIO_QUEUE_DEVICE_LOW, &used);
	*device(VIRTIO_MMIO_QUEUE_READY) = 1;
	*device(VIRTIO_MMIO_STATUS) |= VIRTIO_STATUS_DRIVER_OK;
	descriptor[0] =
		(struct descriptor){ (uint64_t)&header, sizeof(header), VIRTQ_DESC_F_NEXT, 1 };
	descriptor[1] = (struct descriptor){ (uint64_t)page, PAGE,
					     VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE, 2 };
	descriptor[2] = (struct descriptor){ (uint64_t)&status, 1, VIRTQ_DESC_F_WRITE, 0 };
	header.type = VIRTIO_BLK_T_IN;
	*plic(PLIC_PRIORITY(MEMMAP_VIRTIO_IRQ)) = 1;
	*plic(PLIC_ENABLE(PLIC_CONTEXT_S(0))) = 1 << MEMMAP_VIRTIO_IRQ;
	*plic(PLIC_THRESHOLD(PLIC_CONTEXT_S(0))) = 0;
}

/* Interrupts are enabled in sie and not in sstatus: they end a wfi and are not taken. */
static void read_page(unsigned n)
{
	uint32_t source;

	header.sector = (uint64_t)(n % DISK_PAGES) * (PAGE / VIRTIO_BLK_SECTOR_BYTES);
	available.ring[available.index % ENTRIES] = 0;
	asm volatile("fence" ::: "memory");
	available.index++;
	asm volatile("fence" ::: "memory");
	*device(VIRTIO_MMIO_QUEUE_NOTIFY) = 0;
	while (used.index != available.index)
		asm volatile("wfi" ::: "memory");
	source = *plic(PLIC_CLAIM(PLIC_CONTEXT_S(0)));
	*device(VIRTIO_MMIO_INTERRUPT_ACK) = *device(VIRTIO_MMIO_INTERRUPT_STATUS);
	*plic(PLIC_CLAIM(PLIC_CONTEXT_S(0))) = source;
	if (status != VIRTIO_BLK_S_OK || source != MEMMAP_VIRTIO_IRQ)
		bench_finish(3);
}

int main(void)
{
	map_devices();
	start_disk();
	asm volatile("csrw sie, %0" ::"r"(1 << 9));
	for (unsigned n = 0; n < (WITH_EVENT ? READS : 0); n++)
		read_page(n);
	bench_report("disk", READS);
	return 0;
}
