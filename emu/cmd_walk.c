#include "emu/cmd.h"
int cmd_walk(int argc, char **argv){(void)argc,(void)argv;return 2;}
