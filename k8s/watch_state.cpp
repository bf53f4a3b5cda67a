#include "k8s/watch_state.hpp"

#include "k8s/json_reader.hpp"
#include "k8s/status.hpp"

#include <optional>

namespace k8s {

namespace {

/// A stream that lasted this long without even the closing bookmark: the resourceVersion is not one
/// that this server knows, as after etcd was restored from a backup.
constexpr std::chrono::seconds too_long_for_silence{30};

struct object_head {
  object_key key;
  std::string uid, resource_version;
};

result<object_head> head_of(const nlohmann::json& object, watch_event::type what) {
  std::optional<error> failure;
  const json_reader metadata = json_reader{object, failure}.child("metadata");
  object_head head{{metadata.text("namespace"), metadata.text("name")},
                   metadata.text("uid"),
                   metadata.text("resourceVersion")};
  if (failure)
    return decode_error(object, "watched object", std::move(failure->detail));
  if (head.key.name.empty() && what != watch_event::type::bookmark)
    return decode_error(object, "watched object", "metadata.name is missing");
  return head;
}

/// An empty list may have null for items.
bool has_items(const nlohmann::json& page) {
  if (!page.is_object())
    return false;
  const auto items = page.find("items");
  return items != page.end() && (items->is_array() || items->is_null());
}

/// The heads of all items: a page is taken whole or not at all, for what is noted as known must
/// also be reported.
result<std::vector<object_head>> heads_of(const nlohmann::json& items) {
  std::vector<object_head> heads;
  heads.reserve(items.size());
  for (const auto& item : items) {
    auto head = head_of(item, watch_event::type::added);
    if (!head)
      return std::move(head).error();
    heads.push_back(std::move(*head));
  }
  return heads;
}

/// Whether the same page or resourceVersion may be asked for again. A bare 500 is also how the
/// server says that it cannot decode an event.
bool may_resume(const error& cause) {
  switch (cause.code) {
  case errc::gone:
  case errc::protocol:
  case errc::not_found:
  case errc::invalid:
    return false;
  default:
    return cause.http_status != 500;
  }
}

} // namespace

watch_step watch_state::next() const {
  if (phase_ == phase::watching)
    return watch_from{last_version_};
  return list_page{continue_token_, paged_};
}

/// Every way back to the list ends here: an expired resourceVersion or continue token, whatever
/// form it came in, and a stream that cannot be trusted. What was reported stays known, so the list
/// will tell what happened meanwhile.
void watch_state::lose_track() {
  phase_ = phase::listing;
  continue_token_.clear();
  listed_.clear();
}

void watch_state::fail(const error& cause) {
  // A continue token that expired would expire again on the way through all pages.
  if (phase_ == phase::listing && cause.is_gone() && !continue_token_.empty())
    paged_ = false;
  if (!may_resume(cause))
    lose_track();
}

void watch_state::end_stream(std::chrono::nanoseconds lasted, bool had_events) {
  if (!had_events && lasted >= too_long_for_silence)
    lose_track();
}

result<std::vector<watch_report>> watch_state::take_page(nlohmann::json page) {
  if (!has_items(page))
    return decode_error(page, "list", "it has no items");
  std::optional<error> failure;
  const json_reader metadata = json_reader{page, failure}.child("metadata");
  auto version = metadata.text("resourceVersion");
  auto token = metadata.text("continue");
  if (failure)
    return decode_error(page, "list", std::move(failure->detail));

  auto& items = page["items"];
  auto heads = heads_of(items);
  if (!heads)
    return std::move(heads).error();

  phase_ = phase::listing;
  std::vector<watch_report> reports;
  for (std::size_t i = 0; i < heads->size(); ++i) {
    auto& [key, uid, resource_version] = (*heads)[i];
    identity now{std::move(uid), std::move(resource_version)};
    listed_.insert_or_assign(key, now);
    note_changed(std::move(key), std::move(now), std::move(items[i]), reports);
  }
  continue_token_ = std::move(token);
  if (continue_token_.empty())
    finish_list(std::move(version), reports);
  return reports;
}

void watch_state::finish_list(std::string resource_version, std::vector<watch_report>& reports) {
  for (const auto& [key, before] : known_)
    if (!listed_.contains(key))
      reports.push_back(object_removed{key, before.uid});
  known_ = std::exchange(listed_, {});
  last_version_ = std::move(resource_version);
  paged_ = true;
  phase_ = phase::watching;
  reports.emplace_back(std::in_place_type<list_completed>);
}

result<std::vector<watch_report>> watch_state::take_event(watch_event event) {
  if (event.what == watch_event::type::error) {
    auto failure = error_of_status(event.object, 0);
    failure.attempted = "watching";
    return failure;
  }
  auto head = head_of(event.object, event.what);
  if (!head)
    return std::move(head).error();

  std::vector<watch_report> reports;
  if (!head->resource_version.empty())
    last_version_ = head->resource_version;
  if (event.what == watch_event::type::bookmark)
    return reports;
  if (event.what != watch_event::type::deleted) {
    note_changed(std::move(head->key), {std::move(head->uid), std::move(head->resource_version)},
                 std::move(event.object), reports);
    return reports;
  }
  if (const auto known = known_.find(head->key); known != known_.end()) {
    reports.push_back(object_removed{known->first, known->second.uid});
    known_.erase(known);
  }
  return reports;
}

void watch_state::note_changed(object_key key, identity now, nlohmann::json object,
                               std::vector<watch_report>& reports) {
  const auto [entry, is_new] = known_.try_emplace(std::move(key), now);
  if (!is_new) {
    const identity before = std::exchange(entry->second, std::move(now));
    const bool is_successor = before.uid != entry->second.uid;
    if (is_successor)
      reports.push_back(object_removed{entry->first, before.uid});
    else if (before.resource_version == entry->second.resource_version)
      return;
  }
  reports.push_back(object_changed{std::move(object)});
}

} // namespace k8s
