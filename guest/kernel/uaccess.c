/*
 * The kernel's own access to user memory.  May fault pages in and so sleep; a bad address is -EFAULT.
 */
#include "arch.h"
#include "mm.h"

/* Both ends below USER_TOP: then whatever faults is the user's. */
bool user_range_ok(u64 user, u64 bytes)
{
	return user <= USER_TOP && bytes <= USER_TOP - user;
}

/* What the copy needed it needs no longer. */
static long finish(long result)
{
	hold_release(current);
	return result;
}

int copy_from_user(void *to, u64 user, size_t bytes)
{
	if (!user_range_ok(user, bytes))
		return -EFAULT;
	return (int)finish(user_copy(to, (const void *)user, bytes));
}

int copy_to_user(u64 user, const void *from, size_t bytes)
{
	if (!user_range_ok(user, bytes))
		return -EFAULT;
	return (int)finish(user_copy((void *)user, from, bytes));
}

long copy_string_from_user(char *to, u64 user, size_t max)
{
	size_t room = user < USER_TOP ? min_u64(max, USER_TOP - user) : 0;
	long n;

	if (!room)
		return -EFAULT;
	n = finish(user_string(to, (const char *)user, room));
	if (n < 0)
		return n;
	if ((size_t)n == room)
		return room == max ? -ENAMETOOLONG : -EFAULT;
	return n;
}

int user_pin(struct user_pin *pin, u64 user, bool write)
{
	if (!user_range_ok(user, 1))
		return -EFAULT;
	for (;;) {
		long error = write ? user_touch_write((void *)user)
				   : user_touch_read((const void *)user);
		u64 *pte = error ? NULL : pte_find(current->mm, user);

		if (error)
			return (int)finish(error);
		if (!pte || !(*pte & PTE_V) || (write && !(*pte & PTE_W)))
			continue;
		pin->page = pa_page(pte_pa(*pte));
		pin->data = (char *)page_data(pin->page) + user % PAGE_SIZE;
		pin->bytes = PAGE_SIZE - user % PAGE_SIZE;
		pin->write = write;
		page_pin(pin->page);
		return (int)finish(0);
	}
}

void user_unpin(struct user_pin *pin)
{
	if (pin->write) /* a store past the MMU: no D was set */
		page_set_dirty(pin->page);
	page_put(pin->page);
}
