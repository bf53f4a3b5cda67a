#pragma once

#include "k8s/client.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace k8s {

struct watch_target {
  std::string name_space{}; ///< empty: all namespaces
  std::string label_selector{}, field_selector{};
};

/// A server ends a stream after `lifetime`, plus up to a fifth, so that not all come back at once.
/// TCP probes find a dead peer within 15 s; one that lives and has forgotten us is found when it
/// has not ended the stream by `grace` after that time.
struct watch_pace {
  std::chrono::seconds lifetime{45}, grace{5};
};

/// What a watcher reports, on the loop's thread. For each object the last `on_changed` or
/// `on_removed` is the truth; an object that was deleted during a gap is reported as removed by the
/// next list.
struct watch_handlers {
  std::function<void(const nlohmann::json& object)>
      on_changed{}; ///< added or modified; not for a resourceVersion already reported
  std::function<void(const object_key& key, const std::string& uid)> on_removed{};
  std::function<void()> on_synced{}; ///< after each complete list
  /// The stream ended and is taken up again: `timeout`, `gone`, `connection`, `idle`, ...
  std::function<void(std::string_view reason, const error* cause)> on_restart{};
};

/// Lists, then watches, for ever: resumes from the last resourceVersion, takes bookmarks, lists
/// again after any form of 410, backs off on failures, finds a dead peer within 15 s and a silent
/// stream within a minute. Keeps name, UID and resourceVersion of each object, not the object.
///
/// The client outlives it. Destroying it (from any thread) stops the watch; no handler runs after
/// the destructor returned, unless called on another thread than the loop's while a handler runs:
/// then it waits for that handler.
class watcher {
public:
  watcher(client& api, const resource_kind& kind, watch_target target, watch_handlers handlers,
          watch_pace pace = {});
  ~watcher();
  watcher(watcher&&) noexcept;
  watcher& operator=(watcher&&) noexcept;

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

} // namespace k8s
