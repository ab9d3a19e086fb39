# Device tests link devices/ alone.
DEVICE_TESTS := bus uart irq small virtio virtio_legacy page_store blk console fuzz
DEVICE_TEST_BINS := $(DEVICE_TESTS:%=$(B)/tests/devices/test_%)

$(DEVICE_TEST_BINS): %: %.o $(B)/tests/devices/harness.o $(DEVICES_OBJS)
	$(CC) $(LDFLAGS) -o $@ $^ $(HOST_LIBS_CMOCKA)

TESTS += $(DEVICE_TEST_BINS)
