/* `faultline boot`: what QEMU's options say of serial ports, monitors and semihosting. */
#include <stdlib.h>
#include <string.h>

#include "emu/boot_private.h"
#include "emu/session.h"

/* ---- -serial and -chardev ---- */

static bool set_uart(struct boot_options *o, enum console_source source, const char *path)
{
	if (!o->serial_said) {
		o->run.machine.uart = source;
		o->run.machine.uart_path = path;
	}
	o->serial_said = true;
	return true;
}

/* The board has one port: it is the first that is named, as on QEMU. */
bool boot_take_serial(void *ctx, const char *value, struct error *error)
{
	struct boot_options *o = ctx;

	if (strcmp(value, "stdio") == 0 || strcmp(value, "mon:stdio") == 0)
		return set_uart(o, CONSOLE_STDIO, NULL);
	if (strcmp(value, "null") == 0 || strcmp(value, "none") == 0)
		return set_uart(o, CONSOLE_NONE, NULL);
	if (strncmp(value, "file:", 5) == 0 && value[5])
		return set_uart(o, CONSOLE_FILE, value + 5);
	if (strncmp(value, "chardev:", 8) == 0 && value[8]) {
		if (!o->serial_said)
			o->serial_chardev = value + 8;
		o->serial_said = true;
		return true;
	}
	return refuse(error, "'%s': stdio, mon:stdio, null, none, file:PATH or chardev:ID", value);
}

bool boot_take_chardev(void *ctx, const char *value, struct error *error)
{
	struct boot_options *o = ctx;
	static const char *const kinds[] = {
		[CHARDEV_STDIO] = "stdio", [CHARDEV_NULL] = "null", [CHARDEV_FILE] = "file"
	};
	struct boot_chardev chardev = { .kind = CHARDEV_OTHER };
	char *copy = boot_keep(o, value), *key, *setting;
	struct words words = { copy };

	if (!copy || !boot_next_word(&words, &key, &setting) || o->nchardevs == BOOT_MAX_CHARDEVS)
		return refuse(error, "'%s': KIND,id=ID, at most %d of them", value,
			      BOOT_MAX_CHARDEVS);
	for (unsigned kind = 0; kind < CHARDEV_OTHER; kind++)
		if (strcmp(kinds[kind], key) == 0)
			chardev.kind = (enum chardev_kind)kind;
	while (boot_next_word(&words, &key, &setting)) {
		if (strcmp(key, "id") == 0)
			chardev.id = setting;
		else if (strcmp(key, "path") == 0)
			chardev.path = setting;
	}
	if (!chardev.id || !*chardev.id)
		return refuse(error, "'%s': id= is missing", value);
	if (chardev.kind == CHARDEV_FILE && (!chardev.path || !*chardev.path))
		return refuse(error, "'%s': path= is missing", value);
	o->chardev[o->nchardevs++] = chardev;
	return true;
}

static const struct boot_chardev *find_chardev(const struct boot_options *o, const char *id)
{
	for (unsigned i = 0; i < o->nchardevs; i++)
		if (strcmp(o->chardev[i].id, id) == 0)
			return &o->chardev[i];
	return NULL;
}

bool boot_settle_serial(struct boot_options *o, struct error *error)
{
	static const enum console_source source[] = { [CHARDEV_STDIO] = CONSOLE_STDIO,
						      [CHARDEV_NULL] = CONSOLE_NONE,
						      [CHARDEV_FILE] = CONSOLE_FILE };
	const struct boot_chardev *chardev;

	if (!o->serial_chardev)
		return true;
	chardev = find_chardev(o, o->serial_chardev);
	if (!chardev)
		return refuse(error, "-serial: chardev:%s: there is no -chardev of that id",
			      o->serial_chardev);
	if (chardev->kind == CHARDEV_OTHER)
		return refuse(error, "-serial: chardev:%s: only a stdio, null or file can be one",
			      o->serial_chardev);
	o->run.machine.uart = source[chardev->kind];
	o->run.machine.uart_path = chardev->path;
	return true;
}

/* ---- Monitors: there is none ---- */

static bool say_no_monitor(struct boot_options *o)
{
	if (!o->monitor_said)
		say("there is no monitor (-monitor, -mon, -qmp): the run starts without");
	o->monitor_said = true;
	return true;
}

/* Where nobody could have talked to one, nothing is missed. */
bool boot_take_monitor(void *ctx, const char *value, struct error *error)
{
	(void)error;
	if (strcmp(value, "none") == 0 || strcmp(value, "null") == 0 ||
	    strcmp(value, "/dev/null") == 0)
		return true;
	return say_no_monitor(ctx);
}

/* One that shares standard input with the serial port is reached by Ctrl-A c, which here is the guest's. */
bool boot_take_mon(void *ctx, const char *value, struct error *error)
{
	struct boot_options *o = ctx;
	char *copy = boot_keep(o, value), *key, *setting;
	struct words words = { copy };
	bool shared = false;

	(void)error;
	while (copy && boot_next_word(&words, &key, &setting)) {
		const struct boot_chardev *chardev =
			find_chardev(o, strcmp(key, "chardev") == 0 ? setting : key);

		shared |= chardev && chardev->kind <= CHARDEV_NULL;
	}
	return shared || say_no_monitor(o);
}

/* ---- Semihosting ---- */

/* The words of the command line, joined by blanks. */
static bool add_argument(struct boot_options *o, const char *word, struct error *error)
{
	size_t had = o->arguments ? strlen(o->arguments) + 1 : 0;
	char *text = malloc(had + strlen(word) + 1);

	if (!text)
		return refuse(error, "out of memory");
	if (had) {
		memcpy(text, o->arguments, had - 1);
		text[had - 1] = ' ';
	}
	strcpy(text + had, word);
	free(o->arguments);
	o->arguments = text;
	return true;
}

/* Of QEMU's targets ours is "native"; U-mode may not call.  Its console is standard output. */
bool boot_take_semihosting_config(void *ctx, const char *value, struct error *error)
{
	struct boot_options *o = ctx;
	char *copy = boot_keep(o, value), *key, *setting;
	struct words words = { copy };

	if (!copy)
		return refuse(error, "'%s': out of memory", value);
	o->run.machine.semihosting = true;
	while (boot_next_word(&words, &key, &setting)) {
		bool target = strcmp(key, "target") == 0, off = false;

		if (strcmp(key, "enable") == 0) {
			if (!boot_take_switch(key, setting, &o->run.machine.semihosting, error))
				return false;
		} else if (strcmp(key, "arg") == 0) {
			if (!add_argument(o, setting, error))
				return false;
		} else if (strcmp(key, "userspace") == 0) {
			if (!boot_take_switch(key, setting, &off, error))
				return false;
			if (off)
				return refuse(error, "userspace=%s: U-mode may not call", setting);
		} else if (!target ||
			   (strcmp(setting, "native") != 0 && strcmp(setting, "auto") != 0)) {
			return refuse(error, "%s=%s: enable=on or off, target=native, arg=WORD",
				      key, setting);
		}
	}
	return true;
}

/* As QEMU: the kernel's name and -append, unless the words were given one by one. */
bool boot_settle_semihosting(struct boot_options *o, struct error *error)
{
	struct machine_config *m = &o->run.machine;

	if (!o->arguments && m->kernel) {
		if (!add_argument(o, m->kernel, error) ||
		    (m->append && *m->append && !add_argument(o, m->append, error)))
			return false;
	}
	m->semihosting_line = o->arguments;
	return true;
}
