#pragma once

namespace filemap::fs {

/**
 * @brief Returns true if the extents that FIEMAP lists as written have been written, or are being written.
 * @details True on xfs, and on ext4 with delayed allocation. File systems that allocate blocks before writeback list
 * them as written early: ext4 with `nodelalloc` or journalled data, ext2 and others. An unknown case counts as such.
 * @param file Open descriptor, not O_PATH.
 */
[[nodiscard]] bool listed_as_written_is_written(int file);

}  // namespace filemap::fs
