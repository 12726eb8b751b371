/*
 * Starts dmfilemapd(8), which keeps a group of device-mapper statistics true to a file.
 * See dm_stats_start_filemapd(3).
 *
 * The names, values and signatures are those of libdevmapper. In a source that uses libdevmapper.h too, include that
 * first: its declarations then stand for these.
 */
#ifndef DMFILEMAPD_H
#define DMFILEMAPD_H

#ifndef LIB_DEVICE_MAPPER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum dm_filemapd_mode_e {
    DM_FILEMAPD_FOLLOW_INODE, /* the file, whatever it is called */
    DM_FILEMAPD_FOLLOW_PATH,  /* whatever file is at the path */
    DM_FILEMAPD_FOLLOW_NONE   /* no mode */
} dm_filemapd_mode_t;

/* The mode of "inode" or "path"; DM_FILEMAPD_FOLLOW_NONE for all else, a null pointer included. */
dm_filemapd_mode_t dm_filemapd_mode_from_string(const char* mode_str);

/*
 * Starts the dmfilemapd found on PATH.
 *
 * fd          The file, open. The daemon gets it even if it is closed by exec; the caller keeps it.
 * group_id    The group of the file, on its device. At most INT_MAX.
 * path        The absolute name of the file.
 * mode        DM_FILEMAPD_FOLLOW_INODE or DM_FILEMAPD_FOLLOW_PATH.
 * foreground  0: in the background, where it is no child of the caller. 1: in the caller's place, as by execve().
 * verbose     0 to 3, as many -v of the daemon.
 *
 * Returns 1 when dmfilemapd is executed (it is not waited for until it watches the file: what it refuses, it says on
 * stderr), and 0 with errno set when it is not. Nothing is printed here. Any thread may call it.
 */
int dm_stats_start_filemapd(int fd, uint64_t group_id, const char* path, dm_filemapd_mode_t mode, unsigned foreground,
                            unsigned verbose);

#ifdef __cplusplus
}
#endif

#endif /* LIB_DEVICE_MAPPER_H */

#endif /* DMFILEMAPD_H */
