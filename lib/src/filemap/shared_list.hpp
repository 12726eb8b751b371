#pragma once

#include <filemap/device_groups.hpp>
#include <filemap/dm/statistics.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace filemap {

/**
 * @brief The last list of one device by program: monitors that want one at the same time, as all do when anybody was
 * at the control node, ask the kernel once.
 * @par Thread-safety  Shared objects: safe.
 */
class shared_list {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// nullptr: none of this program was begun since.
    [[nodiscard]] std::shared_ptr<const device_groups> find(const std::string& program_id, time_point since) const;

    /// Lists the regions anew. Blocks. @par Errors As `dm::statistics::list`.
    [[nodiscard]] result<std::shared_ptr<const device_groups>> read(dm::statistics& device,
                                                                    const std::string& program_id);

    /// Gives the memory back.
    void drop();

private:
    struct dated {
        std::shared_ptr<const device_groups> groups;
        time_point begun_at;
    };

    mutable std::mutex mutex_;
    std::map<std::string, dated> lists_;
};

}  // namespace filemap
