# Programs that are not our own: what the cross compiler links, static and dynamic, and what Debian
# 13 has for riscv64.
DEBIAN_PACKAGES := busybox-static bash coreutils sed grep sqlite3 lua5.4 python3-minimal perl-base gzip \
	xz-utils bzip2 procps nano ncurses-base

TESTS += tests/programs/aslr tests/programs/dynamic tests/programs/threads tests/programs/timers

# Larger: a quarter of a gigabyte to fetch, one on the disk.
ZOO_PACKAGES := bash coreutils sed grep gawk findutils diffutils libc-bin perl gcc libc6-dev make git nodejs ruby \
	php-cli guile-3.0 restic fzf ripgrep zstd openssl zsh fish vim rsync tar libtcmalloc-minimal4 stress-ng

.PHONY: debian-root test-debian debian-zoo test-zoo
debian-root: deps
	@tests/debian-fetch $(B)/debian-root $(DEBIAN_PACKAGES)
debian-zoo: deps
	@tests/debian-fetch $(B)/debian-zoo $(ZOO_PACKAGES)

# Without the packages there is nothing to test, and that is no failure.
test-debian: deps
	@$(SUBMAKE) all
	@B=$(B) LIMIT=1200 tests/run-all tests/programs/debian tests/programs/debian-terminal

test-zoo: deps
	@$(SUBMAKE) all
	@B=$(B) LIMIT=3600 tests/run-all tests/programs/zoo
