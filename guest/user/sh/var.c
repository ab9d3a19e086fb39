/* Variables. */
#include "guest/user/sh/sh.h"

static struct var *buckets[32];

static struct var **find(const char *name, size_t n)
{
	unsigned h = 0;
	struct var **at;

	for (size_t i = 0; i < n; i++)
		h = h * 31 + (unsigned char)name[i];
	at = &buckets[h % ARRAY_SIZE(buckets)];
	while (*at && (strncmp((*at)->name, name, n) || (*at)->name[n]))
		at = &(*at)->next;
	return at;
}

const char *var_get(const char *name)
{
	struct var *v = *find(name, strlen(name));

	return v ? v->value : NULL;
}

static struct var *obtain(const char *name)
{
	struct var **at = find(name, strlen(name));

	if (!*at) {
		*at = xcalloc(1, sizeof(**at));
		(*at)->name = xstrdup(name);
	}
	return *at;
}

/* A null value leaves the value alone and only adds the flags. */
bool var_set(const char *name, const char *value, int add_flags)
{
	struct var *v = obtain(name);

	if (value && (v->flags & VAR_READONLY)) {
		shell_error(name, "is read-only");
		return false;
	}
	if (value) {
		char *copy = xstrdup(value);

		xfree(v->value);
		v->value = copy;
	}
	v->flags |= add_flags;
	return true;
}

static void forget(const char *name)
{
	struct var **at = find(name, strlen(name)), *v = *at;

	if (v) {
		*at = v->next;
		xfree(v->name);
		xfree(v->value);
		xfree(v);
	}
}

bool var_unset(const char *name)
{
	struct var *v = *find(name, strlen(name));

	if (v && (v->flags & VAR_READONLY)) {
		shell_error(name, "is read-only");
		return false;
	}
	forget(name);
	return true;
}

void var_import(char **envp)
{
	for (; *envp; envp++) {
		size_t n = parse_assignment(*envp);

		if (n) {
			char *name = arena_string(&sh.temp, *envp, n);

			var_set(name, *envp + n + 1, VAR_EXPORT);
		}
	}
}

void var_save(struct saved_var **list, const char *name)
{
	struct var *v = *find(name, strlen(name));
	struct saved_var *s = xcalloc(1, sizeof(*s));

	s->name = xstrdup(name);
	s->value = v && v->value ? xstrdup(v->value) : NULL;
	s->flags = v ? v->flags : -1;
	s->next = *list;
	*list = s;
}

void var_restore(struct saved_var **list)
{
	while (*list) {
		struct saved_var *s = *list;

		forget(s->name);
		if (s->flags >= 0) {
			struct var *v = obtain(s->name);

			v->value = s->value;
			v->flags = s->flags;
		}
		*list = s->next;
		xfree(s->name);
		xfree(s);
	}
}

char **var_environment(void)
{
	size_t n = 0;
	char **list;

	for (size_t b = 0; b < ARRAY_SIZE(buckets); b++)
		for (struct var *v = buckets[b]; v; v = v->next)
			n++;
	list = arena_alloc(&sh.temp, (n + 1) * sizeof(char *));
	n = 0;
	for (size_t b = 0; b < ARRAY_SIZE(buckets); b++)
		for (struct var *v = buckets[b]; v; v = v->next)
			if ((v->flags & VAR_EXPORT) && v->value) {
				size_t k = strlen(v->name);
				char *s = arena_alloc(&sh.temp, k + strlen(v->value) + 2);

				strcpy(s, v->name);
				s[k] = '=';
				strcpy(s + k + 1, v->value);
				list[n++] = s;
			}
	return list;
}

static void put_quoted(const char *s)
{
	put_char('\'');
	for (; *s; s++) {
		if (*s == '\'')
			put_str("'\\'");
		put_char(*s);
	}
	put_char('\'');
}

/* Sorted by name, so that the listing does not depend on the buckets. */
void var_list(int with_flags, const char *prefix)
{
	const char *last = "";

	for (;;) {
		struct var *next = NULL;

		for (size_t b = 0; b < ARRAY_SIZE(buckets); b++)
			for (struct var *v = buckets[b]; v; v = v->next)
				if ((v->flags & with_flags) == with_flags &&
				    strcmp(v->name, last) > 0 &&
				    (!next || strcmp(v->name, next->name) < 0))
					next = v;
		if (!next)
			return;
		last = next->name;
		print("%s%s", prefix, last);
		if (next->value) {
			put_char('=');
			put_quoted(next->value);
		}
		put_char('\n');
	}
}
