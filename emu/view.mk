# Observation: what emu/rules.mk links for it.  window.c is the only file that knows SDL.
VIEW_OBJS := $(addprefix $(B)/emu/,observe.o inspect.o stats.o faultlog.o view_model.o frames_walk.o \
	     view_layout.o view_paint.o font.o view_png.o view_tty.o window.o)
VIEW_LIBS  = $(shell pkg-config --libs sdl2 libpng)
