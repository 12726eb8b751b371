/*
 * start-dmfilemapd FILE GROUP_ID PATH MODE FOREGROUND VERBOSE - calls dm_stats_start_filemapd() as a C program does,
 * with FILE opened (or -1, if it is "-"). Prints what that returns, and what it returns 0 for.
 */
#include <dmfilemapd.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char** argv) {
    int fd, started;

    if (argc != 7) {
        fprintf(stderr, "usage: %s FILE GROUP_ID PATH MODE FOREGROUND VERBOSE\n", argv[0]);
        return 2;
    }
    fd = strcmp(argv[1], "-") ? open(argv[1], O_RDONLY) : -1;
    if (fd < 0 && strcmp(argv[1], "-")) {
        perror(argv[1]);
        return 2;
    }
    started = dm_stats_start_filemapd(fd, strtoul(argv[2], NULL, 10), argv[3], dm_filemapd_mode_from_string(argv[4]),
                                      (unsigned)atoi(argv[5]), (unsigned)atoi(argv[6]));
    if (!started) perror("dm_stats_start_filemapd");
    printf("%d\n", started);
    return 0;
}
