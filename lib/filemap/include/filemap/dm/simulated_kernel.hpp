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

/// What happens on a device, for a test to tell the simulated kernel.
enum class io_direction { read, write };

/**
 * @brief A kernel kept in memory, for tests: the same messages, ids, errors and texts.
 * @details
 * Takes message texts through the same tokenizer rules as the kernel, gives out the lowest free id, and answers in the
 * kernel's words, so that everything above runs unchanged and without privileges. The suite `test/support/dm_cases`
 * holds it and the real kernel to the same behaviour.
 *
 * @par Thread-safety  All members may be called from several threads at once.
 */
class FILEMAP_API simulated_kernel final : public kernel {
public:
    simulated_kernel();
    ~simulated_kernel() override;

    [[nodiscard]] result<std::string> message(device_id device, std::string_view text,
                                              std::size_t answer_size = 0) override;

    /// A device appears, of this size.
    void add_device(device_id device, sectors size);
    /// A device goes, with its regions.
    void remove_device(device_id device);

    /// One I/O is issued and completes at once.
    /// @param duration In nanoseconds.
    void complete_io(device_id device, io_direction direction, sector_range where, std::uint64_t duration = 0);

    /// A quarter of 1 GiB.
    static constexpr std::uint64_t default_memory_limit = 256 * 1024 * 1024;

    /// The bytes that all regions may take, as the kernel limits them to a quarter of memory; past that, ENOMEM. A
    /// region takes 360 bytes here and 224 for each further area, as on a kernel for one CPU.
    void limit_memory(std::uint64_t bytes_of_all_regions);

    /**
     * @brief Called before each message is performed, with its ordinal (1 for the first since this was set) and text.
     * @details
     * Returning an error makes the message fail with it and do nothing. It may block, to delay the message, may throw,
     * to end the caller as a kill would, and may itself send messages, as another program would: these are neither
     * counted nor given to the hook. It is called without any lock held, by several threads at once if several send.
     */
    using hook = std::function<error_code(std::uint64_t ordinal, device_id device, std::string_view text)>;
    void before_each_message(hook call);

    /// Messages received since the hook was last set, or since the start.
    [[nodiscard]] std::uint64_t messages() const;

private:
    struct FILEMAP_LOCAL state;

    /// Counts the message and asks the hook.
    error_code run_hook(device_id device, std::string_view text);

    std::unique_ptr<state> state_;
};

}  // namespace filemap::dm
