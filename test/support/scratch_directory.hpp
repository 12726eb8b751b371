#pragma once

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace filemap::test {

/// An empty directory of mode 0700, which goes with all that is in it.
struct scratch_directory {
    scratch_directory() {
        std::string name = (std::filesystem::temp_directory_path() / "dmfilemapd-test.XXXXXX").string();
        BOOST_TEST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;
    ~scratch_directory() { std::filesystem::remove_all(path); }

    [[nodiscard]] std::string operator/(const std::string& name) const { return (path / name).string(); }

    std::filesystem::path path;
};

}  // namespace filemap::test
