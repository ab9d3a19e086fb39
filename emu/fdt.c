#include "emu/fdt.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "devices/splitmix64.h"

/* Each interrupt number of RISC-V local interrupts that the tree names. */
#define IRQ_M_SOFT  3
#define IRQ_M_TIMER 7
#define IRQ_S_EXT   9
#define IRQ_M_EXT   11

/* Phandles: of hart h's interrupt controller, the PLIC, the finisher as a syscon. */
#define PHANDLE_INTC(h) (1 + (h))
#define PHANDLE_PLIC	(MEMMAP_MAX_HARTS + 1)
#define PHANDLE_TEST	(MEMMAP_MAX_HARTS + 2)

/* Room for firmware that adds nodes in place (OpenSBI: reserved memory, some 500 bytes). */
#define SLACK_BYTES 2048

void fdt_isa_string(const struct hart_config *hart, char *buf, size_t size)
{
	uint64_t has = ~(hart->lacks | EXT_AD);

	if (hart->ad != AD_HW)
		has |= EXT_BIT(EXT_SVADE);
	if (hart->ad != AD_SVADE)
		has |= EXT_BIT(EXT_SVADU);
	if (hart->misaligned_traps)
		has &= ~EXT_BIT(EXT_ZICCLSM);
	isa_print(has, buf, size);
}

static void put_reg(void *fdt, uint64_t base, uint64_t bytes)
{
	fdt64_t reg[2] = { cpu_to_fdt64(base), cpu_to_fdt64(bytes) };

	fdt_property(fdt, "reg", reg, sizeof(reg));
}

static void begin_at(void *fdt, const char *name, uint64_t base)
{
	char full[48];

	snprintf(full, sizeof(full), "%s@%llx", name, (unsigned long long)base);
	fdt_begin_node(fdt, full);
}

static void put_wired(void *fdt, unsigned irq)
{
	fdt_property_u32(fdt, "interrupt-parent", PHANDLE_PLIC);
	fdt_property_u32(fdt, "interrupts", irq);
}

/* interrupts-extended: for every hart its controller with each of two local interrupts. */
static void put_local(void *fdt, unsigned nharts, unsigned first, unsigned second)
{
	fdt32_t cells[4 * MEMMAP_MAX_HARTS];

	for (unsigned h = 0; h < nharts; h++) {
		cells[4 * h] = cells[4 * h + 2] = cpu_to_fdt32(PHANDLE_INTC(h));
		cells[4 * h + 1] = cpu_to_fdt32(first);
		cells[4 * h + 3] = cpu_to_fdt32(second);
	}
	fdt_property(fdt, "interrupts-extended", cells, (int)(nharts * 4 * sizeof(cells[0])));
}

static void put_strings(void *fdt, const char *name, const char *strings, size_t bytes)
{
	fdt_property(fdt, name, strings, (int)bytes);
}

static const char *mmu_type(enum sv_mode mode)
{
	return mode == SV_57 ? "riscv,sv57" : mode == SV_48 ? "riscv,sv48" : "riscv,sv39";
}

/* The same string in the newer form: each letter behind "rv64" and each word behind a '_' apart. */
static void put_extensions(void *fdt, const char *isa)
{
	char list[ISA_STRING_BYTES];
	size_t n = 0;

	for (const char *p = isa + 4; *p && *p != '_'; p++) {
		list[n++] = *p;
		list[n++] = 0;
	}
	for (const char *p = strchr(isa, '_'); p; p = strchr(p, '_')) {
		size_t length = strcspn(++p, "_");

		memcpy(list + n, p, length);
		list[n + length] = 0;
		n += length + 1;
	}
	fdt_property_string(fdt, "riscv,isa-base", "rv64i");
	put_strings(fdt, "riscv,isa-extensions", list, n);
}

static void put_block_sizes(void *fdt, const struct hart_config *hart)
{
	if (!(hart->lacks & EXT_BIT(EXT_ZICBOM)))
		fdt_property_u32(fdt, "riscv,cbom-block-size", 64);
	if (!(hart->lacks & EXT_BIT(EXT_ZICBOP)))
		fdt_property_u32(fdt, "riscv,cbop-block-size", 64);
	if (!(hart->lacks & EXT_BIT(EXT_ZICBOZ)))
		fdt_property_u32(fdt, "riscv,cboz-block-size", 64);
}

static void put_cpus(void *fdt, const struct machine_config *config)
{
	char isa[ISA_STRING_BYTES];

	fdt_isa_string(&config->hart, isa, sizeof(isa));
	fdt_begin_node(fdt, "cpus");
	fdt_property_u32(fdt, "#address-cells", 1);
	fdt_property_u32(fdt, "#size-cells", 0);
	fdt_property_u32(fdt, "timebase-frequency", MEMMAP_TIMEBASE_HZ);
	for (unsigned h = 0; h < config->nharts; h++) {
		begin_at(fdt, "cpu", h);
		fdt_property_string(fdt, "device_type", "cpu");
		fdt_property_u32(fdt, "reg", h);
		fdt_property_string(fdt, "status", "okay");
		fdt_property_string(fdt, "compatible", "riscv");
		fdt_property_string(fdt, "riscv,isa", isa);
		put_extensions(fdt, isa);
		fdt_property_string(fdt, "mmu-type", mmu_type(config->hart.max_mode));
		put_block_sizes(fdt, &config->hart);
		fdt_begin_node(fdt, "interrupt-controller");
		fdt_property_u32(fdt, "#interrupt-cells", 1);
		fdt_property(fdt, "interrupt-controller", NULL, 0);
		fdt_property_string(fdt, "compatible", "riscv,cpu-intc");
		fdt_property_u32(fdt, "phandle", PHANDLE_INTC(h));
		fdt_end_node(fdt);
		fdt_end_node(fdt);
	}
	fdt_end_node(fdt);
}

/* One cell as long as it fits, as QEMU's: small kernels read no more. */
static unsigned place_bytes(uint64_t pa)
{
	return pa >> 32 ? 8 : 4;
}

static void put_place(void *fdt, const char *name, uint64_t pa)
{
	fdt64_t value = cpu_to_fdt64(pa);
	unsigned bytes = place_bytes(pa);

	fdt_property(fdt, name, (uint8_t *)&value + 8 - bytes, (int)bytes);
}

static bool set_place(void *fdt, int node, const char *name, uint64_t pa)
{
	fdt64_t value = cpu_to_fdt64(pa);
	unsigned bytes = place_bytes(pa);

	return fdt_setprop(fdt, node, name, (uint8_t *)&value + 8 - bytes, (int)bytes) == 0;
}

static void put_chosen(void *fdt, const struct machine_config *config,
		       const struct machine_layout *layout)
{
	/* Numbers apart from those of the guest's virtio-rng, so that neither depends on the other. */
	uint64_t state = config->seed ^ 0x72616e646f6d2121ull;
	fdt64_t seed[4];
	char uart[48];

	fdt_begin_node(fdt, "chosen");
	if (config->append)
		fdt_property_string(fdt, "bootargs", config->append);
	snprintf(uart, sizeof(uart), "/soc/serial@%llx", (unsigned long long)MEMMAP_UART);
	fdt_property_string(fdt, "stdout-path", uart);
	if (layout->initrd_bytes) {
		put_place(fdt, "linux,initrd-start", layout->initrd_pa);
		put_place(fdt, "linux,initrd-end", layout->initrd_pa + layout->initrd_bytes);
	}
	for (size_t i = 0; i < 4; i++)
		seed[i] = cpu_to_fdt64(splitmix64(&state));
	fdt_property(fdt, "rng-seed", seed, sizeof(seed));
	fdt_end_node(fdt);
}

static void put_memory(void *fdt, const struct machine_config *config,
		       const struct machine_layout *layout)
{
	begin_at(fdt, "memory", MEMMAP_RAM);
	fdt_property_string(fdt, "device_type", "memory");
	put_reg(fdt, MEMMAP_RAM, config->ram_bytes);
	fdt_end_node(fdt);
	/* Firmware given by the user reserves its own memory, as it does on other boards. */
	if (!config->default_bios || !layout->firmware_bytes)
		return;
	fdt_begin_node(fdt, "reserved-memory");
	fdt_property_u32(fdt, "#address-cells", 2);
	fdt_property_u32(fdt, "#size-cells", 2);
	fdt_property(fdt, "ranges", NULL, 0);
	begin_at(fdt, "firmware", layout->firmware_pa);
	put_reg(fdt, layout->firmware_pa, layout->firmware_bytes);
	fdt_property(fdt, "no-map", NULL, 0);
	fdt_end_node(fdt);
	fdt_end_node(fdt);
}

static void put_interrupt_controllers(void *fdt, const struct machine_config *config)
{
	static const char clint[] = "sifive,clint0\0riscv,clint0";
	static const char plic[] = "sifive,plic-1.0.0\0riscv,plic0";

	begin_at(fdt, "clint", MEMMAP_CLINT);
	put_strings(fdt, "compatible", clint, sizeof(clint));
	put_reg(fdt, MEMMAP_CLINT, MEMMAP_CLINT_BYTES);
	put_local(fdt, config->nharts, IRQ_M_SOFT, IRQ_M_TIMER);
	fdt_end_node(fdt);

	begin_at(fdt, "plic", MEMMAP_PLIC);
	put_strings(fdt, "compatible", plic, sizeof(plic));
	put_reg(fdt, MEMMAP_PLIC, MEMMAP_PLIC_BYTES);
	put_local(fdt, config->nharts, IRQ_M_EXT, IRQ_S_EXT);
	fdt_property(fdt, "interrupt-controller", NULL, 0);
	fdt_property_u32(fdt, "#interrupt-cells", 1);
	fdt_property_u32(fdt, "#address-cells", 0);
	fdt_property_u32(fdt, "riscv,ndev", 95);
	fdt_property_u32(fdt, "phandle", PHANDLE_PLIC);
	fdt_end_node(fdt);
}

static void put_devices(void *fdt, const struct machine_config *config)
{
	static const char finisher[] = "sifive,test1\0sifive,test0\0syscon";

	begin_at(fdt, "test", MEMMAP_FINISHER);
	put_strings(fdt, "compatible", finisher, sizeof(finisher));
	put_reg(fdt, MEMMAP_FINISHER, MEMMAP_FINISHER_BYTES);
	fdt_property_u32(fdt, "phandle", PHANDLE_TEST);
	fdt_end_node(fdt);

	begin_at(fdt, "rtc", MEMMAP_RTC);
	fdt_property_string(fdt, "compatible", "google,goldfish-rtc");
	put_reg(fdt, MEMMAP_RTC, MEMMAP_RTC_BYTES);
	put_wired(fdt, MEMMAP_RTC_IRQ);
	fdt_end_node(fdt);

	begin_at(fdt, "serial", MEMMAP_UART);
	fdt_property_string(fdt, "compatible", "ns16550a");
	put_reg(fdt, MEMMAP_UART, MEMMAP_UART_BYTES);
	fdt_property_u32(fdt, "clock-frequency", MEMMAP_UART_CLOCK_HZ);
	put_wired(fdt, MEMMAP_UART_IRQ);
	fdt_end_node(fdt);

	/* Drivers probe in this order: that decides which disk is the first. */
	for (unsigned i = 0; i < MEMMAP_VIRTIO_SLOTS; i++) {
		unsigned slot = config->virtio_descends ? MEMMAP_VIRTIO_SLOTS - 1 - i : i;
		uint64_t base = MEMMAP_VIRTIO + (uint64_t)slot * MEMMAP_VIRTIO_BYTES;

		begin_at(fdt, "virtio_mmio", base);
		fdt_property_string(fdt, "compatible", "virtio,mmio");
		put_reg(fdt, base, MEMMAP_VIRTIO_BYTES);
		put_wired(fdt, MEMMAP_VIRTIO_IRQ + slot);
		fdt_end_node(fdt);
	}
}

/* How a kernel without SBI switches the machine off: a write to the finisher. */
static void put_syscon(void *fdt, const char *name, unsigned value)
{
	char compatible[24];

	fdt_begin_node(fdt, name);
	snprintf(compatible, sizeof(compatible), "syscon-%s", name);
	fdt_property_string(fdt, "compatible", compatible);
	fdt_property_u32(fdt, "regmap", PHANDLE_TEST);
	fdt_property_u32(fdt, "offset", 0);
	fdt_property_u32(fdt, "value", value);
	fdt_end_node(fdt);
}

size_t fdt_build(const struct machine_config *config, const struct machine_layout *layout,
		 void *buf, size_t size)
{
	/* The writer keeps the first error: one look at the end is enough. */
	if (size < 512 || fdt_create(buf, (int)size) < 0)
		return 0;
	fdt_finish_reservemap(buf);
	fdt_begin_node(buf, "");
	fdt_property_u32(buf, "#address-cells", 2);
	fdt_property_u32(buf, "#size-cells", 2);
	fdt_property_string(buf, "compatible", "riscv-virtio");
	fdt_property_string(buf, "model", "riscv-virtio,faultline");
	put_chosen(buf, config, layout);
	put_memory(buf, config, layout);
	put_cpus(buf, config);
	put_syscon(buf, "poweroff", 0x5555);
	put_syscon(buf, "reboot", 0x7777);
	fdt_begin_node(buf, "soc");
	fdt_property_u32(buf, "#address-cells", 2);
	fdt_property_u32(buf, "#size-cells", 2);
	fdt_property_string(buf, "compatible", "simple-bus");
	fdt_property(buf, "ranges", NULL, 0);
	put_interrupt_controllers(buf, config);
	put_devices(buf, config);
	fdt_end_node(buf);
	fdt_end_node(buf);
	if (fdt_finish(buf) < 0 || fdt_totalsize(buf) + SLACK_BYTES > size)
		return 0;
	return fdt_open_into(buf, buf, (int)fdt_totalsize(buf) + SLACK_BYTES) < 0
		       ? 0
		       : fdt_totalsize(buf);
}

size_t fdt_adopt(const struct machine_config *config, const struct machine_layout *layout,
		 const void *given, size_t given_bytes, void *buf, size_t size)
{
	int chosen;

	if (fdt_check_full(given, given_bytes) < 0 || given_bytes + SLACK_BYTES > size ||
	    fdt_open_into(given, buf, (int)(given_bytes + SLACK_BYTES)) < 0)
		return 0;
	chosen = fdt_path_offset(buf, "/chosen");
	if (chosen < 0)
		chosen = fdt_add_subnode(buf, 0, "chosen");
	if (chosen < 0)
		return 0;
	if (config->append && fdt_setprop_string(buf, chosen, "bootargs", config->append) < 0)
		return 0;
	if (layout->initrd_bytes &&
	    (!set_place(buf, chosen, "linux,initrd-start", layout->initrd_pa) ||
	     !set_place(buf, chosen, "linux,initrd-end", layout->initrd_pa + layout->initrd_bytes)))
		return 0;
	return fdt_totalsize(buf);
}
