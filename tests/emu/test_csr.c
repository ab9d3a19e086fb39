/*
 * Legal values of the WARL registers, one test a rule of the privileged specification.  The values
 * are written out here, not taken from the emulator's tables.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/csr.h"
#include "tests/emu/rig.h"

static unsigned test_number;
static bool all_ok = true, ok;

static void begin(void)
{
	ok = true;
}

static void expect(uint64_t want, uint64_t got, const char *what)
{
	if (want == got)
		return;
	printf("# %s: want %#" PRIx64 ", got %#" PRIx64 "\n", what, want, got);
	ok = false;
}

static void report(const char *rule)
{
	all_ok &= ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", ++test_number, rule);
}

#define LEGAL(reg, old, value, want) expect(want, legalize_##reg(&config, old, value), #reg)

#define ONES UINT64_MAX

static void test_satp(void)
{
	struct hart_config config = rig_config();
	uint64_t old = 8ull << 60 | 0x1234ull << 44 | 0x80000;

	begin();
	config.max_mode = SV_39;
	for (uint64_t mode = 1; mode < 16; mode++)
		if (mode != 8)
			LEGAL(satp, old, mode << 60 | 5, old);
	LEGAL(satp, old, 0, 0);
	report("satp: a write with an unsupported MODE changes nothing of it");

	begin();
	config.max_mode = SV_57;
	LEGAL(satp, old, 9ull << 60 | 5, 9ull << 60 | 5);
	LEGAL(satp, old, 10ull << 60 | 5, 10ull << 60 | 5);
	LEGAL(satp, old, 11ull << 60 | 5, old);
	config.max_mode = SV_48;
	LEGAL(satp, old, 10ull << 60 | 5, old);
	report("satp: Sv48 and Sv57 as far as the configuration allows");

	begin();
	LEGAL(satp, old, 8ull << 60 | 0x0fffffffffffffff, 8ull << 60 | 0x0fffffffffffffff);
	report("satp: ASIDLEN is 16 and PPN has 44 bits");
}

static void test_mstatus(void)
{
	const struct hart_config config = rig_config();

	begin();
	LEGAL(mstatus, 0, 2ull << 11, 0);
	LEGAL(mstatus, 1ull << 11, 2ull << 11, 1ull << 11);
	LEGAL(mstatus, 3ull << 11, 0, 0);
	LEGAL(mstatus, 0, 3ull << 11, 3ull << 11);
	report("mstatus: MPP never holds a privilege that does not exist");

	begin();
	/* TSR TW TVM MXR SUM MPRV FS MPP SPP MPIE SPIE MIE SIE */
	LEGAL(mstatus, 0, ONES, 0x7e79aa);
	LEGAL(mstatus, ONES & ~0x7e79aaull, 0, ONES & ~0x7e79aaull);
	report("mstatus: VS, XS, UBE, UXL, SXL, SBE, MBE and SD are not written");

	begin();
	/* MXR SUM FS SPP SPIE SIE */
	LEGAL(sstatus, 0, ONES, 0xc6122);
	LEGAL(sstatus, 0x7e79aa, 0, 0x7e79aa & ~0xc6122ull);
	report("sstatus: writes reach the supervisor's bits alone");
}

static void test_delegation(void)
{
	const struct hart_config config = rig_config();

	begin();
	LEGAL(medeleg, 0, ONES, 0xb3ff);
	expect(0, legalize_medeleg(&config, 0, 1 << 11), "ecall from M");
	expect(1 << 9, legalize_medeleg(&config, 0, 1 << 9), "ecall from S");
	report("medeleg: bit 11 reads 0, bit 9 sticks, reserved causes are 0");

	begin();
	LEGAL(mideleg, 0, ONES, 0x222);
	LEGAL(mie, 0, ONES, 0xaaa);
	report("mideleg: only supervisor interrupts; mie: six of them");
}

static void test_others(void)
{
	struct hart_config config = rig_config();

	begin();
	LEGAL(tvec, 0x80000000, 0x80001000, 0x80001000);
	LEGAL(tvec, 0x80000000, 0x80001001, 0x80001001);
	LEGAL(tvec, 0x80000000, 0x80001002, 0x80000000);
	LEGAL(tvec, 0x80000001, 0x80001003, 0x80000001);
	report("mtvec, stvec: a write with a reserved MODE changes nothing");

	begin();
	LEGAL(epc, 0, ONES, ~1ull);
	LEGAL(frm, 0, ONES, 7);
	LEGAL(fflags, 0, ONES, 31);
	LEGAL(countinhibit, 0, ONES, 5);
	LEGAL(senvcfg, 0, ONES, 1);
	report("xepc keeps IALIGN, frm 3 bits, fflags 5, mcountinhibit CY and IR");

	begin();
	config.ad = AD_HW;
	LEGAL(menvcfg, 0, ONES, 1ull << 63 | 1ull << 61 | 1);
	config.ad = AD_SVADU;
	LEGAL(menvcfg, 0, ONES, 1ull << 63 | 1ull << 61 | 1);
	config.ad = AD_SVADE;
	LEGAL(menvcfg, 0, ONES, 1ull << 63 | 1);
	report("menvcfg: ADUE is there only with Svadu");
}

static uint64_t reset_menvcfg(enum ad_mode ad)
{
	struct hart_config config = rig_config();
	uint64_t value = 0;
	struct rig rig;

	config.ad = ad;
	if (!rig_create(&rig, 1 << 20, &config))
		return ONES;
	hart_csr_peek(rig.hart, 0x30a, &value);
	rig_destroy(&rig);
	return value;
}

static void test_reset(void)
{
	struct hart_config config = rig_config();
	struct rig rig;
	uint64_t value = 0;

	begin();
	expect(1ull << 61, reset_menvcfg(AD_HW), "--ad=hw");
	expect(0, reset_menvcfg(AD_SVADE), "--ad=svade");
	expect(0, reset_menvcfg(AD_SVADU), "--ad=svadu");
	report("menvcfg.ADUE resets to 1 with --ad=hw, to 0 otherwise");

	begin();
	if (!rig_create(&rig, 1 << 20, &config))
		return;
	expect(PRIV_M, hart_priv(rig.hart), "privilege");
	hart_csr_peek(rig.hart, 0x300, &value);
	expect(0xa00000000, value, "mstatus");
	hart_csr_peek(rig.hart, 0x301, &value);
	expect(2ull << 62 | 1 << 20 | 1 << 18 | 1 << 12 | 1 << 8 | 1 << 5 | 1 << 3 | 1 << 2 | 1,
	       value, "misa");
	hart_csr_peek(rig.hart, 0x180, &value);
	expect(0, value, "satp");
	expect(0, hart_csr_peek(rig.hart, 0x7c0, &value), "a CSR that does not exist");
	report("reset: M-mode, Bare, UXL and SXL 64, misa tells ACDFIMSU");
	rig_destroy(&rig);
}

int main(void)
{
	printf("1..13\n");
	test_satp();
	test_mstatus();
	test_delegation();
	test_others();
	test_reset();
	return !all_ok;
}
