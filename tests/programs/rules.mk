# Programs that are not our own: what the cross compiler links, static and dynamic, and what Debian
# 13 has for riscv64.
DEBIAN_PACKAGES := busybox-static bash coreutils sed grep sqlite3 lua5.4 python3-minimal perl-base gzip \
	xz-utils bzip2 procps nano ncurses-base

TESTS += tests/programs/aslr tests/programs/dynamic tests/programs/threads tests/programs/timers

.PHONY: debian-root test-debian
debian-root: deps
	@tests/debian-fetch $(B)/debian-root $(DEBIAN_PACKAGES)

# Without the packages there is nothing to test, and that is no failure.
test-debian: deps
	@$(SUBMAKE) all
	@B=$(B) LIMIT=1200 tests/run-all tests/programs/debian tests/programs/debian-terminal
