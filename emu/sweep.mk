# Experiments: grids of runs, reference strings, and the plots of both.
SWEEP_OBJS := $(addprefix $(B)/emu/,cmd_sweep.o grid.o experiment.o sweep_plan.o sweep_run.o sweep_folder.o sweep_collect.o sweep_table.o plot.o \
	plot_svg.o plot_png.o refs.o refs_record.o cmd_policies.o steps.o replay.o curves.o)

# The guest kernel's replacement policies once more, for the host: a section with a name from which the
# linker makes symbols is where the simulation finds them.
REPLAY_OBJS := $(patsubst guest/kernel/replace_%.c,$(B)/emu/policy_%.o,$(wildcard guest/kernel/replace_*.c))
$(B)/emu/policy_%.o: guest/kernel/replace_%.c
	@mkdir -p $(@D)
	echo "  CC $@"
	$(CC) $(CFLAGS) -ffreestanding -MMD -MP -I. -c -o $@ $<
	objcopy --rename-section .replace_policies=replace_policies $@
