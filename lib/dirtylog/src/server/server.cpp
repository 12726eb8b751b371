#include "server/server.hpp"

#include "server/server_state.hpp"

#include <utility>

namespace dirtylog {

server::server(std::shared_ptr<state> made) : state_(std::move(made)) {}
server::server(server&&) noexcept = default;
server& server::operator=(server&&) noexcept = default;

server::~server() {
    if (state_) stop();
}

result<server> server::open(executor_type events, executor_type blocking, filemap::fs::descriptor socket,
                            environment env, logger log, server_options options) {
    auto slots = request_slots::open(env.directory);
    if (!slots) return slots.error();
    return server(std::make_shared<state>(std::move(events), std::move(blocking), std::move(socket), std::move(*slots),
                                          std::move(env), std::move(log), std::move(options)));
}

server::executor_type server::get_executor() const noexcept {
    return state_->events;
}

server_counts server::counts() const noexcept {
    return state_->counts;
}

std::vector<log_status> server::status() const {
    return state_->engine.status();
}

void server::begin_checkpoint(std::string_view uuid, std::string_view name, protocol::tracked done) {
    state_->engine.begin_checkpoint(uuid, name, std::move(done));
    state_->advance();
}

void server::forget_checkpoint(std::string_view uuid, std::string_view name, protocol::tracked done) {
    state_->engine.forget_checkpoint(uuid, name, std::move(done));
    state_->advance();
}

void server::changes_since(std::string_view uuid, std::string_view name, protocol::tracked done) {
    state_->engine.changes_since(uuid, name, std::move(done));
    state_->advance();
}

std::vector<std::string> server::checkpoints(std::string_view uuid) const {
    return state_->engine.checkpoints(uuid);
}

void server::stop() {
    state_->stopped = true;
    error_code ignored;
    state_->descriptor.cancel(ignored);
    state_->wake();
}

boost::asio::awaitable<error_code> server::run(std::shared_ptr<state> self) {
    co_return co_await self->run();
}

}  // namespace dirtylog
