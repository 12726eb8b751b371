#pragma once

/* Program to execute, and the descriptor that it inherits under the same number. */
struct execution {
    const char* program;
    char* const* arguments;
    int fd;
};

/* Returns the path of the first executable file of this name on PATH; the caller frees it. Returns null, with errno
 * set, on failure. */
char* find_program(const char* name);

/* Replaces the caller by the program. Returns only on failure, with an errno and the caller unchanged. */
int replace_caller(const struct execution* what);

/* Executes the program in a process that is not a child of the caller. All signals are unblocked and at their defaults.
 * Returns 0 after the execution, or an errno. */
int start_apart(const struct execution* what);
