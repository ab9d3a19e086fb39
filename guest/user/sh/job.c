/*
 * Jobs: the processes of one pipeline. With job control (an interactive shell that owns a terminal)
 * each has a process group of its own, and the one in the foreground has the terminal.
 */
#include "guest/user/sh/sh.h"

#define TERMINAL_FD 2

struct job *job_new(const char *name, bool background)
{
	struct job *j = xcalloc(1, sizeof(*j)), **at;
	int id = 1;

	for (at = &sh.jobs; *at; at = &(*at)->next)
		if ((*at)->id >= id)
			id = (*at)->id + 1;
	*at = j;
	j->id = id;
	j->background = background;
	j->name = xstrdup(name);
	return j;
}

void job_free(struct job *j)
{
	struct job **at = &sh.jobs;

	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	xfree(j->pids);
	xfree(j->name);
	xfree(j);
}

void job_forget_all(void)
{
	while (sh.jobs)
		job_free(sh.jobs);
}

static void give_terminal(int pgid)
{
	sys_ioctl(TERMINAL_FD, TIOCSPGRP, &pgid);
}

static void default_signals(void)
{
	static const unsigned char list[] = { SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGTERM };
	struct sigaction act = { .sa_handler = SIG_DFL };

	if (sh.interactive)
		for (size_t i = 0; i < sizeof(list); i++)
			sys_sigaction(list[i], &act, NULL);
}

static void become_child(struct job *j)
{
	if (sh.job_control) {
		sys_setpgid(0, j->pgid);
		if (!j->background)
			give_terminal(sys_getpgid(0));
	} else if (j->background) {
		struct sigaction ignore = { .sa_handler = SIG_IGN };
		int null = sys_open("/dev/null", O_RDONLY, 0);

		sys_sigaction(SIGINT, &ignore, NULL);
		sys_sigaction(SIGQUIT, &ignore, NULL);
		if (null > 0) {
			sys_dup2(null, 0);
			sys_close(null);
		}
	}
	default_signals();
	trap_reset();
	job_forget_all();
	sh.interactive = sh.job_control = false;
}

int job_fork(struct job *j)
{
	int pid;

	flush_out();
	pid = sys_fork();
	if (pid == 0) {
		become_child(j);
		return 0;
	}
	if (pid < 0) {
		shell_error("fork", error_name(pid));
		return pid;
	}
	if (!j->pgid)
		j->pgid = pid;
	if (sh.job_control) {
		/* Here too: whichever of the two comes first, it is done before it matters. */
		sys_setpgid(pid, j->pgid);
		if (!j->background)
			give_terminal(j->pgid);
	}
	j->pids = xrealloc(j->pids, sizeof(int) * (size_t)(j->count + 1));
	j->pids[j->count++] = pid;
	j->left++;
	return pid;
}

static int status_of(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

static void note(int pid, int wait_status)
{
	for (struct job *j = sh.jobs; j; j = j->next)
		for (int i = 0; i < j->count; i++) {
			if (j->pids[i] != pid)
				continue;
			if (WIFSTOPPED(wait_status)) {
				j->stopped = true;
				j->status = 128 + WSTOPSIG(wait_status);
				return;
			}
			j->pids[i] = -1;
			j->left--;
			if (i == j->count - 1)
				j->status = status_of(wait_status);
			return;
		}
}

int job_wait_any(void)
{
	int status, pid = sys_wait4(-1, &status, sh.job_control ? WUNTRACED : 0);

	if (pid > 0)
		note(pid, status);
	return pid;
}

/* Tells of a foreground job that a signal ended, unless everybody expects it. */
static void tell_signal(struct job *j)
{
	int sig = j->status - 128;

	if (sig == SIGINT && sh.interactive) {
		eprint("\n");
		shell_abort(j->status);
	} else if (sig > 0 && signal_name(sig) && sig != SIGINT && sig != SIGPIPE && !j->stopped) {
		eprint("%s\n", signal_text(sig));
	}
}

int job_wait(struct job *j)
{
	bool signaled = false;
	int last = j->count ? j->pids[j->count - 1] : 0, status;

	while (j->left && !j->stopped) {
		int wait_status, pid = sys_wait4(-1, &wait_status, sh.job_control ? WUNTRACED : 0);

		if (pid == -ECHILD)
			break;
		if (pid == last)
			signaled = WIFSIGNALED(wait_status);
		if (pid > 0)
			note(pid, wait_status);
	}
	if (sh.job_control)
		give_terminal(sh.pid);
	status = j->status;
	if (signaled)
		tell_signal(j);
	if (j->stopped) {
		j->background = true;
		eprint("\n[%d] Stopped  %s\n", j->id, j->name);
	} else {
		job_free(j);
	}
	return status;
}

void job_poll(bool tell)
{
	struct job *next;
	int pid, status;

	while ((pid = sys_wait4(-1, &status, WNOHANG | (sh.job_control ? WUNTRACED : 0))) > 0)
		note(pid, status);
	for (struct job *j = sh.jobs; tell && j; j = next) {
		next = j->next;
		if (!j->left) {
			eprint("[%d] Done(%d)  %s\n", j->id, j->status, j->name);
			job_free(j);
		}
	}
}

/* %N, %% or a process id; null: the newest job. */
struct job *job_find(const char *spec)
{
	struct job *found = NULL;
	int n = spec ? (int)to_long(spec + (*spec == '%'), NULL, 10) : 0;

	for (struct job *j = sh.jobs; j; j = j->next) {
		if (!spec || (*spec == '%' && (!n || j->id == n)))
			found = j;
		else if (*spec != '%' && j->pgid == n)
			return j;
	}
	return found;
}

int job_resume(struct job *j, bool foreground)
{
	j->stopped = false;
	j->background = !foreground;
	eprint("%s\n", j->name);
	if (foreground)
		give_terminal(j->pgid);
	sys_kill(-j->pgid, SIGCONT);
	return foreground ? job_wait(j) : 0;
}

void job_list(void)
{
	job_poll(false);
	for (struct job *j = sh.jobs; j; j = j->next)
		print("[%d] %d %s  %s\n", j->id, j->pgid,
		      j->stopped ? "Stopped"
		      : j->left	 ? "Running"
				 : "Done",
		      j->name);
}

/* An interactive shell takes the terminal, if there is one to take. */
void job_setup(void)
{
	int pgid;

	if (sys_ioctl(TERMINAL_FD, TIOCGPGRP, &pgid) < 0)
		return;
	if (sys_getpgid(0) != sh.pid && sys_setpgid(0, sh.pid) < 0)
		return;
	give_terminal(sh.pid);
	sh.job_control = true;
}
