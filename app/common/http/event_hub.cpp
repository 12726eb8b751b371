#include "common/http/event_hub.hpp"

#include <utility>

namespace app::control {

void event_hub::publish(std::string line) {
    const auto shared = std::make_shared<const std::string>(std::move(line));
    for (listener* one : listeners_) one->give(shared);
}

event_hub::listener::listener(event_hub& hub, std::size_t most, connection& client)
    : hub_(hub), most_(most), client_(client) {
    hub_.listeners_.push_back(this);
}

event_hub::listener::~listener() {
    std::erase(hub_.listeners_, this);
}

void event_hub::listener::give(const std::shared_ptr<const std::string>& line) {
    if (client_.closed) return;
    if (bytes_ + line->size() > most_) {
        client_.close();
        return;
    }
    bytes_ += line->size();
    waiting_.push_back(line);
    client_.changed.notify();
}

std::string event_hub::listener::take(std::size_t most) {
    std::string text;
    while (!waiting_.empty() && text.size() < most) {
        text += *waiting_.front();
        waiting_.pop_front();
    }
    bytes_ -= text.size();
    return text;
}

}  // namespace app::control
