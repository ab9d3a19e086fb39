/* Where read and write move data to and from (struct iter), piece by piece. */
#include "mm.h"
#include "vfs.h"

/* Once a piece is used up, the next one that holds anything. */
static int next_piece(struct iter *iter)
{
	while (iter->later && iter->left == iter->later) {
		struct iovec piece;

		if (!iter->pieces-- || copy_from_user(&piece, iter->vector, sizeof(piece)))
			return -EFAULT;
		iter->vector += sizeof(piece);
		iter->user = piece.iov_base;
		iter->later -= min_u64(piece.iov_len, iter->later);
	}
	return 0;
}

static void advance(struct iter *iter, size_t bytes)
{
	if (iter->kernel)
		iter->kernel += bytes;
	else
		iter->user += bytes;
	iter->left -= bytes;
}

size_t iter_here(const struct iter *iter)
{
	return iter->left - iter->later;
}

int iter_vector(struct iter *iter, u64 user, u64 count)
{
	u64 total = 0;

	if (count > IOV_MAX)
		return -EINVAL;
	for (u64 i = 0; i < count; i++) {
		struct iovec piece;

		if (copy_from_user(&piece, user + i * sizeof(piece), sizeof(piece)))
			return -EFAULT;
		if ((s64)piece.iov_len < 0)
			return -EINVAL;
		if (!user_range_ok(piece.iov_base, piece.iov_len))
			return -EFAULT;
		total = min_u64(total + piece.iov_len, MAX_IO);
	}
	*iter = (struct iter){ .left = total, .later = total, .vector = user, .pieces = count };
	return 0;
}

static int copy(struct iter *iter, char *data, size_t bytes, bool put)
{
	return put ? copy_to_user(iter->user, data, bytes)
		   : copy_from_user(data, iter->user, bytes);
}

/* Of a copy that meets a bad page, what lies before that page is done. */
static int move(struct iter *iter, char *data, size_t bytes, bool put)
{
	while (bytes) {
		int error = next_piece(iter);
		size_t n = min_u64(bytes, iter_here(iter)),
		       page = min_u64(n, PAGE_SIZE - iter->user % PAGE_SIZE);

		if (!error && copy(iter, data, n, put)) {
			n = page;
			error = copy(iter, data, n, put);
		}
		if (error)
			return error;
		advance(iter, n);
		data += n;
		bytes -= n;
	}
	return 0;
}

int iter_get(struct iter *from, void *to, size_t bytes)
{
	if (!from->kernel) {
		if (throttle_needed())
			throttle_writers();
		return move(from, to, bytes, false);
	}
	memcpy(to, from->kernel, bytes);
	advance(from, bytes);
	return 0;
}

int iter_put(struct iter *to, const void *from, size_t bytes)
{
	if (!to->kernel)
		return move(to, (char *)(u64)from, bytes, true);
	memcpy(to->kernel, from, bytes);
	advance(to, bytes);
	return 0;
}

int iter_pin(struct iter *iter, struct user_pin *pin, bool write)
{
	int error = 0;

	if (iter->kernel) {
		*pin = (struct user_pin){ .data = iter->kernel, .bytes = iter->left };
	} else {
		pinning_begin();
		error = next_piece(iter);
		if (!error)
			error = user_pin(pin, iter->user, write);
		if (error)
			pinning_end();
	}
	if (!error && pin->bytes > iter_here(iter))
		pin->bytes = iter_here(iter);
	return error;
}

void iter_unpin(struct iter *iter, struct user_pin *pin, size_t used)
{
	if (pin->page) {
		user_unpin(pin);
		pinning_end();
	}
	advance(iter, used);
}
