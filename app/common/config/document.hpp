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

/// Merges the files of a configuration.
namespace app::config {

/// Table or array of tables of a configuration, and its reader.
struct table_rule {
    std::string_view name;
    std::function<void(const toml::table& from, report& wrong)> take;
};

/// Tables and keys of a configuration.
struct layout {
    /// Tables, written as [name].
    std::vector<table_rule> tables;
    /// Arrays of tables, written as [[name]]. Each entry is read separately.
    std::vector<table_rule> arrays;
    /// Names of the keys outside all tables.
    std::vector<std::string_view> keys;
    /// Reads one of these keys. Returns false if the key is not one of them.
    std::function<bool(const toml::key& key, const toml::node& value, report& wrong)> take_key;
    /// Returns the headings of the tables that have this key; empty if no table has it. Used for an unknown top-level
    /// key.
    std::function<std::string(std::string_view key)> tables_with;
};

/**
 * @brief Reads the tables and keys of all sources, in order.
 * @details Reads tables before arrays, because the tables of all sources apply to the entries of all sources.
 * @throws configuration_error
 */
void read_documents(std::span<const source_file> sources, const layout& of);

/// Reads the file at @p main_path and its drop-ins. Does not access the files that the configuration names.
/// @throws configuration_error
[[nodiscard]] std::vector<source_file> read_sources(const std::string& main_path, trust needed);

}  // namespace app::config
