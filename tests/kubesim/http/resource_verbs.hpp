#pragma once

#include "tests/kubesim/api/api_registry.hpp"
#include "tests/kubesim/http/exchange.hpp"
#include "tests/kubesim/http/media.hpp"
#include "tests/kubesim/http/route.hpp"

#include <string>
#include <vector>

namespace kubesim::http {

/// The verbs on stored objects, from a request to its complete answer. Who may ask was decided
/// before.
class resource_verbs {
public:
  explicit resource_verbs(api_registry& objects) : objects_{objects} {}

  outgoing get(const resource_type& type, const route& where, const incoming& request) const;
  outgoing list(const resource_type& type, const route& where, const incoming& request) const;
  outgoing create(const resource_type& type, const route& where, const incoming& request);
  outgoing update(const resource_type& type, const route& where, const incoming& request);
  outgoing patch(const resource_type& type, const route& where, const incoming& request);
  outgoing remove(const resource_type& type, const route& where, const incoming& request);
  outgoing remove_all(const resource_type& type, const route& where, const incoming& request);

  outgoing get_scale(const resource_type& type, const route& where) const;
  outgoing update_scale(const resource_type& type, const route& where, const incoming& request);
  outgoing patch_scale(const resource_type& type, const route& where, const incoming& request);

private:
  outgoing one(const resource_type& type, const json& object, int code, const incoming& request,
               const std::vector<std::string>& warnings) const;
  answer<json> read_patch(const resource_type& type, const incoming& request,
                          patch_format& format) const;
  outgoing write_scale(const resource_type& type, const route& where, const json& scale,
                       const write_options& options);

  api_registry& objects_;
};

} // namespace kubesim::http
