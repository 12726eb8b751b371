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
 * @brief Selects files by the paths and globs of a configuration and monitors them in a `file_set`.
 * @details A reload does not read an unchanged glob again. Unlisted files stay until all new globs are read. After a
 * few seconds, listed files are monitored even if globs are still being read.
 */
class file_selection {
public:
    /// @param blocking Executor whose threads may block, to read the directories of globs.
    /// @param patience Timeout for reading new globs, after which the files known so far are monitored. Tests set it.
    file_selection(boost::asio::any_io_executor events, boost::asio::any_io_executor blocking, filemap::file_set& files,
                   std::chrono::milliseconds patience = std::chrono::seconds{5});
    file_selection(const file_selection&) = delete;
    file_selection& operator=(const file_selection&) = delete;

    /// Applies a configuration. Files added by clients stay.
    void use(const configuration& read);
    void stop();

    using file_origin = control::file_origin;
    /// Settings as read, and the monitor configuration derived from them.
    struct following_settings {
        file_settings as_read;
        filemap::monitor_config config;
    };
    /// Source of a file and its settings.
    struct naming {
        file_origin origin = file_origin::configuration;
        std::shared_ptr<const following_settings> settings;
        /// File and line in the configuration; empty for a file added by a client.
        std::string where;
    };
    /// Returns the source of the file, or nullptr if no source selects the file.
    [[nodiscard]] const naming* naming_of(const std::string& path) const;

    /// Adds a file, regardless of the configuration.
    void add(const std::string& path, const file_settings& settings);
    /// Undoes an addition. If the configuration lists the file, its settings apply.
    void take_back(const std::string& path);
    /// Stops monitoring a file until the next reload. @return False if there is no such file.
    bool remove(const std::string& path);

private:
    struct glob {
        naming files;
        std::shared_ptr<filemap::fs::glob_watch> watch;
    };

    [[nodiscard]] naming named_by(file_origin origin, const file_settings& settings,
                                  const app::config::source_place& where);
    [[nodiscard]] static filemap::file_request request(const std::string& path, const naming& by);
    /// Returns the request for the file, or nothing if no source selects the file.
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
    // Settings of the previous entry, shared because many consecutive entries have equal settings.
    std::shared_ptr<const following_settings> last_settings_;
    std::vector<glob> globs_;
    std::chrono::milliseconds patience_;
    boost::asio::steady_timer patience_timer_;
    bool apply_due_ = false;
};

}  // namespace dmfilemapd
