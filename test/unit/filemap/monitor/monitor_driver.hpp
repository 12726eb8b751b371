#pragma once

#include "monitor/monitor_fsm.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace filemap::test {

inline std::string in_words(const monitor_fsm::action& action, monitor_fsm::time_point zero) {
    struct {
        monitor_fsm::time_point zero;
        std::string operator()(const monitor_fsm::wait& w) const {
            if (!w.until) return "wait";
            return "wait until " +
                   std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(*w.until - zero).count());
        }
        std::string operator()(const monitor_fsm::refresh& l) const {
            return std::string(l.map == monitor_fsm::mapping::always ? "map" : "look") +
                   (l.confirm_group ? ", confirm" : "");
        }
        std::string operator()(const monitor_fsm::end& e) const {
            return "end: " + std::string(describe(e.how.reason)) + (e.remove_regions ? ", remove regions" : "");
        }
    } words{zero};
    return std::visit(words, action);
}

inline refresh_result present(bool mapped) {
    refresh_result looked;
    looked.found = fs::file_snapshot::state::present;
    looked.watched = true;
    looked.mapped = looked.listed = mapped;
    return looked;
}
inline refresh_result missing() {
    refresh_result looked;
    looked.watched = true;
    looked.reason = "No such file or directory";
    return looked;
}
inline refresh_result failed(error_code code) {
    refresh_result looked = present(true);
    looked.error = failure{code, "what was tried"};
    return looked;
}
inline error_code system_error(int value) {
    return {value, boost::system::system_category()};
}

/// State machine of a monitor with a simulated clock, in milliseconds since the start.
class driver {
public:
    explicit driver(monitor_fsm::timing times = {}) : fsm_(times, zero_) {}

    /// Returns the monitor's actions at a time.
    std::string at(int ms) {
        now_ = zero_ + std::chrono::milliseconds{ms};
        return next();
    }
    std::string next() { return in_words(fsm_.next(now_), zero_); }
    void tell(monitor_event what) { fsm_.resume(what, now_); }
    void tell(int ms, monitor_event what) {
        now_ = zero_ + std::chrono::milliseconds{ms};
        tell(what);
    }
    /// Passes the result of a refresh; returns the next action.
    std::string answer(const refresh_result& looked) {
        fsm_.resume(looked, now_);
        return next();
    }
    std::string answer(int ms, const refresh_result& looked) {
        now_ = zero_ + std::chrono::milliseconds{ms};
        return answer(looked);
    }
    void stop() { fsm_.stop(false); }
    void use(monitor_fsm::duration interval) { fsm_.use(interval, std::chrono::seconds{1}); }

    /// Advances the clock to @p end and passes @p looked to each refresh. @return Times of the refreshes.
    std::string refreshes_until(monitor_fsm::duration end, const refresh_result& looked) {
        std::string times;
        for (;;) {
            const auto action = fsm_.next(now_);
            if (const auto* wait = std::get_if<monitor_fsm::wait>(&action)) {
                if (!wait->until || *wait->until > zero_ + end) return times;
                now_ = *wait->until;
            } else {
                BOOST_REQUIRE(std::holds_alternative<monitor_fsm::refresh>(action));
                times += (times.empty() ? "" : " ") +
                         std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now_ - zero_).count());
                if (in_words(action, zero_).starts_with("map")) times += "m";
                fsm_.resume(looked, now_);
            }
        }
    }

private:
    monitor_fsm::time_point zero_{std::chrono::hours{1}};
    monitor_fsm::time_point now_ = zero_;
    monitor_fsm fsm_;
};

/// State machine after its first refresh.
class settled : public driver {
public:
    explicit settled(monitor_fsm::timing times = {}) : driver(times) {
        BOOST_REQUIRE(at(0) == "map, confirm");
        BOOST_REQUIRE(answer(present(true)) == "wait");
    }
};

}  // namespace filemap::test
