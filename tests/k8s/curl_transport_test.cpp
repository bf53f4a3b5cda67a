#include "k8s/curl_transport.hpp"
#include "k8s/event_loop.hpp"
#include "k8s/resources/pod.hpp"
#include "tests/k8s/awaited.hpp"
#include "tests/k8s/scripted_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k8s {
namespace {

using namespace std::chrono_literals;
using namespace k8s::testing;
using ::testing::HasSubstr;

const request pods = list_request(pod::kind, "shop", {});
const request new_pod = create_request(pod::kind, "shop", {{"metadata", {{"name", "a"}}}});

void answer_ok(const seen_request&, answering& answer) {
  answer.json(200, {{"ok", true}});
}

class curl_transport_test : public ::testing::Test {
protected:
  void serve(answer_script script, std::optional<tls_identity> identity = {}) {
    server.emplace(std::move(script), identity);
    config.server = server->url();
    if (identity)
      config.ca_pem = identity->certificate_pem;
  }

  void connect() {
    connection = make_curl_transport(loop, std::make_shared<connection_config>(config));
  }

  result<response> send(request call, std::chrono::milliseconds deadline = 10s) {
    if (!connection)
      connect();
    return outcome_of<response>(
        [&](callback<response> then) { connection->start(std::move(call), deadline, then); });
  }

  call_id stream(std::chrono::milliseconds idle_limit = 60s) {
    if (!connection)
      connect();
    return connection->stream(
        watch_request(pod::kind, "shop", {}), idle_limit,
        {.on_headers = [this](int status) { statuses.put(status); },
         .on_bytes = [this](std::string_view bytes) { pieces.put(std::string{bytes}); }},
        [this](result<response> outcome) { ends.put(std::move(outcome)); });
  }

  // Scripts and callbacks use these, so they outlive the server and the transport.
  gate held;
  inbox<int> statuses;
  inbox<std::string> pieces;
  inbox<result<response>> ends;
  connection_config config;
  std::optional<scripted_server> server;
  event_loop loop;
  std::shared_ptr<transport> connection;
};

TEST_F(curl_transport_test, sends_method_target_headers_and_body) {
  serve(answer_ok);
  config.token = [] { return std::string{"secret"}; };
  config.user_agent = "tester";
  auto patch = patch_request(pod::kind, {"shop", "a"}, patch_kind::merge, {{"x", 1}}, "status");
  patch.query = {{"fieldManager", "a;b c"}};

  const auto answer = send(patch);

  ASSERT_TRUE(answer) << to_string(answer.error());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, R"({"ok":true})");
  EXPECT_EQ(answer->headers.at("content-type"), "application/json");
  const auto seen = server->seen().at(0);
  EXPECT_EQ(seen.method, "PATCH");
  EXPECT_EQ(seen.target, "/api/v1/namespaces/shop/pods/a/status?fieldManager=a%3Bb%20c");
  EXPECT_EQ(seen.body, R"({"x":1})");
  EXPECT_EQ(seen.headers.at("content-type"), "application/merge-patch+json");
  EXPECT_EQ(seen.headers.at("authorization"), "Bearer secret");
  EXPECT_EQ(seen.headers.at("user-agent"), "tester");
  EXPECT_EQ(seen.headers.at("accept"), "application/json");
}

TEST_F(curl_transport_test, an_answer_that_is_not_2xx_is_an_answer) {
  serve([](const seen_request&, answering& answer) { answer.text(404, "404 page not found\n"); });
  const auto answer = send(pods);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "404 page not found\n");
}

TEST_F(curl_transport_test, requests_one_after_another_share_a_connection) {
  serve(answer_ok);
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(send(pods));
  EXPECT_EQ(server->connections(), 1u);
}

TEST_F(curl_transport_test, a_redirect_is_not_followed) {
  serve([](const seen_request&, answering& answer) {
    answer.send("HTTP/1.1 302 -\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
  });
  const auto answer = send(pods);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(server->seen().size(), 1u);
}

TEST_F(curl_transport_test, a_port_where_nobody_listens_is_a_connection_never_made) {
  serve(answer_ok);
  config.server = "http://127.0.0.1:1";
  const auto answer = send(new_pod);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, errc::connection);
  EXPECT_FALSE(answer.error().maybe_applied);
  EXPECT_EQ(answer.error().attempted, "POST /api/v1/namespaces/shop/pods");
  EXPECT_THAT(answer.error().detail, HasSubstr("127.0.0.1"));
}

TEST_F(curl_transport_test, a_connection_dropped_before_the_answer_may_have_been_applied) {
  serve([](const seen_request&, answering& answer) { answer.drop(); });
  const auto answer = send(new_pod);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, errc::connection);
  EXPECT_TRUE(answer.error().maybe_applied);
}

TEST_F(curl_transport_test, an_answer_cut_in_its_body_is_an_error) {
  serve([](const seen_request&, answering& answer) {
    answer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"items\":");
    answer.drop();
  });
  const auto answer = send(pods);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, errc::connection);
}

TEST_F(curl_transport_test, a_create_on_a_kept_connection_that_breaks_is_not_sent_again) {
  serve([](const seen_request& request, answering& answer) {
    if (request.method == "POST")
      answer.drop();
    else
      answer_ok(request, answer);
  });
  ASSERT_TRUE(send(pods));
  const auto answer = send(new_pod);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, errc::connection);
  EXPECT_TRUE(answer.error().maybe_applied);
  EXPECT_EQ(server->seen().size(), 2u);
}

TEST_F(curl_transport_test, a_server_that_does_not_answer_meets_the_deadline) {
  serve([this](const seen_request&, answering& answer) {
    EXPECT_TRUE(held.wait());
    answer.drop();
  });
  const auto answer = send(new_pod, 100ms);
  held.open();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, errc::timeout);
  EXPECT_TRUE(answer.error().maybe_applied);
}

TEST_F(curl_transport_test, a_request_that_waits_for_a_connection_meets_its_deadline) {
  serve([this](const seen_request& request, answering& answer) {
    EXPECT_TRUE(held.wait());
    answer_ok(request, answer);
  });
  connect();
  constexpr int as_many_as_connections = 64;
  for (int i = 0; i < as_many_as_connections; ++i)
    connection->start(pods, 60s, ends.putting());
  const auto waiting = send(new_pod, 100ms);
  ASSERT_FALSE(waiting);
  EXPECT_EQ(waiting.error().code, errc::timeout);
  EXPECT_FALSE(waiting.error().maybe_applied);
  EXPECT_EQ(ends.size(), 0u);
  held.open();
  for (int i = 0; i < as_many_as_connections; ++i)
    EXPECT_TRUE(ends.next().value());
}

TEST_F(curl_transport_test, an_answer_beyond_64_MiB_is_refused) {
  serve([](const seen_request&, answering& answer) {
    answer.send("HTTP/1.1 200 OK\r\nContent-Length: 70000000\r\n\r\n");
    const std::string block(1'000'000, 'x');
    for (int i = 0; i < 70; ++i)
      answer.send(block);
    answer.drop();
  });
  const auto answer = send(pods, 60s);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, errc::protocol);
  EXPECT_THAT(answer.error().detail, HasSubstr("longer than"));
}

TEST_F(curl_transport_test, a_refused_token_is_replaced_once_if_the_source_has_another) {
  serve([](const seen_request& request, answering& answer) {
    if (request.headers.at("authorization") == "Bearer fresh")
      answer_ok(request, answer);
    else
      answer.status(401, "Unauthorized", "Unauthorized");
  });
  config.token = [asked = std::make_shared<int>(0)] {
    return std::string{++*asked == 1 ? "stale" : "fresh"};
  };
  const auto answer = send(new_pod);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(server->seen().size(), 2u);
}

TEST_F(curl_transport_test, a_refused_token_without_a_successor_stays_refused) {
  serve([](const seen_request&, answering& answer) {
    answer.status(401, "Unauthorized", "Unauthorized");
  });
  config.token = [] { return std::string{"stale"}; };
  const auto answer = send(pods);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401);
  EXPECT_EQ(server->seen().size(), 1u);
}

TEST_F(curl_transport_test, cancel_ends_a_call_once_and_closes_its_connection) {
  serve([this](const seen_request&, answering& answer) {
    held.open();
    answer.await_close();
  });
  connect();
  const auto call
      = connection->start(pods, 60s, [this](result<response> outcome) { ends.put(outcome); });
  ASSERT_TRUE(held.wait());
  connection->cancel(call);
  connection->cancel(call);
  const auto end = ends.next();
  ASSERT_TRUE(end);
  ASSERT_FALSE(*end);
  EXPECT_EQ(end->error().code, errc::cancelled);
  connection.reset();
  EXPECT_EQ(ends.size(), 1u);
}

TEST_F(curl_transport_test, destruction_answers_what_waits_with_cancelled_before_it_returns) {
  serve([this](const seen_request&, answering& answer) {
    held.open();
    answer.await_close();
  });
  connect();
  connection->start(pods, 60s, ends.putting());
  ASSERT_TRUE(held.wait());
  connection->start(pods, 60s, ends.putting());
  stream();
  connection.reset();
  ASSERT_EQ(ends.size(), 3u);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(ends.next()->error().code, errc::cancelled);
}

TEST_F(curl_transport_test, a_callback_may_destroy_the_transport) {
  serve(answer_ok);
  connect();
  connection->start(pods, 10s, [this](result<response> outcome) {
    connection.reset();
    ends.put(std::move(outcome));
  });
  const auto end = ends.next();
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->has_value());
}

TEST_F(curl_transport_test, a_callback_may_start_the_next_call) {
  serve(answer_ok);
  connect();
  connection->start(pods, 10s, [this](result<response>) {
    connection->start(pods, 10s, [this](result<response> outcome) { ends.put(outcome); });
  });
  const auto end = ends.next();
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->has_value());
}

TEST_F(curl_transport_test, many_requests_at_once_are_all_answered_over_few_connections) {
  serve(answer_ok);
  connect();
  constexpr int many = 1000;
  inbox<int> codes;
  for (int i = 0; i < many; ++i)
    connection->start(pods, 30s,
                      [&](result<response> outcome) { codes.put(outcome ? outcome->status : 0); });
  for (int i = 0; i < many; ++i)
    ASSERT_EQ(codes.next(), 200);
  EXPECT_LE(server->connections(), 64u);
}

void hold_watches(const seen_request& request, answering& answer) {
  if (request.target.find("watch=true") == std::string::npos)
    return answer_ok(request, answer);
  answer.begin_stream();
  answer.await_close();
}

TEST_F(curl_transport_test, streams_that_stay_open_do_not_starve_requests) {
  serve(hold_watches);
  for (int i = 0; i < 80; ++i)
    stream();
  for (int i = 0; i < 80; ++i)
    ASSERT_EQ(statuses.next(), 200);
  EXPECT_TRUE(send(pods));
  connection.reset();
}

TEST_F(curl_transport_test, streams_over_tls_that_stay_open_do_not_starve_each_other) {
  serve(hold_watches, make_tls_identity("api", "IP:127.0.0.1"));
  for (int i = 0; i < 80; ++i)
    stream();
  for (int i = 0; i < 80; ++i)
    ASSERT_EQ(statuses.next(), 200);
  EXPECT_TRUE(send(pods));
  connection.reset();
}

TEST_F(curl_transport_test, a_stream_delivers_bytes_while_it_is_open) {
  serve([this](const seen_request&, answering& answer) {
    answer.begin_stream();
    answer.chunk("one\n");
    EXPECT_TRUE(held.wait());
    answer.chunk("two\n");
    answer.end_stream();
  });
  stream();
  EXPECT_EQ(statuses.next(), 200);
  EXPECT_EQ(pieces.next(), "one\n");
  EXPECT_EQ(ends.size(), 0u);
  held.open();
  EXPECT_EQ(pieces.next(), "two\n");
  const auto end = ends.next();
  ASSERT_TRUE(end);
  ASSERT_TRUE(*end);
  EXPECT_EQ((*end)->status, 200);
}

TEST_F(curl_transport_test, headers_of_a_stream_are_told_before_its_first_byte) {
  serve([](const seen_request&, answering& answer) {
    answer.begin_stream();
    answer.await_close();
  });
  stream();
  EXPECT_EQ(statuses.next(), 200);
  connection.reset();
}

TEST_F(curl_transport_test, a_refused_stream_has_status_and_body_but_no_bytes) {
  serve([](const seen_request&, answering& answer) {
    answer.status(403, "Forbidden", "pods is forbidden");
  });
  stream();
  EXPECT_EQ(statuses.next(), 403);
  const auto end = ends.next();
  ASSERT_TRUE(end);
  ASSERT_TRUE(*end);
  EXPECT_EQ((*end)->status, 403);
  EXPECT_THAT((*end)->body, HasSubstr("pods is forbidden"));
  EXPECT_EQ(pieces.size(), 0u);
}

TEST_F(curl_transport_test, a_stream_that_breaks_off_is_a_connection_error) {
  serve([](const seen_request&, answering& answer) {
    answer.begin_stream();
    answer.chunk("one\n");
    answer.drop();
  });
  stream();
  EXPECT_EQ(pieces.next(), "one\n");
  const auto end = ends.next();
  ASSERT_TRUE(end);
  ASSERT_FALSE(*end);
  EXPECT_EQ(end->error().code, errc::connection);
}

TEST_F(curl_transport_test, a_stream_silent_beyond_its_limit_ends_as_timeout) {
  serve([](const seen_request&, answering& answer) {
    answer.begin_stream();
    answer.chunk("one\n");
    answer.await_close();
  });
  stream(150ms);
  EXPECT_EQ(pieces.next(), "one\n");
  const auto end = ends.next();
  ASSERT_TRUE(end);
  ASSERT_FALSE(*end);
  EXPECT_EQ(end->error().code, errc::timeout);
}

TEST_F(curl_transport_test, tls_with_the_named_authority_works) {
  serve(answer_ok, make_tls_identity("api", "IP:127.0.0.1"));
  const auto answer = send(pods);
  ASSERT_TRUE(answer) << to_string(answer.error());
  EXPECT_EQ(answer->status, 200);
}

TEST_F(curl_transport_test, a_certificate_of_an_unknown_authority_is_refused) {
  serve(answer_ok, make_tls_identity("api", "IP:127.0.0.1"));
  config.ca_pem = make_tls_identity("other", "IP:127.0.0.1").certificate_pem;
  const auto answer = send(new_pod);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, errc::tls);
  EXPECT_FALSE(answer.error().maybe_applied);
}

TEST_F(curl_transport_test,
       a_certificate_for_another_host_is_refused_unless_that_name_is_asked_for) {
  serve(answer_ok, make_tls_identity("api", "DNS:api.example.com"));
  const auto refused = send(pods);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::tls);

  config.tls_server_name = "api.example.com";
  connect();
  const auto answer = send(pods);
  ASSERT_TRUE(answer) << to_string(answer.error());
  EXPECT_EQ("https://" + server->seen().at(0).headers.at("host"), config.server);
}

TEST_F(curl_transport_test, verification_can_be_skipped) {
  serve(answer_ok, make_tls_identity("api", "DNS:api.example.com"));
  config.ca_pem.clear();
  config.insecure_skip_tls_verify = true;
  EXPECT_TRUE(send(pods));
}

TEST_F(curl_transport_test, a_server_without_tls_where_tls_is_expected_is_refused) {
  serve(answer_ok);
  config.server.replace(0, 4, "https");
  const auto answer = send(pods);
  ASSERT_FALSE(answer);
  EXPECT_FALSE(answer.error().maybe_applied);
}

} // namespace
} // namespace k8s
