# The guest's user side: $(B)/guest/base is the tree that every root image holds, and
# $(B)/guest/demo the demonstrations, one file each, of which an image holds those asked for.

USER_CC     = $(CROSS)gcc
USER_WARN   = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
# Small: everything here shares a few frames with the program that somebody wants to watch.
USER_CFLAGS = -std=gnu11 -Os $(USER_WARN) -ffreestanding -fno-stack-protector -fno-pic -fno-pie \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-tree-loop-distribute-patterns \
	-ffunction-sections -fdata-sections -mcmodel=medany -I.
USER_LDFLAGS = -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none \
	-Wl,-z,norelro -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 -Wl,-z,noseparate-code

USER_LIB   := $(patsubst guest/user/%.c,$(B)/guest/user/%.o,$(wildcard guest/user/lib/*.c)) \
	$(B)/guest/user/lib/crt0.o
USER_SH    := $(patsubst guest/user/%.c,$(B)/guest/user/%.o,$(wildcard guest/user/sh/*.c))
USER_UTILS := $(patsubst guest/user/%.c,$(B)/guest/user/%.o,$(wildcard guest/user/utils/*.c))
USER_DEMOS := $(patsubst guest/user/demo/%.c,$(B)/guest/demo/%,$(wildcard guest/user/demo/*.c))

all: $(B)/guest/base.stamp $(USER_DEMOS)

$(B)/guest/user/%.o: guest/user/%.c
	@mkdir -p $(@D)
	$(USER_CC) $(USER_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/guest/user/%.o: guest/user/%.S
	@mkdir -p $(@D)
	$(USER_CC) -mcmodel=medany -c -o $@ $<

# Images hold stripped programs; $(B)/guest/symbols keeps them as linked, for names in reports.
$(B)/guest/symbols/init: $(B)/guest/user/init.o $(B)/guest/user/lib/crt0.o
$(B)/guest/symbols/sh: $(USER_SH) $(USER_LIB)
$(B)/guest/symbols/utils: $(USER_UTILS) $(USER_LIB)
$(addprefix $(B)/guest/symbols/,init sh utils):
	@mkdir -p $(@D)
	$(USER_CC) $(USER_LDFLAGS) -o $@ $^

$(addprefix $(B)/guest/user/,init.elf sh.elf utils.elf): $(B)/guest/user/%.elf: $(B)/guest/symbols/%
	$(CROSS)strip -o $@ $<

# The demonstrations are ordinary Linux programs, made as anybody would make them.
$(USER_DEMOS:$(B)/guest/demo/%=$(B)/guest/symbols/%): $(B)/guest/symbols/%: guest/user/demo/%.c
	@mkdir -p $(@D)
	$(USER_CC) -std=gnu11 -O2 $(USER_WARN) $(USER_LINK) -o $@ $<

USER_LINK = -static
$(B)/guest/symbols/shared-library: USER_LINK = -fPIE -pie

$(USER_DEMOS): $(B)/guest/demo/%: $(B)/guest/symbols/%
	@mkdir -p $(@D)
	$(CROSS)strip -o $@ $<

# Every utility is a symbolic link to the one program, whose text they share.
$(B)/guest/base.stamp: $(B)/guest/user/init.elf $(B)/guest/user/sh.elf $(B)/guest/user/utils.elf \
		guest/user/utils/applets.def $(wildcard guest/user/etc/*) guest/user/rules.mk
	rm -rf $(B)/guest/base
	for d in bin sbin etc dev proc tmp home root; do mkdir -p $(B)/guest/base/$$d; done
	cp $(B)/guest/user/init.elf $(B)/guest/base/sbin/init
	cp $(B)/guest/user/sh.elf $(B)/guest/base/bin/sh
	cp $(B)/guest/user/utils.elf $(B)/guest/base/bin/utils
	cp guest/user/etc/* $(B)/guest/base/etc/
	sed -n 's/^APPLET(\([a-z0-9]*\).*/\1/p' guest/user/utils/applets.def | \
		while read n; do ln -s utils $(B)/guest/base/bin/$$n; done
	ln -s utils '$(B)/guest/base/bin/['
	chmod -R u=rwX,go=rX $(B)/guest/base # whatever the umask: the guest sees it
	touch $@
