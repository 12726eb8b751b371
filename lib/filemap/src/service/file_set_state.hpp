#pragma once

#include "async/blocking_queue.hpp"
#include "service/file_set_rules.hpp"
#include "watch/mount_watch.hpp"
#include "watch/path_watches.hpp"

#include <filemap/file_set.hpp>

#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace filemap {

struct file_set::state : std::enable_shared_from_this<file_set::state> {
    using number = std::uint64_t;
    // Identity of a file, sufficient to compare two names.
    using file_key = std::pair<device_id, std::uint64_t>;

    enum class leaving {
        no,
        when_ended,
        now,
    };

    // A lookup of a path on a thread that may block.
    struct search {
        // Result for a lookup that throws.
        result<fs::trackable_file> found = failure{make_error_code(boost::system::errc::not_enough_memory), {}};
        std::optional<fs::file_identity> identity;
        fs::path_way way;
        fs::follow_mode follow = fs::follow_mode::path;
    };

    struct entry {
        file_request request;
        number id = 0;
        file_state state = file_state::starting;
        leaving leaves = leaving::no;
        std::string reason;
        std::optional<monitor> running;
        std::optional<file_key> key;
        // File that is not retried: the file that was monitored, or, without an earlier monitor, the file at the path.
        std::unique_ptr<fs::file_identity> rests_on;
        bool rests = false;
        bool was_watching = false;
        bool restarts = false;
        bool queued = false;
        bool searched = false;
        bool search_again = false;
        // The set has asked the current holder whether it still monitors the file.
        bool holder_asked = false;
        bool way_said = false;
        // Reason of the last logged failure. Cleared when the file is monitored or missing.
        std::string failure_said;
        int searches_in_row = 0;
    };

    state(service& on, logger sink, file_set_handlers told, file_set_options chosen);
    void open(boost::asio::any_io_executor blocking);
    void close();

    void apply(std::vector<file_request> files, unlisted_files others);
    void remove_others(const std::vector<file_request>& sorted);
    void add(file_request file);
    void remove(entry& e);
    void release(entry& e);
    void resync(entry& e, std::function<void(error_code)> done);

    void retry(entry& e);
    void look_for(entry& e);
    void look_for_absent();
    [[nodiscard]] std::function<void()> begin_search(number id);
    void end_search(number id);
    void conclude(entry& e, search& what);
    void on_failure(entry& e, const failure& failed, const fs::path_way& way);
    void watch(entry& e, const fs::path_way& way);
    [[nodiscard]] bool is_taken(entry& e, const file_key& key);
    void ask(entry& holder, entry& e);
    void on_synced(number id, const monitor_status& status);
    void start(entry& e, fs::trackable_file file);
    void on_watching(number id, std::optional<group_id> group);
    void on_end(number id, const monitor_end& end);
    void on_hanging(number id);
    [[nodiscard]] std::shared_ptr<fs::glob_watch> watch_glob(fs::glob_spec spec, boost::asio::any_io_executor blocking,
                                                             fs::glob_handlers handlers);
    void on_mounts();
    void retry_later(entry& e);
    void take_key(entry& e, const file_key& key);
    void give_key_up(entry& e);
    void look_for_second_names(const entry& e);
    void erase(entry& e);
    void set(entry& e, file_state to, std::string reason);
    void on_settled();

    [[nodiscard]] entry* find(number id);
    [[nodiscard]] entry* find(std::string_view path);
    /// Returns the configuration of the entry's monitor.
    [[nodiscard]] static monitor_config config_of(const entry& e);
    [[nodiscard]] static file_info info(const entry& e);
    void log_state(entry& e) const;
    void log(log_level level, const entry& e, const std::string& text) const;

    service& on_;
    boost::asio::any_io_executor events_;
    logger log_;
    file_set_handlers handlers_;
    file_set_options options_;
    std::shared_ptr<blocking_queue> jobs_;
    std::shared_ptr<fs::watch_hub> hub_;
    std::optional<fs::path_watches> watches_;
    std::vector<std::weak_ptr<fs::glob_watch>> globs_;
    std::optional<fs::mount_watch> mounts_;
    boost::asio::steady_timer mount_timer_;
    bool mount_waits_ = false;
    bool mount_due_ = false;
    boost::asio::steady_timer retry_timer_;
    std::unordered_set<number> retried_;
    bool retry_waits_ = false;

    // Entries by path. The key is a view of the entry's path.
    std::map<std::string_view, std::unique_ptr<entry>> entries_;
    std::unordered_map<number, entry*> by_id_;
    std::map<file_key, number> by_key_;
    std::unordered_map<number, std::shared_ptr<search>> searches_;
    // Entries whose file another entry monitors, with the id of that entry.
    std::unordered_map<number, number> second_names_;
    std::array<std::size_t, file_states> counts_{};
    number last_id_ = 0;
    bool settle_due_ = false;
    bool closed_ = false;
};

}  // namespace filemap
