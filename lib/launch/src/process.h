#pragma once

/* A program to execute, and the descriptor that it is to find open under the same number. */
struct execution {
    const char* program;
    char* const* arguments;
    int fd;
};

/* The executable file of this name that comes first on PATH, to be freed; or null and errno. */
char* find_program(const char* name);

/* Executes in the caller's place. Returns, with an errno, only if that fails: all is then as it was. */
int replace_caller(const struct execution* what);

/* Executes in a process that is no child of the caller, with no signal blocked, ignored or handled. 0 once it is
 * executed, or an errno. */
int start_apart(const struct execution* what);
