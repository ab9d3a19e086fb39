# Experiments: grids of runs and their plots.
SWEEP_OBJS := $(addprefix $(B)/emu/,cmd_sweep.o sweep_plan.o sweep_run.o sweep_collect.o sweep_table.o plot.o plot_svg.o \
	plot_png.o)
