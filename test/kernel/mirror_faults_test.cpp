// Logs and legs with write errors.

#include "kernel/mirror_world.hpp"

namespace filemap::test {
namespace {

constexpr seconds patience{60};

struct faults : mirror_world {
    faults() {
        run_or_throw({"dd", "if=/dev/zero", "of=/dev/ram2", "bs=1M", "count=1", "oflag=direct"});
        server.start();
    }
    [[nodiscard]] static mirror_shape shape_on(const std::string& log_device) {
        mirror_shape shape = mirror_world::shape("core");
        shape.log = "disk " + log_device;
        return shape;
    }
    /// Makes all regions clean on disk, so that the next write has a region to mark.
    static void comes_to_be_clean(const mapped_device& mirror, const mirror_shape& shape) {
        legs_are_equal(shape);
        mirror.suspend();
        mirror.resume();
    }
    static void comes_to_have_written(const writers& some, std::uint64_t more) {
        const std::uint64_t before = some.writes();
        BOOST_TEST(wait_until([&] { return some.writes() > before + more; }, patience));
    }
};

BOOST_FIXTURE_TEST_SUITE(mirror_faults, faults)

BOOST_AUTO_TEST_CASE(unwritable_log_shows_and_recovers) {
    const mapped_device log("log", whole("/dev/ram2"));
    const mirror_shape shape = shape_on(log.node());
    mapped_device mirror("m", shape.table());
    comes_to_be_clean(mirror, shape);
    log.replace(broken("/dev/ram2"));
    writers some(all_of(mirror, shape));
    comes_to_have_written(some, 50);
    BOOST_TEST(status_of("m").log.ends_with(" D"));
    log.replace(whole("/dev/ram2"));
    BOOST_TEST(wait_until([] { return status_of("m").log.ends_with(" A"); }, patience), server.log());
    BOOST_TEST(some.stop().failures == 0U);
    legs_are_equal(shape);
    mirror.remove();
}

BOOST_AUTO_TEST_CASE(handle_errors_writes_wait_for_log) {
    const mapped_device log("log", whole("/dev/ram2"));
    mirror_shape shape = shape_on(log.node());
    shape.handle_errors = true;
    mapped_device mirror("m", shape.table());
    comes_to_be_clean(mirror, shape);
    log.replace(broken("/dev/ram2"));
    background_program writing(
        {"dd", "if=/dev/zero", "of=/dev/mapper/m", "bs=4096", "count=1", "seek=99", "oflag=direct"});
    BOOST_TEST(wait_until([] { return status_of("m").log.ends_with(" D"); }, patience), server.log());
    BOOST_TEST(!writing.wait_for_end(seconds{1}).has_value());
    log.replace(whole("/dev/ram2"));
    mirror.load(shape.table());
    run_or_throw({"dmsetup", "suspend", "--noflush", "m"});
    mirror.resume();
    BOOST_TEST(writing.wait_for_end(patience).value_or(-1) == 0, writing.printed());
    legs_are_equal(shape);
    mirror.remove();
}

BOOST_AUTO_TEST_CASE(hung_log_delays_no_other_mirror) {
    const mapped_device log("log", whole("/dev/ram2"));
    const mirror_shape shape = shape_on(log.node());
    mapped_device mirror("m", shape.table());
    comes_to_be_clean(mirror, shape);
    fill_device("/dev/ram3", mirror_shape().length, 3);
    fill_device("/dev/ram4", mirror_shape().length, 4);
    mirror_shape other = mirror_world::shape("disk");
    other.legs = {"/dev/ram3", "/dev/ram4"};
    other.uuid = "other";
    mapped_device second("other", other.table());
    BOOST_TEST(comes_in_sync("other"));

    log.suspend();
    writers held(all_of(mirror, shape));
    writers some(all_of(second, other));
    comes_to_have_written(some, 200);
    // No region is written before its mark is on disk.
    BOOST_TEST(held.writes() == 0U);
    log.resume();
    comes_to_have_written(held, 50);
    BOOST_TEST(held.stop().failures == 0U);
    BOOST_TEST(some.stop().failures == 0U);
    legs_are_equal(shape);
    legs_are_equal(other, "other");
    second.remove();
    mirror.remove();
}

BOOST_AUTO_TEST_CASE(unreadable_log_is_dirty_or_refused) {
    const mapped_device log("log", whole("/dev/ram2"));
    const mirror_shape shape = shape_on(log.node());
    {
        mapped_device mirror("m", shape.table());
        legs_are_equal(shape);
        mirror.remove();
    }
    log.replace(broken("/dev/ram2"));
    BOOST_TEST(run_program({"dmsetup", "create", "m", "--table", shape.table()}).status != 0);
    BOOST_TEST(server.times_logged("refused: ") == 1, server.log());
    (void)run_program({"dmsetup", "remove", "m"});
    log.replace(whole("/dev/ram2"));
    const std::uint64_t before = copied();
    mapped_device mirror("m", shape.table());
    legs_are_equal(shape);
    BOOST_TEST(copied() == before);
    mirror.remove();
}

BOOST_AUTO_TEST_CASE(full_or_readonly_place_is_refused) {
    run_or_throw({"mkdir", "-p", "/run/small"});
    run_or_throw({"mount", "-t", "tmpfs", "-o", "size=4k", "small", "/run/small"});
    mirror_shape shape = mirror_world::shape("core");
    shape.log = "disk /run/small/m.log";
    BOOST_TEST(run_program({"dmsetup", "create", "m", "--table", shape.table()}).status != 0);
    BOOST_TEST(server.times_logged("No space left on device") == 1, server.log());
    (void)run_program({"dmsetup", "remove", "m"});
    run_or_throw({"mount", "-o", "remount,ro", "/run/small"});
    shape.log = "disk /run/small/n.log";
    BOOST_TEST(run_program({"dmsetup", "create", "m", "--table", shape.table()}).status != 0);
    BOOST_TEST(server.times_logged("Read-only file system") == 1, server.log());
    (void)run_program({"dmsetup", "remove", "m"});
    run_or_throw({"umount", "/run/small"});
}

BOOST_AUTO_TEST_CASE(returned_leg_is_copied) {
    for (const std::string log : {"core", "disk"})
        for (const bool handle_errors : {false, true}) {
            mirror_shape shape = mirror_world::shape(log);
            shape.uuid = log;
            shape.handle_errors = handle_errors;
            BOOST_TEST_CONTEXT(shape.table()) {
                mapped_device mirror("m", shape.table());
                legs_are_equal(shape);
                legs[1].replace(broken("/dev/ram1"));
                background_program writing(
                    {"dd", "if=/dev/urandom", "of=/dev/mapper/m", "bs=4096", "count=1", "seek=9", "oflag=direct"});
                BOOST_TEST(wait_until([&] { return status_of("m").in_sync == shape.regions() - 1; }, patience));
                BOOST_TEST(status_of("m").health == "AD");
                // The state survives a kill.
                server.restart();
                BOOST_TEST(status_of("m").in_sync == shape.regions() - 1);
                legs[1].replace(whole("/dev/ram1"));
                // With handle_errors the write waits for this.
                mirror.load(shape.table());
                run_or_throw({"dmsetup", "suspend", "--noflush", "m"});
                mirror.resume();
                BOOST_TEST(writing.wait_for_end(patience).value_or(-1) == 0, writing.printed());
                legs_are_equal(shape);
                mirror.remove();
            }
        }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace filemap::test
