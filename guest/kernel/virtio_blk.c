/*
 * virtio block devices, one page a request, or a few neighbours.  The requests are made at boot, so that
 * eviction allocates nothing.
 */
#include "mm.h"
#include "virtio.h"

#define FEATURE_RO    (1ul << 5)
#define FEATURE_FLUSH (1ul << 9)
#define TYPE_READ     0
#define TYPE_WRITE    1
#define TYPE_FLUSH    4
#define SECTORS	      (PAGE_SIZE / 512)
#define REQUESTS      10
#define QUEUE_SIZE                                                                                 \
	64 /* a request of n pages takes n + 2 entries; only one reader asks for several */

struct request {
	u32 type, reserved;
	u64 sector;
	u8 status;
	bool busy, done;
};

struct drive {
	struct disk disk;
	struct virtio_device *device;
	struct virtq *queue;
	struct request request[REQUESTS];
};

struct disk *root_disk, *swap_disk;
u32 disk_requests;
const char disk_channel[1];

static void drive_interrupt(struct virtio_device *device)
{
	struct drive *drive = device->driver;
	struct request *request;

	while ((request = virtq_take(drive->queue, NULL)) != NULL) {
		request->done = true;
		disk_requests--;
		wakeup(request);
		wakeup_one(disk_channel); /* a transfer gives one frame at most */
	}
}

void virtio_blk_probe(struct virtio_device *device)
{
	struct drive *drive = kmalloc(sizeof(*drive));

	if (!drive || virtio_start(device, FEATURE_RO | FEATURE_FLUSH) != 0)
		return;
	drive->queue = virtio_queue(device, 0, QUEUE_SIZE);
	if (!drive->queue)
		return;
	device->driver = drive;
	device->interrupt = drive_interrupt;
	drive->device = device;
	drive->disk.driver = drive;
	drive->disk.bytes = virtio_config_u64(device, 0) * 512;
	drive->disk.blocks = drive->disk.bytes / PAGE_SIZE;
	drive->disk.read_only = device->features & FEATURE_RO;
	drive->disk.index = root_disk ? 1 : 0;
	virtio_ready(device);
	if (!root_disk)
		root_disk = &drive->disk;
	else if (!swap_disk)
		swap_disk = &drive->disk;
	printk("disk %d: %lu KiB", drive->disk.index, drive->disk.bytes >> 10);
}

static struct request *request_take(struct drive *drive)
{
	for (;;) {
		for (int i = 0; i < REQUESTS; i++) {
			if (!drive->request[i].busy) {
				drive->request[i].busy = true;
				drive->request[i].done = false;
				return &drive->request[i];
			}
		}
		sleep_on(&drive->request, false);
	}
}

/* `count` pages at consecutive places of the disk. */
static int transfer(struct drive *drive, u32 type, u64 sector, const u64 *pa, u32 count)
{
	struct request *request = request_take(drive);
	struct virtq_buffer buffers[2 + CLUSTER_MAX];
	int error;

	buffers[0] = (struct virtq_buffer){ request, 16, false };
	request->type = type;
	request->sector = sector;
	request->status = 0xff;
	for (u32 i = 0; i < count; i++)
		buffers[1 + i] =
			(struct virtq_buffer){ pa_va(pa[i]), PAGE_SIZE, type == TYPE_READ };
	buffers[1 + count] = (struct virtq_buffer){ &request->status, 1, true };
	if (!virtq_add(drive->queue, buffers, (int)count + 2, request))
		panic("disk queue full");
	disk_requests++;
	virtq_kick(drive->queue);
	while (!request->done) {
		current->disk_wait = true;
		sleep_on(request, false);
		current->disk_wait = false;
	}
	error = request->status ? -EIO : 0;
	request->busy = false;
	wakeup(&drive->request);
	return error;
}

int blk_rw(struct disk *disk, u64 block, u64 pa, bool write)
{
	if (block >= disk->blocks)
		return -EIO;
	if (disk == root_disk)
		++*(write ? &COUNT.root_writes : &COUNT.root_reads);
	return transfer(disk->driver, write ? TYPE_WRITE : TYPE_READ, block * SECTORS, &pa, 1);
}

int blk_read_cluster(struct disk *disk, u64 block, const u64 *pa, u32 count)
{
	struct drive *drive = disk->driver;

	if (block + count > disk->blocks || count > CLUSTER_MAX)
		return -EIO;
	if (drive->queue->size < 3 * REQUESTS + 2 + CLUSTER_MAX)
		return -EOPNOTSUPP;
	if (disk == root_disk)
		COUNT.root_reads += count;
	return transfer(drive, TYPE_READ, block * SECTORS, pa, count);
}

int blk_flush(struct disk *disk)
{
	struct drive *drive = disk->driver;

	if (!(drive->device->features & FEATURE_FLUSH))
		return 0;
	return transfer(drive, TYPE_FLUSH, 0, NULL, 0);
}
