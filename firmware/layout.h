/* Constants that entry.S, the linker script and the C files share.  Preprocessor only. */
#ifndef FIRMWARE_LAYOUT_H
#define FIRMWARE_LAYOUT_H

#define STACK_SHIFT 10 /* the deepest use is below 800 */
#define STACK_BYTES (1 << STACK_SHIFT)
#define FRAME_BYTES 272 /* sizeof(struct frame) */

#define HART_STACK_TOP 0 /* offsets in struct hart */
#define HART_SCRATCH   8
#define HART_SHIFT     6 /* sizeof: harts are found without multiplying */

/* OpenSBI's struct fw_dynamic_info: eight-byte words */
#define DYNAMIC_MAGIC	   0x4942534f
#define DYNAMIC_WORD_MAGIC 0
#define DYNAMIC_WORD_NEXT  2
#define DYNAMIC_WORD_MODE  3
#define DYNAMIC_WORD_BOOT  5
#define DEFAULT_NEXT	   0x80200000

#endif
