#include "dmfilemapd/service/file_selection.hpp"

#include "dmfilemapd/config/alias_template.hpp"

#include <filemap/dm/group_descriptor.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace dmfilemapd {
namespace {

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

file_selection::file_selection(boost::asio::any_io_executor events, boost::asio::any_io_executor blocking,
                               filemap::file_set& files, std::chrono::milliseconds patience)
    : events_(std::move(events)),
      blocking_(std::move(blocking)),
      files_(files),
      patience_(patience),
      patience_timer_(events_) {}

file_selection::naming file_selection::named_by(file_origin origin, const file_settings& settings,
                                                const app::config::source_place& where) {
    if (!last_settings_ || last_settings_->as_read != settings) {
        last_settings_ = std::make_shared<const following_settings>(following_settings{settings, config_of(settings)});
    }
    const bool has_place = origin != file_origin::control;
    return {origin, last_settings_, has_place ? where.file + ':' + std::to_string(where.line) : std::string()};
}

filemap::file_request file_selection::request(const std::string& path, const naming& by) {
    const auto syntax = filemap::dm::installed_alias_syntax();
    const file_settings& settings = by.settings->as_read;
    const std::string name = filemap::dm::readable_alias(expand_alias(settings.alias, path), syntax);
    return {path,
            {by.settings, &by.settings->config},
            filemap::dm::alias_part(name, syntax),
            settings.absent == absence::fail};
}

const file_selection::naming* file_selection::naming_of(const std::string& path) const {
    if (const auto added = added_.find(path); added != added_.end()) return &added->second;
    if (const auto named = named_.find(path); named != named_.end()) return &named->second;
    const auto last = std::find_if(globs_.rbegin(), globs_.rend(),
                                   [&path](const glob& g) { return g.watch && g.watch->contains(path); });
    return last == globs_.rend() ? nullptr : &last->files;
}

std::optional<filemap::file_request> file_selection::wanted(const std::string& path) const {
    const naming* by = naming_of(path);
    if (!by) return {};
    return request(path, *by);
}

void file_selection::add(const std::string& path, const file_settings& settings) {
    const naming& by = added_[path] = named_by(file_origin::control, settings, {});
    files_.add(request(path, by));
}

void file_selection::take_back(const std::string& path) {
    added_.erase(path);
    if (auto file = wanted(path)) {
        files_.add(std::move(*file));
    } else {
        files_.remove(path);
    }
}

bool file_selection::remove(const std::string& path) {
    added_.erase(path);
    named_.erase(path);
    return files_.remove(path);
}

std::shared_ptr<filemap::fs::glob_watch> file_selection::watch(const filemap::fs::glob_spec& spec) {
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
    return files_.watch_glob(spec, blocking_, std::move(told));
}

void file_selection::use(const configuration& read) {
    named_.clear();
    for (const file_entry& entry : read.files) {
        named_.emplace(entry.path, named_by(file_origin::configuration, entry.settings, entry.where));
    }
    std::vector<glob> before = std::exchange(globs_, {});
    for (const glob_entry& entry : read.globs) {
        const filemap::fs::glob_spec spec = spec_of(entry);
        const auto same =
            std::ranges::find_if(before, [&spec](const glob& g) { return g.watch && g.watch->spec() == spec; });
        globs_.push_back({named_by(file_origin::glob, entry.settings, entry.where),
                          same == before.end() ? watch(spec) : std::move(same->watch)});
    }
    apply_due_ = true;
    patience_timer_.expires_after(patience_);
    patience_timer_.async_wait([this](boost::system::error_code error) {
        if (!error && apply_due_) apply(filemap::unlisted_files::stay);
    });
    apply_when_read();
}

bool file_selection::all_read() const {
    return std::ranges::all_of(globs_, [](const glob& g) { return g.watch->ready(); });
}

// Posts the call, because a glob that reports the end of its scan must not be queried meanwhile.
void file_selection::apply_when_read() {
    boost::asio::post(events_, [this] {
        if (apply_due_ && all_read()) apply(filemap::unlisted_files::end);
    });
}

// Keeps the files of globs whose scan has not ended, because those files are unknown.
void file_selection::apply(filemap::unlisted_files others) {
    if (others == filemap::unlisted_files::end) apply_due_ = false;
    patience_timer_.cancel();
    std::map<std::string, const naming*> all;
    for (const glob& g : globs_) {
        g.watch->for_each([&all, &g](const std::string& path) { all[path] = &g.files; });
    }
    for (const auto& [path, by] : named_) all[path] = &by;
    for (const auto& [path, by] : added_) all[path] = &by;
    std::vector<filemap::file_request> requests;
    requests.reserve(all.size());
    for (const auto& [path, by] : all) requests.push_back(request(path, *by));
    files_.apply(std::move(requests), others);
}

void file_selection::stop() {
    apply_due_ = false;
    patience_timer_.cancel();
    globs_.clear();
}

}  // namespace dmfilemapd
