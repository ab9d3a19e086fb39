# libsv39.a: the walker, the TLB and PMP.  It needs the C library only.
LIBSV39  := $(B)/libsv39.a
MMU_OBJS := $(B)/mmu/walk.o $(B)/mmu/tlb.o $(B)/mmu/pmp.o

all: $(LIBSV39)

$(LIBSV39): $(MMU_OBJS)
	rm -f $@
	ar rcs $@ $^
