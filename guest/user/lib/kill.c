/* kill. */
#include "guest/user/lib/sys.h"
#include "guest/user/lib/tiny.h"

int kill_main(int argc, char **argv)
{
	int i = 1, sig = SIGTERM, status = 0;

	if (argc > 1 && !strcmp(argv[1], "-l")) {
		for (sig = 1; signal_name(sig); sig++)
			print("%2d %s\n", sig, signal_name(sig));
		return 0;
	}
	if (argc > 2 && !strcmp(argv[1], "-s")) {
		sig = signal_number(argv[2]);
		i = 3;
	} else if (argc > 1 && argv[1][0] == '-' && argv[1][1] && strcmp(argv[1], "--")) {
		sig = signal_number(argv[1] + 1);
		i = 2;
	}
	if (i < argc && !strcmp(argv[i], "--"))
		i++;
	if (sig < 0 || i >= argc) {
		eprint("usage: kill [-SIGNAL] PID...\n");
		return 2;
	}
	for (; i < argc; i++) {
		char *end;
		int pid = (int)to_long(argv[i], &end, 10);
		int err = end == argv[i] || *end ? -EINVAL : sys_kill(pid, sig);

		if (err < 0) {
			eprint("%s: kill: %s: %s\n", prog, argv[i], error_name(err));
			status = 1;
		}
	}
	return status;
}
