# The view, pictures, statistics and the fault log.  The unit tests link observation alone, with a
# machine that they make up.
VIEW_UNIT_TESTS := $(B)/tests/view/test_model $(B)/tests/view/test_observe

$(VIEW_UNIT_TESTS): %: %.o $(B)/tests/view/fake.o $(VIEW_OBJS) $(B)/emu/event.o $(LIBSV39)
	$(CC) $(LDFLAGS) -o $@ $^ $(VIEW_LIBS) $(HOST_LIBS_CMOCKA)

TESTS += $(VIEW_UNIT_TESTS)

#: make view-font  render the view's glyphs anew from the DejaVu fonts into emu/font_data.c
.PHONY: view-font
view-font:
	@mkdir -p $(B)/tests/view
	$(CC) $(CFLAGS) -o $(B)/tests/view/make-font tests/view/make-font.c $$(pkg-config --cflags --libs SDL2_ttf)
	$(B)/tests/view/make-font >emu/font_data.c
