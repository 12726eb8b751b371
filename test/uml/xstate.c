// Preloaded into User-Mode Linux where that runs on a processor with AMX.
//
// The kernel takes a process's floating point state whole or not at all (PTRACE_SETREGSET, NT_X86_XSTATE), and says
// EFAULT if less is given. With AMX it has 11008 bytes, of which User-Mode Linux keeps the first 2696: all but the
// tiles, which no program may use that has not asked for them. So what is missing is given as zeros.
#define _GNU_SOURCE
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif

// Not on the stack, which is the small one of a kernel; that kernel is on one processor, and calls from one place at a
// time.
static char whole[64 * 1024];

long ptrace(enum __ptrace_request request, ...) {
    va_list arguments;
    va_start(arguments, request);
    long process = va_arg(arguments, int);
    void* address = va_arg(arguments, void*);
    void* data = va_arg(arguments, void*);
    va_end(arguments);

    const struct iovec* given = data;
    struct iovec state = {whole, sizeof whole};
    if (request == PTRACE_SETREGSET && address == (void*)NT_X86_XSTATE && given->iov_len < sizeof whole) {
        memcpy(whole, given->iov_base, given->iov_len);
        data = &state;
    }
    // Same as in the C library: the word is returned, so there is no place to store it.
    long word = 0;
    const int looks_up = request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER;
    const long status = syscall(SYS_ptrace, request, process, address, looks_up ? &word : data);
    return looks_up && status == 0 ? word : status;
}
