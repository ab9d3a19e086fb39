/*
 * There is no network: a socket of any kind is refused as by a Linux kernel that was built without
 * its family, so that programs go on without it.
 */
#include "sys.h"
#include "vfs.h"

s64 sys_socket(const u64 a[6])
{
	(void)a;
	return -EAFNOSUPPORT;
}

s64 sys_socketpair(const u64 a[6])
{
	(void)a;
	return -EAFNOSUPPORT;
}

/* No descriptor is a socket. */
static s64 no_socket(u64 fd)
{
	return fd_file((int)fd) ? -ENOTSOCK : -EBADF;
}

s64 sys_connect(const u64 a[6])
{
	return no_socket(a[0]);
}

s64 sys_getpeername(const u64 a[6])
{
	return no_socket(a[0]);
}

s64 sys_getsockname(const u64 a[6])
{
	return no_socket(a[0]);
}
