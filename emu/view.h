/*
 * The view of a run: the model, how the user looks at it, and the face that shows it.
 *
 * It holds the run (pause, step, slower) by telling observe.c how far the machine may go; it never
 * touches the guest.
 */
#ifndef EMU_VIEW_H
#define EMU_VIEW_H

#include "emu/observe.h"
#include "emu/view_paint.h"

struct view;

/* Borrows the model.  NULL with a line in error[] if the face cannot be had. */
struct view *view_open(enum view_face face, struct machine *machine, struct view_model *model,
		       const char *title, char *error, unsigned error_bytes);
void view_close(struct view *view);

/* How far the machine may run before view_pump: now when held, else at most a millisecond of
 * virtual time, less when the user wants to see it slowly. */
uint64_t view_until(const struct view *view, uint64_t now_ns);

/* Show what is new if a picture is due; obey the user.  Waits a little when the run is held.
 * False: the user wants the end. */
bool view_pump(struct view *view);

/* A fault has been served.  True: the user wants the run to stop here. */
bool view_fault_served(struct view *view);
/* Does the user want to stop at the next fault? */
bool view_steps(const struct view *view);

bool view_output(struct view *view, unsigned descriptor, const void *bytes, size_t count);
bool view_key(struct view *view, int key);

/* A line for the user.  True: the terminal face, which has the screen, shows it for a while. */
bool view_say(struct view *view, const char *text);

/* PROGRAM has ended and still has its memory.  True if the run shall stop here, so that the user can
 * look at everything until he closes the view; then it goes on to its end unseen. */
bool view_program_ended(struct view *view, int status, bool wait);

/* The run is over: unless the user has closed the view already, show the last picture; if wait, until he
 * does. */
void view_finish(struct view *view, bool wait);

/* The picture and, beside it, the frame table as JSON, for the moment at hand: what --shot and the key
 * p write.  width 0: the default size. */
bool view_save(const char *path, struct view_model *model, const struct view_ui *ui,
	       const struct view_console *console, int width, int height, char *error,
	       unsigned error_bytes);

#endif
