// The page of a service shows the issued I/O, as /metrics does.

#include "kernel/served.hpp"
#include "support/browser.hpp"

#include <filesystem>
#include <regex>

namespace filemap::test {
namespace {

constexpr const char* address = "http://127.0.0.1:9797/";
constexpr const char* browser_directory = "/run/browser";

std::string figure_of(const std::string& name, const std::string& metric) {
    const std::string page = run_or_throw({"curl", "--silent", "--fail", std::string(address) + "metrics"});
    std::smatch part;
    const std::regex sample(metric + "\\{path=\"" + served::at(name) + "\",device=\"dm-[0-9]+\"\\} (.*)\n");
    return std::regex_search(page, part, sample) ? part[1].str() : "not told";
}

BOOST_AUTO_TEST_SUITE(page)

BOOST_AUTO_TEST_CASE(known_bytes_are_on_the_page) {
    if (!is_browser_there()) return;
    run_or_throw({"ip", "link", "set", "lo", "up"});
    served by;
    served::edit("a").allocate(0, 0, MiB);
    served::edit("a").write_and_sync(0, MiB);
    run_or_throw({"sync"});
    by.configure({{"a", "bounds = '1ms,1s'\n"}}, "[metrics]\naddress = '9797'\n");
    by.start();
    by.in_sync("a");
    served::edit("a").read_direct(0, 64 * KiB);
    served::edit("a").write_direct(256 * KiB, 32 * KiB, 8 * KiB);

    // Starting processes is slow under User-Mode Linux; a single process is enough.
    const auto wait = [](const std::function<bool()>& done) { return wait_until(done, seconds{60}); };
    browser shown(browser_directory, wait, {"--single-process", "--no-zygote"});
    shown.open(address + ("#" + served::at("a")));
    BOOST_TEST_REQUIRE(shown.becomes_true("typeof files == 'object' && document.querySelector('.plot')"), by.log());
    const auto file = "files.get('" + served::at("a") + "')";
    BOOST_TEST(shown.becomes_true(file + "?.counters?.writes == 4"), by.log());
    const auto shown_as = [&](const std::string& label) {
        return shown.text(
            "Array.from(document.querySelectorAll('#figures div')).find(one => "
            "one.querySelector('dt').textContent == '" +
            label + "').querySelector('small').textContent");
    };
    BOOST_TEST(shown_as("Read") == "65,536 bytes in all");
    BOOST_TEST(shown_as("Written") == "32,768 bytes in all");
    BOOST_TEST(shown_as("I/Os") == "16 reads, 4 writes in all");
    BOOST_TEST(figure_of("a", "filemap_read_bytes_total") == "65536");
    BOOST_TEST(figure_of("a", "filemap_written_bytes_total") == "32768");
    BOOST_TEST(figure_of("a", "filemap_reads_completed_total") == "16");
    BOOST_TEST(figure_of("a", "filemap_writes_completed_total") == "4");
    BOOST_TEST(shown.text("Array.from(document.querySelectorAll('.latency td:nth-child(3)')).reduce((sum, one) => "
                          "sum + Number(one.textContent), 0)") == "20");
    BOOST_TEST(shown.becomes_true("document.querySelector('.file-bar .h7')"));

    served::edit("a").write_and_sync(2 * MiB, MiB);
    BOOST_TEST(shown.becomes_true("byId('file-events').textContent.includes('in sync: ')"));
    for (const std::string& one : shown.complaints()) BOOST_ERROR(one);
    BOOST_TEST(by.daemon().stop().value_or(-1) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
