# The machine around the harts, and the command line. The .S files are bare-metal guests.
MACHINE_GUESTS := $(patsubst %.S,$(B)/%.elf,$(wildcard tests/machine/*.S))
MACHINE_TESTS  := $(patsubst %.c,$(B)/%,$(wildcard tests/machine/*_test.c))

$(MACHINE_GUESTS): $(B)/%.elf: %.S
	@mkdir -p $(@D)
	$(CROSS)gcc -march=rv64imafdc_zicsr_zifencei -mabi=lp64d -mcmodel=medany -nostdlib -static -no-pie \
		-Wl,--build-id=none,-n,--no-warn-rwx-segments -Wl,-Ttext=$(if $(findstring /s_,$<),0x80200000,0x80000000) -I. -o $@ $<
$(B)/tests/machine/s_first.elf: tests/machine/first.S

$(MACHINE_TESTS): %: %.o $(LIBEMU) $(LIBSV39) | $(MACHINE_GUESTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIBEMU) $(LIBSV39) $(EMU_LIBS) $(HOST_LIBS_CMOCKA)

test-programs: $(MACHINE_GUESTS)
TESTS += $(MACHINE_TESTS) tests/machine/cli tests/machine/spike tests/machine/images tests/machine/profile tests/machine/firmware tests/machine/replay tests/machine/terminal
