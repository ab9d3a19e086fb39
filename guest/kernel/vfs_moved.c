/* Paths are remembered as text, for getcwd, /proc and what is mounted where: a rename changes them. */
#include "mm.h"
#include "vfs.h"

struct move {
	const struct inode *inode;
	const char *from, *to;
};

/* The path as it is now; the old one if it is not concerned or memory is short. */
static char *moved_path(const struct move *move, char *path, const struct inode *inode)
{
	size_t from = strlen(move->from), to = strlen(move->to), rest;
	char *new;

	if (!path || strncmp(path, move->from, from) != 0 ||
	    (path[from] ? path[from] != '/' : inode != move->inode))
		return path;
	rest = strlen(path + from) + 1;
	new = kmalloc(to + rest);
	if (!new)
		return path;
	memcpy(new, move->to, to);
	memcpy(new + to, path + from, rest);
	kfree(path);
	return new;
}

static void file_moved(const struct move *move, struct file *file)
{
	if (file)
		file->path = moved_path(move, file->path, file->inode);
}

void paths_moved(const struct inode *inode, const char *from, const char *to)
{
	const struct move move = { inode, from, to };

	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc)) {
		if (proc->fs)
			proc->fs->cwd_path = moved_path(&move, proc->fs->cwd_path, proc->fs->cwd);
		for (u32 fd = 0; proc->files && fd < proc->files->nfds; fd++)
			file_moved(&move, fd_table_file(proc->files, fd));
		if (!proc->mm)
			continue;
		file_moved(&move, proc->mm->exe);
		for (struct region *region = proc->mm->regions; region; region = region->next)
			file_moved(&move, region->file);
	}
}
