/* The device tree against what is really there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "emu/fdt.h"
#include "emu/options.h"

static uint64_t blob[8192];

static struct machine_config config(void)
{
	struct run_options o;

	run_options_init(&o);
	o.machine.ram_bytes = 64 << 20;
	return o.machine;
}

static const void *build(const struct machine_config *c, const struct machine_layout *l)
{
	assert_true(fdt_build(c, l, blob, sizeof(blob)) > 0);
	assert_int_equal(fdt_check_full(blob, sizeof(blob)), 0);
	return blob;
}

static int node(const void *fdt, const char *path)
{
	int offset = fdt_path_offset(fdt, path);

	if (offset < 0)
		fail_msg("no node %s", path);
	return offset;
}

static const char *text(const void *fdt, const char *path, const char *name)
{
	const char *s = fdt_getprop(fdt, node(fdt, path), name, NULL);

	if (!s)
		fail_msg("%s has no %s", path, name);
	return s;
}

static uint32_t cell(const void *fdt, const char *path, const char *name, int index)
{
	int bytes;
	const fdt32_t *p = fdt_getprop(fdt, node(fdt, path), name, &bytes);

	if (!p || bytes < (index + 1) * 4)
		fail_msg("%s has no %s[%d]", path, name, index);
	return fdt32_to_cpu(p[index]);
}

static void the_board_is_qemus_virt(void **state)
{
	static const struct {
		const char *path, *compatible;
		uint32_t base, bytes, irq;
	} want[] = {
		{ "/soc/clint@2000000", "sifive,clint0", 0x2000000, 0x10000, 0 },
		{ "/soc/plic@c000000", "sifive,plic-1.0.0", 0xc000000, 0x600000, 0 },
		{ "/soc/test@100000", "sifive,test1", 0x100000, 0x1000, 0 },
		{ "/soc/rtc@101000", "google,goldfish-rtc", 0x101000, 0x1000, 11 },
		{ "/soc/serial@10000000", "ns16550a", 0x10000000, 0x100, 10 },
		{ "/soc/virtio_mmio@10001000", "virtio,mmio", 0x10001000, 0x1000, 1 },
		{ "/soc/virtio_mmio@10008000", "virtio,mmio", 0x10008000, 0x1000, 8 },
	};
	struct machine_config c = config();
	struct machine_layout l = { 0 };
	const void *fdt = build(&c, &l);

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_string_equal(text(fdt, want[i].path, "compatible"), want[i].compatible);
		assert_int_equal(cell(fdt, want[i].path, "reg", 1), want[i].base);
		assert_int_equal(cell(fdt, want[i].path, "reg", 3), want[i].bytes);
		if (want[i].irq)
			assert_int_equal(cell(fdt, want[i].path, "interrupts", 0), want[i].irq);
	}
	assert_int_equal(cell(fdt, "/cpus", "timebase-frequency", 0), 10000000);
	assert_int_equal(cell(fdt, "/soc/serial@10000000", "clock-frequency", 0), 3686400);
	assert_int_equal(cell(fdt, "/memory@80000000", "reg", 3), 64 << 20);
	assert_string_equal(text(fdt, "/chosen", "stdout-path"), "/soc/serial@10000000");
	/* Power off by the finisher, for kernels without SBI. */
	assert_int_equal(cell(fdt, "/poweroff", "value", 0), 0x5555);
	assert_int_equal(cell(fdt, "/reboot", "value", 0), 0x7777);
	assert_int_equal(cell(fdt, "/poweroff", "regmap", 0),
			 cell(fdt, "/soc/test@100000", "phandle", 0));
}

/* Drivers probe them as they stand; -device fills the slots from the highest one down. */
static void virtio_slots_stand_in_order(bool descends)
{
	struct machine_config c = config();
	struct machine_layout l = { 0 };
	const void *fdt;
	int at = -1;
	uint32_t last = descends ? UINT32_MAX : 0;
	unsigned n = 0;

	c.virtio_descends = descends;
	fdt = build(&c, &l);
	while ((at = fdt_node_offset_by_compatible(fdt, at, "virtio,mmio")) >= 0) {
		const fdt32_t *reg = fdt_getprop(fdt, at, "reg", NULL);

		assert_true(fdt32_to_cpu(reg[1]) != last &&
			    (fdt32_to_cpu(reg[1]) < last) == descends);
		last = fdt32_to_cpu(reg[1]);
		n++;
	}
	assert_int_equal(n, 8);
}

static void virtio_slots_stand_both_ways(void **state)
{
	(void)state;
	virtio_slots_stand_in_order(false);
	virtio_slots_stand_in_order(true);
}

static void every_hart_has_its_interrupts(void **state)
{
	struct machine_config c = config();
	struct machine_layout l = { 0 };
	const void *fdt;
	char path[64];

	(void)state;
	c.nharts = 8;
	fdt = build(&c, &l);
	for (int h = 0; h < 8; h++) {
		uint32_t intc;

		snprintf(path, sizeof(path), "/cpus/cpu@%d", h);
		assert_int_equal(cell(fdt, path, "reg", 0), h);
		strcat(path, "/interrupt-controller");
		intc = cell(fdt, path, "phandle", 0);
		/* CLINT: software 3, timer 7; PLIC: contexts 2h for M (11) and 2h+1 for S (9). */
		for (int i = 0; i < 4; i += 2) {
			assert_int_equal(
				cell(fdt, "/soc/clint@2000000", "interrupts-extended", 4 * h + i),
				intc);
			assert_int_equal(
				cell(fdt, "/soc/plic@c000000", "interrupts-extended", 4 * h + i),
				intc);
		}
		assert_int_equal(cell(fdt, "/soc/clint@2000000", "interrupts-extended", 4 * h + 1),
				 3);
		assert_int_equal(cell(fdt, "/soc/clint@2000000", "interrupts-extended", 4 * h + 3),
				 7);
		assert_int_equal(cell(fdt, "/soc/plic@c000000", "interrupts-extended", 4 * h + 1),
				 11);
		assert_int_equal(cell(fdt, "/soc/plic@c000000", "interrupts-extended", 4 * h + 3),
				 9);
	}
	assert_true(fdt_path_offset(fdt, "/cpus/cpu@8") < 0);
}

static bool lists(const void *fdt, const char *extension)
{
	return fdt_stringlist_search(fdt, node(fdt, "/cpus/cpu@0"), "riscv,isa-extensions",
				     extension) >= 0;
}

static void the_isa_says_who_sets_a_and_d(void **state)
{
	struct machine_config c = config();
	struct machine_layout l = { 0 };
	const void *fdt;

	(void)state;
	c.hart.ad = AD_HW;
	fdt = build(&c, &l);
	assert_true(lists(fdt, "svadu") && !lists(fdt, "svade"));
	assert_true(lists(fdt, "i") && lists(fdt, "c") && lists(fdt, "zicsr") &&
		    lists(fdt, "sstc"));
	assert_non_null(strstr(text(fdt, "/cpus/cpu@0", "riscv,isa"), "_svadu"));
	assert_string_equal(text(fdt, "/cpus/cpu@0", "riscv,isa-base"), "rv64i");
	c.hart.ad = AD_SVADE;
	fdt = build(&c, &l);
	assert_true(lists(fdt, "svade") && !lists(fdt, "svadu"));
	c.hart.ad = AD_SVADU;
	fdt = build(&c, &l);
	assert_true(lists(fdt, "svade") && lists(fdt, "svadu"));
	assert_string_equal(text(fdt, "/cpus/cpu@0", "mmu-type"), "riscv,sv39");
	c.hart.max_mode = SV_57;
	assert_string_equal(text(build(&c, &l), "/cpus/cpu@0", "mmu-type"), "riscv,sv57");
}

static void firmware_is_reserved_only_if_it_is_ours(void **state)
{
	struct machine_config c = config();
	struct machine_layout l = { .firmware_pa = 0x80000000, .firmware_bytes = 0x5000 };
	const void *fdt;

	(void)state;
	c.default_bios = true;
	fdt = build(&c, &l);
	assert_int_equal(cell(fdt, "/reserved-memory/firmware@80000000", "reg", 3), 0x5000);
	assert_non_null(
		fdt_getprop(fdt, node(fdt, "/reserved-memory/firmware@80000000"), "no-map", NULL));
	c.default_bios = false;
	assert_true(fdt_path_offset(build(&c, &l), "/reserved-memory") < 0);
}

static void chosen_has_what_the_user_gave(void **state)
{
	struct machine_config c = config();
	struct machine_layout l = { .initrd_pa = 0x83000000, .initrd_bytes = 0x1234 };
	uint8_t seed[32];
	const void *fdt;

	(void)state;
	c.append = "console=ttyS0 quiet";
	fdt = build(&c, &l);
	assert_string_equal(text(fdt, "/chosen", "bootargs"), "console=ttyS0 quiet");
	assert_int_equal(cell(fdt, "/chosen", "linux,initrd-start", 0), 0x83000000);
	assert_int_equal(cell(fdt, "/chosen", "linux,initrd-end", 0), 0x83001234);
	l.initrd_pa = 0x100000000;
	fdt = build(&c, &l); /* two cells only where one is too small */
	assert_int_equal(cell(fdt, "/chosen", "linux,initrd-start", 0), 1);
	assert_int_equal(cell(fdt, "/chosen", "linux,initrd-end", 1), 0x1234);
	memcpy(seed, text(fdt, "/chosen", "rng-seed"), 32);
	assert_memory_equal(seed, text(build(&c, &l), "/chosen", "rng-seed"), 32);
	c.seed++;
	assert_memory_not_equal(seed, text(build(&c, &l), "/chosen", "rng-seed"), 32);
}

static void a_given_tree_gets_the_command_line(void **state)
{
	static uint64_t given[8192];
	struct machine_config c = config();
	struct machine_layout l = { 0 };

	(void)state;
	memcpy(given, build(&c, &l), sizeof(given));
	c.append = "root=/dev/vda";
	l.initrd_pa = 0x82000000;
	l.initrd_bytes = 16;
	assert_true(fdt_adopt(&c, &l, given, fdt_totalsize(given), blob, sizeof(blob)) > 0);
	assert_string_equal(text(blob, "/chosen", "bootargs"), "root=/dev/vda");
	assert_int_equal(cell(blob, "/chosen", "linux,initrd-end", 0), 0x82000010);
	assert_int_equal(fdt_adopt(&c, &l, given, 30, blob, sizeof(blob)), 0);
	given[0] = 0;
	assert_int_equal(fdt_adopt(&c, &l, given, sizeof(given), blob, sizeof(blob)), 0);
}

static void too_small_a_buffer_is_refused(void **state)
{
	struct machine_config c = config();
	struct machine_layout l = { 0 };

	(void)state;
	for (size_t size = 0; size < 4000; size += 97)
		assert_int_equal(fdt_build(&c, &l, blob, size), 0);
}

int main(void)
{
#define TEST(fn, sentence)                                                                         \
	{                                                                                          \
		sentence, fn, NULL, NULL, NULL                                                     \
	}
	const struct CMUnitTest tests[] = {
		TEST(the_board_is_qemus_virt, "device tree: the board is QEMU's virt"),
		TEST(virtio_slots_stand_both_ways,
		     "device tree: virtio slots stand in order of address, or the other way round, as on QEMU"),
		TEST(every_hart_has_its_interrupts,
		     "device tree: every hart has its CLINT and PLIC interrupts"),
		TEST(the_isa_says_who_sets_a_and_d, "device tree: the ISA says who sets A and D"),
		TEST(firmware_is_reserved_only_if_it_is_ours,
		     "device tree: our own firmware is reserved"),
		TEST(chosen_has_what_the_user_gave,
		     "device tree: chosen has what the user gave, and a seed"),
		TEST(a_given_tree_gets_the_command_line,
		     "device tree: one given by the user is adopted or refused"),
		TEST(too_small_a_buffer_is_refused, "device tree: a buffer too small is refused"),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
