#pragma once

/* Program to execute, and the descriptor that it inherits under the same number. */
struct execution {
    const char* program;
    char* const* arguments;
    int fd;
};

/* Returns the first executable file of this name on PATH, to be freed. Null: not found, see errno. */
char* find_program(const char* name);

/* Replaces the caller by the program. Returns only on failure, with an errno and the caller unchanged. */
int replace_caller(const struct execution* what);

/* Executes the program in a process that is no child of the caller, with all signals unblocked and at their defaults.
 * Returns 0 after the execution, or an errno. */
int start_apart(const struct execution* what);
