/*
 * The paged disk: a virtio block device that thinks in pages of 4 KiB.  Any run of sectors is
 * served, but counters, latency and the view are about the pages touched.  One request is served
 * at a time, in virtual time: it completes request_ns + pages * page_ns after it was begun.
 */
#ifndef DEVICES_VIRTIO_BLK_H
#define DEVICES_VIRTIO_BLK_H

#include "devices/device.h"
#include "devices/page_store.h"
#include "devices/virtio_blk_regs.h"

#define VIRTIO_BLK_REQUEST_NS 100000 /* the defaults of --disk-latency */
#define VIRTIO_BLK_PAGE_NS    10000

/* A bad spot: reads, writes or both of pages first..last end in an I/O error. */
struct virtio_blk_bad {
	bool read, write;
	uint64_t first, last;
};

struct virtio_blk_config {
	struct page_store *store; /* the caller's: outlives the device */
	uint64_t request_ns, page_ns;
	char id[VIRTIO_BLK_ID_BYTES + 1]; /* answer to GET_ID */
	struct virtio_blk_bad bad;	  /* neither read nor write: none */
	unsigned disk;			  /* number given to observe */
	/* Called for each page that a completed request read or wrote.  May be NULL. */
	void (*observe)(void *ctx, unsigned disk, uint64_t page, bool write);
	void *ctx;
};

struct virtio_blk_stats {
	uint64_t requests; /* completed, of every kind */
	uint64_t reads;	   /* pages touched by reads */
	uint64_t writes;   /* pages touched by writes, zeroes and discards */
	uint64_t flushes;
	uint64_t errors;  /* requests that ended in an error */
	uint64_t busy_ns; /* virtual time spent serving */
};

/* NULL: out of memory.  A read-only store makes a read-only disk. */
struct device *virtio_blk_create(const struct device_host *host, struct irq_line irq,
				 const struct virtio_blk_config *config);

struct virtio_blk_stats virtio_blk_stats(const struct device *device);
uint64_t virtio_blk_pages(const struct device *device);
/* When the page was last read and written, in virtual time; 0 = never. */
void virtio_blk_page_times(const struct device *device, uint64_t page, uint64_t *read_ns,
			   uint64_t *written_ns);
/* Is a request being served? */
bool virtio_blk_busy(const struct device *device);

#endif
