#include "tests/kubesim/csi/wishes.hpp"

#include "tests/kubesim/csi/csi_context.hpp"

#include <cstdlib>

namespace kubesim {

wishes wishes_of(const std::vector<const json*>& objects, const json& its_class,
                 const csi_options& options) {
  const auto told = [&](const char* key) {
    for (const auto* object : objects)
      if (auto text = text_at_path(*object, {"metadata", "annotations", key}); !text.empty())
        return text;
    return text_at_path(its_class, {"parameters", key});
  };
  wishes all;
  all.latency = parse_latency(told("kubesim/cut-latency")).value_or(options.cut_latency);
  all.ready_latency = parse_latency(told("kubesim/ready-latency")).value_or(options.ready_latency);
  all.lie
      = parse_latency(told("kubesim/creation-time-shift")).value_or(std::chrono::milliseconds{0});
  all.error = told("kubesim/snapshot-error");
  if (const auto times = told("kubesim/snapshot-error-times"); !times.empty())
    all.errors_left = std::atoi(times.c_str());
  all.tells_early = told("kubesim/creation-time-early") == "true";
  all.never_ready = told("kubesim/never-ready") == "true";
  return all;
}

} // namespace kubesim
