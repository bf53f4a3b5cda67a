#include "k8s/watch_decoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k8s {
namespace {

using ::testing::HasSubstr;

const std::string two_events
    = R"({"type":"ADDED","object":{"metadata":{"name":"é"}}})"
      "\n"
      R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}})"
      "\n";

TEST(watch_decoder, finds_the_same_events_wherever_the_bytes_are_cut) {
  for (std::size_t cut = 0; cut <= two_events.size(); ++cut) {
    watch_decoder decoder;
    std::vector<watch_event> events;
    for (const auto& piece : {two_events.substr(0, cut), two_events.substr(cut)}) {
      auto found = decoder.feed(piece);
      ASSERT_TRUE(found) << "cut at " << cut << ": " << to_string(found.error());
      std::move(found->begin(), found->end(), std::back_inserter(events));
    }
    ASSERT_EQ(events.size(), 2u) << "cut at " << cut;
    EXPECT_EQ(events[0].what, watch_event::type::added);
    EXPECT_EQ(events[0].object["metadata"]["name"], "é");
    EXPECT_EQ(events[1].what, watch_event::type::bookmark);
  }
}

TEST(watch_decoder, takes_bytes_one_by_one) {
  watch_decoder decoder;
  std::size_t events = 0;
  for (const char& byte : two_events)
    events += decoder.feed({&byte, 1})->size();
  EXPECT_EQ(events, 2u);
}

TEST(watch_decoder, knows_each_type) {
  const std::map<std::string, watch_event::type> table{{"ADDED", watch_event::type::added},
                                                       {"MODIFIED", watch_event::type::modified},
                                                       {"DELETED", watch_event::type::deleted},
                                                       {"BOOKMARK", watch_event::type::bookmark},
                                                       {"ERROR", watch_event::type::error}};
  for (const auto& [name, what] : table) {
    const auto events = watch_decoder{}.feed(R"({"type":")" + name + "\",\"object\":{}}\n");
    ASSERT_TRUE(events) << name;
    EXPECT_EQ(events->at(0).what, what);
  }
}

TEST(watch_decoder, passes_over_empty_lines) {
  EXPECT_EQ(watch_decoder{}.feed("\n\n")->size(), 0u);
}

TEST(watch_decoder, refuses_what_is_no_event) {
  const std::map<std::string, std::string> table{
      {"<html>\n", "not a JSON object: <html>"},
      {"[]\n", "not a JSON object"},
      {"{}\n", "no type and object"},
      {"{\"type\":\"ADDED\"}\n", "no type and object"},
      {"{\"type\":\"ADDED\",\"object\":[]}\n", "no type and object"},
      {"{\"type\":\"MOVED\",\"object\":{}}\n", "unknown type MOVED"}};
  for (const auto& [bytes, wanted] : table) {
    const auto events = watch_decoder{}.feed(bytes);
    ASSERT_FALSE(events) << bytes;
    EXPECT_EQ(events.error().code, errc::protocol);
    EXPECT_THAT(events.error().detail, HasSubstr(wanted));
  }
}

TEST(watch_decoder, refuses_a_line_beyond_its_bound_before_it_is_complete) {
  watch_decoder decoder{100};
  EXPECT_TRUE(decoder.feed(std::string(60, 'x')));
  const auto events = decoder.feed(std::string(60, 'x'));
  ASSERT_FALSE(events);
  EXPECT_THAT(events.error().detail, HasSubstr("more than 100 bytes"));
}

} // namespace
} // namespace k8s
