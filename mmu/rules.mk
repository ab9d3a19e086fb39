# libsv39.a: the walker, the TLB and PMP.  It needs the C library only.
LIBSV39  := $(B)/libsv39.a
MMU_OBJS := $(B)/mmu/walk.o $(B)/mmu/tlb.o $(B)/mmu/pmp.o

all: $(LIBSV39)

$(LIBSV39): $(MMU_OBJS)
	rm -f $@
	ar rcs $@ $^

# In the tree a header is "mmu/walk.h"; installed it is <sv39/walk.h>, and <sv39.h> is all of them.
SV39_INCLUDE = $(DESTDIR)$(PREFIX)/include
SV39_LIB     = $(DESTDIR)$(PREFIX)/lib
SV39_MAN     = $(DESTDIR)$(PREFIX)/share/man/man3
SV39_INNER   = sed 's,"mmu/\(.*\)",<sv39/\1>,'

.PHONY: install-libsv39
install:: install-libsv39
install-libsv39: $(LIBSV39)
	install -d $(SV39_INCLUDE)/sv39 $(SV39_LIB)/pkgconfig $(SV39_MAN)
	install -m 644 $(LIBSV39) $(SV39_LIB)
	$(SV39_INNER) mmu/sv39.h >$(SV39_INCLUDE)/sv39.h
	$(SV39_INNER) mmu/walk.h >$(SV39_INCLUDE)/sv39/walk.h
	$(SV39_INNER) mmu/tlb.h >$(SV39_INCLUDE)/sv39/tlb.h
	$(SV39_INNER) mmu/pmp.h >$(SV39_INCLUDE)/sv39/pmp.h
	sed 's,@PREFIX@,$(abspath $(PREFIX)),' mmu/sv39.pc.in >$(SV39_LIB)/pkgconfig/sv39.pc
	chmod 644 $(SV39_INCLUDE)/sv39.h $(SV39_INCLUDE)/sv39/*.h $(SV39_LIB)/pkgconfig/sv39.pc
	install -m 644 man/libsv39.3 $(SV39_MAN)
