# Observation: what emu/rules.mk links for it.  window.c is the only file that knows SDL.
VIEW_OBJS := $(addprefix $(B)/emu/,observe.o observe_options.o inspect.o stats.o faultlog.o view.o view_model.o \
	     view_scan.o view_text.o view_layout.o view_paint.o view_panels.o view_console.o \
	     view_png.o view_tty.o view_tty_paint.o window.o font.o font_data.o parse.o paths.o \
	     strace.o strace_args.o strace_calls.o strace_flags.o strace_socket.o strace_struct.o strace_value.o)
VIEW_LIBS  = $(shell pkg-config --libs sdl2 libpng)

$(B)/emu/window.o: CFLAGS += $(shell pkg-config --cflags sdl2)
