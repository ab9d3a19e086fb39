# Debian's own kernel, and U-Boot, on our machine.  Not part of `make test`: it fetches 113 MB.
#: make test-linux fetch Debian 13's riscv64 kernel through apt and boot it in many ways
.PHONY: test-linux
test-linux: deps
	@$(SUBMAKE) all
	@tests/linux/fetch build/linux
	@tests/linux/images build/linux
	@mkdir -p $(B)/tests/linux
	@B=$(B) tests/linux/run
