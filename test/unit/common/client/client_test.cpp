// Tests the client with the server of an invented service.

#include "common/client/client.hpp"

#include "common/cli/startup_error.hpp"
#include "common/http/event_hub.hpp"
#include "common/http/events_handler.hpp"
#include "common/http/pending_result.hpp"
#include "common/http/server.hpp"
#include "unit/filemap/fs/scratch_directory.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace app::control;
using app::ctl::client;
using boost::beast::http::verb;
using filemap::test::scratch_directory;

/// State that the routes change.
struct garden {
    std::string plants = "[\"oak\"]";
    outcome result;
    std::vector<std::weak_ptr<event_hub>> told;
};

boost::asio::awaitable<void> answer_plants(request_context& with, garden& of) {
    return with.answer(of.plants);
}

boost::asio::awaitable<void> answer_watering(request_context& with, garden& of) {
    pending action(with.client().shared_from_this());
    action.on_done()(of.result);
    return answer_when_done(with, std::move(action));
}

api api_of(garden& of) {
    api offered;
    offered.product = "gardener/1";
    offered.routes = {
        {"/plants", verb::get, false, false, [&of](request_context& with) { return answer_plants(with, of); }},
        {"/water", verb::post, false, false, [&of](request_context& with) { return answer_watering(with, of); }},
        {"/events", verb::get, false, false, answer_events},
    };
    offered.events.tell = [&of](std::weak_ptr<event_hub> hub) { of.told.push_back(std::move(hub)); };
    offered.events.last = [] { return 7; };
    return offered;
}

/// Runs the event loop while a client asks.
struct world {
    world() {
        server_.async_run([this](const std::exception_ptr& why) { ended_well_ = !why; });
    }
    ~world() {
        server_.stop();
        events_.restart();
        events_.run();
        BOOST_TEST(ended_well_);
    }

    template <class Ask>
    auto beside(Ask ask) {
        auto asked = std::async(std::launch::async, [&] { return ask(client(path_, "visitor/1")); });
        while (asked.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
            events_.run_one_for(std::chrono::milliseconds{1});
        return asked.get();
    }

    [[nodiscard]] boost::asio::io_context& events() { return events_; }

    garden about;

private:
    scratch_directory directory_;
    std::string path_ = directory_ / "s";
    boost::asio::io_context events_{1};
    server server_{events_.get_executor(),
                   std::make_unique<control_socket>(socket_options{path_, 0600, {}, "gardener"}),
                   api_of(about),
                   {}};
    bool ended_well_ = false;
};

std::string refusal_of(const client& daemon, verb method, const std::string& target) {
    try {
        static_cast<void>(daemon.body_of(daemon.ask(method, target)));
        return "(answered)";
    } catch (const app::startup_error& wrong) {
        return wrong.what();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ctl_client_test)

BOOST_AUTO_TEST_CASE(routes_answer_by_binding) {
    world in;
    in.about.plants = "[\"elm\"]";
    BOOST_TEST(in.beside([](const client& daemon) { return daemon.body_of(daemon.ask(verb::get, "/plants")); }) ==
               "[\"elm\"]\n");
    BOOST_TEST(in.beside([](const client& daemon) { return daemon.body_of(daemon.ask(verb::post, "/water")); }) ==
               "{\"done\":true}\n");
}

BOOST_AUTO_TEST_CASE(refusal_names_reason) {
    world in;
    in.about.result = refused{refused::cause::conflict, "it rains"};
    const auto asked = [&](verb method, const std::string& target) {
        return in.beside([&](const client& daemon) { return refusal_of(daemon, method, target); });
    };
    BOOST_TEST(asked(verb::post, "/water") == "it rains");
    BOOST_TEST(asked(verb::get, "/water") == "at '/water' there is only POST");
    BOOST_TEST(asked(verb::get, "/v1/files") == "there is nothing at '/v1/files'");
}

BOOST_AUTO_TEST_CASE(events_are_told_as_they_happen) {
    world in;
    std::string told;
    const auto listen = [&](const client& daemon) {
        return daemon.listen(verb::get, "/events", [&](std::string_view piece) {
            told += piece;
            if (told.find("rain") != told.npos) throw app::startup_error("enough");
        });
    };
    const auto ended = [&](const client& daemon) {
        try {
            static_cast<void>(listen(daemon));
            return std::string("(ended)");
        } catch (const app::startup_error& wrong) {
            return std::string(wrong.what());
        }
    };
    boost::asio::io_context& events = in.events();
    std::function<void()> rain = [&] {
        const auto hub = in.about.told.at(0).lock();
        if (hub && hub->size() != 0) return hub->publish("{\"event\":\"rain\"}\n");
        boost::asio::post(events, rain);
    };
    boost::asio::post(events, rain);
    BOOST_TEST(in.beside(ended) == "enough");
    BOOST_TEST(told == "{\"event\":\"listening\",\"number\":7}\n{\"event\":\"rain\"}\n");
}

BOOST_AUTO_TEST_SUITE_END()
