/* Capabilities: root has all but those it gave up, nobody else any.  What may be done goes by the user
 * alone; the sets are kept for programs that give theirs up and look whether it worked. */
#include "mm.h"
#include "sys.h"
#include "task.h"

#define VERSION_1 0x19980330u /* one 32-bit word a set */
#define VERSION_2 0x20071026u /* two */
#define VERSION_3 0x20080522u

struct header {
	u32 version;
	s32 pid;
};

struct sets {
	u32 effective, permitted, inheritable;
};

u64 capabilities(const struct proc *proc)
{
	return proc->uid ? 0 : CAPABILITIES_ALL & ~proc->capabilities_dropped;
}

/* How many words a set has; an unknown version is answered with ours. */
static int words_of(u64 user, struct header *header)
{
	u32 ours = VERSION_3;

	if (copy_from_user(header, user, sizeof(*header)))
		return -EFAULT;
	if (header->version == VERSION_1)
		return 1;
	if (header->version == VERSION_2 || header->version == VERSION_3)
		return 2;
	return copy_to_user(user, &ours, sizeof(ours)) ? -EFAULT : -EINVAL;
}

s64 sys_capget(const u64 a[6])
{
	struct header header;
	struct sets sets[2];
	int words = words_of(a[0], &header);
	struct proc *proc;
	u64 has;

	if (words < 0)
		return words == -EINVAL && !a[1] ? 0 : words;
	if (header.pid < 0)
		return -EINVAL;
	proc = header.pid ? proc_find((u32)header.pid) : current;
	if (!proc)
		return -ESRCH;
	has = capabilities(proc);
	for (int i = 0; i < words; i++, has >>= 32)
		sets[i] = (struct sets){ (u32)has, (u32)has, 0 };
	return a[1] && copy_to_user(a[1], sets, (size_t)words * sizeof(sets[0])) ? -EFAULT : 0;
}

s64 sys_capset(const u64 a[6])
{
	struct header header;
	struct sets sets[2] = { { 0 } };
	int words = words_of(a[0], &header);
	u64 permitted, effective;

	if (words < 0)
		return words;
	if (header.pid && (u32)header.pid != current->pid)
		return -EPERM;
	if (copy_from_user(sets, a[1], (size_t)words * sizeof(sets[0])))
		return -EFAULT;
	permitted = sets[0].permitted | (u64)sets[1].permitted << 32;
	effective = sets[0].effective | (u64)sets[1].effective << 32;
	if ((permitted & ~capabilities(current)) || (effective & ~permitted))
		return -EPERM;
	current->capabilities_dropped |= CAPABILITIES_ALL & ~permitted;
	return 0;
}
