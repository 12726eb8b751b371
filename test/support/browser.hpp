#pragma once

#include "support/process.hpp"

#include <boost/json.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filemap::test {

/// Whether there is one to test with. If not, tells so.
[[nodiscard]] bool is_browser_there();

/// Chromium without a screen, with one page. It is told what to do by the DevTools protocol, through pipes.
class browser {
public:
    /// Waits until the condition holds, and does whatever else is to be done meanwhile. False if it takes too long.
    using wait_function = std::function<bool(const std::function<bool()>&)>;

    /// @param directory For what it writes; not there yet.
    /// @param options   Of the command line, beside those that every test needs.
    browser(const std::string& directory, wait_function wait, const std::vector<std::string>& options = {});
    browser(const browser&) = delete;
    browser& operator=(const browser&) = delete;
    ~browser();

    void open(const std::string& address);
    /// What an expression of JavaScript comes to, also if that is a promise. @throws std::runtime_error if it throws.
    boost::json::value evaluate(const std::string& expression);
    [[nodiscard]] std::string text(const std::string& expression);
    /// Whether it comes to be true.
    bool comes_to_be(const std::string& condition);
    /// "/", "Enter", ...
    void press(const std::string& key);
    void set_width(int width);
    /// "light" or "dark".
    void set_scheme(const std::string& name);

    /// Exceptions, lines on the console, and what was refused or could not be loaded.
    [[nodiscard]] const std::vector<std::string>& complaints() const noexcept { return complaints_; }
    /// The addresses that were asked.
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
