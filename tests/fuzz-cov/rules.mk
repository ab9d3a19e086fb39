# Coverage-guided fuzzing.  `make fuzz-cov` links each harness with clang's libFuzzer (packages clang and
# libclang-rt-*-dev, which nothing else needs); `make test` links it with replay.c and feeds it the corpus
# that such hours left.
FUZZ_COV := disk elf files machine options virtio
comma := ,

# What each is linked with, beside itself: objects under $(1), the build folder; and whose calls come to
# the harness instead.
fuzz_cov_emu     = $(1)/tests/fuzz-cov/sandbox.o $(patsubst $(B)/%,$(1)/%,$(MACHINE_OBJS) $(CORE_OBJS) \
	$(VIEW_OBJS) $(DEVICES_OBJS) $(MMU_OBJS)) $(REPLAY_OBJS)
fuzz_cov_disk    = $(call fuzz_cov_emu,$(1)) $(addprefix $(1)/fuzz-kernel/,tests/fuzz-cov/disk_kernel.o \
	tests/kernel/fs_shim.o $(patsubst $(B)/tests/kernel/kernel_%.o,guest/kernel/%.o,$(FS_TEST_KERNEL)))
fuzz_cov_elf     = $(call fuzz_cov_emu,$(1))
fuzz_cov_files   = $(call fuzz_cov_emu,$(1))
fuzz_cov_machine = $(call fuzz_cov_emu,$(1))
fuzz_cov_options = $(call fuzz_cov_emu,$(1))
fuzz_cov_virtio  = $(patsubst %.c,$(1)/%.o,$(wildcard devices/*.c))

FUZZ_COV_WRAP := open fopen write mmap munmap mkdir symlink unlink say
FUZZ_COV_WRAP_disk    := $(FUZZ_COV_WRAP)
FUZZ_COV_WRAP_elf     := $(FUZZ_COV_WRAP) fdt_build
FUZZ_COV_WRAP_files   := $(FUZZ_COV_WRAP)
FUZZ_COV_WRAP_machine := $(FUZZ_COV_WRAP) fdt_build
FUZZ_COV_WRAP_options := $(FUZZ_COV_WRAP) paths_find session_run $(addprefix rootfs_,open create mkdir add add_bytes \
	exists finish abandon get measure)
fuzz_cov_libs = $(FUZZ_COV_WRAP_$(1):%=-Wl$(comma)--wrap=%) $(if $(FUZZ_COV_WRAP_$(1)),$(EMU_LIBS))

# ---- With libFuzzer ----

FZ       = $(B)/fuzz-cov
FZ_CC    = clang
FZ_FLAGS = -std=gnu11 -O1 -g $(WARN) -Wno-unknown-warning-option -fno-strict-aliasing -fsanitize=address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer

$(FZ)/%.o: %.c
	@mkdir -p $(@D)
	echo "  FZ $@"
	$(FZ_CC) $(FZ_FLAGS) -fsanitize=fuzzer-no-link $(CFLAGS_$(firstword $(subst /, ,$*))) -MMD -MP -I. -c -o $@ $<

# clang takes an hour to instrument the threaded code; gcc's sanitizers link with it as well.
$(FZ)/emu/exec.o: emu/exec.c
	@mkdir -p $(@D)
	echo "  CC $@"
	$(CC) -std=gnu11 -O2 -g $(WARN) -fno-strict-aliasing $(SANFLAGS) $(CFLAGS_EXEC) $(CFLAGS_EXEC_SAN) $(CFLAGS_emu) -MMD -MP -I. -c -o $@ $<

# The guest kernel's files, with all their variables in one section (disk_kernel.c).
KERNEL_DATA = $(foreach s,.data .bss .data.rel .data.rel.local,--rename-section $s=kernel_data,alloc,load,data,contents)
$(FZ)/fuzz-kernel/%.o: %.c
	@mkdir -p $(@D)
	echo "  FZ $@"
	$(FZ_CC) $(FZ_FLAGS) -fsanitize=fuzzer-no-link -ffreestanding -MMD -MP -I. -c -o $@ $<
	$(if $(filter tests/fuzz-cov/%,$<),,objcopy $(KERNEL_DATA) $@)

$(FZ)/emu/window.o: CFLAGS_emu += $(shell pkg-config --cflags sdl2)

.SECONDEXPANSION:
$(FUZZ_COV:%=$(FZ)/%): $(FZ)/%: $(FZ)/tests/fuzz-cov/%.o $$(call fuzz_cov_$$*,$(FZ))
	$(FZ_CC) $(FZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(call fuzz_cov_libs,$*)

#: make fuzz-cov TIME=3600 TARGET=elf   coverage-guided fuzzing with clang's libFuzzer; default: all, an hour each
.PHONY: fuzz-cov
fuzz-cov: $(FUZZ_COV:%=$(FZ)/%)
	B=$(B) tests/fuzz-cov/run $(or $(TIME),3600) $(or $(TARGET),$(FUZZ_COV))

# ---- With replay.c ----

$(B)/fuzz-kernel/%.o: %.c
	@mkdir -p $(@D)
	echo "  CC $@"
	$(CC) $(CFLAGS) -ffreestanding -MMD -MP -I. -c -o $@ $<
	$(if $(filter tests/fuzz-cov/%,$<),,objcopy $(KERNEL_DATA) $@)

FUZZ_COV_TESTS := $(FUZZ_COV:%=$(B)/tests/fuzz-cov/%)
$(FUZZ_COV_TESTS): $(B)/tests/fuzz-cov/%: $(B)/tests/fuzz-cov/%.o $(B)/tests/fuzz-cov/replay.o $$(call fuzz_cov_$$*,$(B))
	$(CC) $(LDFLAGS) -o $@ $^ $(call fuzz_cov_libs,$*)

TESTS += $(FUZZ_COV_TESTS)

# ---- On the guest ----

$(B)/tests/fuzz-cov/guest_exec: tests/fuzz-cov/guest_exec.c tests/random.h
	@mkdir -p $(@D)
	$(USER_CC) -std=gnu11 -O2 $(USER_WARN) -I. -static -Wl,-s -o $@ $<

test-programs: $(B)/tests/fuzz-cov/guest_exec
TESTS += tests/fuzz-cov/guest
.PHONY: stress-wild
stress: stress-wild
stress-wild: all test-programs
	B=$(B) tests/fuzz-cov/guest 20
