#pragma once

#include <optional>
#include <string>
#include <vector>

/// What a StatefulSet does next with its pods. Pure.
namespace kubesim::control {

struct ordinal_facts {
  int ordinal = 0;
  bool exists = false;
  bool has_finished = false;
  bool is_terminating = false;
  bool is_ready = false;
  bool is_available = false;
  std::string revision{};
};

struct stateful_facts {
  bool is_ordered = true;                 ///< podManagementPolicy OrderedReady
  bool is_rolling = true;                 ///< updateStrategy RollingUpdate
  int partition = 0;                      ///< pods below this ordinal keep the current revision
  std::string update_revision{};          ///< of the present template
  std::vector<ordinal_facts> wanted{};    ///< every ordinal that should be, from the lowest
  std::vector<ordinal_facts> condemned{}; ///< pods that should not be, from the highest
};

struct stateful_step {
  enum class action { create, remove } what;
  int ordinal;
  bool operator==(const stateful_step&) const = default;
};

/// One step at a time for an ordered set, all that can be done at once for a parallel one.
std::vector<stateful_step> next_steps(const stateful_facts& now);

/// Whether a new pod of that ordinal is made from the present template.
bool uses_update_revision(const stateful_facts& now, int ordinal);

} // namespace kubesim::control
