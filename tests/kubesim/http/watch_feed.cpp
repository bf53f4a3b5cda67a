#include "tests/kubesim/http/watch_feed.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/status_error.hpp"

namespace kubesim::http {

namespace {

std::string line_of(const char* event, const json& object) {
  // By hand, as the object is large and a copy into an envelope would cost as much as the text.
  std::string line = R"({"type":")";
  line.append(event).append(R"(","object":)");
  line += object.dump(-1, ' ', false, json::error_handler_t::replace);
  line += "}\n";
  return line;
}

} // namespace

watch_feed::watch_feed(api_registry& objects, watch_request request, line_taker take)
    : objects_{objects}, request_{std::move(request)}, take_{std::move(take)} {}

bool watch_feed::start() {
  auto version = std::get<std::uint64_t>(parse_version(request_.options.resource_version));
  // Subscribed before anything is sent: a change must be in the past or come as an event.
  subscription_ = objects_.subscribe(*request_.type, [this](const change& one) { on_change(one); });
  bool wants_state = request_.options.send_initial_events.value_or(version == 0);
  if (!wants_state && version != 0)
    return resume(version);
  after_ = objects_.resource_version();
  if (wants_state)
    send_present_state();
  return true;
}

bool watch_feed::resume(std::uint64_t version) {
  after_ = version;
  if (version > objects_.resource_version())
    return true; // from the future: silent until it comes
  auto missed = objects_.changes_after(*request_.type, version);
  if (!missed) {
    subscription_.reset();
    auto why = status_error::expired("too old resource version: " + std::to_string(version) + " ("
                                     + std::to_string(objects_.oldest_known(*request_.type)) + ")");
    take_(line_of("ERROR", why.status), {});
    return false;
  }
  for (const auto& one : *missed)
    on_change(one);
  return true;
}

void watch_feed::send_present_state() {
  for (const auto& object : objects_.all(*request_.type, request_.name_space))
    if (request_.options.selects(*object))
      send("ADDED", *object);
  if (request_.options.allows_bookmarks)
    send_bookmark_at(objects_.resource_version(), true);
}

void watch_feed::on_change(const change& what) {
  if (what.resource_version <= after_)
    return;
  if (!request_.name_space.empty()
      && text_at(*what.object, {"metadata", "namespace"}) != request_.name_space)
    return;
  bool was_selected = what.before && request_.options.selects(*what.before);
  bool is_selected = what.kind != change_kind::deleted && request_.options.selects(*what.object);
  if (is_selected)
    return send(was_selected ? "MODIFIED" : "ADDED", *what.object);
  if (!was_selected)
    return;
  // What stops matching is shown as it was, with the version of the change.
  auto last = *what.before;
  last["metadata"]["resourceVersion"] = std::to_string(what.resource_version);
  send("DELETED", last);
}

json watch_feed::shaped(const json& object) {
  auto shape
      = shaped_object(objects_.rules(*request_.type), object, request_.shape, request_.objects);
  if (request_.shape.shape != representation::form::table)
    return shape;
  if (has_sent_columns_)
    shape["columnDefinitions"] = nullptr;
  has_sent_columns_ = true;
  return shape;
}

void watch_feed::send(const char* event, const json& object) {
  auto name = text_at(object, {"metadata", "name"});
  bool is_plain = request_.shape.shape == representation::form::object;
  take_(line_of(event, is_plain ? object : shaped(object)), name);
}

void watch_feed::send_bookmark() {
  if (request_.options.allows_bookmarks)
    send_bookmark_at(std::max(after_, objects_.delivered_version()), false);
}

void watch_feed::send_bookmark_at(std::uint64_t version, bool ends_the_initial_events) {
  json object{{"kind", request_.type->kind},
              {"apiVersion", request_.type->api_version()},
              {"metadata", {{"resourceVersion", std::to_string(version)}}}};
  if (ends_the_initial_events)
    object["metadata"]["annotations"]["k8s.io/initial-events-end"] = "true";
  using form = representation::form;
  if (request_.shape.shape == form::table || request_.shape.shape == form::partial_metadata)
    object = shaped(object);
  take_(line_of("BOOKMARK", object), {});
}

} // namespace kubesim::http
