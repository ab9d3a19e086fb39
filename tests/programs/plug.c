/* A program with a library of its own that loads another one by name. */
#include <dlfcn.h>
#include <stdio.h>

extern int library_counter;
int library_next(void);

int main(int argc, char **argv)
{
	void *plugin = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
	double (*function)(double) = plugin ? (double (*)(double))dlsym(plugin, "plugin") : NULL;

	library_next();
	library_counter += 10;
	printf("library %d\n", library_next());
	if (argc > 1)
		printf("plugin %.6f\n", function ? function(0.5) : -1);
	if (plugin)
		dlclose(plugin);
	return plugin || argc == 1 ? 0 : (fprintf(stderr, "%s\n", dlerror()), 1);
}
