#pragma once

#include <filemap/dm/kernel.hpp>
#include <filemap/export.hpp>

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace filemap::dm {

/// I/O that a test reports to the simulated kernel.
enum class io_direction { read, write };

/**
 * @brief A kernel in memory, for tests: the same messages, ids, errors and texts.
 * @details
 * Message texts pass through the kernel's tokenizer rules, ids are the lowest free ones, and answers have the kernel's
 * wording. The layers above run unchanged and without privileges. The suite `test/support/dm_cases` checks the
 * simulation and the real kernel for the same behaviour.
 *
 * @par Thread-safety  All functions may be called from several threads at once.
 */
class FILEMAP_API simulated_kernel final : public kernel {
public:
    simulated_kernel();
    ~simulated_kernel() override;

    [[nodiscard]] result<std::string> message(device_id device, std::string_view text,
                                              std::size_t answer_size = 0) override;

    /// Adds a device of this size.
    void add_device(device_id device, sectors size);
    /// Removes a device and its regions.
    void remove_device(device_id device);

    /// Issues one I/O, which completes at once.
    /// @param duration In nanoseconds.
    void complete_io(device_id device, io_direction direction, sector_range where, std::uint64_t duration = 0);

    /// A quarter of 1 GiB.
    static constexpr std::uint64_t default_memory_limit = 256 * 1024 * 1024;

    /// Limits the bytes of all regions, as the kernel limits them to a quarter of memory; above the limit, ENOMEM. A
    /// region takes 360 bytes, and 224 for each further area, as on a kernel for one CPU.
    void limit_memory(std::uint64_t bytes_of_all_regions);

    /**
     * @brief Called before each message with its ordinal (1 for the first since this was set) and text.
     * @details
     * A returned error fails the message, which then does nothing. The hook may block, to delay the message, and may
     * throw, to end the caller as a kill would. The hook may send messages, as another program would; these are not
     * counted and do not call the hook. No lock is held during the call. If several threads send, several calls run at
     * once.
     */
    using hook = std::function<error_code(std::uint64_t ordinal, device_id device, std::string_view text)>;
    void before_each_message(hook call);

    /// Returns the number of messages since the hook was last set, or since the start.
    [[nodiscard]] std::uint64_t messages() const;

private:
    struct FILEMAP_LOCAL state;

    /// Counts the message and asks the hook.
    error_code run_hook(device_id device, std::string_view text);

    std::unique_ptr<state> state_;
};

}  // namespace filemap::dm
