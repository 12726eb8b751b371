#include "support/browser.hpp"

#include <array>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace filemap::test {

namespace json = boost::json;

namespace {

/// Descriptors that the program gets, and those that stay here.
struct pipe_pair {
    pipe_pair() {
        std::array<int, 2> down{}, up{};
        if (::pipe2(down.data(), 0) != 0 || ::pipe2(up.data(), 0) != 0)
            throw std::system_error(errno, std::generic_category(), "pipe2");
        there_in = down[0];
        here_out = down[1];
        here_in = up[0];
        there_out = up[1];
        ::fcntl(here_out, F_SETFD, FD_CLOEXEC);
        ::fcntl(here_in, F_SETFD, FD_CLOEXEC);
        ::fcntl(here_in, F_SETFL, O_NONBLOCK);
    }
    pipe_pair(const pipe_pair&) = delete;
    pipe_pair& operator=(const pipe_pair&) = delete;
    ~pipe_pair() {
        ::close(there_in);
        ::close(there_out);
    }
    int there_in = -1, there_out = -1, here_in = -1, here_out = -1;
};

// Chromium reads descriptor 3 and writes descriptor 4, which may be in use in this process.
std::vector<std::string> command(const std::string& directory, const pipe_pair& pipes,
                                 const std::vector<std::string>& options) {
    const std::string script =
        "exec chromium \"$@\" 3<&" + std::to_string(pipes.there_in) + " 4>&" + std::to_string(pipes.there_out);
    std::vector<std::string> all{"bash",
                                 "-c",
                                 script,
                                 "chromium",
                                 "--headless",
                                 "--no-sandbox",
                                 "--disable-gpu",
                                 "--disable-dev-shm-usage",
                                 "--no-first-run",
                                 "--hide-scrollbars",
                                 "--disable-background-networking",
                                 "--disable-component-update",
                                 "--remote-debugging-pipe",
                                 "--user-data-dir=" + directory};
    all.insert(all.end(), options.begin(), options.end());
    all.emplace_back("about:blank");
    return all;
}

std::string text_of(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

}  // namespace

bool is_browser_there() {
    if (run_program({"sh", "-c", "command -v chromium"}).status == 0) return true;
    std::cout << "skipped: there is no browser (Debian package chromium)\n";
    return false;
}

browser::browser(const std::string& directory, wait_function wait, const std::vector<std::string>& options)
    : wait_(std::move(wait)) {
    const pipe_pair pipes;
    to_ = pipes.here_out;
    from_ = pipes.here_in;
    program_.emplace(command(directory, pipes, options));
    const json::object target = call("Target.createTarget", {{"url", "about:blank"}});
    const json::object attached =
        call("Target.attachToTarget", {{"targetId", target.at("targetId")}, {"flatten", true}});
    session_ = text_of(attached.at("sessionId"));
    for (const char* domain : {"Runtime", "Log", "Page", "Network"}) call(std::string(domain) + ".enable");
}

browser::~browser() {
    const std::string last = R"({"id":0,"method":"Browser.close"})";
    if (::write(to_, last.c_str(), last.size() + 1) > 0) static_cast<void>(program_->wait_for_end(seconds{10}));
    program_.reset();
    ::close(to_);
    ::close(from_);
}

void browser::receive() {
    std::array<char, 64 * 1024> some;
    for (ssize_t size = 0; (size = ::read(from_, some.data(), some.size())) > 0;)
        received_.append(some.data(), static_cast<std::size_t>(size));
    for (std::size_t end = 0; (end = received_.find('\0')) != received_.npos;) {
        json::object message = json::parse(received_.substr(0, end)).as_object();
        received_.erase(0, end + 1);
        const json::value* id = message.if_contains("id");
        if (id && id->to_number<int>() == calls_)
            answer_ = std::move(message);
        else
            note(message);
    }
}

void browser::note(const json::object& message) {
    const json::value* method = message.if_contains("method");
    if (!method) return;
    const std::string name = text_of(*method);
    const json::object& told = message.at("params").as_object();
    if (name == "Network.requestWillBeSent") {
        requests_.push_back(text_of(told.at("request").at("url")));
    } else if (name == "Runtime.exceptionThrown" || name == "Runtime.consoleAPICalled" || name == "Log.entryAdded" ||
               name == "Network.loadingFailed") {
        complaints_.push_back(json::serialize(message));
    }
}

json::object browser::call(std::string_view method, json::object parameters) {
    json::object message{{"id", ++calls_}, {"method", method}, {"params", std::move(parameters)}};
    if (!session_.empty()) message["sessionId"] = session_;
    std::string text = json::serialize(message);
    text += '\0';
    if (::write(to_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw std::system_error(errno, std::generic_category(), "chromium");
    answer_.reset();
    const bool answered = wait_([this] {
        receive();
        return answer_.has_value();
    });
    if (!answered) throw std::runtime_error(std::string(method) + ": no answer; " + program_->printed());
    if (const json::value* error = answer_->if_contains("error"))
        throw std::runtime_error(std::string(method) + ": " + json::serialize(*error));
    return answer_->at("result").as_object();
}

void browser::open(const std::string& address) {
    call("Page.navigate", {{"url", address}});
}

json::value browser::evaluate(const std::string& expression) {
    const json::object done =
        call("Runtime.evaluate", {{"expression", expression}, {"returnByValue", true}, {"awaitPromise", true}});
    if (const json::value* thrown = done.if_contains("exceptionDetails"))
        throw std::runtime_error(expression + ": " + json::serialize(*thrown));
    const json::value* value = done.at("result").as_object().if_contains("value");
    return value ? *value : json::value();
}

std::string browser::text(const std::string& expression) {
    return text_of(evaluate(expression));
}

bool browser::becomes_true(const std::string& condition) {
    return wait_([&] { return evaluate("Boolean(" + condition + ")").as_bool(); });
}

void browser::press(const std::string& key) {
    json::object event{{"type", "keyDown"}, {"key", key}};
    if (key.size() == 1) event["text"] = key;
    call("Input.dispatchKeyEvent", event);
    event["type"] = "keyUp";
    event.erase("text");
    call("Input.dispatchKeyEvent", event);
}

void browser::set_width(int width) {
    call("Emulation.setDeviceMetricsOverride",
         {{"width", width}, {"height", 900}, {"deviceScaleFactor", 1}, {"mobile", false}});
}

void browser::set_scheme(const std::string& name) {
    call("Emulation.setEmulatedMedia",
         {{"features", json::array{json::object{{"name", "prefers-color-scheme"}, {"value", name}}}}});
}

}  // namespace filemap::test
