/*
 * virtio block device (virtio 1.2, section 5.2).  Preprocessor only: shared with the guest.
 */
#ifndef VIRTIO_BLK_REGS_H
#define VIRTIO_BLK_REGS_H

// clang-format off
#define VIRTIO_BLK_SECTOR_BYTES   512

/* Feature bits, by number */
#define VIRTIO_BLK_F_SIZE_MAX     1
#define VIRTIO_BLK_F_SEG_MAX      2
#define VIRTIO_BLK_F_RO           5
#define VIRTIO_BLK_F_BLK_SIZE     6
#define VIRTIO_BLK_F_FLUSH        9
#define VIRTIO_BLK_F_TOPOLOGY     10
#define VIRTIO_BLK_F_DISCARD      13
#define VIRTIO_BLK_F_WRITE_ZEROES 14

/* Configuration space, from VIRTIO_MMIO_CONFIG */
#define VIRTIO_BLK_CFG_CAPACITY                 0  /* le64, in sectors */
#define VIRTIO_BLK_CFG_SIZE_MAX                 8
#define VIRTIO_BLK_CFG_SEG_MAX                  12
#define VIRTIO_BLK_CFG_BLK_SIZE                 20
#define VIRTIO_BLK_CFG_PHYSICAL_BLOCK_EXP       24 /* u8 */
#define VIRTIO_BLK_CFG_ALIGNMENT_OFFSET         25 /* u8 */
#define VIRTIO_BLK_CFG_MIN_IO_SIZE              26 /* le16 */
#define VIRTIO_BLK_CFG_OPT_IO_SIZE              28 /* le32 */
#define VIRTIO_BLK_CFG_WRITEBACK                32 /* u8 */
#define VIRTIO_BLK_CFG_MAX_DISCARD_SECTORS      36
#define VIRTIO_BLK_CFG_MAX_DISCARD_SEG          40
#define VIRTIO_BLK_CFG_DISCARD_ALIGNMENT        44
#define VIRTIO_BLK_CFG_MAX_WRITE_ZEROES_SECTORS 48
#define VIRTIO_BLK_CFG_MAX_WRITE_ZEROES_SEG     52
#define VIRTIO_BLK_CFG_WRITE_ZEROES_MAY_UNMAP   56 /* u8 */
#define VIRTIO_BLK_CFG_BYTES                    60

/* Request: le32 type, le32 reserved, le64 sector; data; u8 status */
#define VIRTIO_BLK_HEADER_BYTES   16
#define VIRTIO_BLK_T_IN           0
#define VIRTIO_BLK_T_OUT          1
#define VIRTIO_BLK_T_FLUSH        4
#define VIRTIO_BLK_T_GET_ID       8
#define VIRTIO_BLK_T_DISCARD      11
#define VIRTIO_BLK_T_WRITE_ZEROES 13
#define VIRTIO_BLK_ID_BYTES       20

/* DISCARD and WRITE_ZEROES data: le64 sector, le32 num_sectors, le32 flags */
#define VIRTIO_BLK_RANGE_BYTES    16

#define VIRTIO_BLK_S_OK           0
#define VIRTIO_BLK_S_IOERR        1
#define VIRTIO_BLK_S_UNSUPP       2
// clang-format on

#endif
