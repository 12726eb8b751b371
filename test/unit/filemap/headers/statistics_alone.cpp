// Uses the dm-stats messages without an event loop: this program consists of dm/ and no Asio.

#include <filemap/dm/control_node.hpp>
#include <filemap/dm/group_descriptor.hpp>
#include <filemap/dm/simulated_kernel.hpp>
#include <filemap/dm/statistics.hpp>

#ifdef BOOST_ASIO_VERSION
#error "the statistics client includes Asio"
#endif

int main() {
    using namespace filemap;
    dm::simulated_kernel simulated;
    simulated.add_device(device_id{253, 0}, sectors{1024});
    dm::statistics device(simulated, device_id{253, 0});
    dm::region_spec spec;
    spec.range = {sectors{8}, sectors{8}};
    const region_id region = device.create(spec).value();
    simulated.complete_io(device_id{253, 0}, dm::io_direction::write, spec.range);
    const auto counted = device.print(region).value();
    const bool no_node = !dm::control_node::open("/nonexistent");
    return counted.size() == 1 && counted[0].counted.sectors_written == sectors{8} && no_node ? 0 : 1;
}
