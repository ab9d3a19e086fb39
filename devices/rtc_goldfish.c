#include "devices/rtc_goldfish.h"

#include <stdlib.h>
#include <string.h>

struct rtc_state {
	uint64_t offset_ns; /* date less virtual time */
	uint64_t alarm_ns;  /* date of the alarm */
	uint32_t time_high; /* latched by a read of TIME_LOW */
	uint32_t time_high_written, alarm_high_written;
	uint32_t alarm_armed, irq_pending, irq_enabled;
};

struct rtc {
	struct device device;
	struct irq_line irq;
	struct rtc_state s;
};

static struct rtc *rtc_of(const struct device *device)
{
	return (struct rtc *)device;
}

static uint64_t date_ns(const struct rtc *r)
{
	return r->device.host->now_ns(r->device.host->ctx) + r->s.offset_ns;
}

/* Fire an alarm that is due, and aim the deadline at one that is not. */
static void update(struct rtc *r)
{
	uint64_t deadline_ns = DEVICE_NO_DEADLINE, date = date_ns(r);

	if (r->s.alarm_armed && date >= r->s.alarm_ns) {
		r->s.alarm_armed = 0;
		r->s.irq_pending = 1;
	}
	if (r->s.alarm_armed) {
		uint64_t now_ns = date - r->s.offset_ns, wait_ns = r->s.alarm_ns - date;
		if (wait_ns < DEVICE_NO_DEADLINE - now_ns)
			deadline_ns = now_ns + wait_ns;
	}
	device_set_deadline(&r->device, deadline_ns);
	irq_set(&r->irq, r->s.irq_pending && r->s.irq_enabled);
}

static uint64_t rtc_read(struct device *device, uint64_t offset, unsigned bytes)
{
	struct rtc *r = rtc_of(device);
	uint64_t date;

	(void)bytes;
	switch (offset) {
	case RTC_TIME_LOW:
		date = date_ns(r);
		r->s.time_high = (uint32_t)(date >> 32);
		return (uint32_t)date;
	case RTC_TIME_HIGH:
		return r->s.time_high;
	case RTC_ALARM_LOW:
		return (uint32_t)r->s.alarm_ns;
	case RTC_ALARM_HIGH:
		return r->s.alarm_ns >> 32;
	case RTC_IRQ_ENABLED:
		return r->s.irq_enabled;
	case RTC_ALARM_STATUS:
		return r->s.alarm_armed;
	default:
		return 0;
	}
}

static void rtc_write(struct device *device, uint64_t offset, unsigned bytes, uint64_t value)
{
	struct rtc *r = rtc_of(device);
	uint32_t word = (uint32_t)value;

	(void)bytes;
	switch (offset) {
	case RTC_TIME_LOW:
		r->s.offset_ns += ((uint64_t)r->s.time_high_written << 32 | word) - date_ns(r);
		break;
	case RTC_TIME_HIGH:
		r->s.time_high_written = word;
		break;
	case RTC_ALARM_LOW:
		r->s.alarm_ns = (uint64_t)r->s.alarm_high_written << 32 | word;
		r->s.alarm_armed = 1;
		break;
	case RTC_ALARM_HIGH:
		r->s.alarm_high_written = word;
		break;
	case RTC_IRQ_ENABLED:
		r->s.irq_enabled = word & 1;
		break;
	case RTC_CLEAR_ALARM:
		r->s.alarm_armed = 0;
		break;
	case RTC_CLEAR_INTERRUPT:
		r->s.irq_pending = 0;
		break;
	}
	update(r);
}

static void rtc_tick(struct device *device, uint64_t now_ns)
{
	(void)now_ns;
	update(rtc_of(device));
}

/* The date runs on through a reset, as a battery-backed clock's does. */
static void rtc_reset(struct device *device)
{
	struct rtc *r = rtc_of(device);
	uint64_t offset_ns = r->s.offset_ns;

	memset(&r->s, 0, sizeof(r->s));
	r->s.offset_ns = offset_ns;
	update(r);
}

static void rtc_save(const struct device *device, struct state_out *out)
{
	state_put(out, &rtc_of(device)->s, sizeof(struct rtc_state));
}

static bool rtc_load(struct device *device, struct state_in *in)
{
	struct rtc *r = rtc_of(device);

	state_get(in, &r->s, sizeof(r->s));
	update(r);
	return !in->failed;
}

static void rtc_destroy(struct device *device)
{
	free(rtc_of(device));
}

static const struct device_ops rtc_ops = {
	.name = "rtc_goldfish",
	.sizes = 4,
	.read = rtc_read,
	.write = rtc_write,
	.tick = rtc_tick,
	.reset = rtc_reset,
	.save = rtc_save,
	.load = rtc_load,
	.destroy = rtc_destroy,
};

struct device *rtc_goldfish_create(const struct device_host *host, struct irq_line irq,
				   uint64_t base_ns)
{
	struct rtc *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->device =
		(struct device){ .ops = &rtc_ops, .host = host, .deadline_ns = DEVICE_NO_DEADLINE };
	r->irq = irq;
	r->s.offset_ns = base_ns;
	return &r->device;
}
