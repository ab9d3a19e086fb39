/* The commands: each gets its own words, the command's name being argv[0]; returns the status. */
#ifndef EMU_CMD_H
#define EMU_CMD_H

int cmd_run(int argc, char **argv);
int cmd_boot(int argc, char **argv);
int cmd_walk(int argc, char **argv);
int cmd_sweep(int argc, char **argv);
int cmd_policies(int argc, char **argv);

#endif
