#pragma once

#include "tests/kubesim/kubelet/pod_fields.hpp"

#include <map>
#include <string>

namespace kubesim {

enum class event_type { normal, warning };

/// Writes v1 Events about objects; the same words again only count up.
class event_recorder {
public:
  event_recorder(registry& objects, std::string component, std::string host = {});

  void record(const json& about, event_type type, const std::string& reason,
              const std::string& message);

private:
  struct written {
    object_ref event;
    int count = 0;
  };

  bool count_up(written& before, const std::string& time);

  registry& objects_;
  std::string component_, host_;
  std::map<std::string, written> written_;
  std::uint64_t last_ = 0;
};

} // namespace kubesim
