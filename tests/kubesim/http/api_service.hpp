#pragma once

#include "tests/kubesim/auth/authenticator.hpp"
#include "tests/kubesim/auth/authorizer.hpp"
#include "tests/kubesim/auth/impersonation.hpp"
#include "tests/kubesim/auth/reviews.hpp"
#include "tests/kubesim/faults/fault_plan.hpp"
#include "tests/kubesim/http/exchange.hpp"
#include "tests/kubesim/http/media.hpp"
#include "tests/kubesim/http/request_log.hpp"
#include "tests/kubesim/http/resource_verbs.hpp"
#include "tests/kubesim/http/route.hpp"
#include "tests/kubesim/http/watch_feed.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace kubesim::http {

/// All that the HTTP side needs of the cluster; must outlive it.
struct served_cluster {
  api_registry& objects;
  const authenticator& who_is_who;
  const authorizer& rights;
  const review_desk& reviews;
  fault_plan& faults;
};

/// The connection goes to whoever runs the pod.
struct exec_request {
  object_ref pod;
};

/// The text of a container's log is wanted.
struct log_wish {
  object_ref pod;
};

/// What becomes of a request.
using outcome = std::variant<outgoing, watch_request, exec_request, log_wish>;

/// A request of which is known who sent it and what it wants.
struct arrival {
  incoming request;
  route where;
  std::optional<user> who;                   ///< nothing: 401
  std::optional<refusal> not_allowed_to_act; ///< as somebody else
  std::string verb;                          ///< get, list, watch, create, ...

  bool is_control() const { return where.path.starts_with("/kubesim/"); }
  passage seen_as() const;
};

/// The API server without its sockets: authentication, authorization, routes.
class api_service {
public:
  /// `address` is host:port, for discovery.
  api_service(served_cluster cluster, std::string address, request_log& log);

  arrival receive(incoming request, const credentials& shown) const;
  outcome serve(const arrival& what);
  /// The answer to a list without the last so many changes of its kind. Selectors are not looked
  /// at.
  outgoing as_before(const arrival& what, outgoing list, std::size_t changes) const;

private:
  outcome serve_resource(const arrival& what);
  outcome serve_object(const arrival& what, const resource_type& type);
  outcome serve_collection(const arrival& what, const resource_type& type);
  outcome serve_subresource(const arrival& what, const resource_type& type);
  outcome serve_scale(const arrival& what, const resource_type& type);
  outcome serve_exec(const arrival& what);
  outcome watch(const arrival& what, const resource_type& type) const;
  outgoing review(const arrival& what, const resource_type& type) const;
  outgoing request_token(const arrival& what) const;
  outgoing evict(const arrival& what, const resource_type& pods);
  outgoing serve_other(const arrival& what);
  outgoing discovery(const arrival& what) const;
  outgoing openapi(const arrival& what) const;
  outgoing control(const arrival& what);
  outgoing control_faults(const arrival& what);

  std::optional<refusal> check_rights(const arrival& what) const;
  const resource_type* find_type(const route& where) const;
  std::vector<const resource_type*> all_types() const;

  served_cluster cluster_;
  resource_verbs verbs_;
  std::string address_;
  request_log& log_;
};

} // namespace kubesim::http
