/*
 * The contents of a disk, in pages of 4 KiB, and the one layer that all its writes pass through:
 * it can keep them apart from the file (snapshot), go back to an earlier checkpoint, and lose the
 * unflushed ones as a power cut would.  It knows no guest and no virtual time.
 *
 * Functions that can fail return 0 or an errno value.  After a failed write the page has either its
 * old or its new contents.
 */
#ifndef DEVICES_PAGE_STORE_H
#define DEVICES_PAGE_STORE_H

#include "devices/device.h"

#define PAGE_STORE_PAGE_BYTES 4096

enum page_store_mode {
	PAGE_STORE_WRITE_THROUGH, /* writes reach the file */
	PAGE_STORE_SNAPSHOT,	  /* writes are kept in memory and lost at the end */
	PAGE_STORE_READ_ONLY,	  /* writes fail with EROFS */
};

struct page_store;

/* A raw image, of any size; its length is taken now and rounded down to sectors of 512 bytes.  The
 * store takes fd and closes it (not when this fails).  NULL: errno says why. */
struct page_store *page_store_open(int fd, enum page_store_mode mode);
/* Before an image is written to: keeps every other open file that asks so from it, until fd and what
 * was duplicated from it are closed.  False: another one has it. */
bool page_store_lock(int fd);
/* An empty disk of that many bytes (a multiple of 512) in an unlinked sparse file.  NULL: errno. */
struct page_store *page_store_anonymous(uint64_t bytes);
void page_store_close(struct page_store *store); /* NULL allowed */

uint64_t page_store_bytes(const struct page_store *store);
bool page_store_read_only(const struct page_store *store);

/* Any range within the disk; outside it EINVAL and nothing is done. */
int page_store_read(struct page_store *store, uint64_t offset, void *buf, size_t bytes);
int page_store_write(struct page_store *store, uint64_t offset, const void *buf, size_t bytes);
/* Zeros; where whole pages are concerned the file gets a hole. */
int page_store_zero(struct page_store *store, uint64_t offset, uint64_t bytes);
/* What is written now survives a power cut.  (Also fsync on the host's file if sync_host.) */
int page_store_flush(struct page_store *store);
/* page_store_flush shall wait for the host's disk too. */
void page_store_sync_host(struct page_store *store, bool sync_host);

/* From now on remember the writes since the last completed flush. */
void page_store_model_cache(struct page_store *store);
/* The power fails: of those writes an arbitrary, seeded subset stays; the rest never happened.
 * Returns 0, ENOTSUP without page_store_model_cache, or the error of a host write. */
int page_store_power_cut(struct page_store *store, uint64_t seed);

/* Remember the present contents; page_store_go_back returns to them any number of times, and
 * forgets later checkpoints.  What was unflushed then counts as flushed after it.  Identified by a
 * number that grows; UINT64_MAX: out of memory. */
uint64_t page_store_checkpoint(struct page_store *store);
int page_store_go_back(struct page_store *store, uint64_t checkpoint);
/* Forget all checkpoints up to and including this one, and the memory that they cost. */
void page_store_forget(struct page_store *store, uint64_t checkpoint);

/* What the guest can ever read from it, and what is unflushed; checkpoints are the host's.  Loading
 * needs a store of the same size and mode, a snapshot also the same file beneath; false: it does not
 * fit, or the host failed, and the contents are undefined. */
void page_store_save(const struct page_store *store, struct state_out *out);
bool page_store_load(struct page_store *store, struct state_in *in);

/* A number that tells contents apart. */
uint64_t page_store_digest(const struct page_store *store);

#endif
