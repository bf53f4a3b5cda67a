#include "tests/kubesim/controllers/finalizers.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/ownership.hpp"

#include <algorithm>

namespace kubesim::control {
namespace {

outcome write(world& everything, const resource_type& type, const json& object, json finalizers) {
  const json patch{{"metadata", {{"uid", uid_of(object)}, {"finalizers", std::move(finalizers)}}}};
  const auto patched = everything.merge(type, ref_of(object), patch);
  // 409: the name has another object by now.
  if (!patched && patched.refusal().code != 404 && patched.refusal().code != 409)
    return try_again(patched.refusal());
  return await_change();
}

} // namespace

bool has_finalizer(const json& object, std::string_view finalizer) {
  const json& all = items_at(object, {"metadata", "finalizers"});
  return std::find(all.begin(), all.end(), finalizer) != all.end();
}

outcome drop_finalizer(world& everything, const resource_type& type, const json& object,
                       std::string_view finalizer) {
  json kept = items_at(object, {"metadata", "finalizers"});
  std::erase_if(kept.get_ref<json::array_t&>(), [&](const json& one) { return one == finalizer; });
  return write(everything, type, object, std::move(kept));
}

outcome add_finalizer(world& everything, const resource_type& type, const json& object,
                      std::string_view finalizer) {
  json more = items_at(object, {"metadata", "finalizers"});
  more.push_back(finalizer);
  return write(everything, type, object, std::move(more));
}

} // namespace kubesim::control
