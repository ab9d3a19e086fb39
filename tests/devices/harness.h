/*
 * What a device sees of a machine, in a test: a little RAM, a clock that the test moves, wires
 * that remember their level; and a virtio driver's hands.
 */
#ifndef TESTS_DEVICES_HARNESS_H
#define TESTS_DEVICES_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/bus.h"
#include "devices/virtio_mmio.h"

#define RULE(sentence, function)                                                                   \
	{                                                                                          \
		sentence, function, setup, teardown, NULL                                          \
	}

#define TEST_RAM       UINT64_C(0x80000000)
#define TEST_RAM_BYTES (1U << 20)
#define TEST_DEVICE    UINT64_C(0x10001000)
#define WIRES	       32

struct rig {
	struct device_host host;
	struct bus bus;
	struct device *device;
	uint8_t ram[TEST_RAM_BYTES];
	uint64_t now_ns;
	bool wire[WIRES];
	unsigned rises[WIRES];
	bool asks[WIRES]; /* by an edge, not taken back */
	unsigned edges[WIRES];
	unsigned deadline_changes;
	uint64_t next_buffer; /* where add_buffer puts the next one */
};

struct rig *rig_new(void);
void rig_free(struct rig *rig); /* and its device */
struct irq_line rig_wire(struct rig *rig, unsigned number);
/* Put it at TEST_DEVICE. */
void rig_attach(struct rig *rig, struct device *device);
/* Move the clock to the device's deadline, if that is not after `until`, and tick; repeat. */
void rig_run(struct rig *rig, uint64_t until_ns);

uint64_t reg_read(struct rig *rig, uint64_t offset, unsigned bytes);
void reg_write(struct rig *rig, uint64_t offset, unsigned bytes, uint64_t value);
#define R8(rig, offset)		reg_read(rig, offset, 1)
#define R32(rig, offset)	reg_read(rig, offset, 4)
#define W8(rig, offset, value)	reg_write(rig, offset, 1, value)
#define W32(rig, offset, value) reg_write(rig, offset, 4, value)

/* RAM by guest address. */
void *ram_at(struct rig *rig, uint64_t pa);
uint16_t get16(struct rig *rig, uint64_t pa);
uint32_t get32(struct rig *rig, uint64_t pa);
void put16(struct rig *rig, uint64_t pa, uint16_t value);
void put32(struct rig *rig, uint64_t pa, uint32_t value);
void put64(struct rig *rig, uint64_t pa, uint64_t value);

/* ---- a virtio driver ---- */

struct ring {
	struct rig *rig;
	unsigned queue, num;
	uint64_t desc, avail, used;
	uint16_t next_desc, avail_idx, used_idx;
	bool event_idx;
};

/* Reset, acknowledge, accept these features (all that are offered if ~0), FEATURES_OK.  Returns
 * the status register. */
uint32_t driver_begin(struct rig *rig, uint64_t features);
void driver_ok(struct rig *rig);
/* Queue number `queue` with num entries, its parts at a place of its own. */
void ring_setup(struct ring *ring, struct rig *rig, unsigned queue, unsigned num);
void set_desc(struct ring *ring, unsigned index, uint64_t pa, uint32_t bytes, unsigned flags,
	      unsigned next);
/* Make `head` available (no notification). */
void make_available(struct ring *ring, uint16_t head);
void notify(struct ring *ring);
/* Buffers of a chain: n of them, the first `readable` ones read by the device.  Uses the next
 * descriptors, makes the chain available and notifies.  Returns its head. */
struct buffer {
	uint64_t pa;
	uint32_t bytes;
};
uint16_t add_chain(struct ring *ring, const struct buffer *buffer, unsigned n, unsigned readable);
/* Take a used element.  False: none. */
bool take_used(struct ring *ring, uint32_t *id, uint32_t *bytes);
/* Fresh RAM for a buffer. */
uint64_t new_buffer(struct rig *rig, uint32_t bytes);

/* Save the device, load it into `copy`, save that: both must be the same bytes. */
void check_save_load(struct device *device, struct device *copy);

#endif
