#define _GNU_SOURCE
#include "process.h"

#include <dmfilemapd.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char* const mode_words[] = {"inode", "path"};

dm_filemapd_mode_t dm_filemapd_mode_from_string(const char* mode_str) {
    if (mode_str && !strcmp(mode_str, mode_words[DM_FILEMAPD_FOLLOW_INODE])) return DM_FILEMAPD_FOLLOW_INODE;
    if (mode_str && !strcmp(mode_str, mode_words[DM_FILEMAPD_FOLLOW_PATH])) return DM_FILEMAPD_FOLLOW_PATH;
    return DM_FILEMAPD_FOLLOW_NONE;
}

int dm_stats_start_filemapd(int fd, uint64_t group_id, const char* path, dm_filemapd_mode_t mode, unsigned foreground,
                            unsigned verbose) {
    char fd_text[12], group_text[24], foreground_text[2], verbose_text[2];
    char* program;
    int error;

    /* The kernel's region ids, which are also group ids, have the type int. */
    if (group_id > INT_MAX || !path || path[0] != '/' || foreground > 1 || verbose > 3 ||
        (mode != DM_FILEMAPD_FOLLOW_INODE && mode != DM_FILEMAPD_FOLLOW_PATH)) {
        errno = EINVAL;
        return 0;
    }
    if (fcntl(fd, F_GETFD) < 0) return 0;
    program = find_program("dmfilemapd");
    if (!program) return 0;

    snprintf(fd_text, sizeof fd_text, "%d", fd);
    snprintf(group_text, sizeof group_text, "%" PRIu64, group_id);
    snprintf(foreground_text, sizeof foreground_text, "%u", foreground);
    snprintf(verbose_text, sizeof verbose_text, "%u", verbose);
    const char* const arguments[] = {"dmfilemapd",     fd_text,         group_text,   path,
                                     mode_words[mode], foreground_text, verbose_text, NULL};
    const struct execution daemon = {program, (char* const*)arguments, fd};
    error = foreground ? replace_caller(&daemon) : start_apart(&daemon);
    free(program);
    errno = error;
    return error == 0;
}
