#include "k8s/watch_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k8s {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using phase = watch_state::phase;

json object(const std::string& name, const std::string& version, const std::string& uid = "u") {
  return {{"metadata", {{"name", name}, {"uid", uid}, {"resourceVersion", version}}}};
}

json page(const std::string& version, json items, const std::string& token = {}) {
  return {{"metadata", {{"resourceVersion", version}, {"continue", token}}},
          {"items", std::move(items)}};
}

std::string line_of(const watch_report& report) {
  if (const auto* changed = std::get_if<object_changed>(&report))
    return "changed " + changed->object["metadata"]["name"].get<std::string>();
  if (const auto* removed = std::get_if<object_removed>(&report))
    return "removed " + removed->key.name + ' ' + removed->uid;
  return "synced";
}

std::string line_of(const watch_step& step) {
  if (const auto* from = std::get_if<watch_from>(&step))
    return "watch from " + from->resource_version;
  const auto& list = std::get<list_page>(step);
  return (list.paged ? "list" : "list whole")
         + (list.continue_token.empty() ? "" : " from " + list.continue_token);
}

class watch_state_test : public ::testing::Test {
protected:
  std::vector<std::string> take(json list) { return lines_of(state.take_page(std::move(list))); }
  std::vector<std::string> take(watch_event::type what, json seen) {
    return lines_of(state.take_event({what, std::move(seen)}));
  }
  static std::vector<std::string> lines_of(const result<std::vector<watch_report>>& reports) {
    if (!reports)
      return {to_string(reports.error())};
    std::vector<std::string> lines;
    for (const auto& report : *reports)
      lines.push_back(line_of(report));
    return lines;
  }
  std::string next() const { return line_of(state.next()); }

  watch_state state;
  const error expired{.code = errc::gone, .http_status = 410};
};

using type = watch_event::type;

TEST_F(watch_state_test, goes_from_empty_over_listing_to_watching) {
  EXPECT_EQ(state.current(), phase::empty);
  EXPECT_EQ(next(), "list");
  EXPECT_THAT(take(page("10", {object("a", "9")}, "more")), ElementsAre("changed a"));
  EXPECT_EQ(state.current(), phase::listing);
  EXPECT_EQ(next(), "list from more");
  EXPECT_THAT(take(page("10", {object("b", "8")})), ElementsAre("changed b", "synced"));
  EXPECT_EQ(state.current(), phase::watching);
  EXPECT_EQ(next(), "watch from 10");
}

TEST_F(watch_state_test, an_empty_list_may_have_null_for_items) {
  EXPECT_THAT(take(page("10", nullptr)), ElementsAre("synced"));
}

TEST_F(watch_state_test, events_and_bookmarks_move_the_place_to_resume_from) {
  take(page("10", {object("a", "9")}));
  EXPECT_THAT(take(type::modified, object("a", "11")), ElementsAre("changed a"));
  EXPECT_EQ(next(), "watch from 11");
  EXPECT_THAT(take(type::bookmark, {{"metadata", {{"resourceVersion", "20"}}}}), IsEmpty());
  EXPECT_EQ(next(), "watch from 20");
  EXPECT_THAT(take(type::deleted, object("a", "21")), ElementsAre("removed a u"));
  EXPECT_EQ(next(), "watch from 21");
}

TEST_F(watch_state_test, a_version_already_reported_is_not_reported_again) {
  take(page("10", {object("a", "9")}));
  EXPECT_THAT(take(type::added, object("a", "9")), IsEmpty());
  state.fail(expired);
  EXPECT_THAT(take(page("30", {object("a", "9")})), ElementsAre("synced"));
}

TEST_F(watch_state_test, a_deletion_of_the_unknown_is_not_reported) {
  take(page("10", json::array()));
  EXPECT_THAT(take(type::deleted, object("a", "11")), IsEmpty());
}

TEST_F(watch_state_test, objects_of_one_name_in_two_namespaces_are_two) {
  auto one = object("a", "9"), other = object("a", "8");
  one["metadata"]["namespace"] = "x";
  other["metadata"]["namespace"] = "y";
  EXPECT_THAT(take(page("10", {one, other})), ElementsAre("changed a", "changed a", "synced"));
}

TEST_F(watch_state_test, what_vanished_in_a_gap_is_removed_at_the_end_of_the_next_list) {
  take(page("10", {object("a", "9"), object("b", "9"), object("c", "9")}));
  state.fail(expired);
  EXPECT_EQ(state.current(), phase::listing);
  EXPECT_THAT(take(page("30", {object("a", "9")}, "more")), IsEmpty());
  EXPECT_THAT(take(page("30", {object("c", "29")})),
              ElementsAre("changed c", "removed b u", "synced"));
  EXPECT_EQ(next(), "watch from 30");
}

TEST_F(watch_state_test, a_successor_of_the_same_name_is_removed_and_changed) {
  take(page("10", {object("a", "9", "old")}));
  EXPECT_THAT(take(type::added, object("a", "12", "new")),
              ElementsAre("removed a old", "changed a"));
  state.fail(expired);
  EXPECT_THAT(take(page("30", {object("a", "29", "newer")})),
              ElementsAre("removed a new", "changed a", "synced"));
}

TEST_F(watch_state_test, an_error_event_is_an_error_and_410_leads_to_the_list) {
  take(page("10", json::array()));
  const auto reports = state.take_event(
      {type::error,
       {{"kind", "Status"}, {"code", 410}, {"reason", "Expired"}, {"message", "old"}}});
  ASSERT_FALSE(reports);
  EXPECT_TRUE(reports.error().is_gone());
  EXPECT_EQ(to_string(reports.error()), "old (watching)");
  state.fail(reports.error());
  EXPECT_EQ(next(), "list");
}

TEST_F(watch_state_test, failures_of_a_stream_resume_unless_the_place_is_lost) {
  const std::vector<std::pair<error, std::string>> table{
      {{.code = errc::connection}, "watch from 10"},
      {{.code = errc::timeout}, "watch from 10"},
      {{.code = errc::too_many_requests, .http_status = 429}, "watch from 10"},
      {{.code = errc::unavailable, .http_status = 503}, "watch from 10"},
      {{.code = errc::forbidden, .http_status = 403}, "watch from 10"},
      {{.code = errc::unavailable, .http_status = 500}, "list"},
      {{.code = errc::gone, .http_status = 410}, "list"},
      {{.code = errc::not_found, .http_status = 404}, "list"},
      {{.code = errc::invalid, .http_status = 400}, "list"},
      {{.code = errc::protocol}, "list"},
  };
  for (const auto& [failure, step] : table) {
    watch_state watching;
    ASSERT_TRUE(watching.take_page(page("10", json::array())));
    watching.fail(failure);
    EXPECT_EQ(line_of(watching.next()), step)
        << to_string(failure.code) << ' ' << failure.http_status;
  }
}

TEST_F(watch_state_test, a_page_that_failed_for_a_moment_is_asked_for_again) {
  take(page("10", {object("a", "9")}, "more"));
  state.fail({.code = errc::connection});
  EXPECT_EQ(next(), "list from more");
}

TEST_F(watch_state_test, an_expired_page_starts_over_in_one_piece_once) {
  take(page("10", {object("a", "9")}, "more"));
  state.fail(expired);
  EXPECT_EQ(next(), "list whole");
  EXPECT_THAT(take(page("30", {object("a", "9"), object("b", "29")})),
              ElementsAre("changed b", "synced"));
  state.fail(expired);
  EXPECT_EQ(next(), "list");
}

TEST_F(watch_state_test, pages_of_an_abandoned_list_do_not_count_as_listed) {
  take(page("10", {object("a", "9")}, "more"));
  state.fail(expired);
  EXPECT_THAT(take(page("30", {object("b", "29")})),
              UnorderedElementsAre("changed b", "removed a u", "synced"));
}

TEST_F(watch_state_test, a_bad_item_leaves_its_page_unreported) {
  EXPECT_THAT(
      take(page("10", {object("a", "9"), {{"metadata", {{"name", 7}}}}})),
      ElementsAre("metadata.name is number where a string belongs (reading watched object )"));
  EXPECT_THAT(take(page("10", {object("a", "9")})), ElementsAre("changed a", "synced"));
}

TEST_F(watch_state_test, what_is_no_list_is_refused) {
  for (const json& bad :
       {json::array(), json::object(), json{{"items", json::object()}}, json{{"items", 1}}})
    EXPECT_FALSE(state.take_page(bad)) << bad.dump();
  EXPECT_FALSE(state.take_page(page("1", {json::object()}))) << "an item without a name";
}

TEST_F(watch_state_test, a_stream_silent_to_its_end_is_not_trusted) {
  take(page("10", json::array()));
  state.end_stream(4min, true);
  EXPECT_EQ(next(), "watch from 10");
  state.end_stream(1s, false);
  EXPECT_EQ(next(), "watch from 10");
  state.end_stream(45s, false);
  EXPECT_EQ(next(), "list");
}

} // namespace
} // namespace k8s
