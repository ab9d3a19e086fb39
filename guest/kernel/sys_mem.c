/*
 * System calls about memory: brk, mmap and its kin.
 */
#include "arch.h"
#include "device.h"
#include "mm.h"
#include "sys.h"
#include "vfs.h"

/* RLIMIT_DATA is about all private memory that may be written to, but for the stack. */
static bool data_fits(const struct mm *mm, u64 bytes)
{
	u64 limit = rlimit(RLIMIT_DATA);

	if (limit == RLIM_INFINITY)
		return true;
	for (const struct region *r = mm->regions; r; r = r->next)
		if ((r->prot & PROT_WRITE) && !(r->flags & (RF_SHARED | RF_GROWS_DOWN)))
			bytes += r->end - r->start;
	return bytes <= limit;
}

s64 sys_brk(const u64 a[6])
{
	struct mm *mm = current->mm;
	u64 wanted = a[0], old = PAGE_UP(mm->brk), end = PAGE_UP(wanted);
	struct region *above;

	if (wanted < mm->brk_start || wanted >= USER_TOP)
		return (s64)mm->brk;
	if (end < old) {
		if (region_unmap(mm, end, old) != 0)
			return (s64)mm->brk;
	} else if (end > old) {
		above = region_above(mm, old);
		if ((above && region_floor(mm, above) < end) || !data_fits(mm, end - old) ||
		    !mm_fits(mm, end - old) ||
		    !region_insert(mm, old, end, PROT_READ | PROT_WRITE, 0, REGION_HEAP, NULL, 0))
			return (s64)mm->brk;
		if (mm_lock_new(old, end)) {
			region_unmap(mm, old, end);
			return (s64)mm->brk;
		}
	}
	mm->brk = wanted;
	return (s64)wanted;
}

bool range_ok(u64 start, u64 bytes)
{
	return start % PAGE_SIZE == 0 && bytes <= USER_TOP && start <= USER_TOP - bytes;
}

static int check_file(struct file *file, u32 prot, u32 flags, u8 *max_prot)
{
	u32 mode = file->flags & O_ACCMODE;

	if (!file->inode || !S_ISREG(file->inode->mode) || !file->inode->mapping.ops)
		return -ENODEV;
	if (mode != O_RDONLY && mode != O_RDWR)
		return -EACCES;
	*max_prot = PROT_READ | PROT_WRITE | PROT_EXEC;
	if ((flags & MAP_TYPE) != MAP_PRIVATE &&
	    (mode == O_RDONLY || (file->inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))))
		*max_prot = PROT_READ | PROT_EXEC;
	if (mode != O_RDONLY && (prot & ~*max_prot & PROT_WRITE))
		return -EPERM; /* sealed */
	return prot & ~*max_prot & PROT_WRITE ? -EACCES : 0;
}

static u64 choose_address(struct mm *mm, u64 hint, u64 bytes, u32 flags)
{
	struct region *above;

	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))
		return hint;
	hint = PAGE_DOWN(hint);
	above = hint >= USER_BASE ? region_above(mm, hint) : NULL;
	if (hint >= USER_BASE && range_ok(hint, bytes) &&
	    (!above || region_floor(mm, above) >= hint + bytes))
		return hint;
	return region_hole(mm, bytes);
}

static s64 map(u64 hint, u64 bytes, u32 prot, u32 flags, struct file *file, u64 offset)
{
	struct mm *mm = current->mm;
	bool shared = (flags & MAP_TYPE) != MAP_PRIVATE;
	u8 max_prot = PROT_READ | PROT_WRITE | PROT_EXEC;
	struct region *region;
	u64 start;
	int error = file ? check_file(file, prot, flags, &max_prot) : 0;

	if (error)
		return error;
	start = choose_address(mm, hint, bytes, flags);
	if (!start || !range_ok(start, bytes))
		return start % PAGE_SIZE ? -EINVAL : -ENOMEM;
	if (start < USER_BASE)
		return -EPERM;
	if (!mm_fits(mm, bytes) || (!shared && (prot & PROT_WRITE) && !data_fits(mm, bytes)))
		return -ENOMEM;
	while ((region = region_above(mm, start)) != NULL && region->start < start + bytes) {
		if (flags & MAP_FIXED_NOREPLACE)
			return -EEXIST;
		/* It sleeps, and another thread may map something there meanwhile. */
		error = region_unmap(mm, start, start + bytes);
		if (error)
			return error;
	}
	region = region_insert(mm, start, start + bytes, prot,
			       shared				  ? RF_SHARED
			       : !file && (flags & MAP_GROWSDOWN) ? RF_GROWS_DOWN
								  : 0,
			       shared ? REGION_SHARED
			       : file ? REGION_MMAP_FILE
				      : REGION_MMAP_ANON,
			       file, offset / PAGE_SIZE);
	if (!region)
		return -ENOMEM;
	region->max_prot = max_prot;
	if (shared && !file && !region_make_shm(region)) {
		region_unmap(mm, start, start + bytes);
		return -ENOMEM;
	}
	if (!shared && file)
		region_join(mm, start, start + bytes);
	return (s64)start;
}

/* What mlockall, MAP_LOCKED and MAP_POPULATE ask of a new mapping. */
static s64 settle(u64 start, u64 bytes, u32 flags)
{
	struct mm *mm = current->mm;
	int error = flags & MAP_LOCKED ? mm_lock(start, start + bytes, true) : 0;

	if (!error)
		error = mm_lock_new(start, start + bytes);
	if (error) {
		region_unmap(mm, start, start + bytes);
		return -EAGAIN;
	}
	if (flags & (MAP_POPULATE | MAP_LOCKED))
		mm_populate(start, start + bytes);
	return (s64)start;
}

/* Only of a file may unknown flags be asked about; and what grows is private, and no file. */
static bool type_ok(u64 flags)
{
	u64 type = flags & MAP_TYPE;
	bool anonymous = flags & MAP_ANONYMOUS;

	if ((flags & MAP_GROWSDOWN) && (type != MAP_PRIVATE || !anonymous))
		return false;
	return type == MAP_SHARED || type == MAP_PRIVATE ||
	       (type == MAP_SHARED_VALIDATE && !anonymous);
}

s64 sys_mmap(const u64 a[6])
{
	u64 bytes = PAGE_UP(a[1]);
	u32 type = a[3] & MAP_TYPE;
	struct file *file = NULL;
	s64 result;

	if (!a[1] || a[5] % PAGE_SIZE || ((a[3] & MAP_FIXED) && a[0] % PAGE_SIZE) || !type_ok(a[3]))
		return -EINVAL;
	if (type == MAP_SHARED_VALIDATE && (a[3] & ~(u64)MAP_KNOWN))
		return -EOPNOTSUPP;
	if (bytes < a[1] || bytes > USER_TOP || (a[3] & MAP_HUGETLB)) /* there are no huge pages */
		return -ENOMEM;
	if (a[5] + bytes < a[5] ||
	    (!(a[3] & MAP_ANONYMOUS) && (a[5] + bytes) / PAGE_SIZE > UINT32_MAX))
		return -EOVERFLOW;
	if (!(a[3] & MAP_ANONYMOUS)) {
		file = fd_file((int)a[4]);
		if (!file)
			return -EBADF;
		if (file->inode && S_ISCHR(file->inode->mode) && file->inode->rdev == DEV_ZERO)
			file = NULL; /* the old way to anonymous memory */
		else
			file_get(file);
	}
	result = map(a[0], bytes, a[2] & (PROT_READ | PROT_WRITE | PROT_EXEC), (u32)a[3], file,
		     a[5]);
	if (file)
		file_put(file);
	return result < 0 ? result : settle((u64)result, bytes, (u32)a[3]);
}

s64 sys_munmap(const u64 a[6])
{
	u64 bytes = PAGE_UP(a[1]);

	if (!a[1] || bytes < a[1] || !range_ok(a[0], bytes))
		return -EINVAL;
	return region_unmap(current->mm, a[0], a[0] + bytes);
}

s64 sys_mprotect(const u64 a[6])
{
	u64 start = a[0], bytes = PAGE_UP(a[1]);
	const struct region *stack;

	if (a[0] % PAGE_SIZE ||
	    (a[2] & ~(u64)(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN | 0x8)))
		return -EINVAL;
	if (bytes < a[1] || !range_ok(a[0], bytes))
		return -ENOMEM;
	if (!bytes)
		return 0;
	if (a[2] & PROT_GROWSDOWN) {
		stack = region_find(current->mm, a[0]);
		if (!stack || !(stack->flags & RF_GROWS_DOWN))
			return stack ? -EINVAL : -ENOMEM;
		bytes += a[0] - stack->start;
		start = stack->start;
	}
	return region_protect(current->mm, start, start + bytes,
			      a[2] & (PROT_READ | PROT_WRITE | PROT_EXEC));
}

s64 sys_riscv_flush_icache(const u64 a[6])
{
	(void)a;
	fence_i();
	return 0;
}
