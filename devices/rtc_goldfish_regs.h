/*
 * Goldfish RTC (google,goldfish-rtc): 32-bit registers, nanoseconds since 1970.
 * Preprocessor only: shared with the guest.  Read TIME_LOW first: it latches TIME_HIGH.
 * Write *_HIGH first: the write of *_LOW makes both take effect.
 */
#ifndef RTC_GOLDFISH_REGS_H
#define RTC_GOLDFISH_REGS_H

#define RTC_TIME_LOW	    0x00
#define RTC_TIME_HIGH	    0x04
#define RTC_ALARM_LOW	    0x08
#define RTC_ALARM_HIGH	    0x0c
#define RTC_IRQ_ENABLED	    0x10
#define RTC_CLEAR_ALARM	    0x14
#define RTC_ALARM_STATUS    0x18
#define RTC_CLEAR_INTERRUPT 0x1c

#endif
