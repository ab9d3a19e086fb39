/* The host's folders, as rootfs.c and rootfs_host.c walk them. */
#ifndef EMU_ROOTFS_HOST_H
#define EMU_ROOTFS_HOST_H

#include <limits.h>
#include <stdbool.h>

#include "emu/options.h"

/* FOLDER/NAME, or an error if that is too long. */
bool host_join(char buf[PATH_MAX], const char *folder, const char *name, struct error *error);

/* What to do with each name of a host folder, in order. */
typedef bool host_fn(void *ctx, const char *host, const char *name, struct error *error);
bool host_each(const char *host, host_fn *fn, void *ctx, struct error *error);

#endif
