#pragma once

#include "support/process.hpp"

#include <boost/json.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::test {

/// Returns true if a browser is installed. Prints a message if not.
[[nodiscard]] bool is_browser_there();

/// Headless Chromium with one page, controlled by the DevTools protocol through pipes.
class browser {
public:
    /// Waits until the condition holds, and runs other work meanwhile. Returns false on timeout.
    using wait_function = std::function<bool(const std::function<bool()>&)>;

    /// @param directory For the browser's files; must not exist.
    /// @param options   Command-line options, in addition to those that every test needs.
    browser(const std::string& directory, wait_function wait, const std::vector<std::string>& options = {});
    browser(const browser&) = delete;
    browser& operator=(const browser&) = delete;
    ~browser();

    void open(const std::string& address);
    /// Evaluates a JavaScript expression, and awaits a promise. @throws std::runtime_error if the expression throws.
    boost::json::value evaluate(const std::string& expression);
    [[nodiscard]] std::string text(const std::string& expression);
    /// Waits for a condition. Returns false on timeout.
    bool becomes_true(const std::string& condition);
    /// "/", "Enter", ...
    void press(const std::string& key);
    void set_width(int width);
    /// "light" or "dark".
    void set_scheme(const std::string& name);

    /// Exceptions, console messages, and resources that were refused or failed to load.
    [[nodiscard]] const std::vector<std::string>& complaints() const noexcept { return complaints_; }
    /// Requested URLs.
    [[nodiscard]] const std::vector<std::string>& requests() const noexcept { return requests_; }

private:
    boost::json::object call(std::string_view method, boost::json::object parameters = {});
    void receive();
    void note(const boost::json::object& message);

    wait_function wait_;
    int to_ = -1;
    int from_ = -1;
    std::optional<background_program> program_;
    std::string received_;
    std::string session_;
    int calls_ = 0;
    std::optional<boost::json::object> answer_;
    std::vector<std::string> complaints_;
    std::vector<std::string> requests_;
};

}  // namespace filemap::test
