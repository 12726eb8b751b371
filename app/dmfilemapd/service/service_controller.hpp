#pragma once

#include "dmfilemapd/api/service_api.hpp"
#include "dmfilemapd/hot/hot_spot_scan.hpp"
#include "dmfilemapd/map/map_request.hpp"
#include "dmfilemapd/service/file_selection.hpp"

#include <filemap/file_set.hpp>
#include <filemap/service.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace dmfilemapd {

/// Implements the control socket's interface for the service's files.
class service_controller final : public control::target {
public:
    /// @param configuration Path of the configuration file.
    /// @param reload        Reads the configuration again; completes when it is in force or rejected.
    /// @param blocking      Executor whose threads may block for long.
    service_controller(filemap::service& service, boost::asio::any_io_executor blocking, filemap::file_set& files,
                       file_selection& wanted, hot_spot_scan& hunter, metrics::shared_snapshots& figures,
                       std::string configuration, std::function<void(control::completion)> reload);

    /// Sets the configuration's defaults for added files.
    void use_defaults(const file_settings& defaults) { defaults_ = defaults; }

    void on_changed(const filemap::file_info& file);
    void on_synced(const filemap::file_info& file);
    void on_removed(const std::string& path);
    /// @param error Error of the configuration that was read; empty on success.
    void on_read(const std::string& error);

    [[nodiscard]] control::service_status status() const override;
    [[nodiscard]] std::vector<control::file_summary> files_after(const std::string& path,
                                                                 std::size_t most) const override;
    [[nodiscard]] std::optional<control::file_details> find(const std::string& path) const override;
    void add(const std::string& path, std::vector<control::setting> settings, control::completion done) override;
    void remove(const std::string& path, control::completion done) override;
    void resync(const std::string& path, control::completion done) override;
    void resync_all(control::completion done) override;
    void map(const std::string& path, bool counted, control::text_completion done) override;
    std::function<void()> scan(const std::string& device, std::function<void(std::string)> told,
                               control::completion done) override;
    void reload(control::completion done) override;
    [[nodiscard]] metrics::shared_snapshots& figures() override { return figures_; }
    void on_event(std::weak_ptr<control::event_hub> told) override;

private:
    struct many_resyncs;
    struct wanted_drawing {
        drawn_file file;
        bool counted;
        control::text_completion done;
    };

    [[nodiscard]] bool is_listed(const std::string& path) const;
    [[nodiscard]] bool has_failed(const std::string& path) const;
    [[nodiscard]] control::file_summary summary_of(const filemap::file_info& file) const;
    void tell(control::event::kind what, const filemap::file_info& file, const std::string& text);
    void tell(control::event happened);
    using waiting_requests = std::multimap<std::string, control::completion>;
    static void answer(waiting_requests& waiting, const std::string& path, const control::outcome& outcome);
    void answer_addition(const filemap::file_info& file);
    void take_back(const std::string& path, const std::string& reason);
    void draw_next(filemap::device_id device);
    void begin_resync();
    void resync_some(const std::shared_ptr<many_resyncs>& all, const std::string& after);

    filemap::service& service_;
    boost::asio::any_io_executor events_;
    boost::asio::any_io_executor blocking_;
    filemap::file_set& files_;
    file_selection& wanted_;
    hot_spot_scan& hunter_;
    metrics::shared_snapshots& figures_;
    std::string configuration_;
    std::function<void(control::completion)> reload_;
    file_settings defaults_;
    control::time_point started_at_;
    std::optional<control::time_point> read_at_;
    std::string read_error_;
    std::uint64_t last_event_ = 0;
    std::vector<std::weak_ptr<control::event_hub>> hubs_;
    std::unordered_map<std::string, filemap::group_id> groups_;
    waiting_requests additions_;
    waiting_requests removals_;
    /// Requests that wait for the next sync of all files.
    std::vector<control::completion> resync_waiters_;
    boost::asio::steady_timer resync_pause_;
    bool resync_pauses_ = false;
    /// Map requests by device. The first request of each device is in progress.
    std::map<filemap::device_id, std::deque<wanted_drawing>> drawings_;
};

}  // namespace dmfilemapd
