/*
 * What main.c starts, in order, beyond the headers of each.
 */
#ifndef KERNEL_BOOT_H
#define KERNEL_BOOT_H

struct fd_table;
struct inode;

void frame_start(void);	 /* after the last early_alloc: the rest of RAM is free */
void uart_init(void);	 /* the console terminal */
void vfs_init(void);	 /* mounts everything; sleeps */
void vfs_shutdown(void); /* writes everything back, unmounts; sleeps */
struct inode *vfs_root(void);
int vfs_stdio(struct fd_table *table); /* descriptors 0, 1, 2 of process 1 */

void crash(const char *kind); /* crash= */

#endif
