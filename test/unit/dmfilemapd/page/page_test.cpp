// Tests the page in Chromium: the page shows the values of /metrics, and file names never run as code.

#include "common/text/display.hpp"
#include "dmfilemapd/api/map_json.hpp"
#include "dmfilemapd/metrics/metric_format.hpp"
#include "support/browser.hpp"
#include "unit/dmfilemapd/api/tcp_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <linux/fiemap.h>

namespace filemap::test {
namespace {

const std::vector<std::string> names{"/srv/x",
                                     "/srv/<img src=x onerror=alert(1)>",
                                     "/srv/\"quoted\" \\ 'name'",
                                     "/srv/caf\xc3\xa9",
                                     "/srv/caf\xe9\xff",
                                     "/srv/line\nend\t",
                                     "/srv/turned \xe2\x80\xae"
                                     "fdp.exe",
                                     "/srv/%41 & #?=+"};

const bool there = is_browser_there();

/// Server and a browser that shows its page.
struct page_world : tcp_world {
    page_world() {
        std::uint64_t number = 0;
        for (const std::string& name : names) count(name, ++number);
    }

    /// Sets a unique value for a file.
    void count(const std::string& name, std::uint64_t number) {
        metrics::file_sample& file = service.source.put(name);
        file.inferred = sectors{8 * number};
        file.counters->live.reads = 1000 + number;
        file.counters->live.sectors_read = sectors{8'000 + number};
        file.counters->live.writes = 2000 + number;
        file.counters->live.sectors_written = sectors{90'000 + number};
        file.counters->carried.reads = 10;
        file.counters->read_at = std::chrono::system_clock::time_point(std::chrono::seconds{1'000'000 + seconds_});
    }

    std::string address_of(const std::string& place = {}) const {
        return "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/" + place;
    }

    void show(const std::string& place = {}) {
        shown = std::make_unique<browser>(directory / "browser", [this](const auto& done) { return turn_until(done); });
        shown->open(address_of(place));
        BOOST_TEST_REQUIRE(shown->becomes_true("typeof files == 'object' && files.size == " +
                                               std::to_string(service.source.files.size())));
    }

    /// Checks that no request was refused, no exception thrown and no other host contacted.
    void was_well_behaved() const {
        for (const std::string& one : shown->complaints()) BOOST_ERROR(one);
        for (const std::string& one : shown->requests()) BOOST_TEST(one.starts_with(address_of()), one);
        BOOST_TEST(!shown->requests().empty());
    }

    std::unique_ptr<browser> shown;
    int seconds_ = 0;
};

/// Returns the value of a metric for the file with this name.
std::string value_in(const std::string& page, const std::string& metric, const std::string& name) {
    const std::string head = metric + "{path=\"" + dmfilemapd::metrics::label_value(name) + "\",device=\"dm-0\"} ";
    const std::size_t at = page.find(head);
    if (at == page.npos) return "not told";
    return page.substr(at + head.size(), page.find('\n', at) - at - head.size());
}

control::file_map map_of(const std::string& path) {
    const std::vector<fs::extent> extents{{bytes{0}, bytes{4 << 20}, bytes{1 << 20}, 0},
                                          {bytes{1 << 20}, bytes{2 << 20}, bytes{1 << 20}, FIEMAP_EXTENT_UNWRITTEN}};
    const std::vector<sector_range> regions{{sectors{8192}, sectors{2048}}, {sectors{4096}, sectors{2048}}};
    const std::vector<counted_range> counted{{regions[0], sectors{2000}, sectors{0}},
                                             {regions[1], sectors{0}, sectors{40}}};
    control::file_map map;
    map.path = path;
    map.device = device_id(254, 0);
    map.picture = make_layout(extents, regions, counted, bytes{3 << 20});
    map.hash_of_counted = 7;
    return map;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(page_test)

BOOST_AUTO_TEST_CASE(numbers_are_those_of_metrics) {
    if (!there) return;
    page_world in;
    in.show();
    const std::string page = in.ask_metrics("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").body;
    const auto rows = in.shown->evaluate(
        "Object.fromEntries(Array.from(byId('files').children, row => [row.querySelector('.path').textContent,"
        " [1, 2, 3].map(at => row.children[at].title)]))");
    BOOST_TEST(rows.as_object().size() == names.size());
    for (const std::string& name : names) {
        const auto told = [&](const char* metric) { return value_in(page, metric, name); };
        const boost::json::value* row = rows.as_object().if_contains(app::displayed(name));
        BOOST_TEST_REQUIRE(row != nullptr, name << " is not among " << rows);
        BOOST_TEST(row->at(0).as_string() == told("filemap_read_bytes_total") + " bytes");
        BOOST_TEST(row->at(1).as_string() == told("filemap_written_bytes_total") + " bytes counted, " +
                                                 told("filemap_inferred_written_bytes_total") + " inferred of growth");
        BOOST_TEST(row->at(2).as_string() == told("filemap_reads_completed_total") + " reads, " +
                                                 told("filemap_writes_completed_total") + " writes");
    }
    BOOST_TEST(in.shown->evaluate("document.querySelectorAll('img, b').length").to_number<int>() == 0);
    in.was_well_behaved();
}

BOOST_AUTO_TEST_CASE(rates_use_time_between_readings) {
    if (!there) return;
    page_world in;
    in.show();
    metrics::file_sample& file = in.service.source.files.at("/srv/x");
    file.counters->live.reads += 4;
    file.counters->live.read_time += 6;
    file.counters->live.sectors_read += sectors{64};
    file.counters->read_at += std::chrono::seconds{4};
    BOOST_TEST(in.shown->becomes_true("files.get('/srv/x').rates"));
    const auto cell = [&](int at) {
        return in.shown->text("byId('files').querySelector('[data-file=\"/srv/x\"]').children[" + std::to_string(at) +
                              "].firstChild.textContent");
    };
    BOOST_TEST(cell(1) == "8.0 KiB/s");
    BOOST_TEST(cell(2) == "0 bytes/s");
    BOOST_TEST(cell(3) == "1.0");
    BOOST_TEST(cell(4) == "1.5 ms");
    BOOST_TEST(in.shown->text("byId('files').firstChild.dataset.file") == "/srv/x");
    BOOST_TEST(in.shown->evaluate("document.querySelectorAll('#files svg polyline').length > 0").as_bool());
    in.was_well_behaved();
}

BOOST_AUTO_TEST_CASE(what_is_inferred_counts_as_written) {
    if (!there) return;
    page_world in;
    in.show();
    const std::string name = "/srv/caf\xc3\xa9", first = "byId('files').firstChild";
    metrics::file_sample& file = in.service.source.files.at(name);
    file.inferred += sectors{2'000'000};
    file.counters->read_at += std::chrono::seconds{4};
    BOOST_TEST(in.shown->becomes_true("Array.from(files.values()).some(file => file.rates?.written > 0)"));
    for (const char* order : {"bytes", "written", "written-total"}) {
        in.shown->evaluate("order.by = 'path'; document.querySelector('[data-sort=" + std::string(order) +
                           "]').click()");
        BOOST_TEST(in.shown->text(first + ".querySelector('.path').textContent") == name, order);
    }
    BOOST_TEST(in.shown->text(first + ".children[2].firstChild.textContent") == "244.1 MiB/s");
    BOOST_TEST(in.shown->text(first + ".querySelector('polyline.written').getAttribute('points')") == "100.0,1.0");
    in.was_well_behaved();
}

BOOST_AUTO_TEST_CASE(removed_file_leaves_no_values) {
    if (!there) return;
    page_world in;
    in.service.drawn = control::json_of(map_of("/srv/x"));
    in.show("#/srv/x");
    BOOST_TEST(in.shown->becomes_true("byId('figures').firstChild && byId('missing').hidden"));
    in.service.source.files.erase("/srv/x");
    BOOST_TEST(in.shown->becomes_true("!byId('missing').hidden"));
    BOOST_TEST(
        in.shown->text("byId('figures').textContent + byId('chart').textContent + byId('latency').textContent") == "");
}

BOOST_AUTO_TEST_CASE(hidden_page_stops_event_stream) {
    if (!there) return;
    page_world in;
    in.show();
    const auto be_hidden = [&](const char* hidden) {
        in.shown->evaluate("Object.defineProperty(document, 'hidden', {configurable: true, value: " +
                           std::string(hidden) + "}); document.dispatchEvent(new Event('visibilitychange')); null");
    };
    const auto tell = [&] {
        control::event failed;
        failed.what = control::event::kind::error;
        failed.path = "/srv/x";
        in.service.tell(failed);
    };
    BOOST_TEST(in.shown->becomes_true("stream"));
    be_hidden("true");
    BOOST_TEST(in.shown->becomes_true("!stream"));
    BOOST_TEST(in.shown->complaints().size() == 1u);
    BOOST_TEST(in.shown->complaints().back().find("net::ERR_ABORTED") != std::string::npos);
    be_hidden("false");
    BOOST_TEST(in.turn_until([&] {
        tell();
        return in.shown->evaluate("events.length > 0").as_bool();
    }));
    BOOST_TEST(in.shown->text("eventsLost") == "");
}

BOOST_AUTO_TEST_CASE(keys_find_sort_and_open) {
    if (!there) return;
    page_world in;
    in.show();
    in.shown->evaluate("document.querySelector('[data-sort=read-total]').click()");
    BOOST_TEST(in.shown->text("byId('files').firstChild.dataset.file") == "/srv/%2541%20%26%20%23%3F%3D%2B");
    in.shown->evaluate("document.querySelector('[data-sort=read-total]').click()");
    BOOST_TEST(in.shown->text("byId('files').firstChild.dataset.file") == "/srv/x");
    BOOST_TEST(in.shown->text("document.querySelector('th[aria-sort]').getAttribute('aria-sort')") == "ascending");
    for (const char* key : {"/", "C", "a", "f"}) in.shown->press(key);
    BOOST_TEST(in.shown->text("byId('filter').value") == "Caf");
    BOOST_TEST(in.shown->evaluate("byId('files').children.length").to_number<int>() == 2);
    BOOST_TEST(in.shown->text("byId('shown').textContent") == "2 of 8 files");
    in.service.drawn = control::json_of(map_of("/srv/caf\xe9\xff"));
    for (const char* key : {"Escape", "ArrowDown", "ArrowDown"}) in.shown->press(key);
    in.shown->evaluate("document.activeElement.click()");
    BOOST_TEST(in.shown->becomes_true("document.querySelector('.plot')"));
    BOOST_TEST(in.service.done.back().starts_with("heat /srv/caf"));
    in.shown->press("Escape");
    BOOST_TEST(in.shown->becomes_true("byId('file').hidden && !byId('list').hidden"));
    in.was_well_behaved();
}

BOOST_AUTO_TEST_CASE(file_shows_heat_latencies_events) {
    if (!there) return;
    page_world in;
    const std::string name = "/srv/caf\xe9\xff";
    auto& counters = *in.service.source.files.at(name).counters;
    counters.bounds = {1, 20};
    counters.live.histogram = {5, 7, 3};
    in.service.drawn = control::json_of(map_of(name));
    in.show("#/srv/caf%e9%ff");
    BOOST_TEST(in.shown->becomes_true("document.querySelector('.plot') && document.querySelector('.latency')"));
    BOOST_TEST((in.service.done == std::vector<std::string>{"heat " + name}));
    BOOST_TEST(in.shown->text("byId('name').textContent") == "/srv/caf\\xe9\\xff");
    BOOST_TEST(
        in.shown->evaluate("Array.from(document.querySelectorAll('.latency tr'), row => row.textContent)") ==
        (boost::json::array{"I/Os that tookin allseen here", "below 1 ms50", "below 20 ms70", "20 ms or more30"}));
    // The first half of the file has reads, the second half has few writes, and the rest is a hole.
    const auto heat = in.shown->evaluate(
        "['.file-bar', '.device-bar'].map(bar => Array.from("
        "document.querySelectorAll(bar + ' rect'), one => one.getAttribute('class')))");
    BOOST_TEST(heat.at(0).as_array().front() == "h7");
    BOOST_TEST(heat.at(0).as_array().size() == 2u, heat);
    BOOST_TEST(heat.at(1).as_array().size() == 2u, heat);
    in.shown->evaluate("byId('shade').value = 'written'; byId('shade').dispatchEvent(new Event('change'))");
    BOOST_TEST(in.shown->text("document.querySelector('.file-bar rect').getAttribute('class')") == "h0");
    in.shown->evaluate("document.querySelector('.plot').focus()");
    for (const char* key : {"ArrowRight", "ArrowRight"}) in.shown->press(key);
    BOOST_TEST(in.shown->text("byId('readout').textContent") ==
               "Bytes 4.0 KiB to 8.0 KiB of the file, sector 8200: 0 bytes");

    control::event failed;
    failed.what = control::event::kind::error;
    failed.path = name;
    failed.text = "<b>no</b>";
    in.service.tell(failed);
    failed.path = "/srv/x";
    in.service.tell(failed);
    BOOST_TEST(in.shown->becomes_true("events.length == 2"));
    // Waits for the next frame, which draws the change.
    in.shown->evaluate("new Promise(requestAnimationFrame)");
    BOOST_TEST(in.shown->evaluate("byId('file-events').children.length").to_number<int>() == 1);
    BOOST_TEST(in.shown->text("byId('file-events').querySelector('span').textContent") == "error: <b>no</b>");
    in.was_well_behaved();
}

BOOST_AUTO_TEST_CASE(layout_fits_narrow_screens) {
    if (!there) return;
    page_world in;
    in.service.source.put("/srv/" + std::string(200, 'x'));
    auto& counters = *in.service.source.files.at("/srv/x").counters;
    counters.bounds = {1, 20};
    counters.live.histogram = {5'000'000'000, 7, 3};
    in.service.drawn = control::json_of(map_of("/srv/x"));
    in.show();
    const auto is_as_wide = [&](int width) {
        return in.shown->evaluate("document.documentElement.scrollWidth").to_number<int>() == width;
    };
    const auto paper = [&] { return in.shown->text("getComputedStyle(document.body).backgroundColor"); };
    for (const int width : {320, 390, 768, 1200}) {
        in.shown->set_width(width);
        BOOST_TEST(is_as_wide(width), width);
    }
    in.shown->set_width(320);
    in.shown->evaluate("location.hash = '/srv/x'");
    BOOST_TEST(in.shown->becomes_true("document.querySelector('.plot') && document.querySelector('.latency')"));
    BOOST_TEST(is_as_wide(320));
    in.shown->set_scheme("light");
    const std::string light = paper();
    in.shown->set_scheme("dark");
    BOOST_TEST(paper() != light);
    in.was_well_behaved();
}

BOOST_AUTO_TEST_CASE(foreign_text_loads_nothing) {
    if (!there) return;
    page_world in;
    in.show();
    in.was_well_behaved();
    const auto refused = [&](const std::string& attempt) {
        return in.shown->text(
            "new Promise(told => { document.addEventListener('securitypolicyviolation', "
            "event => told(event.effectiveDirective), {once: true}); " +
            attempt + " })");
    };
    BOOST_TEST(refused("const one = element('script', {}, 'window.stranger = 1'); document.head.append(one)") ==
               "script-src-elem");
    BOOST_TEST(in.shown->text("typeof window.stranger") == "undefined");
    BOOST_TEST(refused("fetch('http://127.0.0.2:1/').catch(() => 0)") == "connect-src");
    BOOST_TEST(refused("document.body.append(element('img', {src: 'http://127.0.0.2:1/x'}))") == "img-src");
    BOOST_TEST(refused("document.body.append(element('iframe', {src: '/'}))") == "frame-src");
    BOOST_TEST(!in.shown->complaints().empty());
}

BOOST_AUTO_TEST_CASE(lost_service_is_shown) {
    if (!there) return;
    page_world in;
    in.show();
    in.metrics->stop();
    BOOST_TEST(in.shown->becomes_true("byId('state').classList.contains('bad')"));
    BOOST_TEST(in.shown->text("byId('state').textContent").starts_with("No figures since "));
    BOOST_TEST(in.shown->becomes_true("document.querySelector('.events-state').textContent"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace filemap::test
