#pragma once

namespace filemap::fs {

/**
 * @brief Whether what FIEMAP lists of a file as written has been written, or is just being.
 * @details So it is on xfs, and on ext4 with delayed allocation. Where blocks are allocated before they are written
 * back they are listed as written long before they are: on ext4 with `nodelalloc` or journalled data, on ext2 and
 * others. What is not known for certain is taken for such.
 * @param file Open, not by O_PATH.
 */
[[nodiscard]] bool listed_as_written_is_written(int file);

}  // namespace filemap::fs
