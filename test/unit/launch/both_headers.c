/* libdevmapper.h must come first, see dmfilemapd.h. */
/* clang-format off */
#include <libdevmapper.h>
#include <dmfilemapd.h>
/* clang-format on */

const int modes_of_libdevmapper[] = {DM_FILEMAPD_FOLLOW_INODE, DM_FILEMAPD_FOLLOW_PATH, DM_FILEMAPD_FOLLOW_NONE};

int (*const start_by_both_headers)(int, uint64_t, const char*, dm_filemapd_mode_t, unsigned,
                                   unsigned) = dm_stats_start_filemapd;
