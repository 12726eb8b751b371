#include "wanted_files.hpp"

#include <dmfilemapd/config/alias.hpp>

#include <filemap/dm/group_descriptor.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace dmfilemapd {
namespace {

constexpr std::chrono::seconds glob_patience{5};

filemap::fs::glob_spec spec_of(const glob_entry& entry) {
    return {entry.pattern, entry.recursive, entry.exclude};
}

}  // namespace

filemap::monitor_config config_of(const file_settings& settings) {
    filemap::monitor_config config;
    config.follow = settings.follow;
    config.program_id = settings.program_id;
    config.counting = settings.counting;
    config.regions = settings.regions;
    config.interval = settings.interval;
    config.tolerance = settings.tolerance;
    config.verify = settings.verify;
    config.delete_on_exit = settings.delete_on_exit;
    return config;
}

wanted_files::wanted_files(boost::asio::any_io_executor events, boost::asio::any_io_executor blocking,
                           filemap::service& service, filemap::file_set& files, filemap::logger log)
    : events_(std::move(events)),
      blocking_(std::move(blocking)),
      service_(service),
      files_(files),
      log_(std::move(log)),
      hub_(service_.watches()),
      patience_(events_) {
    // Without it the file set has said so already.
    if (auto mounts = filemap::fs::mount_watch::open(events_, [this] { look_again(); })) mounts_.emplace(std::move(*mounts));
}

wanted_files::named_alike wanted_files::alike(const file_settings& settings) {
    return {std::make_shared<const filemap::monitor_config>(config_of(settings)), settings.alias,
            settings.absent == absence::fail};
}

filemap::file_request wanted_files::request(const std::string& path, const named_alike& files) {
    const auto syntax = filemap::dm::installed_alias_syntax();
    const std::string name = filemap::dm::readable_alias(expand_alias(files.alias, path), syntax);
    return {path, files.settings, filemap::dm::alias_part(name, syntax), files.must_exist};
}

std::optional<filemap::file_request> wanted_files::wanted(const std::string& path) const {
    if (const auto named = named_.find(path); named != named_.end()) return request(path, named->second);
    const auto last = std::find_if(globs_.rbegin(), globs_.rend(),
                                   [&path](const glob& g) { return g.watch && g.watch->contains(path); });
    if (last == globs_.rend()) return {};
    return request(path, last->files);
}

std::unique_ptr<filemap::fs::glob_watch> wanted_files::watch(const filemap::fs::glob_spec& spec) {
    filemap::fs::glob_handlers told;
    told.found = [this](const std::string& path) {
        if (auto file = wanted(path)) files_.add(std::move(*file));
    };
    told.gone = [this](const std::string& path) {
        auto file = wanted(path);
        if (!file) return files_.release(path);
        files_.add(std::move(*file));
    };
    told.ready = [this] { apply_when_read(); };
    return std::make_unique<filemap::fs::glob_watch>(events_, blocking_, hub_.get(), filemap::fs::glob_pattern(spec),
                                                     std::move(told), log_);
}

void wanted_files::use(const configuration& read) {
    named_.clear();
    for (const file_entry& entry : read.files) named_.emplace(entry.path, alike(entry.settings));
    std::vector<glob> before = std::exchange(globs_, {});
    for (const glob_entry& entry : read.globs) {
        const filemap::fs::glob_spec spec = spec_of(entry);
        const auto same = std::ranges::find_if(
            before, [&spec](const glob& g) { return g.watch && g.watch->pattern().spec() == spec; });
        globs_.push_back({alike(entry.settings), same == before.end() ? watch(spec) : std::move(same->watch)});
    }
    apply_due_ = true;
    patience_.expires_after(glob_patience);
    patience_.async_wait([this](boost::system::error_code error) {
        if (!error && apply_due_) apply();
    });
    apply_when_read();
}

bool wanted_files::all_read() const {
    return std::ranges::all_of(globs_, [](const glob& g) { return g.watch->ready(); });
}

// Posted, for a glob that tells of its end of reading is not to be asked meanwhile.
void wanted_files::apply_when_read() {
    boost::asio::post(events_, [this] {
        if (apply_due_ && all_read()) apply();
    });
}

void wanted_files::apply() {
    apply_due_ = false;
    patience_.cancel();
    std::map<std::string, const named_alike*> all;
    for (const glob& g : globs_) {
        g.watch->for_each([&all, &g](const std::string& path) { all[path] = &g.files; });
    }
    for (const auto& [path, files] : named_) all[path] = &files;
    std::vector<filemap::file_request> requests;
    requests.reserve(all.size());
    for (const auto& [path, files] : all) requests.push_back(request(path, *files));
    files_.apply(std::move(requests));
}

void wanted_files::look_again() {
    for (const glob& g : globs_) g.watch->look_again();
}

void wanted_files::stop() {
    apply_due_ = false;
    patience_.cancel();
    mounts_.reset();
    globs_.clear();
}

}  // namespace dmfilemapd
