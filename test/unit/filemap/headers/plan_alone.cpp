// Uses the plan without the rest of the library: this program consists of plan.cpp only.

#include <filemap/plan.hpp>

#include <iostream>

#ifdef BOOST_ASIO_VERSION
#error "plan.hpp includes Asio"
#endif
#ifdef BOOST_VERSION
#error "plan.hpp includes Boost"
#endif

int main() {
    using namespace filemap;
    const sector_range file[] = {{sectors{0}, sectors{16}}, {sectors{100}, sectors{8}}};
    const group_region group[] = {{region_id{0}, {sectors{0}, sectors{8}}}, {region_id{1}, {sectors{50}, sectors{8}}}};
    const plan planned = make_plan(file, group, {});
    for (const operation& op : operations_of(planned, true)) std::cout << describe(op) << '\n';
    const bool as_expected = planned.keep.size() == 1 && planned.create.size() == 2 && planned.remove.size() == 1;
    return as_expected ? 0 : 1;
}
