#include <filemap/error.hpp>

#include <boost/system/system_error.hpp>

#include <cerrno>

namespace filemap {
namespace {

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "filemap"; }

    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::version_mismatch: return "unsupported major version of the kernel's device-mapper interface";
            case errc::answer_too_long: return "the kernel's answer exceeds the buffer limit";
            case errc::state_malformed: return "the stored state is not in the format of this program";
            case errc::answer_malformed: return "the kernel's answer cannot be parsed";
            case errc::row_too_long: return "the group's descriptor is too long for other programs to read";
            case errc::name_too_long:
                return "name, user data and histogram leave no room for a region in a row that other programs can "
                       "read";
            case errc::group_not_found: return "no such group";
            case errc::not_a_group: return "this region leads no group";
            case errc::group_claimed: return "another process monitors this group";
            case errc::not_regular_file: return "not a regular file";
            case errc::not_device_mapper: return "not on a device-mapper device";
            case errc::unsupported_file_system: return "the file system does not report addresses on its block device";
            case errc::no_extent_map: return "the file system has no extent map (FIEMAP)";
            case errc::path_mismatch: return "another file is at this path";
            case errc::extents_unstable: return "the extents change faster than they can be read";
            case errc::file_dead: return "the file is unlinked and no longer open anywhere";
        }
        return "unknown error";
    }
};

}  // namespace

const boost::system::error_category& filemap_category() noexcept {
    static const category instance;
    return instance;
}

std::string failure::text() const {
    return context + ": " + code.message();
}

failure last_system_failure(std::string context) {
    const int error = errno;
    return {error_code(error, boost::system::system_category()), std::move(context)};
}

void throw_exception_from_error(const failure& failed, const boost::source_location& location) {
    boost::throw_exception(boost::system::system_error(failed.code, failed.context), location);
}

bool is_permanent(error_code code) noexcept {
    namespace sys = boost::system::errc;
    return code == sys::permission_denied || code == sys::operation_not_permitted || code == errc::version_mismatch ||
           code == errc::not_regular_file || code == errc::not_device_mapper || code == errc::unsupported_file_system ||
           code == errc::no_extent_map || code == errc::group_claimed || code == errc::name_too_long;
}

}  // namespace filemap
