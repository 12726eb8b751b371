#pragma once

#include <dmfilemapd/config/configuration.hpp>

#include <filemap/config.hpp>
#include <filemap/file_set.hpp>
#include <filemap/fs/glob_watch.hpp>
#include <filemap/fs/mount_watch.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dmfilemapd {

/// What a monitor is told by the settings of its file, but for path and alias.
[[nodiscard]] filemap::monitor_config config_of(const file_settings& settings);

/**
 * @brief The files that a configuration names, by path or by glob, kept in a `file_set`.
 * @details A glob that a new configuration has, too, is not read anew. Until all new ones have been read, or for some
 * seconds, no file ends for being named by none.
 */
class wanted_files {
public:
    /// @param blocking Threads that may block, to read the directories of globs.
    wanted_files(boost::asio::any_io_executor events, boost::asio::any_io_executor blocking, filemap::service& service,
                 filemap::file_set& files, filemap::logger log);
    wanted_files(const wanted_files&) = delete;
    wanted_files& operator=(const wanted_files&) = delete;

    /// From now on this holds.
    void use(const configuration& read);
    void stop();

private:
    // Of all files that one table of the configuration names.
    struct named_alike {
        std::shared_ptr<const filemap::monitor_config> settings;
        std::string alias;
        bool must_exist = false;
    };
    struct glob {
        named_alike files;
        std::unique_ptr<filemap::fs::glob_watch> watch;
    };

    [[nodiscard]] static named_alike alike(const file_settings& settings);
    [[nodiscard]] static filemap::file_request request(const std::string& path, const named_alike& files);
    /// Nothing if nothing names it.
    [[nodiscard]] std::optional<filemap::file_request> wanted(const std::string& path) const;
    [[nodiscard]] std::unique_ptr<filemap::fs::glob_watch> watch(const filemap::fs::glob_spec& spec);
    [[nodiscard]] bool all_read() const;
    void apply_when_read();
    void apply();
    void look_again();

    boost::asio::any_io_executor events_;
    boost::asio::any_io_executor blocking_;
    filemap::service& service_;
    filemap::file_set& files_;
    filemap::logger log_;
    std::shared_ptr<filemap::fs::watch_hub> hub_;
    std::optional<filemap::fs::mount_watch> mounts_;
    std::map<std::string, named_alike> named_;
    std::vector<glob> globs_;
    boost::asio::steady_timer patience_;
    bool apply_due_ = false;
};

}  // namespace dmfilemapd
