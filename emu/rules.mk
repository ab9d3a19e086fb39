# The emulator.  core.mk: the hart; view.mk: observation; here: the machine around the harts and the
# command line.
CFLAGS_emu := -D_GNU_SOURCE

-include emu/core.mk
-include emu/view.mk
-include emu/sweep.mk

MACHINE_OBJS := $(addprefix $(B)/emu/,machine.o machine_boot.o machine_devices.o machine_htif.o \
	machine_input.o fingerprint.o record_read.o record_write.o \
	machine_run.o machine_state.o fdt.o loader.o ports.o rom.o options.o session.o trace.o \
	rootfs.o rootfs_add.o rootfs_check.o rootfs_get.o rootfs_host.o rootfs_path.o program.o run_report.o run_root.o run_export.o boot_board.o boot_console.o sysroot.o cmd_boot.o cmd_run.o cmd_walk.o)
MACHINE_OBJS += $(B)/emu/images.o $(B)/emu/profile.o
MACHINE_OBJS += $(SWEEP_OBJS)
EMU_LIBS      = -lelf -lfdt -lext2fs -lcom_err $(VIEW_LIBS) -lz -lm

# The machine's side of its devices, which the guest's loads and stores run too.
$(addprefix $(B)/emu/,machine_devices.o machine_htif.o machine_input.o ports.o rom.o): CFLAGS += $(NO_FP)

# Everything but main, for tests to link.
LIBEMU := $(B)/emu/libemu.a
$(LIBEMU): $(MACHINE_OBJS) $(CORE_OBJS) $(VIEW_OBJS) $(DEVICES_OBJS)
	rm -f $@
	ar rcs $@ $^

all: $(B)/faultline
$(B)/faultline: $(B)/emu/main.o $(REPLAY_OBJS) $(LIBEMU) $(LIBSV39)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@.new $^ $(EMU_LIBS)
	@mv $@.new $@

install:: $(B)/faultline
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install $(B)/faultline $(DESTDIR)$(PREFIX)/bin/faultline
	install -m 644 man/faultline.1 $(DESTDIR)$(PREFIX)/share/man/man1/faultline.1
	install -d $(DESTDIR)$(PREFIX)/share/faultline/examples
	install -m 644 emu/examples/* $(DESTDIR)$(PREFIX)/share/faultline/examples/
	install -d $(DESTDIR)$(PREFIX)/share/faultline/firmware $(DESTDIR)$(PREFIX)/share/faultline/guest
	install -m 644 $(B)/firmware/firmware.elf $(DESTDIR)$(PREFIX)/share/faultline/firmware/
	install -m 644 $(B)/guest/kernel.elf $(DESTDIR)$(PREFIX)/share/faultline/guest/
	cp -dR --preserve=mode,timestamps $(B)/guest/base $(B)/guest/demo $(B)/guest/symbols \
		$(DESTDIR)$(PREFIX)/share/faultline/guest/
	chmod -R u=rwX,go=rX $(DESTDIR)$(PREFIX)/share/faultline/guest
