#include "k8s/resource.hpp"

namespace k8s {

std::string resource_kind::api_version() const {
  return group.empty() ? std::string{version} : std::string{group} + '/' + std::string{version};
}

} // namespace k8s
