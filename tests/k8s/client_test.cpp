#include "k8s/client.hpp"
#include "k8s/curl_transport.hpp"
#include "k8s/event_loop.hpp"
#include "k8s/resources/pod.hpp"
#include "tests/k8s/awaited.hpp"
#include "tests/k8s/scripted_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>

namespace k8s {
namespace {

using namespace std::chrono_literals;
using namespace k8s::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

nlohmann::json pod_named(const std::string& name) {
  return {{"metadata", {{"name", name}, {"namespace", "shop"}, {"uid", "uid-" + name}}}};
}

nlohmann::json page_of(const std::vector<std::string>& names, const std::string& token = {}) {
  nlohmann::json page{{"kind", "PodList"},
                      {"metadata", {{"resourceVersion", "7"}}},
                      {"items", nlohmann::json::array()}};
  if (!token.empty())
    page["metadata"]["continue"] = token;
  for (const auto& name : names)
    page["items"].push_back(pod_named(name));
  return page;
}

void cut_off(answering& answer) {
  answer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
  answer.drop();
}

const object_key a{"shop", "a"};

class client_test : public ::testing::Test {
protected:
  /// The script is told which request it is, beginning with 1.
  void serve(std::function<void(int number, const seen_request&, answering&)> script) {
    server.emplace(
        [this, script = std::move(script)](const seen_request& request, answering& answer) {
          script(++requests, request, answer);
        });
    auto config = std::make_shared<connection_config>();
    config->server = server->url();
    api.emplace(loop, make_curl_transport(loop, config),
                [this](std::string_view verb, std::string_view resource, int code,
                       std::chrono::nanoseconds) {
                  observed.put(std::string{verb} + ' ' + std::string{resource} + ' '
                               + std::to_string(code));
                });
  }

  result<pod> get(std::chrono::milliseconds deadline = 10s) {
    return outcome_of<pod>([&](callback<pod> then) { api->get<pod>(a, deadline, then); });
  }
  result<pod> create() {
    return outcome_of<pod>(
        [&](callback<pod> then) { api->create<pod>("shop", pod_named("a"), 10s, then); });
  }
  result<list_of<pod>> list(list_options options = {}) {
    return outcome_of<list_of<pod>>(
        [&](callback<list_of<pod>> then) { api->list<pod>("shop", options, 10s, then); });
  }

  gate held;
  std::atomic<int> requests{0};
  inbox<std::string> observed;
  inbox<result<pod>> ends;
  std::optional<scripted_server> server;
  event_loop loop;
  std::optional<client> api;
};

TEST_F(client_test, get_decodes_the_object) {
  serve([](int, const seen_request&, answering& answer) { answer.json(200, pod_named("a")); });
  const auto found = get();
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(found->metadata.key(), a);
  EXPECT_EQ(observed.next(), "get pods 200");
}

TEST_F(client_test, a_missing_object_is_an_error_with_the_servers_words) {
  serve([](int, const seen_request&, answering& answer) {
    answer.status(404, "NotFound", "pods \"a\" not found");
  });
  const auto found = get();
  ASSERT_FALSE(found);
  EXPECT_TRUE(found.error().is_not_found());
  EXPECT_EQ(to_string(found.error()), "pods \"a\" not found (GET /api/v1/namespaces/shop/pods/a)");
  EXPECT_EQ(requests, 1);
}

TEST_F(client_test, a_read_is_repeated_until_the_server_recovers) {
  serve([](int number, const seen_request&, answering& answer) {
    if (number == 1)
      answer.text(503, "apiserver is starting");
    else if (number == 2)
      cut_off(answer);
    else
      answer.json(200, pod_named("a"));
  });
  EXPECT_TRUE(get());
  EXPECT_EQ(requests, 3);
  EXPECT_EQ(observed.next(), "get pods 503");
  EXPECT_EQ(observed.next(), "get pods 0");
  EXPECT_EQ(observed.next(), "get pods 200");
}

TEST_F(client_test, a_create_is_not_repeated_when_the_server_may_have_acted) {
  serve([](int, const seen_request&, answering& answer) { answer.text(500, "oops"); });
  const auto created = create();
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, errc::unavailable);
  EXPECT_EQ(created.error().detail, "oops");
  EXPECT_TRUE(created.error().maybe_applied);
  EXPECT_EQ(requests, 1);
}

TEST_F(client_test, a_throttled_create_is_repeated_no_earlier_than_the_server_asked) {
  std::atomic<std::chrono::steady_clock::rep> throttled{0}, accepted{0};
  const auto now = [] { return std::chrono::steady_clock::now().time_since_epoch().count(); };
  serve([&](int number, const seen_request&, answering& answer) {
    (number == 1 ? throttled : accepted) = now();
    if (number == 1)
      answer.json(429, {{"kind", "Status"}, {"code", 429}}, "Retry-After: 1\r\n");
    else
      answer.json(201, pod_named("a"));
  });
  EXPECT_TRUE(create());
  EXPECT_GE(std::chrono::steady_clock::duration{accepted - throttled}, 1s);
}

TEST_F(client_test, the_deadline_bounds_all_tries_together) {
  serve([](int, const seen_request&, answering& answer) { answer.text(503, "down"); });
  const auto begun = std::chrono::steady_clock::now();
  const auto found = get(300ms);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, errc::unavailable);
  EXPECT_GE(requests, 2);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

TEST_F(client_test, an_answer_that_is_no_json_is_a_protocol_error) {
  serve([](int, const seen_request&, answering& answer) { answer.text(200, "<html>"); });
  const auto found = get();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, errc::protocol);
  EXPECT_THAT(found.error().detail, HasSubstr("<html>"));
}

TEST_F(client_test, a_list_is_read_page_by_page) {
  serve([](int number, const seen_request&, answering& answer) {
    answer.json(200, number == 1 ? page_of({"a", "b"}, "next") : page_of({"c"}));
  });
  const auto pods = list({.label_selector = "app=db"});
  ASSERT_TRUE(pods) << to_string(pods.error());
  EXPECT_EQ(pods->resource_version, "7");
  std::vector<std::string> names;
  for (const auto& each : pods->items)
    names.push_back(each.metadata.name);
  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
  EXPECT_EQ(server->seen().at(0).target,
            "/api/v1/namespaces/shop/pods?labelSelector=app%3Ddb&limit=500");
  EXPECT_EQ(server->seen().at(1).target,
            "/api/v1/namespaces/shop/pods?labelSelector=app%3Ddb&limit=500&continue=next");
}

TEST_F(client_test, an_expired_continue_token_starts_the_list_over_in_one_piece) {
  serve([](int number, const seen_request&, answering& answer) {
    if (number == 1)
      answer.json(200, page_of({"a", "b"}, "next"));
    else if (number == 2)
      answer.status(410, "Expired", "The provided continue parameter is too old");
    else
      answer.json(200, page_of({"a", "c"}));
  });
  const auto pods = list();
  ASSERT_TRUE(pods);
  EXPECT_EQ(pods->items.size(), 2u);
  EXPECT_EQ(server->seen().at(2).target, "/api/v1/namespaces/shop/pods");
}

TEST_F(client_test, a_page_that_is_no_list_is_a_protocol_error) {
  serve([](int, const seen_request&, answering& answer) { answer.json(200, {{"kind", "Pod"}}); });
  const auto pods = list();
  ASSERT_FALSE(pods);
  EXPECT_EQ(pods.error().code, errc::protocol);
}

TEST_F(client_test, delete_sends_its_preconditions) {
  serve([](int, const seen_request&, answering& answer) {
    answer.json(200, {{"kind", "Status"}, {"status", "Success"}});
  });
  const auto removed = outcome_of<done>([&](callback<done> then) {
    api->remove<pod>(a, {.uid = "u1", .propagation = "Background"}, 10s, then);
  });
  EXPECT_TRUE(removed);
  const auto seen = server->seen().at(0);
  EXPECT_EQ(seen.method, "DELETE");
  const auto body = nlohmann::json::parse(seen.body);
  EXPECT_EQ(body["preconditions"]["uid"], "u1");
  EXPECT_EQ(body["propagationPolicy"], "Background");
}

TEST_F(client_test, cancel_ends_a_call_that_waits_for_its_next_try) {
  serve([this](int, const seen_request&, answering& answer) {
    answer.json(503, nlohmann::json::object(), "Retry-After: 100\r\n");
    held.open();
  });
  const auto call = api->get<pod>(a, 1000s, ends.putting());
  ASSERT_TRUE(held.wait());
  api->cancel(call);
  const auto end = ends.next();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->error().code, errc::cancelled);
}

TEST_F(client_test, cancel_ends_a_list_between_its_pages) {
  serve([this](int number, const seen_request&, answering& answer) {
    if (number == 1)
      return answer.json(200, page_of({"a"}, "next"));
    held.open();
    answer.await_close();
  });
  inbox<errc> codes;
  const auto call = api->list<pod>("shop", {}, 60s, [&](result<list_of<pod>> outcome) {
    codes.put(outcome ? errc::protocol : outcome.error().code);
  });
  ASSERT_TRUE(held.wait());
  api->cancel(call);
  EXPECT_EQ(codes.next(), errc::cancelled);
}

TEST_F(client_test, destruction_answers_every_call_with_cancelled) {
  serve([this](int, const seen_request&, answering& answer) {
    held.open();
    answer.await_close();
  });
  for (int i = 0; i < 10; ++i)
    api->get<pod>(a, 60s, ends.putting());
  ASSERT_TRUE(held.wait());
  api.reset();
  ASSERT_EQ(ends.size(), 10u);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(ends.next()->error().code, errc::cancelled);
}

TEST_F(client_test, calls_from_many_threads_are_all_answered) {
  serve([](int, const seen_request&, answering& answer) { answer.json(200, pod_named("a")); });
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([this] {
      for (int n = 0; n < 50; ++n) {
        const auto call = api->get<pod>(a, 60s, ends.putting());
        if (n % 5 == 0)
          api->cancel(call);
      }
    });
  for (auto& caller : callers)
    caller.join();
  for (int i = 0; i < 200; ++i) {
    const auto end = ends.next();
    ASSERT_TRUE(end);
    EXPECT_TRUE(*end || end->error().code == errc::cancelled);
  }
}

struct refusal {
  std::string situation;
  response answer;
  errc code;
  std::string detail;
};

TEST(error_of, tells_the_cause_of_every_kind_of_refusal) {
  const request call = get_request(pod::kind, a);
  const auto status = [](int code, std::string_view reason, std::string_view message) {
    return response{.status = code,
                    .headers = {},
                    .body = nlohmann::json{{"kind", "Status"},
                                           {"code", code},
                                           {"reason", reason},
                                           {"message", message}}
                                .dump()};
  };
  const std::vector<refusal> table{
      {"a name that is taken", status(409, "AlreadyExists", "taken"), errc::already_exists,
       "taken"},
      {"a stale version", status(409, "Conflict", "stale"), errc::conflict, "stale"},
      {"an expired version", status(410, "Expired", "too old"), errc::gone, "too old"},
      {"a bad object", status(422, "Invalid", "bad"), errc::invalid, "bad"},
      {"a bad request", status(400, "BadRequest", "bad"), errc::invalid, "bad"},
      {"no permission", status(403, "Forbidden", "no"), errc::forbidden, "no"},
      {"no identity", status(401, "Unauthorized", "who"), errc::unauthorized, "who"},
      {"too many", status(429, "TooManyRequests", "slow"), errc::too_many_requests, "slow"},
      {"a server error", status(500, "InternalError", "oops"), errc::unavailable, "oops"},
      {"a gateway that timed out", status(504, "Timeout", "late"), errc::unavailable, "late"},
      {"an unknown path", {404, {}, "404 page not found\n"}, errc::not_found, "404 page not found"},
      {"an empty answer", {502, {}, ""}, errc::unavailable, "HTTP status 502"},
      {"a redirect", {302, {}, ""}, errc::protocol, "HTTP status 302"},
      {"an unsupported media type", {415, {}, "[1]"}, errc::invalid, "[1]"},
  };
  for (const auto& row : table) {
    const auto failure = error_of(row.answer, call);
    EXPECT_EQ(failure.code, row.code) << row.situation;
    EXPECT_EQ(failure.detail, row.detail) << row.situation;
    EXPECT_EQ(failure.http_status, row.answer.status) << row.situation;
    EXPECT_EQ(failure.attempted, "GET /api/v1/namespaces/shop/pods/a") << row.situation;
  }
}

TEST(error_of, takes_the_wait_from_the_header_or_else_from_the_details) {
  const request call = get_request(pod::kind, a);
  const std::string body = R"({"kind":"Status","code":429,"details":{"retryAfterSeconds":3}})";
  EXPECT_EQ(error_of({429, {}, body}, call).retry_after, 3s);
  EXPECT_EQ(error_of({429, {{"retry-after", "5"}}, body}, call).retry_after, 5s);
  EXPECT_EQ(error_of({429, {{"retry-after", "Fri, 31 Dec"}}, "{}"}, call).retry_after,
            std::nullopt);
}

} // namespace
} // namespace k8s
