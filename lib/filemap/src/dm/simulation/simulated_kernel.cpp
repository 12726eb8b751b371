#include "dm/parse.hpp"
#include "dm/simulation/arguments.hpp"
#include "dm/simulation/messages.hpp"

#include <filemap/dm/simulated_kernel.hpp>

#include <cerrno>
#include <map>
#include <mutex>
#include <utility>

namespace filemap::dm {

struct simulated_kernel::state {
    mutable std::mutex mutex;
    std::map<device_id, detail::simulated_device> devices;
    detail::simulated_memory memory{.limit = default_memory_limit};
    std::shared_ptr<const hook> before;
    std::uint64_t messages = 0;
};

namespace {

/// Kernel whose hook this thread runs. Messages that the hook sends come from another program and bypass the hook.
thread_local const simulated_kernel* hooked = nullptr;

class hook_guard {
public:
    explicit hook_guard(const simulated_kernel* of) noexcept : before_(std::exchange(hooked, of)) {}
    hook_guard(const hook_guard&) = delete;
    hook_guard& operator=(const hook_guard&) = delete;
    ~hook_guard() { hooked = before_; }

private:
    const simulated_kernel* before_;
};

failure failed_with(int error, std::string_view text, device_id device) {
    return {error_code(error, boost::system::system_category()), detail::describe(text, device)};
}

}  // namespace

simulated_kernel::simulated_kernel() : state_(std::make_unique<state>()) {}

simulated_kernel::~simulated_kernel() = default;

result<std::string> simulated_kernel::message(device_id device, std::string_view text, std::size_t /*answer_size*/) {
    if (hooked != this) {
        if (const error_code refused = run_hook(device, text)) return failure(refused, detail::describe(text, device));
    }
    if (text.find('\0') != std::string_view::npos) return failed_with(EINVAL, text, device);
    const auto arguments = detail::split_arguments(text);
    const std::scoped_lock lock(state_->mutex);
    const auto on = state_->devices.find(device);
    if (on == state_->devices.end()) return failed_with(ENXIO, text, device);
    auto outcome = detail::perform(on->second, state_->memory, arguments);
    if (outcome.error() != 0) return failed_with(outcome.error(), text, device);
    return std::move(outcome).take_answer();
}

error_code simulated_kernel::run_hook(device_id device, std::string_view text) {
    std::unique_lock lock(state_->mutex);
    const std::uint64_t ordinal = ++state_->messages;
    const auto before = state_->before;
    lock.unlock();
    if (!before || !*before) return {};
    const hook_guard guard(this);
    return (*before)(ordinal, device, text);
}

void simulated_kernel::add_device(device_id device, sectors size) {
    const std::scoped_lock lock(state_->mutex);
    state_->devices.try_emplace(device).first->second.size = size;
}

void simulated_kernel::remove_device(device_id device) {
    const std::scoped_lock lock(state_->mutex);
    const auto on = state_->devices.find(device);
    if (on == state_->devices.end()) return;
    for (const auto& [id, region] : on->second.regions) state_->memory.used -= region.parameters().memory();
    state_->devices.erase(on);
}

void simulated_kernel::complete_io(device_id device, io_direction direction, sector_range where,
                                   std::uint64_t duration) {
    const std::scoped_lock lock(state_->mutex);
    const auto on = state_->devices.find(device);
    if (on == state_->devices.end()) return;
    for (auto& [id, region] : on->second.regions) region.count(direction, where, duration);
}

void simulated_kernel::limit_memory(std::uint64_t bytes_of_all_regions) {
    const std::scoped_lock lock(state_->mutex);
    state_->memory.limit = bytes_of_all_regions;
}

void simulated_kernel::before_each_message(hook call) {
    auto shared = std::make_shared<const hook>(std::move(call));
    const std::scoped_lock lock(state_->mutex);
    state_->before.swap(shared);
    state_->messages = 0;
}

std::uint64_t simulated_kernel::messages() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->messages;
}

}  // namespace filemap::dm
