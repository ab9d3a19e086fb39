/* first.S behind firmware. */
#include "tests/machine/first.S"
