#include "k8s/config/connection_config.hpp"
#include "k8s/event_loop.hpp"
#include "k8s/exec.hpp"
#include "tests/k8s/exec_recorder.hpp"
#include "tests/k8s/websocket_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace k8s {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using testing::exec_recorder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::tls_identity;
using testing::websocket_peer;
using testing::websocket_server;

const auto v5 = "v5.channel.k8s.io"s;
const auto v4 = "v4.channel.k8s.io"s;
const auto success = "\x03{\"metadata\":{},\"status\":\"Success\"}"s;

std::string exit_status(int code) {
  return "\x03{\"metadata\":{},\"status\":\"Failure\",\"reason\":\"NonZeroExitCode\",\"details\":{"
         "\"causes\":["
         "{\"reason\":\"ExitCode\",\"message\":\""
         + std::to_string(code) + "\"}]}}";
}

const tls_identity& server_identity() {
  static const auto identity
      = testing::make_tls_identity("kube-apiserver", "IP:127.0.0.1,DNS:api.example.com");
  return identity;
}

exec_request mysql(std::vector<std::string> command = {"true"}) {
  exec_request what;
  what.pod = {"shop", "mysql-0"};
  what.container = "db";
  what.command = std::move(command);
  what.with_stdin = true;
  what.open_deadline = 20s;
  return what;
}

int exit_code_of(const std::optional<exec_outcome>& outcome) {
  const auto* const exited = outcome ? std::get_if<exec_exited>(&*outcome) : nullptr;
  return exited ? exited->exit_code : -1;
}

/// The cause, if the outcome is of that kind; else an error that says so.
template <class Outcome>
error cause_of(const std::optional<exec_outcome>& outcome) {
  if (const auto* const wanted = outcome ? std::get_if<Outcome>(&*outcome) : nullptr)
    return wanted->cause;
  error other;
  other.detail = !outcome ? "no outcome" : "another outcome: " + std::to_string(outcome->index());
  return other;
}

/// A server that plays `script`, and an opener that talks to it; over TLS or not.
class exec_fixture {
public:
  explicit exec_fixture(testing::peer_script script, bool with_tls = false)
      : server_{std::move(script), with_tls ? std::optional{server_identity()} : std::nullopt} {
    config.server = server_.url();
    config.ca_pem = server_identity().certificate_pem;
  }

  std::shared_ptr<exec_session> open(exec_recorder& into, exec_request what = mysql()) {
    return open(into.handlers(), std::move(what));
  }
  std::shared_ptr<exec_session> open(exec_handlers handlers, exec_request what = mysql()) {
    if (!opener)
      opener = make_websocket_exec(loop, std::make_shared<const connection_config>(config));
    return opener->open(std::move(what), std::move(handlers));
  }

private:
  websocket_server server_;

public:
  connection_config config;
  event_loop loop;
  exec_recorder recorder{loop};
  std::unique_ptr<exec_opener> opener;
};

class exec_over : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(transport, exec_over, ::testing::Values(false, true),
                         [](const auto& with_tls) { return with_tls.param ? "tls" : "tcp"; });

TEST_P(exec_over, speaks_v5_from_open_to_exit_code) {
  exec_fixture cluster{[](websocket_peer& peer) {
                         peer.accept(v5);
                         peer.send("\x01");
                         peer.send("\x01got "s + peer.receive().value_or("nothing"));
                         peer.send("\x02oops");
                         peer.send(exit_status(3));
                         peer.close();
                       },
                       GetParam()};
  const auto session = cluster.open(cluster.recorder);
  session->write("hello");
  EXPECT_EQ(exit_code_of(cluster.recorder.outcome()), 3);
  EXPECT_EQ(cluster.recorder.protocol(), v5);
  EXPECT_EQ(cluster.recorder.output(), "got \0hello"s);
  EXPECT_EQ(cluster.recorder.error_output(), "oops");
  EXPECT_THAT(cluster.recorder.misplaced_calls(), IsEmpty());
}

TEST_P(exec_over, speaks_v4_where_the_server_has_nothing_newer) {
  exec_fixture cluster{[](websocket_peer& peer) {
                         peer.accept(v4);
                         peer.send("\x01");
                         peer.send("\x01out");
                         peer.send(success);
                         peer.close();
                       },
                       GetParam()};
  const auto session = cluster.open(cluster.recorder);
  EXPECT_EQ(exit_code_of(cluster.recorder.outcome()), 0);
  EXPECT_EQ(cluster.recorder.protocol(), v4);
  EXPECT_EQ(cluster.recorder.output(), "out");
}

TEST_P(exec_over, hands_on_a_mebibyte_of_output_unchanged) {
  std::string all;
  for (std::size_t index = 0; index < 1024 * 1024; ++index)
    all += static_cast<char>(index * 7 % 251);
  exec_fixture cluster{[&](websocket_peer& peer) {
                         peer.accept(v5);
                         for (std::size_t sent = 0; sent < all.size(); sent += 32 * 1024)
                           peer.send("\x01" + all.substr(sent, 32 * 1024));
                         peer.send(success);
                         peer.close();
                       },
                       GetParam()};
  const auto session = cluster.open(cluster.recorder);
  EXPECT_EQ(exit_code_of(cluster.recorder.outcome()), 0);
  EXPECT_TRUE(cluster.recorder.output() == all);
}

TEST_P(exec_over, is_lost_when_the_connection_is_cut_in_the_middle) {
  exec_fixture cluster{[](websocket_peer& peer) {
                         peer.accept(v5);
                         peer.send("\x01some output");
                         peer.cut();
                       },
                       GetParam()};
  const auto session = cluster.open(cluster.recorder);
  const auto cause = cause_of<exec_lost>(cluster.recorder.outcome());
  EXPECT_EQ(cause.code, errc::connection);
  EXPECT_TRUE(cause.maybe_applied);
  EXPECT_THAT(cause.attempted, HasSubstr("/api/v1/namespaces/shop/pods/mysql-0/exec"));
  EXPECT_EQ(cluster.recorder.output(), "some output");
}

TEST_P(exec_over, is_lost_when_the_server_falls_silent) {
  exec_fixture cluster{[](websocket_peer& peer) {
                         peer.accept(v5);
                         peer.ignore_until_gone();
                       },
                       GetParam()};
  auto what = mysql();
  what.ping_interval = 50ms;
  const auto session = cluster.open(cluster.recorder, what);
  const auto cause = cause_of<exec_lost>(cluster.recorder.outcome());
  EXPECT_EQ(cause.code, errc::timeout);
  EXPECT_THAT(cause.detail, HasSubstr("silent"));
}

TEST_P(exec_over, is_abandoned_at_once) {
  std::promise<std::optional<std::string>> seen_by_server;
  exec_fixture cluster{[&](websocket_peer& peer) {
                         peer.accept(v5);
                         peer.send("\x01ready");
                         seen_by_server.set_value(peer.receive());
                       },
                       GetParam()};
  const auto session = cluster.open(cluster.recorder);
  EXPECT_EQ(cluster.recorder.output_with("ready"), "ready");
  session->abandon();
  EXPECT_EQ(cause_of<exec_lost>(cluster.recorder.outcome()).code, errc::cancelled);
  EXPECT_EQ(seen_by_server.get_future().get(), std::nullopt);
}

TEST(exec_connection, stays_open_while_the_server_answers_pings) {
  exec_fixture cluster{[](websocket_peer& peer) {
    peer.accept(v5);
    peer.receive_pings(3); // more than two intervals
    peer.send(success);
    peer.close();
  }};
  auto what = mysql();
  what.ping_interval = 200ms;
  const auto session = cluster.open(cluster.recorder, what);
  EXPECT_EQ(exit_code_of(cluster.recorder.outcome()), 0);
}

TEST(exec_connection, names_pod_container_and_command_and_hides_nothing_from_the_server) {
  std::promise<std::string> target, offered, agent;
  exec_fixture cluster{[&](websocket_peer& peer) {
    target.set_value(peer.target());
    offered.set_value(peer.header("Sec-WebSocket-Protocol"));
    agent.set_value(peer.header("User-Agent"));
    peer.accept(v5);
    peer.send(success);
  }};
  cluster.config.server += "/k8s/clusters/c-1";
  const auto session
      = cluster.open(cluster.recorder, mysql({"sh", "-c", "echo a+b;exit 3 & \xc3\xa4\n"}));
  EXPECT_EQ(target.get_future().get(),
            "/k8s/clusters/c-1/api/v1/namespaces/shop/pods/mysql-0/exec?command=sh&command=-c"
            "&command=echo%20a%2Bb%3Bexit%203%20%26%20%C3%A4%0A&container=db&stdin=true&stdout="
            "true&stderr=true");
  EXPECT_EQ(offered.get_future().get(), "v5.channel.k8s.io, v4.channel.k8s.io");
  EXPECT_EQ(agent.get_future().get(), "backup-restore-operator");
  EXPECT_EQ(exit_code_of(cluster.recorder.outcome()), 0);
}

TEST(exec_connection, asks_for_the_token_anew_for_each_session) {
  exec_fixture cluster{[](websocket_peer& peer) {
    peer.accept(v5);
    peer.send("\x01" + peer.header("Authorization"));
    peer.send(success);
  }};
  cluster.config.token = [count = 0]() mutable { return "token-" + std::to_string(++count); };
  for (const auto* token : {"Bearer token-1", "Bearer token-2"}) {
    exec_recorder recorder{cluster.loop};
    const auto session = cluster.open(recorder);
    EXPECT_EQ(exit_code_of(recorder.outcome()), 0);
    EXPECT_EQ(recorder.output(), token);
  }
}

TEST(exec_connection, is_refused_with_the_servers_status) {
  exec_fixture cluster{[](websocket_peer& peer) {
    peer.decline(
        403, "application/json",
        R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods \"mysql-0\" is forbidden: ",)"
        R"("reason":"Forbidden","details":{"name":"mysql-0","kind":"pods"},"code":403})");
  }};
  const auto session = cluster.open(cluster.recorder);
  const auto cause = cause_of<exec_refused>(cluster.recorder.outcome());
  EXPECT_EQ(cause.code, errc::forbidden);
  EXPECT_EQ(cause.http_status, 403);
  EXPECT_EQ(cause.reason, "Forbidden");
  EXPECT_THAT(cause.detail, HasSubstr("is forbidden"));
  EXPECT_FALSE(cause.maybe_applied);
}

TEST(exec_connection, is_refused_with_the_servers_text) {
  for (const auto& [status, text, code] :
       {std::tuple{500, "container not found (\"main\")", errc::unavailable},
        {400, "you must specify at least 1 of stdin, stdout, stderr", errc::invalid},
        {404, "404 page not found", errc::not_found},
        {401, "Unauthorized", errc::unauthorized}}) {
    exec_fixture cluster{
        [&](websocket_peer& peer) { peer.decline(status, "text/plain; charset=utf-8", text); }};
    const auto session = cluster.open(cluster.recorder);
    const auto cause = cause_of<exec_refused>(cluster.recorder.outcome());
    EXPECT_EQ(cause.code, code) << status;
    EXPECT_EQ(cause.http_status, status);
    EXPECT_THAT(cause.detail, HasSubstr(text));
  }
}

TEST(exec_connection, is_refused_with_a_long_text) {
  exec_fixture cluster{
      [](websocket_peer& peer) { peer.decline(500, "text/plain", std::string(64 * 1024, 'x')); }};
  const auto session = cluster.open(cluster.recorder);
  EXPECT_EQ(cause_of<exec_refused>(cluster.recorder.outcome()).http_status, 500);
}

TEST(exec_connection, does_not_believe_a_gateway_that_nothing_ran) {
  exec_fixture cluster{
      [](websocket_peer& peer) { peer.decline(504, "text/plain", "gateway timeout"); }};
  const auto session = cluster.open(cluster.recorder);
  EXPECT_TRUE(cause_of<exec_lost>(cluster.recorder.outcome()).maybe_applied);
}

TEST(exec_connection, is_refused_when_the_runtime_could_not_start_the_command) {
  exec_fixture cluster{[](websocket_peer& peer) {
    peer.accept(v5);
    peer.send("\x01");
    peer.send("\x03{\"status\":\"Failure\",\"reason\":\"InternalError\",\"code\":500,\"message\":"
              "\"error executing command in container: failed to start exec\"}");
    peer.close();
  }};
  const auto session = cluster.open(cluster.recorder);
  EXPECT_EQ(cause_of<exec_refused>(cluster.recorder.outcome()).reason, "InternalError");
}

TEST(exec_connection, is_lost_when_the_server_closes_without_a_status) {
  exec_fixture cluster{[](websocket_peer& peer) {
    peer.accept(v4);
    peer.send("\x01output");
    peer.close();
  }};
  const auto session = cluster.open(cluster.recorder);
  EXPECT_EQ(cause_of<exec_lost>(cluster.recorder.outcome()).code, errc::connection);
}

/// As a server sends it: one binary message in one frame, not masked.
std::string framed(const std::string& message) {
  return "\x82"s + static_cast<char>(message.size()) + message;
}

TEST(exec_connection, has_succeeded_only_if_the_whole_status_came_wherever_it_is_cut) {
  const auto until_status = framed("\x01output") + framed(success);
  const auto everything = until_status + "\x88\x02\x03\xe8";
  std::atomic<std::size_t> sent = 0;
  exec_fixture cluster{[&](websocket_peer& peer) {
    peer.accept(v5);
    peer.send_raw(std::string_view{everything}.substr(0, sent));
    peer.cut();
  }};
  for (; sent <= everything.size(); ++sent) {
    exec_recorder recorder{cluster.loop};
    const auto session = cluster.open(recorder);
    const auto outcome = recorder.outcome();
    if (sent < until_status.size())
      EXPECT_EQ(cause_of<exec_lost>(outcome).code, errc::connection) << "after byte " << sent;
    else
      EXPECT_EQ(exit_code_of(outcome), 0) << "after byte " << sent;
  }
}

TEST(exec_connection, is_lost_when_the_server_breaks_the_protocol) {
  const std::vector<testing::peer_script> breaches{
      [](websocket_peer& peer) { peer.accept("v9.channel.k8s.io"); },
      [](websocket_peer& peer) { peer.accept(""); },
      [](websocket_peer& peer) { peer.send_raw("SSH-2.0-OpenSSH\r\n\r\n"); },
      [](websocket_peer& peer) {
        peer.accept(v5);
        peer.send(std::string(1024 * 1024 + 1, '\x01'));
      },
      [](websocket_peer& peer) {
        peer.accept(v5);
        peer.send("");
      },
      [](websocket_peer& peer) {
        peer.accept(v5);
        peer.send("\x03{\"status\":");
      },
  };
  for (std::size_t index = 0; index < breaches.size(); ++index) {
    exec_fixture cluster{[&](websocket_peer& peer) {
      breaches[index](peer);
      peer.receive();
    }};
    const auto session = cluster.open(cluster.recorder);
    const auto cause = cause_of<exec_lost>(cluster.recorder.outcome());
    EXPECT_EQ(cause.code, errc::protocol) << index << ": " << cause.detail;
    EXPECT_TRUE(cause.maybe_applied) << index;
  }
}

TEST(exec_connection, is_lost_at_its_deadline_although_the_server_lives) {
  exec_fixture cluster{[](websocket_peer& peer) {
    peer.accept(v5);
    peer.receive();
  }};
  auto what = mysql();
  what.deadline = 500ms;
  const auto session = cluster.open(cluster.recorder, what);
  const auto cause = cause_of<exec_lost>(cluster.recorder.outcome());
  EXPECT_EQ(cause.code, errc::timeout);
  EXPECT_EQ(cluster.recorder.protocol(), v5);
}

TEST(exec_connection, has_an_unknown_result_when_the_upgrade_is_never_answered) {
  exec_fixture cluster{[](websocket_peer& peer) { peer.ignore_until_gone(); }};
  auto what = mysql();
  what.open_deadline = 500ms;
  const auto session = cluster.open(cluster.recorder, what);
  const auto cause = cause_of<exec_lost>(cluster.recorder.outcome());
  EXPECT_EQ(cause.code, errc::timeout);
  EXPECT_TRUE(cause.maybe_applied);
}

TEST(exec_connection, is_refused_when_the_server_never_shakes_hands) {
  exec_fixture plain{[](websocket_peer&) {}};
  plain.config.server.replace(0, 4, "https");
  auto what = mysql();
  what.open_deadline = 100ms;
  const auto session = plain.open(plain.recorder, what);
  EXPECT_FALSE(cause_of<exec_refused>(plain.recorder.outcome()).maybe_applied);
}

TEST(exec_connection, is_refused_when_nobody_listens) {
  exec_fixture cluster{[](websocket_peer&) {}};
  cluster.config.server = "http://127.0.0.1:1";
  const auto session = cluster.open(cluster.recorder);
  const auto cause = cause_of<exec_refused>(cluster.recorder.outcome());
  EXPECT_EQ(cause.code, errc::connection);
  EXPECT_FALSE(cause.maybe_applied);
}

TEST(exec_connection, finds_a_server_by_its_name) {
  exec_fixture cluster{[](websocket_peer& peer) {
    peer.accept(v5);
    peer.send("\x01" + peer.header("Host"));
    peer.send(success);
  }};
  cluster.config.server.replace(cluster.config.server.find("127.0.0.1"), 9, "localhost");
  const auto session = cluster.open(cluster.recorder);
  EXPECT_EQ(exit_code_of(cluster.recorder.outcome()), 0);
  EXPECT_THAT(cluster.recorder.output(), HasSubstr("localhost:"));
}

TEST(exec_connection, half_closes_standard_input_after_what_was_written) {
  std::promise<std::vector<std::string>> received;
  exec_fixture cluster{[&](websocket_peer& peer) {
    peer.accept(v5);
    received.set_value({peer.receive().value_or(""), peer.receive().value_or("")});
    peer.send(success);
  }};
  const auto session = cluster.open(cluster.recorder);
  session->write("last words");
  session->close_stdin();
  EXPECT_EQ(exit_code_of(cluster.recorder.outcome()), 0);
  EXPECT_THAT(received.get_future().get(), ::testing::ElementsAre("\0last words"s, "\xff\0"s));
}

TEST(exec_connection, sends_no_half_close_to_a_v4_server) {
  std::promise<std::vector<std::string>> received;
  exec_fixture cluster{[&](websocket_peer& peer) {
    peer.accept(v4);
    std::vector<std::string> all;
    for (int count = 0; count < 3; ++count)
      all.push_back(peer.receive().value_or(""));
    received.set_value(all);
    peer.send(success);
  }};
  const auto session = cluster.open(cluster.recorder);
  session->write("a");
  session->close_stdin();
  session->write("b");
  EXPECT_EQ(cluster.recorder.protocol(), v4);
  session->close_stdin();
  session->write("c");
  EXPECT_EQ(exit_code_of(cluster.recorder.outcome()), 0);
  EXPECT_THAT(received.get_future().get(), ::testing::ElementsAre("\0a"s, "\0b"s, "\0c"s));
}

TEST(exec_connection, keeps_what_is_written_before_it_is_open_and_sends_it_in_order) {
  std::promise<void> all_written;
  exec_fixture cluster{[&](websocket_peer& peer) {
    all_written.get_future().wait();
    peer.accept(v5);
    std::string all;
    while (all.size() < 100'000 + 2)
      all += peer.receive().value_or(std::string(100'002, '?')).substr(1);
    peer.send("\x01" + all.substr(0, 1) + all.substr(all.size() - 1));
    peer.send(exit_status(all == "a" + std::string(100'000, 'b') + "c" ? 7 : 8));
  }};
  const auto session = cluster.open(cluster.recorder);
  session->write("a");
  session->write(std::string(100'000, 'b'));
  session->write("c");
  all_written.set_value();
  EXPECT_EQ(exit_code_of(cluster.recorder.outcome()), 7);
}

TEST(exec_connection, is_abandoned_before_it_is_open) {
  exec_fixture cluster{[](websocket_peer& peer) { peer.ignore_until_gone(); }};
  const auto session = cluster.open(cluster.recorder);
  session->abandon();
  EXPECT_EQ(cause_of<exec_lost>(cluster.recorder.outcome()).code, errc::cancelled);
}

TEST(exec_connection, does_nothing_after_its_outcome) {
  exec_fixture cluster{[](websocket_peer& peer) {
    peer.accept(v5);
    peer.send(success);
    peer.send("\x01too late");
    peer.send(exit_status(1));
    peer.close();
  }};
  const auto session = cluster.open(cluster.recorder);
  EXPECT_EQ(exit_code_of(cluster.recorder.outcome()), 0);
  session->write("x");
  session->close_stdin();
  session->abandon();
  cluster.opener.reset();
  EXPECT_EQ(cluster.recorder.outcome_count(), 1U);
  EXPECT_EQ(cluster.recorder.output(), "");
}

TEST(exec_connection, closes_without_a_word_when_its_session_is_destroyed) {
  std::promise<void> server_saw_the_end;
  exec_fixture cluster{[&](websocket_peer& peer) {
    peer.accept(v5);
    peer.send("\x01ready");
    peer.ignore_until_gone();
    server_saw_the_end.set_value();
  }};
  auto session = cluster.open(cluster.recorder);
  EXPECT_EQ(cluster.recorder.output_with("ready"), "ready");
  session.reset();
  EXPECT_EQ(server_saw_the_end.get_future().wait_for(20s), std::future_status::ready);
  cluster.loop.call([] {});
  EXPECT_EQ(cluster.recorder.outcome_count(), 0U);
}

TEST(exec_connection, may_be_destroyed_inside_each_of_its_handlers) {
  for (const auto* where : {"open", "output", "done"}) {
    std::promise<void> destroyed;
    std::shared_ptr<exec_session> session;
    std::promise<void> opened;
    const auto destroy_in = [&, has_opened = opened.get_future().share()](std::string_view here) {
      has_opened.wait();
      if (here != where)
        return;
      session.reset();
      destroyed.set_value();
    };
    exec_fixture cluster{[](websocket_peer& peer) {
      peer.accept(v5);
      peer.send("\x01output");
      peer.send(success);
      peer.close();
    }};
    session
        = cluster.open({.on_open = [&](std::string_view) { destroy_in("open"); },
                        .on_output = [&](exec_channel, std::string_view) { destroy_in("output"); },
                        .on_done = [&](const exec_outcome&) { destroy_in("done"); }});
    opened.set_value();
    EXPECT_EQ(destroyed.get_future().wait_for(20s), std::future_status::ready) << where;
    cluster.opener.reset();
  }
}

TEST(exec_connection, answers_its_sessions_when_the_opener_ends) {
  exec_fixture cluster{[](websocket_peer& peer) {
    peer.accept(v5);
    peer.ignore_until_gone();
  }};
  const auto session = cluster.open(cluster.recorder);
  EXPECT_EQ(cluster.recorder.protocol(), v5);
  cluster.opener.reset();
  EXPECT_EQ(cluster.recorder.outcome_count(), 1U);
  EXPECT_EQ(cause_of<exec_lost>(cluster.recorder.outcome()).code, errc::cancelled);
}

TEST(exec_connection, holds_hundreds_of_sessions_at_once) {
  constexpr std::size_t count = 300;
  exec_fixture cluster{[](websocket_peer& peer) {
    peer.accept(v5);
    peer.send("\x01" + peer.receive().value_or(""));
    peer.send(success);
    peer.close();
  }};
  std::vector<std::unique_ptr<exec_recorder>> recorders;
  std::vector<std::shared_ptr<exec_session>> sessions;
  for (std::size_t index = 0; index < count; ++index) {
    recorders.push_back(std::make_unique<exec_recorder>(cluster.loop));
    sessions.push_back(cluster.open(*recorders.back()));
  }
  for (const auto& recorder : recorders)
    EXPECT_EQ(recorder->protocol(), v5);
  for (std::size_t index = 0; index < count; ++index)
    sessions[index]->write(std::to_string(index));
  for (std::size_t index = 0; index < count; ++index) {
    EXPECT_EQ(exit_code_of(recorders[index]->outcome()), 0);
    EXPECT_EQ(recorders[index]->output(), "\0"s + std::to_string(index));
  }
}

/// Says what the server saw of TLS.
void report_tls(websocket_peer& peer) {
  peer.accept(v5);
  peer.send("\x01" + (peer.is_resumed_tls() ? "resumed"s : "new"s) + " " + peer.tls_server_name()
            + " " + peer.tls_client_name());
  peer.send(success);
  peer.close();
}

std::string tls_report(exec_fixture& cluster) {
  exec_recorder recorder{cluster.loop};
  const auto session = cluster.open(recorder);
  const auto outcome = recorder.outcome();
  if (exit_code_of(outcome) == 0)
    return recorder.output();
  const auto cause = cause_of<exec_refused>(outcome);
  return std::string{to_string(cause.code)} + ": " + cause.detail;
}

TEST(exec_over_tls, reuses_the_tls_session_of_the_one_before) {
  exec_fixture cluster{report_tls, true};
  EXPECT_EQ(tls_report(cluster), "new  ");
  EXPECT_EQ(tls_report(cluster), "resumed  ");
  EXPECT_EQ(tls_report(cluster), "resumed  ");
}

TEST(exec_over_tls, reuses_a_tls_session_even_if_its_connection_was_cut) {
  exec_fixture cluster{[](websocket_peer& peer) {
                         peer.accept(v5);
                         peer.send(peer.is_resumed_tls() ? "\x01resumed" : "\x01new");
                         peer.cut();
                       },
                       true};
  for (const auto* expected : {"new", "resumed"}) {
    exec_recorder recorder{cluster.loop};
    const auto session = cluster.open(recorder);
    EXPECT_EQ(cause_of<exec_lost>(recorder.outcome()).code, errc::connection);
    EXPECT_EQ(recorder.output(), expected);
  }
}

TEST(exec_over_tls, shows_its_client_certificate_and_the_name_of_the_server) {
  exec_fixture cluster{report_tls, true};
  const auto client = testing::make_tls_identity("operator", "DNS:operator");
  cluster.config.client_certificate_pem = client.certificate_pem;
  cluster.config.client_key_pem = client.key_pem;
  cluster.config.tls_server_name = "api.example.com";
  EXPECT_EQ(tls_report(cluster), "new api.example.com operator");
}

TEST(exec_over_tls, refuses_a_server_that_its_authority_does_not_vouch_for) {
  exec_fixture cluster{report_tls, true};
  cluster.config.ca_pem
      = testing::make_tls_identity("someone else", "IP:127.0.0.1").certificate_pem;
  EXPECT_THAT(tls_report(cluster), HasSubstr("the server's certificate was refused"));
}

TEST(exec_over_tls, refuses_a_server_with_a_certificate_for_another_name) {
  exec_fixture cluster{report_tls, true};
  cluster.config.tls_server_name = "other.example.com";
  EXPECT_THAT(tls_report(cluster), HasSubstr("the server's certificate was refused"));
}

TEST(exec_over_tls, trusts_anybody_when_told_to_skip_verification) {
  exec_fixture cluster{report_tls, true};
  cluster.config.ca_pem
      = testing::make_tls_identity("someone else", "IP:127.0.0.1").certificate_pem;
  cluster.config.insecure_skip_tls_verify = true;
  EXPECT_EQ(tls_report(cluster), "new  ");
}

TEST(exec_over_tls, says_which_part_of_its_configuration_makes_no_sense) {
  exec_fixture no_authority{report_tls, true};
  no_authority.config.ca_pem = "no certificate";
  EXPECT_THAT(tls_report(no_authority),
              HasSubstr("the certificate authority holds no PEM certificate"));
  exec_fixture no_key{report_tls, true};
  no_key.config.client_certificate_pem = server_identity().certificate_pem;
  no_key.config.client_key_pem = testing::make_tls_identity("other", "DNS:other").key_pem;
  EXPECT_THAT(tls_report(no_key), HasSubstr("the client key is no PEM key"));
  exec_fixture no_url{report_tls};
  no_url.config.server = "127.0.0.1:6443";
  EXPECT_THAT(tls_report(no_url), HasSubstr("is neither https:// nor http://"));
}

} // namespace
} // namespace k8s
