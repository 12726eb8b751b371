#include "support/process.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

using names = std::set<std::string>;

/// Returns the demangled names of the exported symbols.
std::vector<std::string> exported() {
    std::istringstream listed(filemap::test::run_or_throw(
        {"nm", "--dynamic", "--demangle", "--defined-only", "--without-symbol-versions", FILEMAP_SHARED_LIBRARY}));
    std::vector<std::string> symbols;
    for (std::string line; std::getline(listed, line);) {
        // ADDRESS TYPE NAME
        symbols.push_back(line.substr(line.find(' ') + 3));
    }
    return symbols;
}

/// Returns classes and non-member functions that the public headers mark.
names marked() {
    const std::regex mark("FILEMAP_API[^;{]*?\\b([a-z_]+)(?:\\(| final| \\{)");
    names found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(FILEMAP_PUBLIC_HEADERS)) {
        if (!entry.is_regular_file() || entry.path().filename() == "export.hpp") continue;
        std::ifstream file(entry.path());
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        for (std::sregex_iterator at(text.begin(), text.end(), mark), end; at != end; ++at) found.insert((*at)[1]);
    }
    return found;
}

/// Returns "describe" for "filemap::fs::describe(...)", "service" for "filemap::service::stop()".
std::string part_of_namespace(const std::string& symbol) {
    static const std::regex pattern(
        "^(?:typeinfo for |typeinfo name for |vtable for )?filemap::(?:dm::|fs::)?([a-z_]+)");
    std::smatch match;
    return std::regex_search(symbol, match, pattern) ? match[1].str() : std::string();
}

bool is_of_asio(const std::string& symbol) {
    return symbol.find("boost::asio::") != std::string::npos && symbol.find("filemap::") == std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exports)

BOOST_AUTO_TEST_CASE(only_marked_names_and_asio_exported) {
    names parts, others;
    for (const std::string& symbol : exported()) {
        const std::string part = part_of_namespace(symbol);
        if (!part.empty()) {
            parts.insert(part);
        } else if (!is_of_asio(symbol)) {
            others.insert(symbol);
        }
    }
    BOOST_TEST(parts == marked(), boost::test_tools::per_element());
    // Symbol of the version itself.
    BOOST_TEST(others == names{"FILEMAP_0"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(internal_classes_are_hidden) {
    for (const std::string& symbol : exported()) {
        BOOST_TEST(symbol.find("::state::") == std::string::npos, symbol);
    }
}

BOOST_AUTO_TEST_CASE(library_is_versioned_without_boost) {
    const std::string dynamic = filemap::test::run_or_throw({"readelf", "--dynamic", FILEMAP_SHARED_LIBRARY});
    BOOST_TEST(dynamic.find("Library soname: [libfilemap.so.1]") != std::string::npos, dynamic);
    BOOST_TEST(dynamic.find("boost") == std::string::npos, dynamic);
}

BOOST_AUTO_TEST_SUITE_END()
