#include "devices/virtio_blk.h"

#include <stdlib.h>
#include <string.h>

#include "devices/virtio_mmio.h"

#define PAGE		  PAGE_STORE_PAGE_BYTES
#define SECTOR		  VIRTIO_BLK_SECTOR_BYTES
#define SEG_MAX		  (VIRTIO_QUEUE_MAX - 2)
#define TRANSFER_MAX	  (UINT64_C(64) << 20) /* a longer request is refused, not served for ever */
#define RANGE_MAX_SECTORS (UINT32_C(256) << 11) /* of one discard or write-zeroes request */
#define BUFFER_BYTES	  (16 * PAGE)
#define TIMES_PER_CHUNK	  512

struct page_times {
	uint64_t read_ns, written_ns;
};

struct blk_state {
	struct virtio_blk_stats stats;
	uint64_t begun_ns;
	uint32_t busy; /* a request is being served: the chain at `head` */
	uint32_t head;
};

struct virtio_blk {
	struct virtio virtio;
	struct virtio_blk_config config;
	struct blk_state s;
	struct page_times **times; /* in chunks, made when first touched */
	uint64_t chunks;
	uint8_t buffer[BUFFER_BYTES];
};

/* A request as the chain says it; status is VIRTIO_BLK_S_OK unless it cannot be served. */
struct request {
	uint32_t type;
	uint8_t status;
	uint64_t offset, bytes; /* of the disk; data_bytes of GET_ID is the buffer's room */
	uint64_t data_bytes;	/* room for data before the status byte, or data to write */
};

static struct virtio_blk *blk_of(const struct virtio *virtio)
{
	return (struct virtio_blk *)virtio;
}

static const struct virtio_blk *blk_of_device(const struct device *device)
{
	return (const struct virtio_blk *)device;
}

static bool range_fits(const struct virtio_blk *b, uint64_t sector, uint64_t bytes)
{
	uint64_t disk = page_store_bytes(b->config.store);

	return sector <= disk / SECTOR && bytes <= disk - sector * SECTOR;
}

static bool is_bad(const struct virtio_blk *b, const struct request *r)
{
	const struct virtio_blk_bad *bad = &b->config.bad;

	return (r->type == VIRTIO_BLK_T_IN ? bad->read : bad->write) && r->bytes &&
	       r->offset / PAGE <= bad->last && (r->offset + r->bytes - 1) / PAGE >= bad->first;
}

static uint8_t parse_data(struct virtio_blk *b, struct request *r, uint64_t sector)
{
	if (r->data_bytes % SECTOR || r->data_bytes > TRANSFER_MAX ||
	    !range_fits(b, sector, r->data_bytes))
		return VIRTIO_BLK_S_IOERR;
	r->offset = sector * SECTOR;
	r->bytes = r->data_bytes;
	return is_bad(b, r) ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK;
}

/* One range a request: that is what the configuration space allows. */
static uint8_t parse_range(struct virtio_blk *b, const struct virtio_chain *chain,
			   struct request *r)
{
	struct {
		uint64_t sector;
		uint32_t sectors, flags;
	} range;

	if (r->data_bytes != VIRTIO_BLK_RANGE_BYTES ||
	    !virtio_chain_read(&b->virtio, chain, VIRTIO_BLK_HEADER_BYTES, &range, sizeof(range)))
		return VIRTIO_BLK_S_IOERR;
	if (range.flags & ~UINT32_C(1) || (range.flags && r->type == VIRTIO_BLK_T_DISCARD))
		return VIRTIO_BLK_S_UNSUPP;
	if (range.sectors > RANGE_MAX_SECTORS ||
	    !range_fits(b, range.sector, (uint64_t)range.sectors * SECTOR))
		return VIRTIO_BLK_S_IOERR;
	r->offset = range.sector * SECTOR;
	r->bytes = (uint64_t)range.sectors * SECTOR;
	return VIRTIO_BLK_S_OK;
}

static void parse(struct virtio_blk *b, const struct virtio_chain *chain, struct request *r)
{
	struct {
		uint32_t type, reserved;
		uint64_t sector;
	} header;

	memset(r, 0, sizeof(*r));
	r->type = UINT32_MAX;
	r->status = VIRTIO_BLK_S_IOERR;
	if (!virtio_chain_read(&b->virtio, chain, 0, &header, sizeof(header)))
		return;
	r->type = header.type;
	switch (header.type) {
	case VIRTIO_BLK_T_IN:
		r->data_bytes = chain->writable_bytes - 1;
		r->status = parse_data(b, r, header.sector);
		break;
	case VIRTIO_BLK_T_OUT:
		r->data_bytes = chain->readable_bytes - VIRTIO_BLK_HEADER_BYTES;
		r->status = parse_data(b, r, header.sector);
		break;
	case VIRTIO_BLK_T_DISCARD:
	case VIRTIO_BLK_T_WRITE_ZEROES:
		r->data_bytes = chain->readable_bytes - VIRTIO_BLK_HEADER_BYTES;
		r->status = parse_range(b, chain, r);
		break;
	case VIRTIO_BLK_T_GET_ID:
		r->data_bytes = chain->writable_bytes - 1;
		r->status = VIRTIO_BLK_S_OK;
		break;
	case VIRTIO_BLK_T_FLUSH:
		r->status = VIRTIO_BLK_S_OK;
		break;
	default:
		r->status = VIRTIO_BLK_S_UNSUPP;
		break;
	}
}

static uint64_t pages_touched(const struct request *r)
{
	return r->bytes ? (r->offset + r->bytes - 1) / PAGE - r->offset / PAGE + 1 : 0;
}

static struct page_times *times_of(struct virtio_blk *b, uint64_t page, bool make)
{
	struct page_times **chunk = &b->times[page / TIMES_PER_CHUNK];

	if (!*chunk && make)
		*chunk = calloc(TIMES_PER_CHUNK, sizeof(**chunk));
	return *chunk ? *chunk + page % TIMES_PER_CHUNK : NULL;
}

/* Count, stamp and report the pages of a request that was done. */
static void account(struct virtio_blk *b, const struct request *r, bool write, uint64_t now_ns)
{
	uint64_t first = r->offset / PAGE, pages = pages_touched(r);

	*(write ? &b->s.stats.writes : &b->s.stats.reads) += pages;
	for (uint64_t page = first; page < first + pages; page++) {
		struct page_times *times = times_of(b, page, true);
		if (times)
			*(write ? &times->written_ns : &times->read_ns) = now_ns;
		if (b->config.observe)
			b->config.observe(b->config.ctx, b->config.disk, page, write);
	}
}

static bool move_data(struct virtio_blk *b, const struct virtio_chain *chain,
		      const struct request *r, bool write)
{
	for (uint64_t done = 0; done < r->bytes;) {
		size_t n =
			r->bytes - done < BUFFER_BYTES ? (size_t)(r->bytes - done) : BUFFER_BYTES;
		if (write) {
			if (!virtio_chain_read(&b->virtio, chain, VIRTIO_BLK_HEADER_BYTES + done,
					       b->buffer, n) ||
			    page_store_write(b->config.store, r->offset + done, b->buffer, n))
				return false;
		} else {
			if (page_store_read(b->config.store, r->offset + done, b->buffer, n) ||
			    !virtio_chain_write(&b->virtio, chain, done, b->buffer, n))
				return false;
		}
		done += n;
	}
	return true;
}

/* Do it; the answer is the status byte.  *written: bytes put before the status. */
static uint8_t serve(struct virtio_blk *b, const struct virtio_chain *chain,
		     const struct request *r, uint64_t now_ns, uint64_t *written)
{
	struct page_store *store = b->config.store;
	uint64_t room;
	bool good;

	switch (r->type) {
	case VIRTIO_BLK_T_IN:
		good = move_data(b, chain, r, false);
		*written = r->bytes;
		break;
	case VIRTIO_BLK_T_OUT:
		good = !page_store_read_only(store) && move_data(b, chain, r, true);
		break;
	case VIRTIO_BLK_T_DISCARD:
	case VIRTIO_BLK_T_WRITE_ZEROES:
		good = !page_store_read_only(store) &&
		       page_store_zero(store, r->offset, r->bytes) == 0;
		break;
	case VIRTIO_BLK_T_FLUSH:
		good = page_store_flush(store) == 0;
		b->s.stats.flushes++;
		break;
	default: /* GET_ID: parse let nothing else through */
		room = r->data_bytes < VIRTIO_BLK_ID_BYTES ? r->data_bytes : VIRTIO_BLK_ID_BYTES;
		good = virtio_chain_write(&b->virtio, chain, 0, b->config.id, (size_t)room);
		*written = room;
		break;
	}
	if (!good)
		return VIRTIO_BLK_S_IOERR;
	account(b, r, r->type != VIRTIO_BLK_T_IN, now_ns);
	return VIRTIO_BLK_S_OK;
}

/* Begin the next request if none is being served: its deadline is when it will be done. */
static void begin(struct virtio_blk *b, uint64_t now_ns)
{
	struct virtio_chain chain;
	struct request r;
	uint64_t cost_ns;

	if (b->s.busy || !virtio_pop(&b->virtio, 0, &chain))
		return;
	if (chain.writable_bytes == 0) { /* nowhere to put the status */
		virtio_break(&b->virtio);
		return;
	}
	parse(b, &chain, &r);
	cost_ns = b->config.request_ns;
	if (r.status == VIRTIO_BLK_S_OK)
		cost_ns += pages_touched(&r) * b->config.page_ns;
	b->s.busy = 1;
	b->s.head = chain.head;
	b->s.begun_ns = now_ns;
	device_set_deadline(&b->virtio.device, now_ns + cost_ns);
}

/* The chain is read again when it completes: nothing of it need be kept, and a driver that
 * changed it meanwhile gets what it then says. */
static void complete(struct virtio_blk *b, uint64_t now_ns)
{
	struct virtio_chain chain;
	struct request r;
	uint64_t written = 0;
	uint8_t status;

	b->s.busy = 0;
	b->s.stats.requests++;
	b->s.stats.busy_ns += now_ns - b->s.begun_ns;
	if (!virtio_chain_at(&b->virtio, 0, (uint16_t)b->s.head, &chain))
		return;
	if (chain.writable_bytes == 0) {
		virtio_break(&b->virtio);
		return;
	}
	parse(b, &chain, &r);
	status = r.status;
	if (status == VIRTIO_BLK_S_OK)
		status = serve(b, &chain, &r, now_ns, &written);
	if (status != VIRTIO_BLK_S_OK) {
		b->s.stats.errors++;
		written = 0;
	}
	virtio_chain_write(&b->virtio, &chain, chain.writable_bytes - 1, &status, 1);
	virtio_push(&b->virtio, 0, chain.head, (uint32_t)written + 1);
}

static void blk_notify(struct virtio *v, unsigned queue)
{
	(void)queue;
	begin(blk_of(v), v->device.host->now_ns(v->device.host->ctx));
}

static void blk_tick(struct virtio *v, uint64_t now_ns)
{
	struct virtio_blk *b = blk_of(v);

	device_set_deadline(&v->device, DEVICE_NO_DEADLINE);
	if (!b->s.busy)
		return;
	complete(b, now_ns);
	begin(b, now_ns);
}

static void put(uint8_t *config, unsigned at, uint64_t value, unsigned bytes)
{
	memcpy(config + at, &value, bytes);
}

static void blk_config_read(struct virtio *v, unsigned offset, void *buf, unsigned bytes)
{
	struct virtio_blk *b = blk_of(v);
	uint8_t config[VIRTIO_BLK_CFG_BYTES] = { 0 };

	put(config, VIRTIO_BLK_CFG_CAPACITY, page_store_bytes(b->config.store) / SECTOR, 8);
	put(config, VIRTIO_BLK_CFG_SEG_MAX, SEG_MAX, 4);
	put(config, VIRTIO_BLK_CFG_BLK_SIZE, SECTOR, 4);
	put(config, VIRTIO_BLK_CFG_PHYSICAL_BLOCK_EXP, 3, 1); /* 8 sectors: a page */
	put(config, VIRTIO_BLK_CFG_MIN_IO_SIZE, PAGE / SECTOR, 2);
	put(config, VIRTIO_BLK_CFG_OPT_IO_SIZE, PAGE / SECTOR, 4);
	put(config, VIRTIO_BLK_CFG_WRITEBACK, 1, 1);
	put(config, VIRTIO_BLK_CFG_MAX_DISCARD_SECTORS, RANGE_MAX_SECTORS, 4);
	put(config, VIRTIO_BLK_CFG_MAX_DISCARD_SEG, 1, 4);
	put(config, VIRTIO_BLK_CFG_DISCARD_ALIGNMENT, PAGE / SECTOR, 4);
	put(config, VIRTIO_BLK_CFG_MAX_WRITE_ZEROES_SECTORS, RANGE_MAX_SECTORS, 4);
	put(config, VIRTIO_BLK_CFG_MAX_WRITE_ZEROES_SEG, 1, 4);
	put(config, VIRTIO_BLK_CFG_WRITE_ZEROES_MAY_UNMAP, 1, 1);
	memcpy(buf, config + offset, bytes);
}

/* The request being served is dropped: its driver has forgotten it. */
static void blk_reset(struct virtio *v)
{
	blk_of(v)->s.busy = 0;
}

static void blk_queue_stopped(struct virtio *v, unsigned queue)
{
	(void)queue;
	blk_of(v)->s.busy = 0;
	device_set_deadline(&v->device, DEVICE_NO_DEADLINE);
}

static void blk_save(const struct virtio *v, struct state_out *out)
{
	const struct virtio_blk *b = blk_of(v);
	uint64_t present = 0;

	state_put(out, &b->s, sizeof(b->s));
	for (uint64_t i = 0; i < b->chunks; i++)
		present += b->times[i] != NULL;
	state_put(out, &present, sizeof(present));
	for (uint64_t i = 0; i < b->chunks; i++) {
		if (!b->times[i])
			continue;
		state_put(out, &i, sizeof(i));
		state_put(out, b->times[i], TIMES_PER_CHUNK * sizeof(struct page_times));
	}
}

static void times_free(struct virtio_blk *b)
{
	for (uint64_t i = 0; i < b->chunks; i++) {
		free(b->times[i]);
		b->times[i] = NULL;
	}
}

static bool blk_load(struct virtio *v, struct state_in *in)
{
	struct virtio_blk *b = blk_of(v);
	uint64_t present, index;

	state_get(in, &b->s, sizeof(b->s));
	state_get(in, &present, sizeof(present));
	times_free(b);
	for (; present && !in->failed; present--) {
		struct page_times *times;
		state_get(in, &index, sizeof(index));
		if (in->failed || index >= b->chunks)
			return false;
		times = times_of(b, index * TIMES_PER_CHUNK, true);
		if (!times)
			return false;
		state_get(in, times, TIMES_PER_CHUNK * sizeof(*times));
	}
	return !in->failed;
}

static void blk_destroy(struct virtio *v)
{
	times_free(blk_of(v));
	free(blk_of(v)->times);
}

static const struct virtio_backend blk_backend = {
	.device_id = VIRTIO_ID_BLOCK,
	.queues = 1,
	.notify = blk_notify,
	.queue_stopped = blk_queue_stopped,
	.config_bytes = VIRTIO_BLK_CFG_BYTES,
	.config_read = blk_config_read,
	.reset = blk_reset,
	.tick = blk_tick,
	.save = blk_save,
	.load = blk_load,
	.destroy = blk_destroy,
};

struct device *virtio_blk_create(const struct device_host *host, struct irq_line irq,
				 const struct virtio_blk_config *config)
{
	uint64_t features =
		UINT64_C(1) << VIRTIO_BLK_F_SEG_MAX | UINT64_C(1) << VIRTIO_BLK_F_BLK_SIZE |
		UINT64_C(1) << VIRTIO_BLK_F_FLUSH | UINT64_C(1) << VIRTIO_BLK_F_TOPOLOGY;
	struct virtio_blk *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	if (page_store_read_only(config->store))
		features |= UINT64_C(1) << VIRTIO_BLK_F_RO;
	else
		features |= UINT64_C(1) << VIRTIO_BLK_F_DISCARD |
			    UINT64_C(1) << VIRTIO_BLK_F_WRITE_ZEROES;
	virtio_init(&b->virtio, host, irq, &blk_backend, features);
	b->config = *config;
	b->chunks = virtio_blk_pages(&b->virtio.device) / TIMES_PER_CHUNK + 1;
	b->times = calloc(b->chunks, sizeof(struct page_times *));
	if (!b->times) {
		free(b);
		return NULL;
	}
	return &b->virtio.device;
}

struct virtio_blk_stats virtio_blk_stats(const struct device *device)
{
	return blk_of_device(device)->s.stats;
}

uint64_t virtio_blk_pages(const struct device *device)
{
	return (page_store_bytes(blk_of_device(device)->config.store) + PAGE - 1) / PAGE;
}

void virtio_blk_page_times(const struct device *device, uint64_t page, uint64_t *read_ns,
			   uint64_t *written_ns)
{
	const struct page_times *times = NULL;

	if (page < virtio_blk_pages(device))
		times = times_of((struct virtio_blk *)device, page, false);
	*read_ns = times ? times->read_ns : 0;
	*written_ns = times ? times->written_ns : 0;
}

bool virtio_blk_busy(const struct device *device)
{
	return blk_of_device(device)->s.busy;
}
