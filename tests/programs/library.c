/* Data that the program may copy, a constructor, and thread-local storage, in a shared library. */
int library_next(void);

int library_counter = 100;
static __thread int calls;

__attribute__((constructor)) static void start(void)
{
	library_counter++;
}

int library_next(void)
{
	return library_counter + ++calls;
}
