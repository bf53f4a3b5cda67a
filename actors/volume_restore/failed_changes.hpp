#pragma once

#include "actors/volume_restore/restore_changes.hpp"
#include "k8s/backoff.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// Pure: the changes that the server did not take. Each is tried again, later and later: on the way
/// back nobody else would do it, and what refuses it, a quota say, may be mended.
namespace actors {

class failed_changes {
public:
  using time_point = std::chrono::steady_clock::time_point;

  void note(const restore_change& change, const std::string& answer, time_point now,
            const k8s::random_source& random);
  /// It was taken.
  void forget(const restore_change& change) { by_words_.erase(change.what); }

  /// Those of the changes that can be tried now.
  std::vector<restore_change> due_of(const std::vector<restore_change>& changes,
                                     time_point now) const;
  std::optional<time_point> next_try(time_point now) const;

  /// `create claim data: exceeded quota`; empty: the server takes what it is asked for. A failure
  /// that comes once is not told.
  std::string complaint() const;

private:
  struct failure {
    int times = 0; ///< in a row
    time_point again;
    std::string answer;
  };
  std::map<std::string, failure> by_words_;
};

} // namespace actors
