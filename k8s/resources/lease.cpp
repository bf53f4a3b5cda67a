#include "k8s/resources/lease.hpp"

#include "k8s/json_reader.hpp"

namespace k8s {

result<lease> lease::decode(const nlohmann::json& object) {
  return decode_object<lease>(object, kind.kind, [](const json_reader& from, lease& into) {
    const auto spec = from.child("spec");
    into.holder = spec.text("holderIdentity");
    into.duration = std::chrono::seconds{spec.integer("leaseDurationSeconds")};
    into.acquired = spec.time("acquireTime");
    into.renewed = spec.time("renewTime");
    into.transitions = spec.integer("leaseTransitions");
  });
}

nlohmann::json lease::encode() const {
  nlohmann::json spec{{"holderIdentity", holder},
                      {"leaseDurationSeconds", duration.count()},
                      {"leaseTransitions", transitions}};
  if (acquired)
    spec["acquireTime"] = to_rfc3339_micro(*acquired);
  if (renewed)
    spec["renewTime"] = to_rfc3339_micro(*renewed);
  return {{"apiVersion", kind.api_version()},
          {"kind", kind.kind},
          {"metadata", k8s::encode(metadata)},
          {"spec", std::move(spec)}};
}

} // namespace k8s
