#include "storage/storage.hpp"

#include "support/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>

namespace dirtylog {
namespace {

BOOST_AUTO_TEST_SUITE(storage_suite)

BOOST_AUTO_TEST_CASE(new_file_is_allocated_and_zeroed) {
    filemap::test::scratch_directory directory;
    auto opened = open_log_storage(directory / "log");
    BOOST_TEST_REQUIRE(opened.has_value());
    std::array<std::byte, 16> got;
    got.fill(std::byte{1});
    BOOST_TEST((*opened)->read(bytes{5000}, got).has_value());
    BOOST_TEST((got == std::array<std::byte, 16>{}));
    BOOST_TEST((*opened)->reserve(bytes{8192}).has_value());
    BOOST_TEST(std::filesystem::file_size(directory / "log") == 8192u);
    got.fill(std::byte{7});
    BOOST_TEST((*opened)->write(bytes{8000}, got).has_value());
    BOOST_TEST((*opened)->sync().has_value());
    auto again = open_log_storage(directory / "log");
    std::array<std::byte, 16> read;
    BOOST_TEST((*again)->read(bytes{8000}, read).has_value());
    BOOST_TEST((read == got));
    BOOST_TEST((*again)->device().empty());
}

BOOST_AUTO_TEST_CASE(unusable_place_is_refused) {
    filemap::test::scratch_directory directory;
    BOOST_TEST(open_log_storage(directory / "gone/log").error().code.value() == ENOENT);
    BOOST_TEST(open_log_storage("/dev/no-such-device").error().code.value() == ENOENT);
    BOOST_TEST(open_log_storage("/dev/null").error().code.value() == ENOTSUP);
    BOOST_TEST(open_log_storage(directory.path.string()).error().code.value() == EISDIR);
    std::ofstream(directory / "file");
    BOOST_TEST(open_leg(directory / "file").error().code.value() == ENOTBLK);
    BOOST_TEST(open_leg(directory / "gone").error().code.value() == ENOENT);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dirtylog
