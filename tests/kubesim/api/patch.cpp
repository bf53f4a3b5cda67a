#include "tests/kubesim/api/patch.hpp"

#include "tests/kubesim/api/status_error.hpp"

namespace kubesim {

answer<json> apply_merge_patch(json target, const json& patch) {
  if (!patch.is_object())
    return status_error::bad_request("error decoding patch: json: cannot unmarshal "
                                     + std::string{patch.type_name()}
                                     + " into Go value of type map[string]interface {}");
  target.merge_patch(patch);
  return target;
}

answer<json> apply_json_patch(const json& target, const json& patch) {
  if (!patch.is_array())
    return status_error::bad_request("error decoding patch: json: cannot unmarshal "
                                     + std::string{patch.type_name()}
                                     + " into Go value of type []handlers.jsonPatchOp");
  try {
    return target.patch(patch);
  } catch (const json::exception&) {
    return status_error::unprocessable();
  }
}

} // namespace kubesim
