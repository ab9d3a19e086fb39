/*
 * Wild code on a bare machine: the first byte says how the hart is made, the rest is executed in M-mode
 * behind a few instructions that point registers at RAM and at devices.  Decoded, one instruction at a
 * time and with all that is derived dropped at random it must leave the same machine behind.
 */
#include "emu/machine.h"
#include "tests/fuzz-cov/input.h"
#include "tests/fuzz-cov/one_tree.h"
#include "tests/fuzz-cov/sandbox.h"

#define RAM_BYTES (64u << 10)
#define MOST	  2000 /* instructions */

/* A trap goes on two bytes behind what caused it; PMP is open, FS is on; a0 to a5 are devices, s0, s1 and
 * sp places in RAM. */
static const uint32_t prologue[] = {
	0x0140006f, /* j 1f */
	0x34102ff3, /* csrr t6, mepc */
	0x002f8f93, /* addi t6, t6, 2 */
	0x341f9073, /* csrw mepc, t6 */
	0x30200073, /* mret */
	0x00000297, /* 1: auipc t0, 0 */
	0xff028293, /* addi t0, t0, -16 */
	0x30529073, /* csrw mtvec, t0 */
	0xfff00313, /* li t1, -1 */
	0x3b031073, /* csrw pmpaddr0, t1 */
	0x01f00313, /* li t1, 0x1f */
	0x3a031073, /* csrw pmpcfg0, t1 */
	0x00006337, /* lui t1, 6 */
	0x30032073, /* csrs mstatus, t1 */
	0x10000537, /* lui a0, 0x10000: UART */
	0x020005b7, /* lui a1, 0x2000: CLINT */
	0x0c000637, /* lui a2, 0xc000: PLIC */
	0x100016b7, /* lui a3, 0x10001: virtio */
	0x00008417, /* auipc s0, 8 */
	0x00004497, /* auipc s1, 4 */
	0x0000c117, /* auipc sp, 12 */
	0x00100737, /* lui a4, 0x100: finisher */
	0x001017b7, /* lui a5, 0x101: RTC */
};

enum engine { DECODED, SLOW, DROPPING, ENGINES };

static void run(uint8_t how, enum engine engine, struct state_out *out)
{
	static const enum sv_mode modes[] = { SV_39, SV_48, SV_57, SV_39 };
	struct machine_config config = { .ram_bytes = RAM_BYTES,
					 .nharts = 1 + (how >> 4 & 1),
					 .hart = { .ad = (enum ad_mode)(how % 4 % 3),
						   .itlb = { .sets = 2, .ways = 2 },
						   .dtlb = { .sets = 2, .ways = 2 },
						   .max_mode = modes[how >> 2 & 3],
						   .misaligned_traps = how & 32,
						   .code_cache_bytes = 64 << 10,
						   .slow = engine == SLOW,
						   .drop_seed = engine == DROPPING },
					 .drive = { { .fd = -1, .bytes = 8192, .slot = 0 } },
					 .ndrives = 1,
					 .rng = true,
					 .rng_slot = 1,
					 .console_slot = -1,
					 .uart = CONSOLE_NONE,
					 .kernel = "code",
					 .seed = 1,
					 .slice_insns = 300,
					 .no_reboot = how & 64,
					 .max_insns = MOST };
	char error[512];
	struct machine *machine = machine_create(&config, error, sizeof(error));

	MUST(machine);
	machine_run(machine, UINT64_MAX);
	MUST(machine->end != END_NOT_YET);
	machine_save(machine, out);
	MUST(!out->failed);
	machine_destroy(machine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t code[RAM_BYTES / 2];
	struct state_out out[ENGINES] = { { 0 } };

	if (size < 3 || size > 1024)
		return 0;
	sandbox_enter();
	memcpy(code, prologue, sizeof(prologue));
	memcpy(code + sizeof(prologue), data + 1, size - 1);
	sandbox_file("code", code, sizeof(prologue) + size - 1);
	for (enum engine e = DECODED; e < ENGINES; e++)
		run(data[0], e, &out[e]);
	for (enum engine e = SLOW; e < ENGINES; e++)
		MUST(out[e].bytes == out[0].bytes &&
		     memcmp(out[e].data, out[0].data, out[0].bytes) == 0);
	for (enum engine e = DECODED; e < ENGINES; e++)
		state_out_free(&out[e]);
	sandbox_leave();
	return 0;
}
