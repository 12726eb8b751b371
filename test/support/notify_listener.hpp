#pragma once

#include "support/process.hpp"

#include <string>
#include <vector>

namespace filemap::test {

/// The service manager's end of $NOTIFY_SOCKET.
class notify_listener {
public:
    /// @param name A path, or an abstract name that begins with '@'.
    explicit notify_listener(std::string name);
    notify_listener(const notify_listener&) = delete;
    notify_listener& operator=(const notify_listener&) = delete;
    ~notify_listener();

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// Waits for an assignment that begins so, after those that were waited for before.
    [[nodiscard]] bool comes(const std::string& beginning, milliseconds bound = seconds{20});

private:
    void receive();

    std::string name_;
    int socket_ = -1;
    std::vector<std::string> received_;
    std::size_t next_ = 0;
};

}  // namespace filemap::test
