#include "tests/kubesim/http/service_fixture.hpp"

namespace kubesim::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* autoscalers = "/apis/autoscaling/v2/namespaces/ns/horizontalpodautoscalers";

json autoscaler() {
  return {
      {"apiVersion", "autoscaling/v2"},
      {"kind", "HorizontalPodAutoscaler"},
      {"metadata", {{"name", "h"}}},
      {"spec",
       {{"maxReplicas", 5},
        {"scaleTargetRef", {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "d"}}}}}};
}

struct horizontal_pod_autoscaler : service {};

TEST_F(horizontal_pod_autoscaler, is_stored_with_the_defaults_of_a_real_server) {
  const auto made = ask("POST", autoscalers, autoscaler());
  ASSERT_EQ(made.code, 201) << made.body;
  EXPECT_EQ(made.body["spec"]["minReplicas"], 1);
  EXPECT_EQ(made.body["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"], 80);
  EXPECT_EQ(made.body["status"], (json{{"currentMetrics", nullptr}, {"desiredReplicas", 0}}));
  EXPECT_EQ(ask("PATCH", std::string{autoscalers} + "/h", {{"spec", {{"maxReplicas", 9}}}},
                "application/merge-patch+json")
                .code,
            200);
  EXPECT_EQ(ask("GET", autoscalers).body["items"][0]["spec"]["maxReplicas"], 9);
  EXPECT_EQ(ask("DELETE", std::string{autoscalers} + "/h").code, 200);
}

TEST_F(horizontal_pod_autoscaler, needs_a_target_and_room_to_scale) {
  auto bad = autoscaler();
  bad["spec"]["scaleTargetRef"].erase("name");
  bad["spec"]["minReplicas"] = 7;
  const auto answer = ask("POST", autoscalers, bad);
  EXPECT_EQ(answer.code, 422);
  EXPECT_THAT(answer.message(), HasSubstr("spec.scaleTargetRef.name: Required value"));
  EXPECT_THAT(answer.message(), HasSubstr("must be greater than or equal to `minReplicas`"));
}

TEST_F(horizontal_pod_autoscaler, shows_the_columns_of_a_real_server) {
  const auto* type = objects->find_type("autoscaling", "v2", "horizontalpodautoscalers");
  ASSERT_NE(type, nullptr);
  EXPECT_THAT(type->short_names, ElementsAre("hpa"));
  const auto made = ask("POST", autoscalers, autoscaler()).body;
  std::map<std::string, json> cells;
  for (const auto& column : objects->rules(*type).columns)
    cells[column.name] = column.cell(made);
  EXPECT_EQ(cells["Reference"], "Deployment/d");
  EXPECT_EQ(cells["Targets"], "cpu: <unknown>/80%");
  EXPECT_EQ(cells["MinPods"], "1");
  EXPECT_EQ(cells["MaxPods"], 5);
}

} // namespace
} // namespace kubesim::http
