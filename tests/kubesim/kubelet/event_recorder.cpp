#include "tests/kubesim/kubelet/event_recorder.hpp"

#include <array>
#include <cstdio>

namespace kubesim {
namespace {

/// Enough to recognise what repeats, without remembering every event of a long life.
constexpr std::size_t remembered_events = 10'000;

std::string suffix(std::uint64_t number) {
  const auto now = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch()
                                              / std::chrono::nanoseconds{1});
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(now + number));
  return text.data();
}

json reference_to(const json& object) {
  return {{"apiVersion", text_at_path(object, {"apiVersion"})},
          {"kind", text_at_path(object, {"kind"})},
          {"namespace", text_at_path(object, {"metadata", "namespace"})},
          {"name", text_at_path(object, {"metadata", "name"})},
          {"uid", uid_of(object)},
          {"resourceVersion", text_at_path(object, {"metadata", "resourceVersion"})}};
}

} // namespace

event_recorder::event_recorder(registry& objects, std::string component, std::string host)
    : objects_{objects}, component_{std::move(component)}, host_{std::move(host)} {}

void event_recorder::record(const json& about, event_type type, const std::string& reason,
                            const std::string& message) {
  const auto time = seconds_text(std::chrono::system_clock::now());
  const auto key = uid_of(about) + "/" + reason + "/" + message;
  if (const auto it = written_.find(key); it != written_.end() && count_up(it->second, time))
    return;
  const auto ref = ref_of(about);
  const auto place = ref.name_space.empty() ? "default" : ref.name_space;
  const auto name = ref.name + "." + suffix(++last_);
  json source{{"component", component_}};
  if (!host_.empty())
    source["host"] = host_;
  json event{{"apiVersion", "v1"},
             {"kind", "Event"},
             {"metadata", {{"name", name}, {"namespace", place}}},
             {"involvedObject", reference_to(about)},
             {"type", type == event_type::warning ? "Warning" : "Normal"},
             {"reason", reason},
             {"message", message},
             {"source", source},
             {"reportingComponent", component_},
             {"reportingInstance", host_},
             {"firstTimestamp", time},
             {"lastTimestamp", time},
             {"count", 1}};
  const auto* events = objects_.find_type("", "v1", "events");
  // An event that is refused (the namespace is going) is lost, as a real recorder's is.
  if (!events || !objects_.create(*events, place, std::move(event)))
    return;
  if (written_.size() >= remembered_events)
    written_.clear();
  written_[key] = {{place, name}, 1};
}

bool event_recorder::count_up(written& before, const std::string& time) {
  const auto* events = objects_.find_type("", "v1", "events");
  return events
         && objects_.merge(*events, before.event,
                           {{"count", ++before.count}, {"lastTimestamp", time}});
}

} // namespace kubesim
