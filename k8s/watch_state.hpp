#pragma once

#include "k8s/object_meta.hpp"
#include "k8s/watch_decoder.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace k8s {

// Pure: what a watcher knows, what it asks for next, and what it reports.
//
//            first page               last page
//   empty ─────────────> listing ────────────────────> watching
//                        │  ^  ^                        │ │  ^
//       next page, or    └──┘  │                        │ └──┘ the stream ended or broke:
//       the same again         └────── lose_track() ────┘      resume from the last resourceVersion
//
// lose_track() starts the list over: after 410 in any form (HTTP status, ERROR event, answer to a
// page), and after a stream that makes no sense or was silent to its end.
//
// A list after the first one is compared with what was reported before, so a deletion that happened
// while nobody watched is still reported. Known objects are key -> (UID, resourceVersion).

/// Ask for a page: the first one if there is no token.
struct list_page {
  std::string continue_token;
  bool paged = true; ///< false: everything at once, as continue tokens expire here
};

struct watch_from {
  std::string resource_version;
};

using watch_step = std::variant<list_page, watch_from>;

struct object_changed {
  nlohmann::json object;
};
struct object_removed {
  object_key key;
  std::string uid;
};
struct list_completed {};

using watch_report = std::variant<object_changed, object_removed, list_completed>;

class watch_state {
public:
  enum class phase { empty, listing, watching };

  phase current() const { return phase_; }
  watch_step next() const;

  /// A page of the list (the List object). Consumes its items.
  result<std::vector<watch_report>> take_page(nlohmann::json page);

  /// An event of the stream; for one of type ERROR its Status as an error, to be given to `fail`
  /// with the end of the stream.
  result<std::vector<watch_report>> take_event(watch_event event);

  /// The page or the stream failed.
  void fail(const error& cause);

  /// The stream ended by itself. `had_events`: it brought at least one, or a bookmark, which the
  /// server owes before it ends.
  void end_stream(std::chrono::nanoseconds lasted, bool had_events);

private:
  struct identity {
    std::string uid, resource_version;
  };
  using known_objects = std::unordered_map<object_key, identity>;

  void lose_track();
  void finish_list(std::string resource_version, std::vector<watch_report>& reports);
  void note_changed(object_key key, identity now, nlohmann::json object,
                    std::vector<watch_report>& reports);

  phase phase_ = phase::empty;
  std::string continue_token_;
  bool paged_ = true;
  std::string last_version_; ///< of the list, an event or a bookmark: where the next stream begins
  known_objects known_;
  known_objects listed_; ///< of the pages so far of the list that runs
};

} // namespace k8s
