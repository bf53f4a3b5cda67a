#pragma once

#include "actors/scheduling/fair_gate.hpp"
#include "actors/volume_backup/preflight.hpp"
#include "k8s/client.hpp"
#include "k8s/event_loop.hpp"
#include "messages/cluster.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

/// Reads what preflight judges. Runs on the loop's thread; knows no actors.
namespace actors {

/// Answers that hold for many backups: snapshot classes and what we may do. Backups that ask while
/// a question is out share its answer. On the loop's thread only. A refusal is never kept.
struct preflight_cache {
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds lifetime{30};
  /// A right that is taken away meanwhile is missed at the first request that needs it.
  static constexpr std::chrono::seconds lifetime_of_rights{60};

  template <class Answer>
  struct shared_answer {
    std::optional<Answer> kept;
    clock::time_point since{};
    std::vector<std::function<void(const Answer&)>> waiting; ///< not empty: a question is out

    bool is_fresh(std::chrono::seconds how_long) const {
      return kept && clock::now() - since < how_long;
    }
    /// Keeps it if it may be kept, and tells whoever waits.
    void tell(const Answer& answer, bool may_keep) {
      if (may_keep) {
        kept = answer;
        since = clock::now();
      }
      for (const auto& then : std::exchange(waiting, {}))
        then(answer);
    }
  };

  template <class Class>
  using list_answer = k8s::result<k8s::list_of<Class>>;

  /// What we need and may not do, or why nobody could tell.
  struct permissions {
    std::vector<k8s::access_question> denied;
    std::vector<k8s::error> failures;
  };

  shared_answer<list_answer<k8s::volume_snapshot_class>> classes;
  shared_answer<list_answer<k8s::volume_group_snapshot_class>> group_classes;
  /// By namespace.
  std::map<std::string, shared_answer<permissions>> rights, group_rights;
};

/// Gathers for many backups, for so many of them at a time that neither the server nor our memory
/// minds how many are due at once, and for those of a namespace not long before they have their
/// turn: a thousand backups of one application cost the others nothing while they wait. On the
/// loop's thread only.
class preflight_reader : public std::enable_shared_from_this<preflight_reader> {
public:
  /// Requests that are under way at a time cost 20 KiB each, and a backup makes six.
  static constexpr std::size_t most_at_once = 32;
  /// Of one namespace.
  static constexpr std::size_t most_ahead = 32;
  /// So many namespaces that wait for those ahead are read ahead by one more in each such time.
  static constexpr std::size_t most_relieved = 8;
  static constexpr std::chrono::seconds between_reliefs{1};

  /// To be kept as long as the backup waits for its turn; from any thread.
  using place = std::shared_ptr<void>;
  using answer = std::function<void(preflight_facts, place)>;

  /// Calls `done` once with what could be read and the errors of what could not, within `deadline`
  /// from when its turn to be read has come; that of a backup that holds slots has come. Not at
  /// all if whoever asked is gone by then.
  void gather(std::shared_ptr<k8s::client> api, const messages::gather_preflight& command,
              std::chrono::milliseconds deadline, answer done);

private:
  struct wish {
    std::shared_ptr<k8s::client> api;
    messages::gather_preflight what;
    std::chrono::milliseconds deadline;
    answer done;
  };

  void admit(k8s::event_loop& loop);
  void begin(const wish& next);
  void dismiss(const wish& vain);
  /// Its end is that of the place ahead.
  place place_ahead(k8s::event_loop& loop, const std::string& name_space);
  void wait_for_relief(k8s::event_loop& loop);

  preflight_cache cache_;
  fair_gate gate_{{most_at_once, most_ahead}};
  k8s::event_loop::timer relief_;
  bool awaits_relief_ = false;
  fair_gate::ticket last_ticket_ = 0;
  std::unordered_map<fair_gate::ticket, wish> waiting_;
};

} // namespace actors
