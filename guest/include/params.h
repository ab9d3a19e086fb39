/*
 * The kernel's parameters: PARAM(name, default, least, help).  Read by the guest kernel from its command
 * line (NAME=VALUE words) and by the host for --kernel and its help.  A number below `least` is refused by
 * both, but for a 0 that is the default.  Preprocessor only.
 */
#ifndef PARAMS_H
#define PARAMS_H

// clang-format off
#define PARAMS \
	PARAM(frames, "0", 16, "cap on frames with anonymous, file or cache contents, 16 or more; 0: no cap") \
	PARAM(policy, "clock", 0, "which page is replaced: fifo, clock, aging, wsclock, random") \
	PARAM(allocation, "global", 0, "local: a process replaces its own pages; global: anybody's") \
	PARAM(init, "/sbin/init", 0, "program of process 1") \
	PARAM(stdio, "", 0, "a letter for each of descriptors 0-2: t terminal, f anything else") \
	PARAM(verbose, "0", 0, "1: kernel messages on the UART") \
	PARAM(aslr, "1", 0, "0: stack, mmap, heap and PIE base at fixed addresses") \
	PARAM(seed, "0", 0, "for the kernel's generator when there is no virtio-rng") \
	PARAM(noswap, "0", 0, "1: do not use the second disk as swap") \
	PARAM(stack, "8M", 4096, "default RLIMIT_STACK in bytes, 4096 or more") \
	PARAM(readahead, "0", 0, "pages read ahead of a fault on a file or swap slot") \
	PARAM(writer, "0", 0, "milliseconds between rounds of a thread that cleans pages ahead of need; 0: none") \
	PARAM(load_control, "0", 0, "1: suspend a process while the system thrashes") \
	PARAM(check, "0", 0, "N: verify frame, page and slot tables at every Nth return to user mode and at the end") \
	PARAM(fail_alloc, "0", 0, "N: the Nth allocation of kernel memory after PROGRAM has started fails; a test") \
	PARAM(fail_every, "0", 0, "N: and from then on every Nth") \
	PARAM(crash, "", 0, "the kernel breaks when PROGRAM starts: overflow, sp, null, user, text, data, illegal, assert; a test") \
	PARAM(overcommit, "1", 0, "0: refuse private memory beyond frames and swap; 1: grant it") \
	PARAM(asids, "65535", 0, "address space numbers to use at most; 0: none, and every switch empties the TLB") \
	PARAM(tick_us, "10000", 0, "time slice in microseconds")
// clang-format on

#endif
