#include "protocol/log_arguments.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>

#include <unistd.h>

namespace dirtylog {
namespace {

constexpr std::uint64_t first_refused_region_size = std::uint64_t{1} << 31;
constexpr std::string_view leg_prefix = "leg=";

failure invalid(std::string why) {
    return errno_failure(EINVAL, std::move(why));
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        if (text.empty()) return words;
        words.push_back(text.substr(0, text.find(' ')));
        text.remove_prefix(words.back().size());
    }
}

std::optional<std::uint64_t> as_number(std::string_view word) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
    return number;
}

std::string in_quotes(std::string_view word) {
    return '"' + std::string(word) + '"';
}

// lvm2 names devices as MAJOR:MINOR.
std::optional<std::string> as_path(std::string_view word) {
    if (word.starts_with('/')) return std::string(word);
    const auto colon = word.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    if (!as_number(word.substr(0, colon)) || !as_number(word.substr(colon + 1))) return std::nullopt;
    return "/dev/block/" + std::string(word);
}

/// Parses the words in order.
class reader {
public:
    reader(std::vector<std::string_view> words, sectors page, std::string_view directory)
        : words_(std::move(words)), page_(page), directory_(directory) {}

    result<log_arguments> read() {
        for (const auto step : {&reader::take_length, &reader::take_type, &reader::take_region_size})
            if (auto taken = (this->*step)(); !taken) return taken.error();
        while (!words_.empty())
            if (auto taken = take_option(take()); !taken) return taken.error();
        return read_;
    }

private:
    std::string_view take() {
        if (words_.empty()) return {};
        const std::string_view word = words_.front();
        words_.erase(words_.begin());
        return word;
    }

    result<void> take_length() {
        const std::string_view word = take();
        const auto length = as_number(word);
        if (!length || *length == 0) return invalid("length " + in_quotes(word) + " is not a number of sectors");
        read_.shape.length = sectors{*length};
        for (const std::string_view each : words_)
            read_.table_text += (read_.table_text.empty() ? "" : " ") + std::string(each);
        return {};
    }

    result<void> take_type() {
        const std::string_view word = take();
        const bool is_disk = word == "disk" || word == "clustered-disk";
        if (!is_disk && word != "core" && word != "clustered-core")
            return invalid("log type " + in_quotes(word) + " is neither core nor disk");
        read_.type = word;
        if (!is_disk) return {};
        read_.kind = backend_kind::disk;
        const std::string_view named = take();
        const auto path = path_of_log(named);
        if (!path) return invalid("log " + in_quotes(named) + " is neither an absolute path nor MAJOR:MINOR");
        read_.path = *path;
        return {};
    }

    [[nodiscard]] std::optional<std::string> path_of_log(std::string_view named) const {
        if (auto path = as_path(named)) return path;
        if (named.empty() || directory_.empty()) return std::nullopt;
        return std::string(directory_) + '/' + std::string(named);
    }

    result<void> take_region_size() {
        const std::string_view word = take();
        const auto size = as_number(word);
        if (!size) return invalid("region size " + in_quotes(word) + " is not a number of sectors");
        const std::string named = "region size " + std::to_string(*size);
        if (!std::has_single_bit(*size)) return invalid(named + " is not a power of two");
        if (*size < page_.count())
            return invalid(named + " is less than a page of " + std::to_string(page_.count()) + " sectors");
        if (*size >= first_refused_region_size) return invalid(named + " is 2^31 sectors or more");
        read_.shape.region_size = sectors{*size};
        if (read_.shape.regions() > max_regions)
            return errno_failure(EFBIG, named + " makes " + std::to_string(read_.shape.regions().count()) +
                                            " regions, more than the limit of " + std::to_string(max_regions.count()) +
                                            "; choose a larger region size");
        return {};
    }

    result<void> take_option(std::string_view word) {
        if (word == "sync" || word == "nosync") {
            if (has_initial_) return invalid(in_quotes(word) + " after another sync or nosync");
            has_initial_ = true;
            read_.initial = word == "sync" ? initial_state::sync : initial_state::nosync;
        } else if (word.starts_with(leg_prefix)) {
            word.remove_prefix(leg_prefix.size());
            const auto path = as_path(word);
            if (!path) return invalid("leg " + in_quotes(word) + " is neither an absolute path nor MAJOR:MINOR");
            read_.legs.push_back(*path);
        } else if (word != "block_on_error") {
            return invalid("argument " + in_quotes(word) + " is unknown");
        }
        return {};
    }

    std::vector<std::string_view> words_;
    sectors page_;
    std::string_view directory_;
    log_arguments read_;
    bool has_initial_ = false;
};

}  // namespace

sectors page_in_sectors() noexcept {
    static const sectors page{static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / filemap::sector_size};
    return page;
}

result<log_arguments> parse_log_arguments(std::string_view text, sectors page, std::string_view directory) {
    if (text.size() > max_arguments_length)
        return errno_failure(ENAMETOOLONG, "constructor of " + std::to_string(text.size()) +
                                               " bytes exceeds the kernel's limit of " +
                                               std::to_string(max_arguments_length));
    return reader(words_of(text), page, directory).read();
}

}  // namespace dirtylog
