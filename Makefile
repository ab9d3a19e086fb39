# Faultline. `make help` lists the targets. Everything built goes under build/.
#
# Each folder says what it is made of in its own rules.mk; this file holds what they share.
# SAN=1 builds everything that runs on the host with the address and undefined-behaviour
# sanitizers, in a folder of its own.

B := build$(if $(SAN),/san)

CC       = gcc
WARN     = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
OPT      = -O2 -g
CFLAGS   = -std=gnu11 $(OPT) $(WARN) -fno-strict-aliasing $(if $(SAN),$(SANFLAGS))
SANFLAGS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS  = $(if $(SAN),$(SANFLAGS))

CROSS    = riscv64-linux-gnu-
PREFIX   = /usr/local

.DELETE_ON_ERROR:
# V=1 shows every command.
ifeq ($(V),)
.SILENT:
endif
.SUFFIXES:
.PHONY: all run test stress bench fmt sizes install help clean deps mutate check-headers

# Without its packages nothing can be built: `make run` and `make test` fetch them and then call
# make again, so that pkg-config is asked only when it is there.
ifneq ($(filter all bench stress mutate install check-headers build/% $(B)/%,$(or $(MAKECMDGOALS),all)),)
NEED_DEPS := $(shell tests/deps --check || echo missing)
ifneq ($(NEED_DEPS),)
$(error packages are missing: run `make deps`)
endif
endif

all:

include mmu/rules.mk devices/rules.mk emu/rules.mk firmware/rules.mk guest/rules.mk tests/rules.mk

# Host objects: $(B)/emu/hart.o from emu/hart.c, with dependencies.
$(B)/%.o: %.c
	@mkdir -p $(@D)
	echo "  CC $@"
	$(CC) $(CFLAGS) $(CFLAGS_$(firstword $(subst /, ,$*))) -MMD -MP -I. -c -o $@ $<

-include $(shell find $(B) -path '$(B)/*-root' -prune -o -type f -name '*.d' -print 2>/dev/null)

deps:
	@tests/deps

# Without -j of the user's own, use every processor.
JOBS := $(shell nproc 2>/dev/null || echo 1)
SUBMAKE = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

run: deps
	@$(SUBMAKE) all
	@tests/run-demo

test: deps
	$(if $(word 2,$(CURDIR)),$(error the tests need a path without spaces; this is $(CURDIR)))
	@$(SUBMAKE) all test-programs check-headers
	@$(SUBMAKE) test-all

clean:
	rm -rf build

fmt:
	git ls-files '*.c' '*.h' | xargs clang-format -i

sizes:
	tests/house/sizes --readme

help:
	@sed -n 's/^#: //p' $(MAKEFILE_LIST)

#: make            build everything under build/: faultline, libsv39.a, firmware and guest images
#: make run        fetch missing packages, build, and sort 24 MiB in an 8 MiB machine
#: make test       the same, then every test; ends with "N passed, N failed"
#: make SAN=1 test the same under the address and undefined-behaviour sanitizers
#: make stress     the long tests
#: make mutate     edit the walker and the TLB line by line; report edits that no test notices
#: make bench      speed against QEMU, in two tables; BENCH_ARGS=--json, --readme (into the README), NAME...
#: make sizes      the table of sizes in the README
#: make fmt        clang-format everything
#: make debian-root  unpack Debian 13 riscv64 packages into build/debian-root, for run --root
#: make test-debian  the tests with them
#: make debian-zoo, test-zoo  many more of them (250 MB): gcc, git, node, ruby, Go, Rust, stress-ng
#: make install    DESTDIR= PREFIX=/usr/local
#: make clean      remove build/
