/*
 * isolate: one virtual address, two values in two processes. Look at the frames of the page in the
 * frame map: the address is the same, the frame is not.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int value __attribute__((aligned(4096)));

int main(void)
{
	int to_child[2], to_parent[2], seen[3], status;
	char c = 'x';

	if (pipe(to_child) || pipe(to_parent))
		return 1;
	value = 1;
	if (fork() == 0) {
		int mine[3];

		mine[0] = value; /* from before the fork */
		value = 2;
		if (write(to_parent[1], &c, 1) != 1 || read(to_child[0], &c, 1) != 1)
			_exit(1);
		mine[1] = value; /* after the parent's store */
		value = 4;
		mine[2] = value;
		_exit(write(to_parent[1], mine, sizeof(mine)) != sizeof(mine));
	}
	if (read(to_parent[0], &c, 1) != 1)
		return 1;
	printf("parent: %p holds %d while the child has stored 2\n", (void *)&value, value);
	value = 3;
	if (write(to_child[1], &c, 1) != 1 ||
	    read(to_parent[0], seen, sizeof(seen)) != sizeof(seen))
		return 1;
	wait(&status);
	printf("child:  %p held %d, then %d while the parent had stored 3, then %d\n",
	       (void *)&value, seen[0], seen[1], seen[2]);
	printf("parent: %p holds %d at the end\n", (void *)&value, value);
	return status || value != 3 || seen[1] != 2;
}
