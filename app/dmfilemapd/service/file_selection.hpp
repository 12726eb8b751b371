#pragma once

#include "dmfilemapd/api/service_api.hpp"
#include "dmfilemapd/config/configuration.hpp"

#include <filemap/config.hpp>
#include <filemap/file_set.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dmfilemapd {

/// Returns the configuration of a monitor from the settings of its file, without path and alias.
[[nodiscard]] filemap::monitor_config config_of(const file_settings& settings);

/**
 * @brief The files named by a configuration, by path or by glob, kept in a `file_set`.
 * @details An unchanged glob is not read again after a reload. Until all new globs are read, no file is dropped for
 * being unnamed; files named by path are monitored after a few seconds in any case.
 */
class file_selection {
public:
    /// @param blocking Threads that may block, to read the directories of globs.
    /// @param patience The seam for tests: how long new globs may take until what is named by then is followed.
    file_selection(boost::asio::any_io_executor events, boost::asio::any_io_executor blocking, filemap::file_set& files,
                   std::chrono::milliseconds patience = std::chrono::seconds{5});
    file_selection(const file_selection&) = delete;
    file_selection& operator=(const file_selection&) = delete;

    /// Applies a configuration. Files added by clients stay.
    void use(const configuration& read);
    void stop();

    using file_origin = control::file_origin;
    /// Settings as read, and the monitor's configuration made from them.
    struct following_settings {
        file_settings as_read;
        filemap::monitor_config config;
    };
    /// How a file is named, and its settings.
    struct naming {
        file_origin origin = file_origin::configuration;
        std::shared_ptr<const following_settings> settings;
        /// File and line; empty if it was added.
        std::string where;
    };
    /// nullptr: nothing does.
    [[nodiscard]] const naming* naming_of(const std::string& path) const;

    /// Adds a file, regardless of the configuration.
    void add(const std::string& path, const file_settings& settings);
    /// Undoes an addition. If the configuration names the file, its settings apply.
    void take_back(const std::string& path);
    /// Gives a file up; what the configuration names comes back with it. @return Whether there is such a file.
    bool remove(const std::string& path);

private:
    struct glob {
        naming files;
        std::shared_ptr<filemap::fs::glob_watch> watch;
    };

    [[nodiscard]] naming named_by(file_origin origin, const file_settings& settings,
                                  const app::config::source_place& where);
    [[nodiscard]] static filemap::file_request request(const std::string& path, const naming& by);
    /// Returns nothing if no source selects the file.
    [[nodiscard]] std::optional<filemap::file_request> wanted(const std::string& path) const;
    [[nodiscard]] std::shared_ptr<filemap::fs::glob_watch> watch(const filemap::fs::glob_spec& spec);
    [[nodiscard]] bool all_read() const;
    void apply_when_read();
    void apply(filemap::unlisted_files others);

    boost::asio::any_io_executor events_;
    boost::asio::any_io_executor blocking_;
    filemap::file_set& files_;
    std::map<std::string, naming> added_;
    std::map<std::string, naming> named_;
    // The last ones: many entries in a row have the same.
    std::shared_ptr<const following_settings> last_settings_;
    std::vector<glob> globs_;
    std::chrono::milliseconds patience_;
    boost::asio::steady_timer patience_timer_;
    bool apply_due_ = false;
};

}  // namespace dmfilemapd
