#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Checks with the effective ids, as execve() does. */
static int is_executable(const char* file) {
    struct stat status;
    if (stat(file, &status) != 0) return 0;
    if (!S_ISREG(status.st_mode)) {
        errno = EACCES;
        return 0;
    }
    return faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) == 0;
}

/* Returns "DIRECTORY/NAME". An empty DIRECTORY means the current directory. */
static char* join(const char* directory, size_t length, const char* name) {
    char* file;
    if (length == 0) return strdup(name);
    return asprintf(&file, "%.*s/%s", (int)length, directory, name) < 0 ? NULL : file;
}

char* find_program(const char* name) {
    const char* at = getenv("PATH");
    int error = ENOENT;

    if (!at) at = "/bin:/usr/bin";
    for (;;) {
        const size_t length = strcspn(at, ":");
        char* file = join(at, length, name);
        if (!file) return NULL;
        if (is_executable(file)) return file;
        /* Prefer the error of a file that cannot be executed to the error of a missing file. */
        if (errno == EACCES) error = EACCES;
        free(file);
        if (at[length] == '\0') break;
        at += length + 1;
    }
    errno = error;
    return NULL;
}
