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
	LEGAL(mideleg, 0, ONES, 0x2222);
	LEGAL(mie, 0, ONES, 0x2aaa);
	report("mideleg: only supervisor interrupts and LCOFI; mie: those six and LCOFI");
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
	LEGAL(countinhibit, 0, ONES, 0xfffffffd);
	LEGAL(counteren, 0, ONES, 0xffffffff);
	LEGAL(any, 0, ONES, ONES);
	report("xepc keeps IALIGN, frm 3 bits, fflags 5, mcountinhibit all but TM");

	begin();
	config.ad = AD_HW;
	LEGAL(menvcfg, 0, ONES, 7ull << 61 | 0xf1);
	config.ad = AD_SVADU;
	LEGAL(menvcfg, 0, ONES, 7ull << 61 | 0xf1);
	config.ad = AD_SVADE;
	LEGAL(menvcfg, 0, ONES, 6ull << 61 | 0xf1);
	report("menvcfg: ADUE is there only with Svadu");

	begin();
	LEGAL(senvcfg, 0, ONES, 0xf1);
	for (uint64_t before = 0; before < 4; before++)
		if (before != 2) {
			LEGAL(senvcfg, before << 4, 0x20, before << 4);
			LEGAL(menvcfg, before << 4, 0x20, before << 4);
			LEGAL(senvcfg, before << 4, 0x30, 0x30);
			LEGAL(senvcfg, before << 4, 0x10, 0x10);
			LEGAL(senvcfg, before << 4, 0, 0);
		}
	report("menvcfg, senvcfg: CBIE keeps what it was when 2 is written, which is reserved");
}

/* The events are those of the manual page. */
static void test_hpm(void)
{
	struct hart_config config = rig_config();
	static const uint64_t events[] = { 0, 1, 2, 3, 4, 5, 6, 0x10019, 0x1001b, 0x10021 };

	begin();
	for (unsigned k = 0; k < sizeof(events) / sizeof(events[0]); k++) {
		LEGAL(hpmevent, 5, events[k], events[k]);
		LEGAL(hpmevent, 5, 0xfull << 60 | events[k], 0xfull << 60 | events[k]);
		LEGAL(hpmevent, 5, 0x0full << 56 | events[k], events[k]);
	}
	LEGAL(hpmevent, 5, 7, 0);
	LEGAL(hpmevent, 5, 0x10020, 0);
	LEGAL(hpmevent, 5, 1ull << 32 | 1, 0);
	LEGAL(hpmcounter, 1, ONES, ONES);
	report("mhpmevent: an event that there is, or none; OF, MINH, SINH and UINH");

	begin();
	config.lacks = EXT_BIT(EXT_SSCOFPMF);
	LEGAL(hpmevent, 0, 0xfull << 60 | 5, 5);
	LEGAL(mie, 0, ONES, 0xaaa);
	LEGAL(mideleg, 0, ONES, 0x222);
	config.lacks |= EXT_BIT(EXT_ZIHPM);
	LEGAL(hpmevent, 0, 5, 0);
	LEGAL(hpmcounter, 0, 5, 0);
	LEGAL(countinhibit, 0, ONES, 5);
	report("without Sscofpmf there is no overflow; without Zihpm the counters are zero");
}

static void test_lacking(void)
{
	struct hart_config config = rig_config();

	begin();
	config.lacks = EXT_BIT(EXT_F) | EXT_BIT(EXT_D);
	LEGAL(mstatus, 0, ONES, 0x7e19aa);
	LEGAL(sstatus, 0, ONES, 0xc0122);
	report("mstatus.FS is zero without F");

	begin();
	config.lacks = EXT_BIT(EXT_SSTC) | EXT_BIT(EXT_SVPBMT) | EXT_BIT(EXT_ZICBOM);
	LEGAL(menvcfg, 0, ONES, 1ull << 61 | 0x81);
	LEGAL(senvcfg, 0, ONES, 0x81);
	config.lacks = EXT_BIT(EXT_ZICBOZ);
	LEGAL(menvcfg, 0, ONES, 7ull << 61 | 0x71);
	LEGAL(senvcfg, 0, ONES, 0x71);
	report("menvcfg and senvcfg have only fields of extensions that are there");

	begin();
	config.lacks = 0;
	expect(2ull << 62 | 0x14112f, csr_misa(&config), "all");
	config.lacks = EXT_BIT(EXT_ZBS);
	expect(2ull << 62 | 0x14112d, csr_misa(&config), "without Zbs");
	config.lacks = EXT_BIT(EXT_F) | EXT_BIT(EXT_D) | EXT_BIT(EXT_A) | EXT_BIT(EXT_M) |
		       EXT_BIT(EXT_ZBA);
	expect(2ull << 62 | 0x140104, csr_misa(&config), "rv64ic");
	report("misa: a letter for each extension that has one");
}

static void parse_ok(const char *text, const char *want)
{
	uint64_t lacks = 0, named;
	char error[160] = "", got[ISA_STRING_BYTES];

	if (!isa_parse(text, &lacks, &named, error, sizeof(error))) {
		printf("# %s: refused: %s\n", text, error);
		ok = false;
		return;
	}
	isa_print(~(lacks | EXT_AD | ~0ull << EXT_ZIC64B), got, sizeof(got));
	if (strcmp(want, got) == 0)
		return;
	printf("# %s: want %s, got %s\n", text, want, got);
	ok = false;
}

static void parse_fails(const char *text, const char *want)
{
	uint64_t lacks = 5, named;
	char error[160] = "";

	if (!isa_parse(text, &lacks, &named, error, sizeof(error)) && strcmp(error, want) == 0 &&
	    lacks == 5)
		return;
	printf("# %s: want '%s', got '%s'\n", text, want, error);
	ok = false;
}

static void test_isa_strings(void)
{
	begin();
	parse_ok("rv64imac", "rv64imac_zicsr_zifencei");
	parse_ok("rv64gc", "rv64imafdc_zicsr_zifencei");
	parse_ok("RV64GC_Zba_ZBB", "rv64imafdc_zicsr_zifencei_zba_zbb");
	parse_ok("rv64ic_zfh", "rv64ifc_zicsr_zifencei_zfh_zfhmin");
	parse_ok("rv64ic_sscofpmf_svade", "rv64ic_zicsr_zifencei_zihpm_sscofpmf");
	parse_ok("rv64iczawrs", "rv64iac_zicsr_zifencei_zawrs");
	parse_ok("rva20s64", "rv64imafdc_zicntr_zicsr_zifencei");
	parse_ok("rva22s64", "rv64imafdc_zicbom_zicbop_zicboz_zicntr_zicsr_zifencei_zihintpause_"
			     "zihpm_zfhmin_zba_zbb_zbs_svinval_svpbmt");
	parse_ok("rva20s64_zbc", "rv64imafdc_zicntr_zicsr_zifencei_zbc");
	report("ISA strings: letters, g, words, profiles; what an extension needs comes with it");

	begin();
	parse_fails("rv32gc", "'rv32gc': rv64 and its extensions (rv64gc_zba_zbb), rva20s64 or "
			      "rva22s64");
	parse_fails("", "'': rv64 and its extensions (rv64gc_zba_zbb), rva20s64 or rva22s64");
	parse_fails("rv64gcv", "'v': there is no such extension here (i m a f d c, or g)");
	parse_fails("rv64gc_zvfh", "'zvfh': there is no such extension here");
	parse_fails("rv64gc__zba", "'': there is no such extension here");
	parse_fails("rv64gc_zba_", "'': there is no such extension here");
	parse_fails("rv64gc_m", "'m': there is no such extension here");
	parse_fails("rv64mac", "'rv64mac': 'i' or 'g' follows rv64");
	parse_fails("rv64ima", "'rv64ima': 'c' is always there");
	parse_fails("rva22s64zba", "'rva22s64zba': '_' follows a profile's name");
	parse_fails("rva23s64", "'rva23s64': rv64 and its extensions (rv64gc_zba_zbb), rva20s64 or "
				"rva22s64");
	report("ISA strings: what is wrong is named");
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
	expect(2ull << 62 | 1 << 20 | 1 << 18 | 1 << 12 | 1 << 8 | 1 << 5 | 1 << 3 | 1 << 2 |
		       1 << 1 | 1,
	       value, "misa");
	hart_csr_peek(rig.hart, 0x180, &value);
	expect(0, value, "satp");
	expect(0, hart_csr_peek(rig.hart, 0x7c0, &value), "a CSR that does not exist");
	report("reset: M-mode, Bare, UXL and SXL 64, misa tells ABCDFIMSU");
	rig_destroy(&rig);
}

int main(void)
{
	printf("1..21\n");
	test_satp();
	test_mstatus();
	test_delegation();
	test_others();
	test_hpm();
	test_lacking();
	test_isa_strings();
	test_reset();
	return !all_ok;
}
