/* Shell patterns: * ? [...] and backslash. */
#include "guest/user/lib/tiny.h"

/*
 * One bracket expression at p (after its '['): *hit says whether c is in it. Returns the position
 * after its ']', or a null pointer when there is none and '[' is an ordinary character.
 */
static const char *bracket(const char *p, int c, bool *hit)
{
	bool negate = *p == '!' || *p == '^';
	bool found = false;
	const char *start;

	if (negate)
		p++;
	for (start = p; *p != ']' || p == start; p++) {
		int lo, hi;

		if (*p == '\\' && p[1])
			p++;
		if (!*p)
			return NULL;
		lo = hi = (unsigned char)*p;
		if (p[1] == '-' && p[2] && p[2] != ']') {
			p += 2;
			if (*p == '\\' && p[1])
				p++;
			hi = (unsigned char)*p;
		}
		found |= lo <= c && c <= hi;
	}
	*hit = found != negate;
	return p + 1;
}

bool pattern_match(const char *p, const char *s)
{
	for (; *p; s++) {
		const char *after;
		bool hit;

		switch (*p) {
		case '*':
			while (*p == '*')
				p++;
			if (!*p)
				return true;
			for (; *s; s++)
				if (pattern_match(p, s))
					return true;
			return pattern_match(p, s);
		case '?':
			if (!*s)
				return false;
			p++;
			continue;
		case '[':
			after = bracket(p + 1, (unsigned char)*s, &hit);
			if (after) {
				if (!*s || !hit)
					return false;
				p = after;
				continue;
			}
			break;
		case '\\':
			if (p[1])
				p++;
			break;
		}
		if (*p++ != *s || !*s)
			return false;
	}
	return !*s;
}

bool pattern_has_magic(const char *p)
{
	for (; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '*' || *p == '?' || *p == '[')
			return true;
	}
	return false;
}
