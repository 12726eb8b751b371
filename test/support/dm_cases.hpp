#pragma once

#include <filemap/dm/kernel.hpp>
#include <filemap/dm/simulated_kernel.hpp>

#include <boost/test/unit_test_suite.hpp>

#include <functional>
#include <memory>

namespace filemap::test {

/// A kernel with a device for this test alone.
class dm_fixture {
public:
    /// Size of the device.
    static constexpr sectors size{64 * 2048};

    virtual ~dm_fixture() = default;
    [[nodiscard]] virtual dm::kernel& kernel() = 0;
    [[nodiscard]] virtual device_id device() const = 0;
    /// A number that no device has.
    [[nodiscard]] virtual device_id missing_device() const = 0;
    /// Issues one I/O of at most 64 KiB. The kernel has counted it on return.
    virtual void issue(dm::io_direction direction, sector_range where) = 0;
};

/**
 * @brief Adds the cases to which every implementation of `dm::kernel` is held, as suite "dm_kernel".
 * @param fixture Asked once in each case, when it runs. Regions that another case has left are removed before.
 */
void add_dm_cases(boost::unit_test::test_suite& to, std::function<std::shared_ptr<dm_fixture>()> fixture);

}  // namespace filemap::test
