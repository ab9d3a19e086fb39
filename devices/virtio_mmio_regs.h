/*
 * virtio 1.2 over MMIO (section 4.2, legacy: 4.2.4) and the split virtqueue (section 2.7).
 * Preprocessor only: shared with the guest.
 */
#ifndef VIRTIO_MMIO_REGS_H
#define VIRTIO_MMIO_REGS_H

// clang-format off
#define VIRTIO_MMIO_MAGIC               0x000 /* "virt" */
#define VIRTIO_MMIO_VERSION             0x004 /* 2, or 1: the legacy interface */
#define VIRTIO_MMIO_DEVICE_ID           0x008 /* 0: nothing in this slot */
#define VIRTIO_MMIO_VENDOR_ID           0x00c
#define VIRTIO_MMIO_DEVICE_FEATURES     0x010
#define VIRTIO_MMIO_DEVICE_FEATURES_SEL 0x014
#define VIRTIO_MMIO_DRIVER_FEATURES     0x020
#define VIRTIO_MMIO_DRIVER_FEATURES_SEL 0x024
#define VIRTIO_MMIO_GUEST_PAGE_SIZE     0x028 /* legacy: the unit of QUEUE_PFN */
#define VIRTIO_MMIO_QUEUE_SEL           0x030
#define VIRTIO_MMIO_QUEUE_NUM_MAX       0x034
#define VIRTIO_MMIO_QUEUE_NUM           0x038
#define VIRTIO_MMIO_QUEUE_ALIGN         0x03c /* legacy */
#define VIRTIO_MMIO_QUEUE_PFN           0x040 /* legacy */
#define VIRTIO_MMIO_QUEUE_READY         0x044
#define VIRTIO_MMIO_QUEUE_NOTIFY        0x050
#define VIRTIO_MMIO_INTERRUPT_STATUS    0x060
#define VIRTIO_MMIO_INTERRUPT_ACK       0x064
#define VIRTIO_MMIO_STATUS              0x070
#define VIRTIO_MMIO_QUEUE_DESC_LOW      0x080
#define VIRTIO_MMIO_QUEUE_DESC_HIGH     0x084
#define VIRTIO_MMIO_QUEUE_DRIVER_LOW    0x090
#define VIRTIO_MMIO_QUEUE_DRIVER_HIGH   0x094
#define VIRTIO_MMIO_QUEUE_DEVICE_LOW    0x0a0
#define VIRTIO_MMIO_QUEUE_DEVICE_HIGH   0x0a4
#define VIRTIO_MMIO_SHM_SEL             0x0ac
#define VIRTIO_MMIO_SHM_LEN_LOW         0x0b0
#define VIRTIO_MMIO_SHM_LEN_HIGH        0x0b4
#define VIRTIO_MMIO_SHM_BASE_LOW        0x0b8
#define VIRTIO_MMIO_SHM_BASE_HIGH       0x0bc
#define VIRTIO_MMIO_QUEUE_RESET         0x0c0
#define VIRTIO_MMIO_CONFIG_GENERATION   0x0fc
#define VIRTIO_MMIO_CONFIG              0x100

#define VIRTIO_MMIO_MAGIC_VALUE         0x74726976
#define VIRTIO_MMIO_VERSION_VALUE       2
#define VIRTIO_MMIO_VERSION_LEGACY      1
#define VIRTIO_MMIO_VENDOR_VALUE        0x554d4551 /* as QEMU: xv6 looks at it */

#define VIRTIO_ID_BLOCK                 2
#define VIRTIO_ID_CONSOLE               3
#define VIRTIO_ID_RNG                   4

#define VIRTIO_STATUS_ACKNOWLEDGE       0x01
#define VIRTIO_STATUS_DRIVER            0x02
#define VIRTIO_STATUS_DRIVER_OK         0x04
#define VIRTIO_STATUS_FEATURES_OK       0x08
#define VIRTIO_STATUS_NEEDS_RESET       0x40
#define VIRTIO_STATUS_FAILED            0x80

#define VIRTIO_INTERRUPT_USED           0x01
#define VIRTIO_INTERRUPT_CONFIG         0x02

/* Feature bits, by number */
#define VIRTIO_F_ANY_LAYOUT             27 /* legacy: headers need no descriptor of their own */
#define VIRTIO_F_INDIRECT_DESC          28
#define VIRTIO_F_EVENT_IDX              29
#define VIRTIO_F_VERSION_1              32

/* Descriptor: le64 address, le32 length, le16 flags, le16 next */
#define VIRTQ_DESC_BYTES                16
#define VIRTQ_DESC_ADDR                 0
#define VIRTQ_DESC_LEN                  8
#define VIRTQ_DESC_FLAGS                12
#define VIRTQ_DESC_NEXT                 14
#define VIRTQ_DESC_F_NEXT               1
#define VIRTQ_DESC_F_WRITE              2 /* the device writes it */
#define VIRTQ_DESC_F_INDIRECT           4

/* Available ring: le16 flags, le16 idx, le16 ring[num], le16 used_event */
#define VIRTQ_AVAIL_FLAGS               0
#define VIRTQ_AVAIL_IDX                 2
#define VIRTQ_AVAIL_RING(i)             (4 + 2 * (i))
#define VIRTQ_AVAIL_F_NO_INTERRUPT      1

/* Used ring: le16 flags, le16 idx, { le32 id, le32 len } ring[num], le16 avail_event */
#define VIRTQ_USED_FLAGS                0
#define VIRTQ_USED_IDX                  2
#define VIRTQ_USED_RING(i)              (4 + 8 * (i))
#define VIRTQ_USED_F_NO_NOTIFY          1
// clang-format on

#endif
