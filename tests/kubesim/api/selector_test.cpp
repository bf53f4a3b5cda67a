#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/selector.hpp"

#include <gtest/gtest.h>

namespace kubesim {

namespace {

json labelled(json labels) {
  return {{"metadata", {{"labels", std::move(labels)}}}};
}

struct label_case {
  const char* selector;
  json labels;
  bool matches;
};

TEST(label_selector, selects_by_every_operator) {
  const json prod{{"env", "prod"}, {"n", "5"}};
  const json none = json::object();
  const std::vector<label_case> cases{
      {"", none, true},
      {"env=prod", prod, true},
      {"env==prod", prod, true},
      {" env = prod , n ", prod, true},
      {"env=dev", prod, false},
      {"env=", {{"env", ""}}, true},
      {"env=", prod, false},
      {"env!=prod", prod, false},
      {"env!=prod", none, true},
      {"env", prod, true},
      {"!env", prod, false},
      {"!env", none, true},
      {"env in (dev, prod)", prod, true},
      {"env in (dev)", none, false},
      {"env notin (prod)", prod, false},
      {"env notin (prod)", none, true},
      {"n>4", prod, true},
      {"n>5", prod, false},
      {"n<6", prod, true},
      {"n<6", none, false},
      {"n>4", {{"n", "many"}}, false},
      {"env=prod,n=6", prod, false},
  };
  for (const auto& one : cases) {
    auto parsed = label_selector::parse(one.selector);
    ASSERT_TRUE(parsed) << one.selector;
    EXPECT_EQ(parsed->matches(labelled(one.labels)), one.matches)
        << one.selector << " on " << one.labels;
  }
}

TEST(label_selector, says_what_is_wrong_in_the_words_of_the_server) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {"a=b=c", "found '=', expected: ',' or 'end of string'"},
      {"env in prod", "unable to parse requirement: found 'prod' expected: '('"},
      {"bad key!",
       "unable to parse requirement: found 'key', expected: in, notin, =, ==, !=, gt, lt"},
      {"=x", "found '=', expected: !, identifier, or 'end of string'"},
      {"a,", "found '', expected: identifier after ','"},
      {"n>x", "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' "
              "operators, the value must be an integer"},
  };
  for (const auto& [selector, why] : cases) {
    auto parsed = label_selector::parse(selector);
    ASSERT_FALSE(parsed) << selector;
    EXPECT_EQ(parsed.refusal().code, 400);
    EXPECT_EQ(text_at(parsed.refusal().status, {"message"}), why) << selector;
  }
}

TEST(label_selector, refuses_what_ends_too_early) {
  for (const char* selector :
       {"a in (", "a in (b", "a in (b,", "a in (b c)", "a in ((b)", "!", ","})
    EXPECT_FALSE(label_selector::parse(selector)) << selector;
}

kind_rules pod_like() {
  kind_rules rules;
  rules.selectable_fields.emplace_back("status.phase", [](const json& object) {
    return text_at(object, {"status", "phase"});
  });
  return rules;
}

TEST(field_selector, selects_by_name_namespace_and_the_fields_of_the_kind) {
  const json pod{{"metadata", {{"name", "p"}, {"namespace", "n"}}}, {"status", {{"phase", "Up"}}}};
  const std::vector<std::pair<const char*, bool>> cases{
      {"", true},
      {"metadata.name=p", true},
      {"metadata.name==p,metadata.namespace=n", true},
      {"metadata.name!=p", false},
      {"metadata.name=p,metadata.name=q", false},
      {"status.phase=Up", true},
      {"status.phase!=Up", false},
      {"status.phase=", false},
  };
  for (const auto& [text, matches] : cases) {
    auto parsed = field_selector::parse(text, pod_like());
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->matches(pod), matches) << text;
  }
}

TEST(field_selector, refuses_what_the_kind_does_not_know) {
  auto why = [](const char* text, const kind_rules& rules) {
    auto parsed = field_selector::parse(text, rules);
    return parsed ? std::string{"accepted"} : text_at(parsed.refusal().status, {"message"});
  };
  EXPECT_EQ(why("data.x=1", {}),
            "\"data.x\" is not a known field selector: only \"metadata.name\", "
            "\"metadata.namespace\"");
  EXPECT_EQ(why("spec.containers=1", pod_like()), "field label not supported: spec.containers");
  EXPECT_EQ(why("metadata.name", {}),
            "invalid selector: 'metadata.name'; can't understand 'metadata.name'");
}

} // namespace

} // namespace kubesim
