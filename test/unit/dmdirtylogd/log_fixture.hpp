#pragma once

#include "common/http/server.hpp"
#include "dmdirtylogd/api/routes.hpp"
#include "unit/filemap/fs/scratch_directory.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace filemap::test {

/// Logs that a test sets before the first request, with a record of the calls.
class fake_logs : public dmdirtylogd::control::service_api {
public:
    std::vector<dirtylog::log_status> all;
    std::vector<std::string> names;
    dirtylog::result<dirtylog::changes> answer = dirtylog::changes{};
    dirtylog::server_counts counts;

    /// Returns the recorded calls. Thread-safe.
    std::vector<std::string> told() {
        const std::lock_guard lock(mutex_);
        return told_;
    }

    dirtylog::log_status& add(const std::string& uuid, std::uint64_t luid = 1) {
        dirtylog::log_status log;
        log.key = {*dirtylog::log_uuid::make(uuid), dirtylog::log_luid{luid}};
        log.phase = dirtylog::log_phase::working;
        log.arguments = "core 1024";
        log.shape = {sectors{131072}, sectors{1024}};
        log.in_sync = dirtylog::region_count{100};
        log.dirty = dirtylog::region_count{28};
        return all.emplace_back(log);
    }

    dmdirtylogd::control::service_status status() const override { return {{}, false, true, counts}; }
    std::vector<dirtylog::log_status> logs() const override { return all; }
    std::vector<std::string> checkpoints(std::string_view) const override { return names; }
    void begin_checkpoint(std::string_view uuid, std::string_view name, tracked done) override {
        tell("begin", uuid, name, done);
    }
    void forget_checkpoint(std::string_view uuid, std::string_view name, tracked done) override {
        tell("forget", uuid, name, done);
    }
    void changes_since(std::string_view uuid, std::string_view name, tracked done) override {
        tell("changes", uuid, name, done);
    }

private:
    void tell(std::string_view what, std::string_view uuid, std::string_view name, const tracked& done) {
        {
            const std::lock_guard lock(mutex_);
            told_.push_back(std::string(what) + ' ' + std::string(uuid) + ' ' + std::string(name));
        }
        done(answer);
    }

    std::mutex mutex_;
    std::vector<std::string> told_;
};

/// Runs a control server for the logs on its own thread.
class log_world {
public:
    explicit log_world(std::unique_ptr<fake_logs> of) : service(std::move(of)), path(directory / "control.sock") {
        app::control::socket_options socket;
        socket.path = path;
        socket.program = "dmdirtylogd";
        server_ = std::make_unique<app::control::server>(events_.get_executor(),
                                                         std::make_unique<app::control::control_socket>(socket),
                                                         dmdirtylogd::control::api_of(*service), logger());
        server_->async_run([](const std::exception_ptr&) {});
        thread_ = std::thread([this] { events_.run(); });
    }
    ~log_world() {
        boost::asio::post(events_, [this] { server_->stop(); });
        thread_.join();
    }
    log_world(const log_world&) = delete;
    log_world& operator=(const log_world&) = delete;

    std::unique_ptr<fake_logs> service;
    scratch_directory directory;
    std::string path;

private:
    boost::asio::io_context events_{1};
    std::unique_ptr<app::control::server> server_;
    std::thread thread_;
};

}  // namespace filemap::test
