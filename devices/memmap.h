/*
 * The physical memory map: QEMU's `virt` board, so that other people's kernels run unmodified.
 * Preprocessor only: shared by the host, the firmware and the guest kernel.
 *
 *   0x00001000  boot ROM (reset vector)           0x0c000000  PLIC
 *   0x00100000  finisher (sifive_test)            0x10000000  16550 UART, irq 10
 *   0x00101000  goldfish RTC, irq 11              0x10001000  virtio-mmio slots, irq 1..8
 *   0x02000000  CLINT                             0x80000000  RAM
 */
#ifndef MEMMAP_H
#define MEMMAP_H

#define MEMMAP_ROM	      0x00001000
#define MEMMAP_ROM_BYTES      0x0000f000
#define MEMMAP_FINISHER	      0x00100000
#define MEMMAP_FINISHER_BYTES 0x00001000
#define MEMMAP_RTC	      0x00101000
#define MEMMAP_RTC_BYTES      0x00001000
#define MEMMAP_RTC_IRQ	      11
#define MEMMAP_CLINT	      0x02000000
#define MEMMAP_CLINT_BYTES    0x00010000
#define MEMMAP_PLIC	      0x0c000000
#define MEMMAP_PLIC_BYTES     0x00600000
#define MEMMAP_UART	      0x10000000
#define MEMMAP_UART_BYTES     0x00000100
#define MEMMAP_UART_IRQ	      10
#define MEMMAP_UART_CLOCK_HZ  3686400
#define MEMMAP_VIRTIO	      0x10001000
#define MEMMAP_VIRTIO_BYTES   0x00001000 /* of each slot */
#define MEMMAP_VIRTIO_SLOTS   8
#define MEMMAP_VIRTIO_IRQ     1 /* slot n has irq 1 + n */
#define MEMMAP_RAM	      0x80000000
#define MEMMAP_TIMEBASE_HZ    10000000
#define MEMMAP_MAX_HARTS      8

#endif
