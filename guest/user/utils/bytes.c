/* od cmp cksum dd */
#include "guest/user/utils/utils.h"

static struct reader in, other;

/* od: offsets, 16 bytes a line, and the characters they spell; repeated lines are one star. */
int od_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	unsigned char row[16], last[16];
	bool starred = false, had_last = false, all = false;
	long at = 0, limit = 1l << 62;
	int c, n;

	while ((c = option_next(&o, "vN:"))) {
		if (c == '?' || (c == 'N' && !parse_size(o.value, &limit)))
			return usage("[-v] [-N BYTES] [FILE]");
		all |= c == 'v';
	}
	reader_init(&in, o.at < argc ? open_input(argv[o.at]) : 0);
	if (in.fd < 0)
		return 1;
	for (;;) {
		for (n = 0; n < 16 && at + n < limit && (c = reader_char(&in)) >= 0; n++)
			row[n] = (unsigned char)c;
		if (n < 16 && n == 0)
			break;
		if (n == 16 && had_last && !all && !memcmp(row, last, 16)) {
			if (!starred)
				put_str("*\n");
			starred = true;
		} else {
			print("%08lx ", (unsigned long)at);
			for (int i = 0; i < 16; i++)
				print(i < n ? "%s%02x" : "%s  ", i % 8 ? " " : "  ", row[i]);
			put_str("  |");
			for (int i = 0; i < n; i++)
				put_char(row[i] >= 32 && row[i] < 127 ? row[i] : '.');
			put_str("|\n");
			starred = false;
		}
		memcpy(last, row, 16);
		had_last = true;
		at += n;
	}
	print("%08lx\n", (unsigned long)at);
	return in.error ? complain("read error", in.error) : 0;
}

int cmp_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	bool silent = false;
	long at = 1, lines = 1;
	int c, a, b;

	while ((c = option_next(&o, "s"))) {
		if (c == '?')
			return 2;
		silent = true;
	}
	if (argc - o.at != 2)
		return usage("[-s] FILE FILE");
	reader_init(&in, strcmp(argv[o.at], "-") ? open_input(argv[o.at]) : 0);
	reader_init(&other, strcmp(argv[o.at + 1], "-") ? open_input(argv[o.at + 1]) : 0);
	if (in.fd < 0 || other.fd < 0)
		return 2;
	do {
		a = reader_char(&in);
		b = reader_char(&other);
		if (a != b)
			break;
		at++;
		lines += a == '\n';
	} while (a >= 0);
	if (a == b)
		return 0;
	if (!silent && (a < 0 || b < 0))
		eprint("cmp: EOF on %s after byte %ld\n", argv[o.at + (a >= 0)], at - 1);
	else if (!silent)
		print("%s %s differ: char %ld, line %ld\n", argv[o.at], argv[o.at + 1], at, lines);
	return 1;
}

static uint32_t crc_table[256];

static uint32_t crc_add(uint32_t crc, int c)
{
	return crc << 8 ^ crc_table[(crc >> 24 ^ (uint32_t)c) & 255];
}

/* The CRC of POSIX: the bytes, then the length with its least significant byte first. */
static int cksum_one(int fd, const char *name)
{
	uint32_t crc = 0;
	long size = 0;
	int c;

	reader_init(&in, fd);
	for (; (c = reader_char(&in)) >= 0; size++)
		crc = crc_add(crc, c);
	for (long n = size; n; n >>= 8)
		crc = crc_add(crc, n & 255);
	print("%u %ld%s%s\n", ~crc, size, strcmp(name, "-") ? " " : "",
	      strcmp(name, "-") ? name : "");
	return in.error ? complain(name, in.error) : 0;
}

int cksum_main(int argc, char **argv)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t v = i << 24;

		for (int k = 0; k < 8; k++)
			v = v << 1 ^ (v >> 31 ? 0x04c11db7 : 0);
		crc_table[i] = v;
	}
	return each_input(argc, argv, 1, cksum_one);
}

struct dd {
	const char *from, *to;
	long block, count, skip, seek;
	bool keep;
};

static bool dd_options(struct dd *d, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		long number = 0;

		if (!value)
			return false;
		*value++ = 0;
		if (!strcmp(argv[i], "if"))
			d->from = value;
		else if (!strcmp(argv[i], "of"))
			d->to = value;
		else if (!strcmp(argv[i], "conv"))
			d->keep = !strcmp(value, "notrunc");
		else if (!parse_size(value, &number))
			return false;
		else if (!strcmp(argv[i], "bs") && number > 0)
			d->block = number;
		else if (!strcmp(argv[i], "count"))
			d->count = number;
		else if (!strcmp(argv[i], "skip"))
			d->skip = number;
		else if (!strcmp(argv[i], "seek"))
			d->seek = number;
		else
			return false;
	}
	return true;
}

int dd_main(int argc, char **argv)
{
	struct dd d = { .block = 512, .count = 1l << 62 };
	long full = 0, partial = 0, bytes = 0, n = 0;
	int from = 0, to = 1, err = 0;
	char *buf;

	if (!dd_options(&d, argc, argv))
		return usage(
			"[if=FILE] [of=FILE] [bs=N] [count=N] [skip=N] [seek=N] [conv=notrunc]");
	if (d.from && (from = open_input(d.from)) < 0)
		return 1;
	if (d.to)
		to = sys_open(d.to, O_WRONLY | O_CREAT | (d.keep || d.seek ? 0 : O_TRUNC), 0666);
	if (to < 0)
		return complain(d.to, to);
	buf = xmalloc((size_t)d.block);
	if (d.seek)
		err = (int)sys_lseek(to, d.seek * d.block, 0);
	if (d.skip && sys_lseek(from, d.skip * d.block, 0) < 0)
		for (long i = 0; i < d.skip; i++)
			sys_read(from, buf, (size_t)d.block);
	for (long i = 0; err >= 0 && i < d.count; i++) {
		n = sys_read(from, buf, (size_t)d.block);
		if (n <= 0)
			break;
		if (!write_all(to, buf, (size_t)n))
			return 1;
		bytes += n;
		if (n == d.block)
			full++;
		else
			partial++;
	}
	eprint("%ld+%ld records, %ld bytes\n", full, partial, bytes);
	return n < 0 ? complain(d.from ? d.from : "standard input", n) : err < 0;
}
