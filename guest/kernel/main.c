/*
 * Boot: from the first C code to process 1.
 */
#include "arch.h"
#include "background.h"
#include "boot.h"
#include "fdt.h"
#include "load.h"
#include "mm.h"
#include "random.h"
#include "task.h"
#include "virtio.h"

u64 kernel_pa;
bool check_enabled;
u32 check_interval;

static void read_command_line(void)
{
	int chosen = fdt_path("/chosen");
	const char *args = chosen >= 0 ? fdt_property(chosen, "bootargs", NULL) : NULL;

	if (args)
		strlcpy(command_line, args, sizeof(command_line));
}

static void console_init(void)
{
	int node = fdt_compatible(-1, "ns16550a");
	u64 pa, bytes;

	if (node >= 0 && fdt_reg(node, 0, &pa, &bytes))
		print_init(pa_va(pa), param_number(PARAM_verbose));
}

/* Once the final map is in force. */
static void console_remap(void)
{
	int node = fdt_compatible(-1, "ns16550a");
	u64 pa, bytes;

	if (node >= 0 && fdt_reg(node, 0, &pa, &bytes))
		print_init(map_device(pa, 8), param_number(PARAM_verbose));
}

static void report(void)
{
	struct introspect *in = &faultline_introspect;

	printk("%lu KiB RAM, %lu KiB fixed (firmware, device tree, kernel, tables), %lu KiB of that the kernel image",
	       nframes * 4, in->fixed_bytes >> 10, in->kernel_bytes >> 10);
	printk("direct map: %u superpages, %u pages", direct_superpages, direct_pages);
	printk("swap: %lu KiB; policy %s; frames cap %lu", swap_pages_total() * 4, replace->name,
	       frames_cap);
}

/* Process 1, still in the kernel: what needs to sleep, then its program. */
static void init_main(void)
{
	const char *path = param_string(PARAM_init);
	int error;

	vfs_init();
	current->fs->cwd = inode_get(vfs_root());
	current->files = fd_table_create();
	if (!current->files || vfs_stdio(current->files) != 0)
		panic("no standard streams for process 1");
	report();
	error = exec(path, 0, 0, true);
	if (error)
		panic("cannot start %s: error %d", path, -error);
	faultline_introspect.boot_stage = 1;
}

void kernel_main(u64 hart, u64 dtb_pa, u64 kernel_pa_start)
{
	u64 seed;

	kernel_pa = kernel_pa_start;
	if (!fdt_init(pa_va(dtb_pa)))
		panic("no device tree");
	read_command_line();
	console_init();
	check_interval = (u32)param_number(PARAM_check);
	check_enabled = check_interval != 0;
	frame_init(dtb_pa);
	proc_init();
	kmalloc_init();
	frame_start();
	console_remap();
	platform_init(hart);
	params_check();
	replace_init();
	sched_init();
	load_init();
	vdso_init();
	seed = param_number(PARAM_seed);
	random_seed(&seed, sizeof(seed));
	uart_init();
	virtio_probe();
	swap_init();
	proc_first(init_main);
	background_init();
	schedule();
	panic("came back to the boot stack");
}
