/*
 * virtio console (virtio 1.2, section 5.3).  Preprocessor only: shared with the guest.
 * Queues: port 0 is 0 (receive) and 1 (transmit), control 2 and 3, port n >= 1 is 2n+2 and 2n+3.
 */
#ifndef VIRTIO_CONSOLE_REGS_H
#define VIRTIO_CONSOLE_REGS_H

// clang-format off
/* Feature bits, by number */
#define VIRTIO_CONSOLE_F_SIZE        0
#define VIRTIO_CONSOLE_F_MULTIPORT   1
#define VIRTIO_CONSOLE_F_EMERG_WRITE 2

/* Configuration space, from VIRTIO_MMIO_CONFIG */
#define VIRTIO_CONSOLE_CFG_COLS         0 /* le16 */
#define VIRTIO_CONSOLE_CFG_ROWS         2 /* le16 */
#define VIRTIO_CONSOLE_CFG_MAX_NR_PORTS 4 /* le32 */
#define VIRTIO_CONSOLE_CFG_EMERG_WR     8 /* le32 */
#define VIRTIO_CONSOLE_CFG_BYTES        12

#define VIRTIO_CONSOLE_CONTROL_RECEIVEQ  2
#define VIRTIO_CONSOLE_CONTROL_TRANSMITQ 3
#define VIRTIO_CONSOLE_RECEIVEQ(port)    ((port) ? 2 * (port) + 2 : 0)
#define VIRTIO_CONSOLE_TRANSMITQ(port)   (VIRTIO_CONSOLE_RECEIVEQ(port) + 1)

/* Control message: le32 id (the port), le16 event, le16 value; a name or le16 cols, rows follows */
#define VIRTIO_CONSOLE_CONTROL_BYTES 8
#define VIRTIO_CONSOLE_DEVICE_READY  0
#define VIRTIO_CONSOLE_PORT_ADD      1
#define VIRTIO_CONSOLE_PORT_REMOVE   2
#define VIRTIO_CONSOLE_PORT_READY    3
#define VIRTIO_CONSOLE_CONSOLE_PORT  4
#define VIRTIO_CONSOLE_RESIZE        5
#define VIRTIO_CONSOLE_PORT_OPEN     6
#define VIRTIO_CONSOLE_PORT_NAME     7
// clang-format on

#endif
