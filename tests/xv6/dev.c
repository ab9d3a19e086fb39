/* UART, PLIC and the virtio disk, all by interrupts. */
#include "tests/xv6/xv6.h"

/* ---- UART ---- */

#define REG(r) ((volatile uint8 *)(UART0 + (r)))
#define RHR    0
#define THR    0
#define IER    1
#define FCR    2
#define ISR    2
#define LCR    3
#define LSR    5

#define TX_BYTES   32
#define LINE_BYTES 128

static struct spinlock tx_lock;
#ifdef OLD
static char tx[TX_BYTES];
static uint64 tx_w, tx_r;
#endif

static struct {
	struct spinlock lock;
	char line[LINE_BYTES];
	uint32 r, w, e; /* read, complete lines, edited */
} cons;

void uartinit(void)
{
	*REG(IER) = 0;
	*REG(LCR) = 0x80; /* DLAB: the divisor of 38.4 kbaud */
	*REG(0) = 3;
	*REG(1) = 0;
	*REG(LCR) = 3;
	*REG(FCR) = 7; /* FIFOs on and empty */
	*REG(IER) = 3; /* both interrupts */
}

void uartputc_sync(int c)
{
	push_off();
	if (panicked)
		for (;;)
			;
	while (!(*REG(LSR) & 1 << 5))
		;
	*REG(THR) = (uint8)c;
	pop_off();
}

#ifdef OLD
/* Send while the transmitter takes; it interrupts when it is empty again. */
static void uartstart(void)
{
	while (tx_w != tx_r && (*REG(LSR) & 1 << 5)) {
		*REG(THR) = (uint8)tx[tx_r++ % TX_BYTES];
		wakeup(&tx_r);
	}
}

void uartputc(int c)
{
	acquire(&tx_lock);
	while (tx_w == tx_r + TX_BYTES)
		sleep(&tx_r, &tx_lock);
	tx[tx_w++ % TX_BYTES] = (char)c;
	uartstart();
	release(&tx_lock);
}
#else
static int tx_busy;

/* Each byte waits for the interrupt that says that the one before is out. */
void uartputc(int c)
{
	acquire(&tx_lock);
	while (tx_busy)
		sleep(&tx_busy, &tx_lock);
	*REG(THR) = (uint8)c;
	tx_busy = 1;
	release(&tx_lock);
}

static void uartstart(void)
{
	if (*REG(LSR) & 1 << 5) {
		tx_busy = 0;
		wakeup(&tx_busy);
	}
}
#endif

static void consoleintr(char c)
{
	if (c == '\r')
		c = '\n';
	acquire(&cons.lock);
	if (cons.e - cons.r < LINE_BYTES) {
		uartputc_sync(c);
		cons.line[cons.e++ % LINE_BYTES] = c;
		if (c == '\n') {
			cons.w = cons.e;
			wakeup(&cons.r);
		}
	}
	release(&cons.lock);
}

void uartintr(void)
{
#ifndef OLD /* the older one never looks why: the empty transmitter interrupts but once all the same */
	(void)*REG(ISR);
#endif
	while (*REG(LSR) & 1)
		consoleintr((char)*REG(RHR));
	acquire(&tx_lock);
	uartstart();
	release(&tx_lock);
}

/* One line, with its end; its length. */
int consoleread(char *line, int max)
{
	int n = 0;

	acquire(&cons.lock);
	while (cons.r == cons.w)
		sleep(&cons.r, &cons.lock);
	while (n < max && cons.r != cons.w) {
		line[n] = cons.line[cons.r++ % LINE_BYTES];
		if (line[n++] == '\n')
			break;
	}
	release(&cons.lock);
	return n;
}

/* ---- PLIC: the contexts of S-mode ---- */

#define PLIC_REG(offset) ((volatile uint32 *)(PLIC + (offset)))

void plicinit(void)
{
	*PLIC_REG(UART_IRQ * 4) = 1;
	*PLIC_REG(VIRTIO_IRQ * 4) = 1;
}

void plicinithart(void)
{
	*PLIC_REG(0x2080 + cpuid() * 0x100) = 1 << UART_IRQ | 1 << VIRTIO_IRQ;
	*PLIC_REG(0x201000 + cpuid() * 0x2000) = 0;
}

int plic_claim(void)
{
	return (int)*PLIC_REG(0x201004 + cpuid() * 0x2000);
}

void plic_complete(int irq)
{
	*PLIC_REG(0x201004 + cpuid() * 0x2000) = (uint32)irq;
}

/* ---- The disk: virtio-mmio version 2, one queue of eight descriptors ---- */

#define VREG(r)		  ((volatile uint32 *)(VIRTIO0 + (r)))
#define MAGIC		  0x000
#define VERSION		  0x004
#define DEVICE_ID	  0x008
#define VENDOR_ID	  0x00c
#define DEVICE_FEATURES	  0x010
#define DRIVER_FEATURES	  0x020
#define QUEUE_SEL	  0x030
#define QUEUE_NUM_MAX	  0x034
#define QUEUE_NUM	  0x038
#define QUEUE_READY	  0x044
#define QUEUE_NOTIFY	  0x050
#define INTERRUPT_STATUS  0x060
#define INTERRUPT_ACK	  0x064
#define STATUS		  0x070
#define QUEUE_DESC	  0x080
#define QUEUE_DRIVER	  0x090
#define QUEUE_DEVICE	  0x0a0
#define NUM		  8
#define DESC_NEXT	  1
#define DESC_WRITE	  2
#define UNWANTED_FEATURES (1u << 5 | 1u << 7 | 1u << 11 | 1u << 12 | 1u << 27 | 1u << 28 | 1u << 29)

struct desc {
	uint64 addr;
	uint32 len;
	uint16 flags, next;
};

struct request {
	uint32 type, reserved;
	uint64 sector;
};

static struct {
	struct desc *desc;
	struct {
		uint16 flags, idx, ring[NUM], unused;
	} * avail;
	struct {
		uint16 flags, idx;
		struct {
			uint32 id, len;
		} ring[NUM];
	} * used;
	char free[NUM];
	uint16 used_idx;
	struct {
		struct buf *b;
		char status;
	} info[NUM];
	struct request ops[NUM];
	struct spinlock lock;
} disk;

static void put_queue_address(uint32 reg, void *address)
{
	*VREG(reg) = (uint32)(uint64)address;
	*VREG(reg + 4) = (uint32)((uint64)address >> 32);
}

static void virtio_queue_init(void)
{
	*VREG(QUEUE_SEL) = 0;
	if (*VREG(QUEUE_READY))
		panic("virtio: ready before it was made so");
	if (*VREG(QUEUE_NUM_MAX) < NUM)
		panic("virtio: queue too short");
	disk.desc = kalloc();
	disk.avail = kalloc();
	disk.used = kalloc();
	memset(disk.desc, 0, PGSIZE);
	memset(disk.avail, 0, PGSIZE);
	memset(disk.used, 0, PGSIZE);
	*VREG(QUEUE_NUM) = NUM;
	put_queue_address(QUEUE_DESC, disk.desc);
	put_queue_address(QUEUE_DRIVER, disk.avail);
	put_queue_address(QUEUE_DEVICE, disk.used);
	*VREG(QUEUE_READY) = 1;
	memset(disk.free, 1, NUM);
}

void virtio_disk_init(void)
{
	uint32 status = 0;

	if (*VREG(MAGIC) != 0x74726976 || *VREG(VERSION) != 2 || *VREG(DEVICE_ID) != 2 ||
	    *VREG(VENDOR_ID) != 0x554d4551)
		panic("virtio: no disk");
	*VREG(STATUS) = status;
	*VREG(STATUS) = status |= 1; /* acknowledge */
	*VREG(STATUS) = status |= 2; /* driver */
	/* The upper half of the features is never looked at: VERSION_1 is not taken. */
	*VREG(DRIVER_FEATURES) = *VREG(DEVICE_FEATURES) & ~UNWANTED_FEATURES;
	*VREG(STATUS) = status |= 8; /* features ok */
	if (!(*VREG(STATUS) & 8))
		panic("virtio: features");
	virtio_queue_init();
	*VREG(STATUS) = status |= 4; /* driver ok */
}

static int alloc_desc(void)
{
	for (int i = 0; i < NUM; i++)
		if (disk.free[i]) {
			disk.free[i] = 0;
			return i;
		}
	return -1;
}

static void free_desc(int i)
{
	if (i < 0)
		return;
	if (disk.free[i])
		panic("virtio: free twice");
	disk.desc[i] = (struct desc){ 0 };
	disk.free[i] = 1;
	wakeup(&disk.free[0]);
}

static int alloc3_desc(int *idx)
{
	for (int i = 0; i < 3; i++) {
		idx[i] = alloc_desc();
		if (idx[i] < 0) {
			while (--i >= 0)
				free_desc(idx[i]);
			return -1;
		}
	}
	return 0;
}

static void free_chain(int i)
{
	for (;;) {
		struct desc d = disk.desc[i];

		free_desc(i);
		if (!(d.flags & DESC_NEXT))
			return;
		i = d.next;
	}
}

void virtio_disk_rw(struct buf *b, int write)
{
	int idx[3];

	acquire(&disk.lock);
	while (alloc3_desc(idx) < 0)
		sleep(&disk.free[0], &disk.lock);
	disk.ops[idx[0]] =
		(struct request){ .type = write ? 1 : 0, .sector = b->blockno * (BSIZE / 512UL) };
	disk.desc[idx[0]] = (struct desc){ (uint64)&disk.ops[idx[0]], sizeof(struct request),
					   DESC_NEXT, (uint16)idx[1] };
	disk.desc[idx[1]] =
		(struct desc){ (uint64)b->data, BSIZE, write ? DESC_NEXT : DESC_NEXT | DESC_WRITE,
			       (uint16)idx[2] };
	disk.info[idx[0]].status = (char)0xff;
	disk.desc[idx[2]] = (struct desc){ (uint64)&disk.info[idx[0]].status, 1, DESC_WRITE, 0 };
	b->disk = 1;
	disk.info[idx[0]].b = b;
	disk.avail->ring[disk.avail->idx % NUM] = (uint16)idx[0];
	__sync_synchronize();
	disk.avail->idx++;
	__sync_synchronize();
	*VREG(QUEUE_NOTIFY) = 0;
	while (b->disk)
		sleep(b, &disk.lock);
	disk.info[idx[0]].b = NULL;
	free_chain(idx[0]);
	release(&disk.lock);
}

void virtio_disk_intr(void)
{
	acquire(&disk.lock);
	*VREG(INTERRUPT_ACK) = *VREG(INTERRUPT_STATUS) & 3;
	__sync_synchronize();
	while (disk.used_idx != *(volatile uint16 *)&disk.used->idx) {
		uint32 id;

		__sync_synchronize();
		id = disk.used->ring[disk.used_idx % NUM].id;
		if (disk.info[id].status != 0)
			panic("virtio: status");
		disk.info[id].b->disk = 0;
		wakeup(disk.info[id].b);
		disk.used_idx++;
	}
	release(&disk.lock);
}
