#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"

// Event, in the shape of v1 (which is stored) and in that of events.k8s.io/v1.

namespace kubesim::kinds {

namespace {

using renamed = std::pair<const char*, const char*>; ///< events.k8s.io, v1

constexpr renamed renamed_fields[] = {
    {"regarding", "involvedObject"},
    {"note", "message"},
    {"reportingController", "reportingComponent"},
    {"deprecatedSource", "source"},
    {"deprecatedFirstTimestamp", "firstTimestamp"},
    {"deprecatedLastTimestamp", "lastTimestamp"},
    {"deprecatedCount", "count"},
};

void rename(json& object, const char* from, const char* to) {
  const auto found = object.find(from);
  if (found == object.end())
    return;
  auto value = std::move(*found);
  object.erase(found);
  object[to] = std::move(value);
}

void drop_if_empty(json& object, const char* key) {
  const auto found = object.find(key);
  if (found != object.end() && (found->is_null() || *found == ""))
    object.erase(found);
}

void to_core_shape(json& object) {
  for (const auto& [theirs, ours] : renamed_fields)
    rename(object, theirs, ours);
  for (const auto* always : {"reportingComponent", "reportingInstance"})
    default_to(object, always, "");
}

void to_events_shape(json& object) {
  for (const auto& [theirs, ours] : renamed_fields)
    rename(object, ours, theirs);
  for (const auto* omitted : {"reportingController", "reportingInstance"})
    drop_if_empty(object, omitted);
}

problems namespace_problem(const json& object) {
  const auto involved = text_at(object, "involvedObject.namespace");
  const auto own = text_at(object, "metadata.namespace");
  if (involved == own || (involved.empty() && own == "default"))
    return {};
  return {invalid("involvedObject.namespace", involved, "does not match event.namespace")};
}

/// The rules of events.k8s.io: what v1 lets pass must be there.
problems strict_problems(const json& object, const json* before) {
  if (before)
    return {};
  if (text_at(object, "eventTime").empty())
    return {required("eventTime")};
  problems found;
  for (const auto* field : {"reportingController", "reportingInstance", "action", "reason"})
    if (text_at(object, field).empty())
      found.push_back(required(field));
  const auto type = text_at(object, "type");
  if (type != "Normal" && type != "Warning")
    found.push_back(invalid("type", type, "has invalid value: " + type));
  return found;
}

std::string source_text(const json& event) {
  const auto component = text_at(event, "source.component");
  return component.empty() ? text_at(event, "reportingComponent") : component;
}

std::string last_seen(const json& event) {
  for (const auto* field :
       {"series.lastObservedTime", "lastTimestamp", "eventTime", "metadata.creationTimestamp"})
    if (!text_at(event, field).empty())
      return age_of(event, field);
  return "<unknown>";
}

std::string object_text(const json& event) {
  auto kind = text_at(event, "involvedObject.kind");
  for (auto& letter : kind)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return kind + "/" + text_at(event, "involvedObject.name");
}

auto text_of(const char* field) {
  return [field](const json& object) { return text_at(object, field); };
}

std::vector<table_column> event_columns() {
  return {column("Last Seen", last_seen),
          column("Type", text_of("type")),
          column("Reason", text_of("reason")),
          column("Object", object_text),
          wide_column("Subobject", text_of("involvedObject.fieldPath")),
          wide_column("Source", source_text),
          column("Message", text_of("message")),
          wide_column("First Seen",
                      [](const json& event) {
                        return age_of(event, text_at(event, "firstTimestamp").empty()
                                                 ? "metadata.creationTimestamp"
                                                 : "firstTimestamp");
                      }),
          wide_column("Count", [](const json& event) { return number_at(event, "count", 1); }),
          [] {
            auto name = name_column();
            name.priority = 1;
            return name;
          }()};
}

kind_rules core_event() {
  auto rules = built_in({.group = "",
                         .plural = "events",
                         .singular = "event",
                         .kind = "Event",
                         .short_names = {"ev"}});
  rules.validate = [](const json& object, const json*) { return namespace_problem(object); };
  for (const auto* field :
       {"involvedObject.kind", "involvedObject.namespace", "involvedObject.name",
        "involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion",
        "involvedObject.fieldPath", "reason", "reportingComponent", "type"})
    rules.selectable_fields.emplace_back(field, text_of(field));
  rules.selectable_fields.emplace_back("source", source_text);
  rules.columns = event_columns();
  return rules;
}

kind_rules events_event() {
  auto rules = built_in({.group = "events.k8s.io",
                         .plural = "events",
                         .singular = "event",
                         .kind = "Event",
                         .short_names = {"ev"},
                         .structure = "EventsEvent"});
  rules.shape_of_group = "";
  rules.to_stored = to_core_shape;
  rules.from_stored = to_events_shape;
  rules.validate = strict_problems;
  // The objects stored are of the other shape, so is what selectors and columns see.
  for (const auto& [theirs, ours] : {std::pair{"regarding.kind", "involvedObject.kind"},
                                     {"regarding.namespace", "involvedObject.namespace"},
                                     {"regarding.name", "involvedObject.name"},
                                     {"regarding.uid", "involvedObject.uid"},
                                     {"regarding.apiVersion", "involvedObject.apiVersion"},
                                     {"regarding.fieldPath", "involvedObject.fieldPath"},
                                     {"reason", "reason"},
                                     {"type", "type"}})
    rules.selectable_fields.emplace_back(theirs, text_of(ours));
  rules.columns = event_columns();
  return rules;
}

} // namespace

std::vector<kind_rules> event_kinds() {
  return {core_event(), events_event()};
}

} // namespace kubesim::kinds
