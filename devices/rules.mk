# The devices: they link without mmu/ and emu/ (their tests prove it).
DEVICES_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard devices/*.c))

# What loads and stores of the guest's run, while MXCSR is the guest's: the compiler refuses floating point there.
NO_FP := -mgeneral-regs-only
CFLAGS_devices := $(NO_FP)
