# The view, pictures, statistics and the fault log.  The unit tests link observation alone, with a
# machine that they make up; the scripts watch real runs.
VIEW_UNIT_TESTS := $(B)/tests/view/test_model $(B)/tests/view/test_observe
VIEW_CHECK	:= $(B)/tests/view/check-cells

$(VIEW_UNIT_TESTS): %: %.o $(B)/tests/view/fake.o $(VIEW_OBJS) $(B)/emu/event.o $(LIBSV39)
	$(CC) $(LDFLAGS) -o $@ $^ $(VIEW_LIBS) $(HOST_LIBS_CMOCKA)

$(VIEW_CHECK): %: %.o
	$(CC) $(LDFLAGS) -o $@ $^ -lpng

test-programs: $(VIEW_CHECK)
TESTS += $(VIEW_UNIT_TESTS) tests/view/run tests/view/window tests/view/terminal

#: make screenshot draw man/screenshot.png, the README's picture: the window while thrashing
.PHONY: screenshot view-font
SCREENSHOT = run -m 8M --swap 64M --shot man/screenshot.png@fault=3500 thrash 12 4 random
screenshot: all
	$(B)/faultline $(SCREENSHOT)

#: make view-font  render the view's glyphs anew from the DejaVu fonts into emu/font_data.c
view-font:
	@mkdir -p $(B)/tests/view
	$(CC) $(CFLAGS) -o $(B)/tests/view/make-font tests/view/make-font.c $$(pkg-config --cflags --libs SDL2_ttf)
	$(B)/tests/view/make-font >emu/font_data.c
