/* The 16550 UART, as drivers use it. */
#include "devices/uart16550.h"
#include "tests/devices/harness.h"

#define IRQ 10

static uint8_t sent[64];
static size_t sent_bytes;
static unsigned rooms;

static void output(void *ctx, const uint8_t *bytes, size_t n)
{
	(void)ctx;
	memcpy(sent + sent_bytes, bytes, n);
	sent_bytes += n;
}

static void room(void *ctx)
{
	(void)ctx;
	rooms++;
}

static struct device *make(struct rig *rig)
{
	return uart16550_create(&rig->host, rig_wire(rig, IRQ),
				(struct uart_host){ .output = output, .room = room });
}

static int setup(void **state)
{
	struct rig *rig = rig_new();

	sent_bytes = rooms = 0;
	rig_attach(rig, make(rig));
	*state = rig;
	return 0;
}

static int teardown(void **state)
{
	rig_free(*state);
	return 0;
}

static size_t input(struct rig *rig, const char *s)
{
	return uart16550_input(rig->device, (const uint8_t *)s, strlen(s));
}

static void sends(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(R8(rig, UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
	W8(rig, UART_THR, 'h');
	W8(rig, UART_THR, 'i');
	assert_int_equal(sent_bytes, 2);
	assert_memory_equal(sent, "hi", 2);
	assert_int_equal(R8(rig, UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
}

static void divisor(void **state)
{
	struct rig *rig = *state;

	W8(rig, UART_IER, 5);
	W8(rig, UART_LCR, UART_LCR_DLAB | 3);
	W8(rig, UART_DLL, 0x34);
	W8(rig, UART_DLM, 0x12);
	assert_int_equal(R8(rig, UART_DLL), 0x34);
	assert_int_equal(R8(rig, UART_DLM), 0x12);
	assert_int_equal(sent_bytes, 0);
	W8(rig, UART_LCR, 3);
	assert_int_equal(R8(rig, UART_LCR), 3);
	assert_int_equal(R8(rig, UART_IER), 5);
}

static void holds(void **state)
{
	struct rig *rig = *state;

	W8(rig, UART_IER, 0xff);
	assert_int_equal(R8(rig, UART_IER), 0x0f);
	W8(rig, UART_SCR, 0xa5);
	assert_int_equal(R8(rig, UART_SCR), 0xa5);
	W8(rig, UART_MCR, 0x0b);
	assert_int_equal(R8(rig, UART_MCR), 0x0b);
	assert_int_equal(R8(rig, UART_MSR), UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD);
}

static void fifo_bits(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(R8(rig, UART_IIR), UART_IIR_NONE);
	W8(rig, UART_FCR, UART_FCR_ENABLE);
	assert_int_equal(R8(rig, UART_IIR), UART_IIR_FIFO | UART_IIR_NONE);
	W8(rig, UART_FCR, 0);
	assert_int_equal(R8(rig, UART_IIR), UART_IIR_NONE);
}

static void receives(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(input(rig, "ab"), 1);
	assert_int_equal(R8(rig, UART_LSR) & UART_LSR_DR, UART_LSR_DR);
	assert_int_equal(R8(rig, UART_RBR), 'a');
	assert_int_equal(R8(rig, UART_LSR) & UART_LSR_DR, 0);
	assert_int_equal(R8(rig, UART_RBR), 0);
	W8(rig, UART_FCR, UART_FCR_ENABLE);
	assert_int_equal(input(rig, "0123456789abcdefXYZ"), 16);
	for (int i = 0; i < 16; i++)
		assert_int_equal(R8(rig, UART_RBR), "0123456789abcdef"[i]);
	assert_int_equal(R8(rig, UART_LSR) & UART_LSR_OE, 0);
}

/* What somebody typed before the driver was there would be lost in the FIFO that it empties. */
static void listens(void **state)
{
	struct rig *rig = *state;

	assert_false(uart16550_listens(rig->device));
	/* As Linux sends, and as it starts. */
	for (const char *c = "early"; *c; c++) {
		R8(rig, UART_LSR);
		W8(rig, UART_THR, (uint8_t)*c);
	}
	R8(rig, UART_LSR);
	W8(rig, UART_FCR, UART_FCR_ENABLE | UART_FCR_CLEAR_RX | UART_FCR_CLEAR_TX);
	R8(rig, UART_LSR);
	R8(rig, UART_RBR);
	R8(rig, UART_IIR);
	R8(rig, UART_MSR);
	assert_int_equal(rooms, 0);
	/* As it looks which chip it has. */
	W8(rig, UART_IER, 0x0f);
	W8(rig, UART_IER, 0);
	rig_run(rig, rig->now_ns + 1000000);
	assert_int_equal(rooms, 0);
	W8(rig, UART_MCR, UART_MCR_LOOP);
	W8(rig, UART_IER, UART_IER_RDI);
	rig_run(rig, rig->now_ns + 1000000);
	assert_int_equal(rooms, 0); /* nothing comes in but what it sends */
	W8(rig, UART_MCR, 0);
	assert_int_equal(rooms, 1);
	W8(rig, UART_IER, 0);
	W8(rig, UART_IER, UART_IER_RDI);
	assert_false(uart16550_listens(rig->device));
	rig_run(rig, rig->now_ns + 100000); /* a character's time */
	assert_int_equal(rooms, 2);
	assert_true(uart16550_listens(rig->device));
	assert_true(uart16550_interrupts(rig->device));
	input(rig, "x");
	assert_false(uart16550_listens(rig->device)); /* one at a time */
	R8(rig, UART_RBR);
	assert_int_equal(rooms, 3);
	/* Without the interrupt: by looking again and again, and then whenever it looks. */
	W8(rig, UART_IER, 0);
	R8(rig, UART_LSR);
	R8(rig, UART_LSR);
	assert_int_equal(rooms, 3);
	R8(rig, UART_LSR);
	assert_int_equal(rooms, 4);
	W8(rig, UART_THR, 'x');
	assert_int_equal(rooms, 4);
	R8(rig, UART_LSR);
	assert_int_equal(rooms, 5);
	W8(rig, UART_FCR, UART_FCR_ENABLE);
	R8(rig, UART_LSR);
	assert_int_equal(rooms, 5);
}

static void breaks(void **state)
{
	struct rig *rig = *state;

	W8(rig, UART_IER, UART_IER_RDI | UART_IER_RLSI);
	uart16550_break(rig->device);
	assert_int_equal(R8(rig, UART_IIR), UART_IIR_RLSI);
	assert_int_equal(R8(rig, UART_LSR) & (UART_LSR_BI | UART_LSR_DR),
			 UART_LSR_BI | UART_LSR_DR);
	assert_int_equal(R8(rig, UART_LSR) & (UART_LSR_BI | UART_LSR_DR), UART_LSR_DR);
	assert_int_equal(R8(rig, UART_RBR), 0);
	assert_false(rig->wire[IRQ]);
}

static void clears(void **state)
{
	struct rig *rig = *state;

	W8(rig, UART_FCR, UART_FCR_ENABLE);
	input(rig, "abc");
	W8(rig, UART_FCR, UART_FCR_ENABLE | UART_FCR_CLEAR_RX);
	assert_int_equal(R8(rig, UART_LSR) & UART_LSR_DR, 0);
	input(rig, "abc");
	W8(rig, UART_FCR, 0);
	assert_int_equal(R8(rig, UART_LSR) & UART_LSR_DR, 0);
	uart16550_break(rig->device);
	W8(rig, UART_FCR, UART_FCR_ENABLE | UART_FCR_CLEAR_RX);
	assert_int_equal(R8(rig, UART_LSR) & UART_LSR_BI, 0); /* it went with its byte */
}

static void receive_interrupt(void **state)
{
	struct rig *rig = *state;

	input(rig, "x");
	assert_false(rig->wire[IRQ]);
	W8(rig, UART_IER, UART_IER_RDI);
	assert_true(rig->wire[IRQ]);
	assert_int_equal(R8(rig, UART_IIR), UART_IIR_RDI);
	assert_true(rig->wire[IRQ]);
	R8(rig, UART_RBR);
	assert_false(rig->wire[IRQ]);
	assert_int_equal(R8(rig, UART_IIR), UART_IIR_NONE);
}

static void triggers(void **state)
{
	static const unsigned level[4] = { 1, 4, 8, 14 };
	struct rig *rig = *state;

	W8(rig, UART_IER, UART_IER_RDI);
	for (unsigned i = 0; i < 4; i++) {
		W8(rig, UART_FCR, UART_FCR_ENABLE | UART_FCR_CLEAR_RX | i << 6);
		for (unsigned n = 1; n <= 16; n++) {
			input(rig, "x");
			assert_true(rig->wire[IRQ]);
			assert_int_equal(R8(rig, UART_IIR) & 0x0f,
					 n >= level[i] ? UART_IIR_RDI : UART_IIR_CTI);
		}
	}
}

static void transmit_interrupt(void **state)
{
	struct rig *rig = *state;

	W8(rig, UART_IER, UART_IER_THRI); /* raised at once: the transmitter is empty */
	assert_int_equal(rig->edges[IRQ], 1);
	assert_true(rig->asks[IRQ]);
	assert_int_equal(R8(rig, UART_IIR), UART_IIR_THRI);
	assert_false(rig->asks[IRQ]); /* reading IIR answered it */
	assert_int_equal(R8(rig, UART_IIR), UART_IIR_NONE);
	W8(rig, UART_THR, 'x'); /* and empty again */
	assert_int_equal(rig->edges[IRQ], 2);
	R8(rig, UART_LSR);
	R8(rig, UART_RBR);
	assert_int_equal(rig->edges[IRQ], 2); /* unanswered, it still asked but once */
	W8(rig, UART_IER, 0);
	assert_false(rig->asks[IRQ]);
	W8(rig, UART_THR, 'y');
	assert_int_equal(rig->edges[IRQ], 2); /* not enabled */
	W8(rig, UART_IER, UART_IER_THRI);
	assert_int_equal(rig->edges[IRQ], 3);
	W8(rig, UART_FCR, UART_FCR_ENABLE | UART_FCR_CLEAR_TX);
	assert_int_equal(rig->edges[IRQ], 4);
	assert_false(rig->wire[IRQ]); /* the level is for what came in */
}

static void both_interrupts(void **state)
{
	struct rig *rig = *state;

	W8(rig, UART_IER, UART_IER_RDI | UART_IER_THRI);
	assert_false(rig->wire[IRQ]);
	input(rig, "x");
	assert_true(rig->wire[IRQ] && rig->asks[IRQ]);
	R8(rig, UART_RBR);
	assert_false(rig->wire[IRQ]);
	assert_true(rig->asks[IRQ]);
}

static void priority(void **state)
{
	struct rig *rig = *state;

	W8(rig, UART_IER, UART_IER_RDI | UART_IER_THRI);
	input(rig, "x");
	assert_int_equal(R8(rig, UART_IIR), UART_IIR_RDI);
	R8(rig, UART_RBR);
	assert_int_equal(R8(rig, UART_IIR), UART_IIR_THRI);
	assert_int_equal(R8(rig, UART_IIR), UART_IIR_NONE);
}

static void loops_back(void **state)
{
	struct rig *rig = *state;

	W8(rig, UART_MCR, UART_MCR_LOOP | 0x0a);
	assert_int_equal(R8(rig, UART_MSR) & 0xf0, UART_MSR_DCD | UART_MSR_CTS);
	W8(rig, UART_MCR, UART_MCR_LOOP | 0x05);
	assert_int_equal(R8(rig, UART_MSR) & 0xf0, UART_MSR_DSR | UART_MSR_RI);
	W8(rig, UART_THR, 'q');
	assert_int_equal(sent_bytes, 0);
	assert_int_equal(R8(rig, UART_RBR), 'q');
	W8(rig, UART_IER, UART_IER_RLSI);
	W8(rig, UART_THR, 'r');
	W8(rig, UART_THR, 's'); /* overruns */
	assert_int_equal(R8(rig, UART_IIR), UART_IIR_RLSI);
	assert_int_equal(R8(rig, UART_LSR) & UART_LSR_OE, UART_LSR_OE);
	assert_int_equal(R8(rig, UART_LSR) & UART_LSR_OE, 0);
	assert_int_equal(R8(rig, UART_RBR), 'r');
}

static void any_width(void **state)
{
	static const unsigned widths[] = { 1, 2, 4, 8 };
	struct rig *rig = *state;
	uint64_t value;

	for (unsigned i = 0; i < 4; i++) {
		assert_true(bus_write(&rig->bus, TEST_DEVICE + UART_THR, widths[i], 0x6162636465));
		assert_int_equal(sent_bytes, i + 1);
		assert_int_equal(sent[i], 0x65);
		input(rig, "q");
		assert_true(bus_read(&rig->bus, TEST_DEVICE + UART_RBR, widths[i], &value));
		assert_int_equal(value, 'q');
	}
	assert_true(bus_write(&rig->bus, TEST_DEVICE + UART_MCR, 4, 0x07070703));
	assert_int_equal(R8(rig, UART_MCR), 3);
	assert_int_equal(R8(rig, UART_SCR), 0);
	assert_int_equal(R8(rig, 0x80), 0); /* beyond the registers */
	W8(rig, 0x80, 1);
}

static void resets(void **state)
{
	struct rig *rig = *state;

	W8(rig, UART_IER, UART_IER_RDI);
	input(rig, "x");
	device_reset(rig->device);
	assert_false(rig->wire[IRQ]);
	assert_int_equal(R8(rig, UART_IER), 0);
	assert_int_equal(R8(rig, UART_LSR) & UART_LSR_DR, 0);
}

static void saves(void **state)
{
	struct rig *rig = *state;

	W8(rig, UART_FCR, UART_FCR_ENABLE | 0x80);
	W8(rig, UART_IER, UART_IER_RDI);
	input(rig, "abc");
	R8(rig, UART_RBR);
	check_save_load(rig->device, make(rig));
}

static void refuses_bad_state(void **state)
{
	struct rig *rig = *state;
	struct state_out out = { 0 };
	struct state_in in;

	device_save(rig->device, &out);
	memset(out.data + 24, 0xff, out.bytes - 24); /* behind the name and the deadline */
	in = (struct state_in){ .data = out.data, .bytes = out.bytes };
	assert_false(device_load(rig->device, &in));
	R8(rig, UART_RBR);
	input(rig, "abc");
	state_out_free(&out);
}

static void line_status_bits(void **state)
{
	struct rig *rig = *state;

	input(rig, "x");
	assert_int_equal(R8(rig, UART_LSR), UART_LSR_DR | UART_LSR_THRE | UART_LSR_TEMT);
	W8(rig, UART_MCR, UART_MCR_LOOP | UART_MCR_DTR | UART_MCR_RTS);
	assert_int_equal(R8(rig, UART_MSR), UART_MSR_DSR | UART_MSR_CTS);
	W8(rig, UART_MCR, UART_MCR_LOOP | 0x0f);
	assert_int_equal(R8(rig, UART_MSR), 0xf0);
	W8(rig, UART_THR, 'y');
	assert_int_equal(R8(rig, UART_IIR), UART_IIR_NONE); /* not enabled */
	assert_int_equal(R8(rig, UART_LSR),
			 UART_LSR_DR | UART_LSR_OE | UART_LSR_THRE | UART_LSR_TEMT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE("uart: bytes written to THR are sent at once, THR stays empty", sends),
		RULE("uart: LCR.DLAB puts the divisor in place of THR and IER", divisor),
		RULE("uart: IER, MCR and SCR hold what is written", holds),
		RULE("uart: IIR has bits 7:6 set while the FIFOs are on", fifo_bits),
		RULE("uart: receives 1 byte without FIFO, 16 with it, and refuses more", receives),
		RULE("uart: input is asked for only when somebody listens", listens),
		RULE("uart: a break is a zero byte with LSR.BI, and a line status interrupt",
		     breaks),
		RULE("uart: FCR empties the receive FIFO, also when switched", clears),
		RULE("uart: received data interrupts while it waits, if enabled",
		     receive_interrupt),
		RULE("uart: the trigger level tells received data from a time-out", triggers),
		RULE("uart: transmitter empty asks once, IIR answers it", transmit_interrupt),
		RULE("uart: data ask by a level also while the transmitter's interrupt is unanswered",
		     both_interrupts),
		RULE("uart: received data comes before transmitter empty", priority),
		RULE("uart: loop-back returns bytes and modem lines, and can overrun", loops_back),
		RULE("uart: an access of any width is one of the byte register there, holes read 0",
		     any_width),
		RULE("uart: reset empties it and drops its interrupt", resets),
		RULE("uart: state survives save and load", saves),
		RULE("uart: an impossible state is refused", refuses_bad_state),
		RULE("uart: line and modem status show all conditions at once", line_status_bits),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("uart", tests, NULL, NULL);
}
