#pragma once

#include "kernel/follow_fixture.hpp"
#include "support/outcomes.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::test {

/// Command line and follow mode of the daemon. The daemon stays in the foreground, so that its log can be read.
enum class call_form { own_inode, own_path, drop_in_inode, drop_in_path };

[[nodiscard]] std::string_view name_of(call_form form);
[[nodiscard]] constexpr bool follows_path(call_form form) {
    return form == call_form::own_path || form == call_form::drop_in_path;
}
[[nodiscard]] constexpr bool is_own(call_form form) {
    return form == call_form::own_inode || form == call_form::own_path;
}

/// A file on a device and the daemon that monitors it. The verify timer is off by default, and the tests use a separate
/// control node, so the daemon learns of changes by events only.
class situation {
public:
    explicit situation(call_form form);
    situation(const situation&) = delete;
    situation& operator=(const situation&) = delete;
    ~situation();

    [[nodiscard]] bool follows_path() const { return test::follows_path(form_); }

    /// @name Before the start
    /// @{
    /// Uses a separate device, which the test may break.
    void use_own_device();
    /// Path on the daemon's command line, by default "file" two directories below the mount point.
    std::string path;
    /// Options of the daemon's own form.
    std::vector<std::string> options{"--verify", "0", "--tolerance", "300"};
    /// Options of `dmstats create`, if dmstats makes the group.
    std::vector<std::string> creation;
    /// @}

    /// Nested scratch directories.
    [[nodiscard]] std::string mount_point() const;
    [[nodiscard]] std::string upper() const { return mount_point() + "/case"; }
    [[nodiscard]] std::string directory() const { return upper() + "/directory"; }

    /// Starts the daemon and waits until it is watching.
    void start();
    [[nodiscard]] background_program& daemon() { return *daemon_; }
    [[nodiscard]] std::string log() const { return daemon_->printed(); }
    void expect_log(const std::string& text) const;
    void freeze() const;
    void thaw() const;
    /// Waits until the daemon has been idle for some time.
    void wait_until_quiet() const;

    /// Registers an undo action. Actions run in reverse order after the daemon's end.
    void at_the_end(std::function<void()> undo) { undoing_.push_back(std::move(undo)); }
    /// Opens a file until the end, or until `let_go`. @return A path that leads to it.
    std::string hold(const std::string& file, int flags);
    void let_go();

    [[nodiscard]] const std::string& device() const { return device_; }
    [[nodiscard]] std::vector<listed_region> regions() const { return regions_of(device_); }
    /// Group of the monitored file, by name.
    [[nodiscard]] listed_group group() const;
    std::string message(const std::vector<std::string>& words) const;
    /// Adds a region of another program. @return Its id.
    std::string add_stranger(const std::string& program);
    /// Marks a region as foreign: it must not change any more.
    void leave_alone(std::uint64_t region);
    void check_strangers() const;
    [[nodiscard]] bool is_strangers(std::uint64_t region) const;
    /// Number of regions after deletion of the group or unmount; none: the device is gone.
    std::optional<std::size_t> left;
    /// All regions except foreign ones.
    [[nodiscard]] std::vector<listed_region> ours() const;

private:
    [[nodiscard]] std::vector<std::string> own_command() const;
    void start_drop_in();

    call_form form_;
    std::string device_;
    std::unique_ptr<scratch_device> own_device_;
    std::vector<std::function<void()>> undoing_;
    int held_ = -1;
    std::vector<listed_region> strangers_;
    std::unique_ptr<background_program> daemon_;
};

/// Proves the outcome of an operation.
struct operation {
    std::string_view name;
    /// Performs the operation. @return Current path of the monitored file, if the daemon continues.
    std::function<std::string(situation&)> perform;
    /// Makes the file, by default 1 MiB at `situation::path`; may select another path, device or options.
    std::function<void(situation&)> prepare{};
    /// Only in the daemon's own form: dmstats lacks the options, or makes no group for such a file.
    bool own_only = false;
};

/// Registers the cases of a section, and a case that checks completeness.
bool add_outcome_cases(operations_on section, std::vector<operation> operations);

}  // namespace filemap::test
