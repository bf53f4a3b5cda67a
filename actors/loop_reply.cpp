#include "actors/loop_reply.hpp"

namespace actors {

using messages::cluster_errc;

cluster_errc code_of(const k8s::error& failure) {
  if (failure.is_transient())
    return failure.maybe_applied ? cluster_errc::uncertain : cluster_errc::transient;
  switch (failure.code) {
  case k8s::errc::not_found:
    return cluster_errc::not_found;
  case k8s::errc::already_exists:
    return cluster_errc::already_exists;
  case k8s::errc::conflict:
    return cluster_errc::conflict;
  case k8s::errc::invalid:
    return cluster_errc::invalid;
  case k8s::errc::forbidden:
  case k8s::errc::unauthorized:
    return cluster_errc::forbidden;
  default:
    return cluster_errc::other;
  }
}

cluster_errc code_of(const caf::error& failure) {
  using factory = caf::detail::error_factory<cluster_errc>;
  return failure.category() == factory::category ? static_cast<cluster_errc>(failure.code())
                                                 : cluster_errc::other;
}

std::string text_of(const caf::error& failure) {
  const auto& context = failure.context();
  if (context.match_elements<std::string>())
    return context.get_as<std::string>(0);
  return "actor system error " + std::to_string(failure.code());
}

caf::error to_caf(const k8s::error& failure) {
  return caf::make_error(code_of(failure), to_string(failure));
}

} // namespace actors
