#include "dmfilemapd/metrics/exposition.hpp"

#include "dmfilemapd/metrics/metric_families.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace dmfilemapd::metrics {

namespace {

// Labels the device with the kernel's name.
std::string labels_of(const file_sample& file) {
    return "path=\"" + label_value(file.path) + "\",device=\"dm-" + std::to_string(file.device.minor) + '"';
}

}  // namespace

exposition::exposition(std::shared_ptr<const snapshot> of, format in)
    : snapshot_(std::move(of)), format_(in), labels_(snapshot_->files.size()) {}

std::string exposition::next(std::size_t size) {
    std::string text;
    const std::span<const file_family> families = file_families();
    for (; family_ < families.size(); ++family_, file_ = 0) {
        const file_family& family = families[family_];
        if (file_ == 0 && std::ranges::any_of(snapshot_->files, family.has)) append_head(text, family, format_);
        for (; file_ < snapshot_->files.size(); ++file_) {
            // Keeps a head and its first sample in one chunk, so that no head is written twice.
            if (file_ > 0 && text.size() >= size) return text;
            const file_sample& file = snapshot_->files[file_];
            if (!family.has(file)) continue;
            if (labels_[file_].empty()) labels_[file_] = labels_of(file);
            family.put(text, family.name, labels_[file_], file);
        }
    }
    if (!std::exchange(service_put_, true)) {
        append_service(text, *snapshot_, format_);
        if (format_ == format::open_metrics) text += "# EOF\n";
    }
    return text;
}

}  // namespace dmfilemapd::metrics
