/* From the initial stack to main, and back out. */
#include "guest/user/lib/sys.h"
#include "guest/user/lib/tiny.h"

char **environ;
const char *prog = "";

void __attribute__((noreturn)) tiny_start(long *sp);

void tiny_start(long *sp)
{
	int argc = (int)sp[0];
	char **argv = (char **)(sp + 1);

	environ = argv + argc + 1;
	if (argc > 0)
		prog = base_name(argv[0]);
	leave(main(argc, argv, environ));
}

char *get_env(const char *name)
{
	size_t n = strlen(name);

	for (char **e = environ; *e; e++)
		if (!strncmp(*e, name, n) && (*e)[n] == '=')
			return *e + n + 1;
	return NULL;
}
