#pragma once

#include "common/cli/startup_error.hpp"
#include "common/config/source_place.hpp"
#include "common/config/toml.hpp"

#include <string>
#include <utility>
#include <vector>

namespace app::config {

/// Collects the errors in one file of a configuration.
class report {
public:
    explicit report(std::string file) : file_(std::move(file)) {}

    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    [[nodiscard]] bool empty() const noexcept { return problems_.empty(); }
    [[nodiscard]] source_place place_of(const toml::source_region& region) const {
        return {file_, region.begin.line, region.begin.column};
    }

    void add(source_place where, std::string cause) { problems_.push_back({std::move(where), std::move(cause)}); }
    void add(const toml::source_region& where, std::string cause) { add(place_of(where), std::move(cause)); }

    /// Calls an action for the value at @p where and records its error.
    template <class Function>
    void attempt(const toml::source_region& where, Function&& function) {
        try {
            function();
        } catch (const usage_error& wrong) {
            add(where, wrong.what());
        }
    }

    /// Returns "FILE:LINE:COLUMN: cause" of each error, in the order of the file.
    [[nodiscard]] std::vector<std::string> lines();

private:
    struct problem {
        source_place where;
        std::string cause;
    };

    std::string file_;
    std::vector<problem> problems_;
};

}  // namespace app::config
