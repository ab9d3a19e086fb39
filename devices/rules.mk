# The devices: they link without mmu/ and emu/ (their tests prove it).
DEVICES_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard devices/*.c))
