#include "emu/run_report.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "emu/images.h"
#include "emu/session.h"

typedef unsigned long long ull;

/* " at pc 0x10430 (main+0x1c)" */
static void describe_pc(struct images *images, const struct introspect_exit_record *exit, char *buf,
			size_t size)
{
	struct image_place place = images_file(images, exit->pc_inode, exit->pc_offset);
	char name[160];

	image_place_text(&place, name, sizeof(name));
	snprintf(buf, size, " at pc 0x%llx%s", (ull)exit->pc, name);
}

static void say_signal(const struct introspect_exit_record *exit, struct images *images)
{
	bool fault = exit->code == SIGSEGV || exit->code == SIGBUS;
	const char *name = sigabbrev_np((int)exit->code);
	char pc[200] = "";

	if (exit->pc)
		describe_pc(images, exit, pc, sizeof(pc));
	if (fault && exit->reason != REASON_NONE)
		say("%s: %s %s 0x%llx%s: %s",
		    exit->code == SIGBUS ? "bus error" : "segmentation fault",
		    inspect_access_name(exit->access),
		    exit->access & FAULT_FLAG_STORE ? "to" : "from", (ull)exit->va, pc,
		    inspect_reason_text(exit->reason));
	else
		say("the program was killed by signal %u%s%s%s%s", exit->code, name ? " (SIG" : "",
		    name ? name : "", name ? ")" : "", pc);
}

static int report_exit(const struct introspect *guest, struct images *images)
{
	/* A copy: the text in it is the guest's, and need not end. */
	struct introspect_exit_record exit = guest->exit;

	exit.message[sizeof(exit.message) - 1] = 0;
	make_printable(exit.message);
	switch (exit.kind) {
	case EXIT_STATUS:
		if (exit.message[0])
			say("%s", exit.message);
		return (int)(exit.code & 255);
	case EXIT_SIGNAL:
		say_signal(&exit, images);
		return 128 + (int)(exit.code & 127);
	case EXIT_OUT_OF_MEMORY:
		say("out of memory: the kernel killed the program; %llu more pages (%llu KiB) were wanted "
		    "(-m, --swap, --frames)",
		    (ull)exit.missing_pages, (ull)exit.missing_pages * 4);
		return 128 + SIGKILL;
	case EXIT_PANIC:
		say("the guest kernel panicked: %s", exit.message);
		return STATUS_FAILED;
	}
	return -1;
}

int run_report(const struct machine *machine, struct images *images)
{
	struct inspect inspect = { 0 };
	int status = -1;

	if (inspect_attach(&inspect, machine))
		status = report_exit(inspect.guest, images);
	switch (machine->end) {
	case END_FINISHER:
		return status >= 0 ? status : session_status(machine);
	case END_STUCK:
		if (status != STATUS_FAILED)
			session_say_stuck(machine);
		return STATUS_FAILED;
	case END_MAX_INSNS:
		say("--max-insns: %llu instructions were reached", (ull)machine->config.max_insns);
		break;
	case END_POWER_CUT:
		say("--power-cut: the power was cut after %llu instructions",
		    (ull)machine->config.power_cut_insns);
		break;
	case END_HOST:
	case END_NOT_YET:
		break;
	}
	return session_status(machine);
}

void run_report_details(const struct machine *machine)
{
	const struct machine_layout *l = &machine->layout;
	struct inspect inspect = { 0 };

	if (!inspect_attach(&inspect, machine))
		return;
	say("firmware %llu KiB, kernel image %llu KiB, with all fixed tables %llu KiB of %llu KiB",
	    (ull)(l->firmware_bytes >> 10), (ull)(l->kernel_bytes >> 10),
	    (ull)(inspect.guest->fixed_bytes >> 10), (ull)(machine->ram.bytes >> 10));
	for (unsigned n = 0; n < INTROSPECT_SYSCALLS; n++)
		if (inspect.guest->missing_syscalls[n])
			say("system call %u is not served: %u times -ENOSYS", n,
			    inspect.guest->missing_syscalls[n]);
}
