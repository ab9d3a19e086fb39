/* faultline: which command. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "emu/cmd.h"
#include "emu/options.h"
#include "emu/session.h"

static const char help[] =
	"usage: faultline run  [options] PROGRAM [ARGS...]  run a Linux riscv64 program, paged on demand\n"
	"       faultline boot [options]                    boot a kernel or bare-metal program\n"
	"       faultline walk [options] IMAGE VA           translate one address of a memory image\n"
	"       faultline sweep [options] PROGRAM [ARGS...] run under many policies and sizes; table and plot\n"
	"       faultline policies [options] FILE           faults of a recorded or typed reference string\n"
	"       faultline COMMAND --help                    the options of a command\n"
	"\n"
	"  faultline run ./a.out                             its output, its exit status\n"
	"  faultline run -m 8M --view sdl --stats - bigsort 24  watch\n"
	"  faultline run sh                                  a shell in the guest\n"
	"  faultline boot -kernel kernel.elf -nographic      Ctrl-A x ends it\n"
	"\n"
	"The manual page faultline(1) has all.\n";

/* A descriptor that the caller closed must not become one of our own files. */
static void fill_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

/* A help or a table that did not get out is no success. */
static int finish(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	say("standard output: %s", strerror(errno));
	return status ? status : STATUS_FAILED;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} commands[] = { { "run", cmd_run },
			 { "boot", cmd_boot },
			 { "walk", cmd_walk },
			 { "sweep", cmd_sweep },
			 { "policies", cmd_policies } };

	fill_descriptors();
	if (argc < 2) {
		say("no command: run, boot, walk, sweep or policies (see faultline --help)");
		return STATUS_REFUSED;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return finish(commands[i].run(argc - 1, argv + 1));
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		fputs(help, stdout);
		return finish(0);
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("faultline 0.1");
		return finish(0);
	}
	say("unknown command '%s': run, boot, walk, sweep or policies (see faultline --help)",
	    argv[1]);
	return STATUS_REFUSED;
}
