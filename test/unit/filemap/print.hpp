#pragma once

#include <filemap/error.hpp>
#include <filemap/plan.hpp>

#include <ostream>

// Output operators for Boost.Test, which prints compared values.
namespace filemap {

inline std::ostream& operator<<(std::ostream& out, errc e) {
    return out << make_error_code(e);
}
inline std::ostream& operator<<(std::ostream& out, sectors n) {
    return out << n.count();
}
inline std::ostream& operator<<(std::ostream& out, const sector_range& range) {
    return out << to_string(range);
}
inline std::ostream& operator<<(std::ostream& out, region_id id) {
    return out << id.value();
}
inline std::ostream& operator<<(std::ostream& out, group_id id) {
    return out << id.value();
}
inline std::ostream& operator<<(std::ostream& out, const group_region& m) {
    return out << m.id << ':' << m.range;
}

}  // namespace filemap
