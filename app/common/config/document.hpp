#pragma once

#include "common/config/config_report.hpp"
#include "common/config/configuration_error.hpp"
#include "common/config/source_file.hpp"
#include "common/config/toml.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The files of a configuration, put together.
namespace app::config {

/// A table of a configuration, or an array of tables, and who takes it.
struct table_rule {
    std::string_view name;
    std::function<void(const toml::table& from, report& wrong)> take;
};

/// Tables and keys of a configuration.
struct layout {
    /// [name]
    std::vector<table_rule> tables;
    /// [[name]], of which each entry is taken by itself.
    std::vector<table_rule> arrays;
    /// Names of the keys that are in no table.
    std::vector<std::string_view> keys;
    /// Reads one of these keys. Returns false if the key is not one of them.
    std::function<bool(const toml::key& key, const toml::node& value, report& wrong)> take_key;
    /// The tables that an unknown key at the top is one of, as they are written; empty if it is in none.
    std::function<std::string(std::string_view key)> tables_with;
};

/**
 * @brief Has all taken that the sources say, in their order.
 * @details The tables of all sources hold for the entries of all, so they are taken first.
 * @throws configuration_error
 */
void read_documents(std::span<const source_file> sources, const layout& of);

/// The file at @p main_path and its drop-ins. Nothing else is looked at, no file that is named there.
/// @throws configuration_error
[[nodiscard]] std::vector<source_file> read_sources(const std::string& main_path, trust needed);

}  // namespace app::config
