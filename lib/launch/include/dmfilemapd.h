/*
 * Starts dmfilemapd(8), which keeps a group of device-mapper statistics in sync with a file's extents.
 * See dm_stats_start_filemapd(3).
 *
 * Names, values and signatures are those of libdevmapper. A source that also uses libdevmapper.h must include it
 * first: its declarations then replace these.
 */
#ifndef DMFILEMAPD_H
#define DMFILEMAPD_H

#ifndef LIB_DEVICE_MAPPER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum dm_filemapd_mode_e {
    DM_FILEMAPD_FOLLOW_INODE, /* the file, under any name */
    DM_FILEMAPD_FOLLOW_PATH,  /* the file at the path */
    DM_FILEMAPD_FOLLOW_NONE   /* no mode */
} dm_filemapd_mode_t;

/* Returns the mode of "inode" or "path", and DM_FILEMAPD_FOLLOW_NONE for any other text or a null pointer. */
dm_filemapd_mode_t dm_filemapd_mode_from_string(const char* mode_str);

/*
 * Starts the dmfilemapd found on PATH.
 *
 * fd          Open descriptor of the file. The daemon inherits it even with FD_CLOEXEC; the caller keeps it.
 * group_id    Group of the file, on its device. At most INT_MAX.
 * path        Absolute path of the file.
 * mode        DM_FILEMAPD_FOLLOW_INODE or DM_FILEMAPD_FOLLOW_PATH.
 * foreground  0: in the background, not as a child of the caller. 1: in the caller's place, as by execve().
 * verbose     0 to 3: number of -v options of the daemon.
 *
 * Returns 1 when dmfilemapd is executed, and 0 with errno set on failure. Does not wait until dmfilemapd watches the
 * file: dmfilemapd reports its errors on stderr. Prints nothing. Thread-safe.
 */
int dm_stats_start_filemapd(int fd, uint64_t group_id, const char* path, dm_filemapd_mode_t mode, unsigned foreground,
                            unsigned verbose);

#ifdef __cplusplus
}
#endif

#endif /* LIB_DEVICE_MAPPER_H */

#endif /* DMFILEMAPD_H */
