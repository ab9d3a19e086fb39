/*
 * Who runs: a first-come ready queue with a time slice, sleeping and waking, deadlines, and idling
 * without ticks.
 */
#include "arch.h"
#include "load.h"
#include "mm.h"
#include "reclaim.h"
#include "signal.h"
#include "timer.h"

struct proc *current;
bool need_resched;
const char poll_channel[1];

static struct proc *ready_first, *ready_last;
static u64 slice_ticks, slice_end, armed;
static u64 next_deadline = UINT64_MAX; /* no sleeper or alarm is due before */
static struct proc *dead;	       /* has left its stack for good */
static struct context boot_context;

void sched_init(void)
{
	slice_ticks = param_number(PARAM_tick_us) * (TICKS_PER_SECOND / 1000000);
	if (!slice_ticks)
		slice_ticks = TICKS_PER_SECOND / 100;
}

bool sched_others_ready(void)
{
	return ready_first != NULL;
}

static void set_state(struct proc *proc, u32 state)
{
	proc->state = state;
	introspect_state(proc);
}

void sched_ready(struct proc *proc)
{
	set_state(proc, PROC_READY);
	proc->queue_next = NULL;
	if (ready_last)
		ready_last->queue_next = proc;
	else
		ready_first = proc;
	ready_last = proc;
}

static struct proc *take_ready(void)
{
	struct proc *proc = ready_first;

	if (proc) {
		ready_first = proc->queue_next;
		if (!ready_first)
			ready_last = NULL;
	}
	return proc;
}

/* ---- sleepers, by what they wait for ---- */

#define BUCKETS 32
static struct proc *sleepers[BUCKETS];

static struct proc **bucket_of(const void *channel)
{
	return &sleepers[((u64)channel * 0x9e3779b97f4a7c15ul) >> 59];
}

/* The sleeper that *link points to runs again. */
static void awaken(struct proc **link)
{
	struct proc *proc = *link;

	*link = proc->sleep_next;
	proc->channel = NULL;
	sched_ready(proc);
}

static void rouse(struct proc *proc)
{
	struct proc **link = bucket_of(proc->channel);

	while (*link != proc)
		link = &(*link)->sleep_next;
	awaken(link);
}

/* ---- deadlines ---- */

static void deadline_add(u64 deadline)
{
	next_deadline = min_u64(next_deadline, deadline);
}

void sched_alarm(u64 deadline)
{
	deadline_add(deadline);
}

/* Wake whoever's time has come. */
static void deadlines_check(u64 now)
{
	if (now < next_deadline)
		return;
	next_deadline = UINT64_MAX;
	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc)) {
		struct group *group = proc->group;

		if (proc->channel && proc->deadline) {
			if (proc->deadline <= now) {
				proc->timed_out = true;
				rouse(proc);
			} else {
				deadline_add(proc->deadline);
			}
		}
		if (proc_is_leader(proc) && group->alarm_deadline) {
			if (group->alarm_deadline <= now)
				signal_alarm(proc, now);
			if (group->alarm_deadline)
				deadline_add(group->alarm_deadline);
		}
	}
	deadline_add(timers_check(now));
}

static void arm(u64 deadline)
{
	if (deadline == armed)
		return;
	armed = deadline;
	timer_set(deadline);
}

void sched_arm(void)
{
	arm(min_u64(slice_end, next_deadline));
}

/* The policy's clock goes on whoever runs or waits: who faults at every turn never uses up a slice. */
static void policy_tick(u64 now)
{
	static u64 due;

	if (!replace || !replace->tick || now < due)
		return;
	due = now + slice_ticks;
	replace->tick();
}

/* The timer has fired. */
void sched_tick(void)
{
	u64 now = time_now();

	deadlines_check(now);
	policy_tick(now);
	if (now >= slice_end) {
		load_check(now);
		timers_cpu_check();
		slice_end = now + slice_ticks;
		if (ready_first)
			need_resched = true;
	}
	armed = 0;
	arm(min_u64(slice_end, next_deadline));
}

/* ---- switching ---- */

static struct proc *idle(void)
{
	u64 start = time_now(), now = start;
	bool disk = disk_requests != 0, page = disk && faults_in_progress;
	struct proc *next;

	faultline_introspect.current_pid = 0;
	while ((next = take_ready()) == NULL) {
		if (!disk_requests && load_resume_one())
			continue;
		arm(next_deadline);
		wfi();
		handle_idle_interrupts();
		now = time_now();
	}
	COUNT.idle_ticks += now - start;
	if (disk)
		COUNT.disk_wait_ticks += now - start;
	if (page)
		load_waited(now - start);
	load_check(now);
	return next;
}

/* Interrupts are taken only here and on the way from user mode, so the kernel needs no locks against
 * them.  The timer's is acknowledged by arming it anew. */
void handle_idle_interrupts(void)
{
	u64 pending = csr_read(sip) & csr_read(sie);

	if (pending & SIE_SEIE)
		external_interrupt();
	if (pending & SIE_STIE) {
		armed = 0;
		deadlines_check(time_now());
		arm(next_deadline);
	}
}

void switch_finish(void)
{
	if (dead) {
		proc_free(dead);
		dead = NULL;
	}
}

void sched_bury(struct proc *proc)
{
	dead = proc;
}

void schedule(void)
{
	struct proc *prev = current, *next;
	u64 now = time_now();

	need_resched = false;
	if (prev) {
		prev->kernel_ticks += now - prev->stamp;
		if (prev->state == PROC_RUNNING)
			sched_ready(prev);
	}
	next = take_ready();
	if (!next)
		next = idle();
	now = time_now();
	policy_tick(now);
	slice_end = now + slice_ticks;
	next->stamp = now;
	set_state(next, PROC_RUNNING);
	faultline_introspect.current_pid = next->tgid;
	faultline_introspect.current_tid = next->pid;
	if (next == prev)
		return;
	if (prev)
		fp_flush(prev);
	COUNT.context_switches++;
	next->switches++;
	current = next;
	mm_use(next->mm);
	introspect_counts(next); /* it may have a new ASID */
	switch_to(prev ? &prev->context : &boot_context, &next->context);
	switch_finish();
}

/* ---- sleeping ---- */

bool sleep_until(const void *channel, bool interruptible, u64 deadline_ticks, bool *timed_out)
{
	struct proc *proc = current, **link;

	*timed_out = false;
	if (interruptible && (signal_pending() || proc->killed))
		return true;
	proc->channel = channel;
	proc->sleep_next = NULL;
	for (link = bucket_of(channel); *link; link = &(*link)->sleep_next)
		;
	*link = proc; /* last come, last served */
	proc->interruptible = interruptible;
	proc->timed_out = false;
	proc->deadline = deadline_ticks;
	if (deadline_ticks)
		deadline_add(deadline_ticks);
	set_state(proc, proc->disk_wait ? PROC_DISK : PROC_SLEEPING);
	schedule();
	proc->deadline = 0;
	*timed_out = proc->timed_out;
	return false;
}

bool sleep_on(const void *channel, bool interruptible)
{
	bool timed_out;

	return sleep_until(channel, interruptible, 0, &timed_out);
}

void wakeup(const void *channel)
{
	struct proc **link = bucket_of(channel), *proc;

	while ((proc = *link) != NULL) {
		if (proc->channel == channel)
			awaken(link);
		else
			link = &proc->sleep_next;
	}
}

/* Of several that wait for the same scarce thing the one that came first. */
void wakeup_one(const void *channel)
{
	for (struct proc **link = bucket_of(channel); *link; link = &(*link)->sleep_next) {
		if ((*link)->channel == channel) {
			awaken(link);
			return;
		}
	}
}

/* A signal has come for a sleeper. */
void sched_interrupt(struct proc *proc)
{
	if (proc->channel && proc->interruptible)
		rouse(proc);
}

u64 time_cpu_idle(void)
{
	return COUNT.idle_ticks;
}
