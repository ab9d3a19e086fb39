#include "emu/window.h"

#include <SDL.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct window {
	SDL_Window *sdl;
};

/* Where there is no display SDL draws into memory that nobody sees, unless asked to. */
static bool nobody_sees(void)
{
	const char *driver = SDL_GetCurrentVideoDriver();
	return !SDL_getenv("SDL_VIDEODRIVER") && driver &&
	       (!strcmp(driver, "offscreen") || !strcmp(driver, "dummy") ||
		!strcmp(driver, "evdev"));
}

struct window *window_open(const char *title, int width, int height, int min_width, int min_height,
			   char *error, unsigned error_bytes)
{
	struct window *window = calloc(1, sizeof *window);
	SDL_Rect screen;
	if (!window)
		return NULL;
	/* Signals are the command line's business. */
	SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
	/* Through a renderer each picture would wait for the screen, and the run with it. */
	SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
	SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
	if (SDL_InitSubSystem(SDL_INIT_VIDEO)) {
		snprintf(error, error_bytes, "no window: %s", SDL_GetError());
		free(window);
		return NULL;
	}
	if (nobody_sees()) {
		snprintf(error, error_bytes,
			 "no window: there is no display here (--view tty, --shot FILE.png)");
		window_close(window);
		return NULL;
	}
	if (!SDL_GetDisplayUsableBounds(0, &screen) && screen.w >= min_width &&
	    screen.h >= min_height) {
		width = width < screen.w ? width : screen.w;
		height = height < screen.h ? height : screen.h;
	}
	window->sdl = SDL_CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
				       width, height, SDL_WINDOW_RESIZABLE);
	if (!window->sdl) {
		snprintf(error, error_bytes, "no window: %s", SDL_GetError());
		window_close(window);
		return NULL;
	}
	SDL_SetWindowMinimumSize(window->sdl, min_width, min_height);
	SDL_StartTextInput();
	return window;
}

void window_close(struct window *window)
{
	if (!window)
		return;
	if (window->sdl)
		SDL_DestroyWindow(window->sdl);
	SDL_QuitSubSystem(SDL_INIT_VIDEO);
	SDL_Quit();
	free(window);
}

void window_show(struct window *window, const struct canvas *canvas)
{
	SDL_Surface *screen = SDL_GetWindowSurface(window->sdl);
	SDL_Surface *from =
		SDL_CreateRGBSurfaceFrom(canvas->pixel, canvas->width, canvas->height, 32,
					 canvas->width * 4, 0xff0000, 0x00ff00, 0x0000ff, 0);
	if (screen && from) {
		SDL_BlitSurface(from, NULL, screen, NULL);
		SDL_UpdateWindowSurface(window->sdl);
	}
	SDL_FreeSurface(from);
}

static struct window_input window_event(struct window *window, const SDL_WindowEvent *event)
{
	struct window_input input = { .action = WINDOW_NOTHING };
	switch (event->event) {
	case SDL_WINDOWEVENT_SIZE_CHANGED:
		input.action = WINDOW_RESIZE;
		SDL_GetWindowSize(window->sdl, &input.width, &input.height);
		break;
	case SDL_WINDOWEVENT_EXPOSED:
		input.action = WINDOW_EXPOSE;
		break;
	case SDL_WINDOWEVENT_LEAVE:
		input.action = WINDOW_MOVE;
		input.x = input.y = -1;
		break;
	case SDL_WINDOWEVENT_CLOSE:
		input.action = WINDOW_CLOSE;
		break;
	}
	return input;
}

static struct window_input translate(struct window *window, const SDL_Event *event)
{
	struct window_input input = { .action = WINDOW_NOTHING };
	switch (event->type) {
	case SDL_QUIT:
		input.action = WINDOW_CLOSE;
		break;
	case SDL_WINDOWEVENT:
		return window_event(window, &event->window);
	case SDL_KEYDOWN:
		/* Characters come as text, whatever the keyboard's layout; Escape does not. */
		if (event->key.keysym.sym == SDLK_ESCAPE) {
			input.action = WINDOW_KEY;
			input.key = 27;
		}
		break;
	case SDL_TEXTINPUT:
		input.action = WINDOW_KEY;
		input.key = (unsigned char)event->text.text[0];
		break;
	case SDL_MOUSEMOTION:
		input.action = WINDOW_MOVE;
		input.x = event->motion.x;
		input.y = event->motion.y;
		break;
	case SDL_MOUSEBUTTONDOWN:
		input.action = WINDOW_CLICK;
		input.x = event->button.x;
		input.y = event->button.y;
		break;
	}
	return input;
}

/*
 * SDL_WaitEventTimeout is not for a window that closes at a key: for each event it sends itself a message to wake up
 * by, on a connection of its own, and if that reaches the X server after the window has gone Xlib ends the process.
 */
#define LOOK_MS 10

struct window_input window_poll(struct window *window, int wait_ms)
{
	struct window_input input = { .action = WINDOW_NOTHING };
	SDL_Event event;

	for (;;) {
		while (SDL_PollEvent(&event)) {
			input = translate(window, &event);
			if (input.action != WINDOW_NOTHING)
				return input;
		}
		if (wait_ms <= 0)
			return input;
		SDL_Delay((Uint32)(wait_ms < LOOK_MS ? wait_ms : LOOK_MS));
		wait_ms -= LOOK_MS;
	}
}
