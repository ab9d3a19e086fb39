# For tests that build the guest's kernel from changed sources: a copy of it in $T/tree, everything else
# linked to what is built here.  After common.sh.

tree_make() { # makes $T/tree
	top=$(pwd)
	mkdir -p "$T/tree/guest" "$T/tree/build/guest/kernel"
	for name in Makefile mmu devices emu firmware tests; do
		ln -s "$top/$name" "$T/tree/$name"
	done
	cp -rp guest/kernel guest/include guest/rules.mk "$T/tree/guest/"
	ln -s "$top/guest/user" "$T/tree/guest/user"
	cp -p "$B"/guest/kernel/*.[od] "$T/tree/build/guest/kernel/"
}

tree_build() { # its kernel; messages to $T/make
	make -C "$T/tree" SAN= build/guest/kernel.elf >"$T/make" 2>&1
}

tree_link() { # after that: $T/tree/build/faultline runs it
	cp "$B/faultline" "$T/tree/build/"
	for name in "$B"/*; do
		[ -e "$T/tree/build/${name##*/}" ] || ln -s "$name" "$T/tree/build/"
	done
	cp -r "$B/guest/base" "$T/tree/build/guest/"
	for name in "$B"/guest/*; do
		[ -e "$T/tree/build/guest/${name##*/}" ] || ln -s "$name" "$T/tree/build/guest/"
	done
}
