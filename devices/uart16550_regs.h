/*
 * 16550A UART: byte registers.  Preprocessor only: shared with the firmware and the guest.
 */
#ifndef UART16550_REGS_H
#define UART16550_REGS_H

// clang-format off
#define UART_RBR 0 /* read:  received byte                (LCR.DLAB = 0) */
#define UART_THR 0 /* write: byte to send                 (LCR.DLAB = 0) */
#define UART_DLL 0 /* divisor latch, low                  (LCR.DLAB = 1) */
#define UART_IER 1 /* interrupt enable                    (LCR.DLAB = 0) */
#define UART_DLM 1 /* divisor latch, high                 (LCR.DLAB = 1) */
#define UART_IIR 2 /* read:  interrupt identification */
#define UART_FCR 2 /* write: FIFO control */
#define UART_LCR 3 /* line control */
#define UART_MCR 4 /* modem control */
#define UART_LSR 5 /* line status */
#define UART_MSR 6 /* modem status */
#define UART_SCR 7 /* scratch */
#define UART_REGISTERS 8

#define UART_IER_RDI  0x01 /* received data available, and character time-out */
#define UART_IER_THRI 0x02 /* transmit holding register empty */
#define UART_IER_RLSI 0x04 /* receiver line status */
#define UART_IER_MSI  0x08 /* modem status */

#define UART_IIR_NONE 0x01 /* nothing pending */
#define UART_IIR_MSI  0x00
#define UART_IIR_THRI 0x02
#define UART_IIR_RDI  0x04
#define UART_IIR_RLSI 0x06
#define UART_IIR_CTI  0x0c /* character time-out: data waits below the trigger level */
#define UART_IIR_FIFO 0xc0 /* the FIFOs are on */

#define UART_FCR_ENABLE   0x01
#define UART_FCR_CLEAR_RX 0x02
#define UART_FCR_CLEAR_TX 0x04
#define UART_FCR_TRIGGER  0xc0 /* receive trigger: 1, 4, 8 or 14 bytes */

#define UART_LCR_DLAB 0x80

#define UART_MCR_DTR  0x01
#define UART_MCR_RTS  0x02
#define UART_MCR_OUT1 0x04
#define UART_MCR_OUT2 0x08
#define UART_MCR_LOOP 0x10

#define UART_LSR_DR   0x01 /* data ready */
#define UART_LSR_OE   0x02 /* overrun */
#define UART_LSR_BI   0x10 /* break */
#define UART_LSR_THRE 0x20 /* transmit holding register empty */
#define UART_LSR_TEMT 0x40 /* transmitter idle */

#define UART_MSR_CTS  0x10
#define UART_MSR_DSR  0x20
#define UART_MSR_RI   0x40
#define UART_MSR_DCD  0x80

#define UART_FIFO_BYTES 16
// clang-format on

#endif
