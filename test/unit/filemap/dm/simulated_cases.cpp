#include "support/dm_cases.hpp"

#include <boost/test/unit_test.hpp>

namespace filemap::test {
namespace {

class simulated_fixture final : public dm_fixture {
public:
    simulated_fixture() { kernel_.add_device(device(), size); }

    dm::kernel& kernel() override { return kernel_; }
    device_id device() const override { return {254, 3}; }
    device_id missing_device() const override { return {254, 4}; }
    void issue(dm::io_direction direction, sector_range where) override {
        kernel_.complete_io(device(), direction, where, 5'000);
    }

private:
    dm::simulated_kernel kernel_;
};

const bool registered = [] {
    add_dm_cases(boost::unit_test::framework::master_test_suite(),
                 [] { return std::make_shared<simulated_fixture>(); });
    return true;
}();

}  // namespace
}  // namespace filemap::test
