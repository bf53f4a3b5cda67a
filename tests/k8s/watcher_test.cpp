#include "k8s/curl_transport.hpp"
#include "k8s/event_loop.hpp"
#include "k8s/resources/pod.hpp"
#include "k8s/watcher.hpp"
#include "tests/k8s/awaited.hpp"
#include "tests/k8s/scripted_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

namespace k8s {
namespace {

using namespace std::chrono_literals;
using namespace k8s::testing;
using ::testing::HasSubstr;
using ::testing::Optional;

nlohmann::json pod_at(const std::string& name, const std::string& version,
                      const std::string& uid = "u1") {
  return {{"metadata",
           {{"name", name}, {"namespace", "shop"}, {"uid", uid}, {"resourceVersion", version}}}};
}

nlohmann::json list_at(const std::string& version, nlohmann::json items = nlohmann::json::array()) {
  return {{"kind", "PodList"},
          {"metadata", {{"resourceVersion", version}}},
          {"items", std::move(items)}};
}

const nlohmann::json expired{
    {"kind", "Status"}, {"code", 410}, {"reason", "Expired"}, {"message", "too old"}};

bool is_watch(const seen_request& request) {
  return request.target.find("watch=true") != std::string::npos;
}

/// Tells what the watcher reports as one line each.
class watcher_test : public ::testing::Test {
protected:
  using watch_script = std::function<void(int number, const seen_request&, answering&)>;

  /// Scripts are told which list or watch it is, beginning with 1.
  void serve(watch_script on_list, watch_script on_watch) {
    server.emplace([=, this](const seen_request& request, answering& answer) {
      if (is_watch(request))
        on_watch(++watches, request, answer);
      else
        on_list(++lists, request, answer);
    });
    auto config = std::make_shared<connection_config>();
    config->server = server->url();
    api.emplace(loop, make_curl_transport(loop, config));
  }

  void watch(watch_pace pace = {}) {
    running.emplace(
        *api, pod::kind,
        watch_target{.name_space = "shop", .label_selector = {}, .field_selector = {}},
        watch_handlers{
            .on_changed =
                [this](const nlohmann::json& object) {
                  const auto& metadata = object["metadata"];
                  lines.put("changed " + metadata["name"].get<std::string>() + ' '
                            + metadata["resourceVersion"].get<std::string>());
                },
            .on_removed
            = [this](const object_key& key,
                     const std::string& uid) { lines.put("removed " + key.name + ' ' + uid); },
            .on_synced = [this] { lines.put("synced"); },
            .on_restart =
                [this](std::string_view reason, const error* cause) {
                  restarts.put(std::string{reason} + (cause ? ": " + cause->detail : ""));
                }},
        pace);
  }

  /// The end of a script that has nothing more to say.
  static void stay_open(answering& answer) { answer.await_close(); }

  void expect(std::initializer_list<const char*> wanted) {
    for (const char* line : wanted)
      EXPECT_EQ(lines.next(), line);
  }

  std::vector<std::string> targets(bool (*which)(const seen_request&)) const {
    std::vector<std::string> found;
    for (const auto& request : server->seen())
      if (which(request))
        found.push_back(request.target);
    return found;
  }

  std::atomic<int> lists{0}, watches{0};
  inbox<std::string> lines, restarts;
  std::optional<scripted_server> server;
  event_loop loop;
  std::optional<client> api;
  std::optional<watcher> running;
};

void one_pod(int, const seen_request&, answering& answer) {
  answer.json(200, list_at("10", {pod_at("a", "9")}));
}

TEST_F(watcher_test, lists_and_then_watches_from_the_list) {
  serve(one_pod, [](int, const seen_request&, answering& answer) {
    answer.begin_stream();
    answer.event("ADDED", pod_at("b", "11"));
    answer.event("MODIFIED", pod_at("a", "12"));
    answer.event("DELETED", pod_at("b", "13"));
    stay_open(answer);
  });
  watch();
  expect({"changed a 9", "synced", "changed b 11", "changed a 12", "removed b u1"});
  const auto seen = server->seen();
  EXPECT_EQ(seen.at(0).target, "/api/v1/namespaces/shop/pods?limit=100");
  EXPECT_THAT(seen.at(1).target, HasSubstr("allowWatchBookmarks=true"));
  EXPECT_THAT(seen.at(1).target, HasSubstr("resourceVersion=10&timeoutSeconds="));
}

TEST_F(watcher_test, events_cut_anywhere_are_put_together) {
  serve(one_pod, [](int, const seen_request&, answering& answer) {
    answer.begin_stream();
    for (const char byte :
         nlohmann::json{{"type", "MODIFIED"}, {"object", pod_at("a", "12")}}.dump())
      answer.chunk({&byte, 1});
    answer.chunk("\n");
    stay_open(answer);
  });
  watch();
  expect({"changed a 9", "synced", "changed a 12"});
}

TEST_F(watcher_test, a_stream_that_ended_is_taken_up_at_the_last_event_or_bookmark) {
  serve(one_pod, [](int number, const seen_request&, answering& answer) {
    answer.begin_stream();
    if (number == 1) {
      answer.event("MODIFIED", pod_at("a", "12"));
      answer.event("BOOKMARK", {{"kind", "Pod"}, {"metadata", {{"resourceVersion", "20"}}}});
      return answer.end_stream();
    }
    if (number == 2) {
      answer.event("ADDED", pod_at("b", "21"));
      return answer.drop();
    }
    answer.event("ADDED", pod_at("c", "22"));
    stay_open(answer);
  });
  watch();
  expect({"changed a 9", "synced", "changed a 12", "changed b 21", "changed c 22"});
  EXPECT_EQ(restarts.next(), "timeout");
  EXPECT_THAT(restarts.next(), Optional(HasSubstr("connection: ")));
  const auto watched = targets(is_watch);
  EXPECT_THAT(watched.at(1), HasSubstr("resourceVersion=20&"));
  EXPECT_THAT(watched.at(2), HasSubstr("resourceVersion=21&"));
  EXPECT_EQ(lists, 1);
}

/// The peer lives, so TCP finds nothing wrong with it.
TEST_F(watcher_test, a_stream_that_its_server_has_forgotten_is_taken_up_after_its_time) {
  const auto left = std::make_shared<gate>();
  serve(one_pod, [left](int number, const seen_request&, answering& answer) {
    answer.begin_stream();
    answer.event("MODIFIED", pod_at("a", number == 1 ? "12" : "13"));
    stay_open(answer);
    left->open();
  });
  watch({.lifetime = 1s, .grace = 1s});
  expect({"changed a 9", "synced", "changed a 12", "changed a 13"});
  EXPECT_THAT(restarts.next(), Optional(HasSubstr("idle: ")));
  EXPECT_TRUE(left->wait()) << "the silent stream is not left open";
  EXPECT_THAT(targets(is_watch).at(0), HasSubstr("&timeoutSeconds=1"));
  EXPECT_THAT(targets(is_watch).at(1), HasSubstr("resourceVersion=12&"));
  EXPECT_EQ(lists, 1);
}

/// As one that a proxy keeps alive with news of long ago.
TEST_F(watcher_test, a_stream_that_outlives_its_time_is_taken_up_again_though_it_speaks) {
  serve(one_pod, [](int number, const seen_request&, answering& answer) {
    answer.begin_stream();
    for (int version = 100 * number; version < 100 * number + 30; ++version) {
      answer.event("MODIFIED", pod_at("a", std::to_string(version)));
      std::this_thread::sleep_for(100ms);
    }
    stay_open(answer);
  });
  watch({.lifetime = 1s, .grace = 0s});
  EXPECT_THAT(restarts.next(), Optional(HasSubstr("idle: the server did not end")));
}

/// In each form of 410 the deletion of `a` and the creation of `b` happened meanwhile.
class expired_watch_test : public watcher_test {
protected:
  void serve_expired(std::function<void(answering&)> refuse) {
    serve(
        [](int number, const seen_request&, answering& answer) {
          if (number == 1)
            answer.json(200, list_at("10", {pod_at("a", "9"), pod_at("kept", "8")}));
          else
            answer.json(200, list_at("30", {pod_at("b", "29"), pod_at("kept", "8")}));
        },
        [refuse](int number, const seen_request&, answering& answer) {
          if (number == 1)
            return refuse(answer);
          answer.begin_stream();
          stay_open(answer);
        });
    watch();
    expect({"changed a 9", "changed kept 8", "synced", "changed b 29", "removed a u1", "synced"});
    EXPECT_EQ(restarts.next(), "gone: too old");
  }
};

TEST_F(expired_watch_test, as_http_status_lists_again_and_reports_what_was_missed) {
  serve_expired([](answering& answer) { answer.json(410, expired); });
}

TEST_F(expired_watch_test, as_error_event_lists_again_and_reports_what_was_missed) {
  serve_expired([](answering& answer) {
    answer.begin_stream();
    answer.event("ERROR", expired);
    answer.end_stream();
  });
}

TEST_F(watcher_test, an_expired_page_starts_the_list_over_in_one_piece) {
  serve(
      [](int number, const seen_request&, answering& answer) {
        if (number == 1) {
          auto page = list_at("10", {pod_at("a", "9")});
          page["metadata"]["continue"] = "next";
          return answer.json(200, page);
        }
        if (number == 2)
          return answer.json(410, expired);
        answer.json(200, list_at("30", {pod_at("a", "9"), pod_at("b", "29")}));
      },
      [](int, const seen_request&, answering& answer) {
        answer.begin_stream();
        stay_open(answer);
      });
  watch();
  expect({"changed a 9", "changed b 29", "synced"});
  EXPECT_EQ(restarts.next(), "gone: too old");
  EXPECT_EQ(server->seen().at(2).target, "/api/v1/namespaces/shop/pods");
}

TEST_F(watcher_test, an_object_made_anew_during_a_gap_is_removed_and_then_changed) {
  serve(
      [](int number, const seen_request&, answering& answer) {
        answer.json(200, number == 1 ? list_at("10", {pod_at("a", "9", "old")})
                                     : list_at("30", {pod_at("a", "29", "new")}));
      },
      [](int number, const seen_request&, answering& answer) {
        if (number == 1)
          return answer.json(410, expired);
        answer.begin_stream();
        stay_open(answer);
      });
  watch();
  expect({"changed a 9", "synced", "removed a old", "changed a 29", "synced"});
}

TEST_F(watcher_test, a_stream_that_makes_no_sense_leads_to_a_new_list) {
  serve(one_pod, [](int number, const seen_request&, answering& answer) {
    answer.begin_stream();
    if (number == 1)
      answer.chunk("<html>\n");
    stay_open(answer);
  });
  watch();
  expect({"changed a 9", "synced", "synced"});
  EXPECT_THAT(restarts.next(), Optional(HasSubstr("protocol: not a JSON object")));
}

TEST_F(watcher_test, a_kind_that_is_not_installed_is_asked_for_until_it_is) {
  serve(
      [](int number, const seen_request& request, answering& answer) {
        if (number < 3)
          answer.text(404, "404 page not found\n");
        else
          one_pod(number, request, answer);
      },
      [](int, const seen_request&, answering& answer) {
        answer.begin_stream();
        stay_open(answer);
      });
  watch();
  expect({"changed a 9", "synced"});
  EXPECT_EQ(restarts.next(), "not_found: 404 page not found");
  EXPECT_EQ(restarts.next(), "not_found: 404 page not found");
}

TEST_F(watcher_test, a_forbidden_watch_is_asked_for_again_without_a_new_list) {
  serve(one_pod, [](int number, const seen_request&, answering& answer) {
    if (number == 1)
      return answer.status(403, "Forbidden", "no");
    answer.begin_stream();
    answer.event("MODIFIED", pod_at("a", "11"));
    stay_open(answer);
  });
  watch();
  expect({"changed a 9", "synced", "changed a 11"});
  EXPECT_EQ(restarts.next(), "forbidden: no");
  EXPECT_EQ(lists, 1);
}

TEST_F(watcher_test, streams_that_end_at_once_are_asked_for_ever_more_rarely) {
  serve(one_pod, [](int, const seen_request&, answering& answer) {
    answer.begin_stream();
    answer.end_stream();
  });
  const auto begun = std::chrono::steady_clock::now();
  watch();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(restarts.next(), "timeout");
  // Four waits of 100, 200, 400 and 800 ms, each halved at most.
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 750ms);
}

TEST_F(watcher_test, no_handler_runs_after_destruction) {
  serve(one_pod, [](int, const seen_request&, answering& answer) {
    answer.begin_stream();
    for (int version = 11; version < 5000; ++version)
      answer.event("MODIFIED", pod_at("a", std::to_string(version)));
    stay_open(answer);
  });
  watch();
  expect({"changed a 9", "synced", "changed a 11"});
  running.reset();
  const auto reported = lines.size();
  api.reset();
  EXPECT_EQ(lines.size(), reported);
}

TEST_F(watcher_test, a_handler_may_destroy_the_watcher) {
  serve(one_pod, [](int, const seen_request&, answering& answer) {
    answer.begin_stream();
    stay_open(answer);
  });
  // On the loop, so that it is whole before a handler destroys it.
  loop.call([this] {
    running.emplace(*api, pod::kind, watch_target{},
                    watch_handlers{.on_changed = [this](const nlohmann::json&) { running.reset(); },
                                   .on_removed = {},
                                   .on_synced = [this] { lines.put("synced"); },
                                   .on_restart = {}});
  });
  // The client ends after the loop ran everything that the page brought.
  while (lists == 0)
    std::this_thread::yield();
  loop.call([] {});
  api.reset();
  EXPECT_EQ(lines.size(), 0u);
}

TEST_F(watcher_test, assignment_ends_the_former_watch) {
  serve(one_pod, [](int, const seen_request&, answering& answer) {
    answer.begin_stream();
    stay_open(answer);
  });
  watch();
  expect({"changed a 9", "synced"});
  inbox<std::string> others;
  *running = watcher{*api,
                     pod::kind,
                     {},
                     {.on_changed = {},
                      .on_removed = {},
                      .on_synced = [&] { others.put("synced"); },
                      .on_restart = {}}};
  EXPECT_EQ(others.next(), "synced");
  running.reset();
}

} // namespace
} // namespace k8s
