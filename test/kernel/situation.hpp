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

/// How the daemon is called, and what it follows. It stays in the foreground, so that its log can be read.
enum class call_form { own_inode, own_path, drop_in_inode, drop_in_path };

[[nodiscard]] std::string_view name_of(call_form form);
[[nodiscard]] constexpr bool follows_path(call_form form) {
    return form == call_form::own_path || form == call_form::drop_in_path;
}
[[nodiscard]] constexpr bool is_own(call_form form) {
    return form == call_form::own_inode || form == call_form::own_path;
}

/// A file on a device, and the daemon that follows it. No unasked looks, unless a test wants them, and the tests look
/// on through a control node of their own: what is noticed has been told by an event.
class situation {
public:
    explicit situation(call_form form);
    situation(const situation&) = delete;
    situation& operator=(const situation&) = delete;
    ~situation();

    [[nodiscard]] bool follows_path() const { return test::follows_path(form_); }

    /// @name Before the start
    /// @{
    /// A device of its own, which may be broken.
    void use_own_device();
    /// The name that the daemon is told, by default "file" two directories below the mount point.
    std::string path;
    /// Options of the daemon's own form.
    std::vector<std::string> options{"--verify", "0", "--tolerance", "300"};
    /// Options of `dmstats create`, when that makes the group.
    std::vector<std::string> creation;
    /// @}

    /// The scratch directories: each is in the one before.
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
    /// Until the daemon has been asleep for some time.
    void wait_until_quiet() const;

    /// Undone in reverse order when all is over, after the daemon's end.
    void at_the_end(std::function<void()> undo) { undoing_.push_back(std::move(undo)); }
    /// Opens a file until the end, or until `let_go`. @return A path that leads to it.
    std::string hold(const std::string& file, int flags);
    void let_go();

    [[nodiscard]] const std::string& device() const { return device_; }
    [[nodiscard]] std::vector<listed_region> regions() const { return regions_of(device_); }
    /// Of the followed file, by its name.
    [[nodiscard]] listed_group group() const;
    std::string message(const std::vector<std::string>& words) const;
    /// A region of another program. @return Its number.
    std::string add_stranger(const std::string& program);
    /// A region is to stay what it is now, as it is another's.
    void leave_alone(std::uint64_t region);
    void check_strangers() const;
    [[nodiscard]] bool is_strangers(std::uint64_t region) const;
    /// How many regions those who remove the group, or unmount, leave; none: there is no device to ask.
    std::optional<std::size_t> left;
    /// What is listed but the strangers'.
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

/// Shows what becomes of one operation.
struct operation {
    std::string_view name;
    /// Does it. @return Where what is to be followed is now, if it goes on.
    std::function<std::string(situation&)> perform;
    /// Makes the file, by default 1 MiB at `situation::path`; may choose another path, device or options.
    std::function<void(situation&)> prepare{};
    /// Only in the daemon's own form: the other has not the options for it, or dmstats makes no group of such a file.
    bool own_only = false;
};

/// Registers the cases of a section; that it has them all is a case as well.
bool add_outcome_cases(operations_on section, std::vector<operation> operations);

}  // namespace filemap::test
