#include "k8s/resources/event.hpp"

#include "k8s/json_reader.hpp"

namespace k8s {

nlohmann::json event::encode() const {
  // firstTimestamp, lastTimestamp and count are what `kubectl describe` shows; eventTime, action
  // and the reporting fields are what the server demands of an Event with an eventTime.
  return {{"apiVersion", kind.api_version()},
          {"kind", kind.kind},
          {"metadata", k8s::encode(metadata)},
          {"involvedObject",
           {{"apiVersion", regarding.api_version},
            {"kind", regarding.kind},
            {"namespace", regarding.name_space},
            {"name", regarding.name},
            {"uid", regarding.uid}}},
          {"type", type},
          {"reason", reason},
          {"message", message},
          {"action", action},
          {"eventTime", to_rfc3339_micro(at)},
          {"firstTimestamp", to_rfc3339(at)},
          {"lastTimestamp", to_rfc3339(at)},
          {"count", 1},
          {"source", {{"component", reporting_component}}},
          {"reportingComponent", reporting_component},
          {"reportingInstance", reporting_instance}};
}

result<event> event::decode(const nlohmann::json& object) {
  return decode_object<event>(object, kind.kind, [](const json_reader& from, event& into) {
    const json_reader about = from.child("involvedObject");
    into.regarding = {.api_version = about.text("apiVersion"),
                      .kind = about.text("kind"),
                      .name_space = about.text("namespace"),
                      .name = about.text("name"),
                      .uid = about.text("uid")};
    into.type = from.text("type");
    into.reason = from.text("reason");
    into.message = from.text("message");
    into.action = from.text("action");
    into.reporting_component = from.text("reportingComponent");
    into.reporting_instance = from.text("reportingInstance");
    const auto event_time = from.time("eventTime");
    into.at = event_time ? *event_time : from.time("lastTimestamp").value_or(timestamp{});
  });
}

} // namespace k8s
