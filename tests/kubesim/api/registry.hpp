#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kubesim {

/// One kind as the API serves it: built in, or from a CustomResourceDefinition.
struct resource_type {
  std::string group, version, plural, singular, kind, list_kind;
  std::vector<std::string> short_names, categories;
  bool is_namespaced = true;
  bool has_status
      = false; ///< the /status subresource exists: status and the rest are written apart
  bool has_scale = false;
  bool has_generation = false;
  bool is_custom = false;

  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
  /// `deployments.apps`, `pods`: as error texts name it.
  std::string qualified_name() const { return group.empty() ? plural : plural + "." + group; }
};

struct object_ref {
  std::string name_space; ///< empty for cluster-scoped kinds
  std::string name;
  auto operator<=>(const object_ref&) const = default; // NOLINT(modernize-use-nullptr)
};

enum class change_kind { added, modified, deleted };

/// One committed change. `object` is shared and immutable; for `deleted` it is the last state with
/// the deletion's resourceVersion.
struct change {
  change_kind kind;
  std::uint64_t resource_version;
  std::shared_ptr<const json> object;
  std::shared_ptr<const json> before; ///< null for `added`
};

struct write_options {
  bool dry_run = false;
  std::string field_manager; ///< who owns what is written; empty (controllers): nobody is noted
  bool force = false;        ///< a server-side apply takes over what others own
  enum class validation { warn, strict, ignore } field_validation = validation::warn;
  std::vector<std::string>* warnings = nullptr; ///< texts for Warning headers
  std::vector<std::string>
      duplicate_fields; ///< of the body as it was sent; they count as unknown ones do
};

struct removal_options {
  std::string uid, resource_version; ///< preconditions, if not empty
  std::string propagation;           ///< Background, Foreground, Orphan; empty: the kind's default
  std::optional<std::int64_t> grace_seconds;
  bool dry_run = false;
};

/// The verbs with all the rules of a real server (defaults, validation, generation, conflicts,
/// finalizers, status isolation), but without authentication and authorization: those guard the
/// HTTP side. Controllers, kubelet and CSI driver call it directly. All calls on the loop's thread.
class registry {
public:
  virtual ~registry() = default;

  /// Null if no such type is served. Pointers stay valid until the CRD that made the type is gone.
  virtual const resource_type* find_type(std::string_view group, std::string_view version,
                                         std::string_view plural) const = 0;
  virtual const resource_type* find_type_by_kind(std::string_view api_version,
                                                 std::string_view kind) const = 0;
  virtual std::vector<const resource_type*> types() const = 0;

  virtual answer<json> create(const resource_type& type, const std::string& name_space, json object,
                              const write_options& options = {})
      = 0;
  virtual std::shared_ptr<const json> find(const resource_type& type,
                                           const object_ref& ref) const = 0;
  /// All of a namespace (empty: of all), in order of namespace and name.
  virtual std::vector<std::shared_ptr<const json>>
  all(const resource_type& type, const std::string& name_space = {}) const = 0;
  /// `subresource`: empty, `status`, `scale` (like empty, but noted as such), `finalize`
  /// (Namespace) or `binding` (Pod: nodeName and status at once). An object without
  /// metadata.resourceVersion is written unconditionally where the kind allows it.
  virtual answer<json> update(const resource_type& type, const object_ref& ref, json object,
                              std::string_view subresource = {}, const write_options& options = {})
      = 0;
  /// JSON merge patch, for controllers: never conflicts unless the patch names a resourceVersion.
  virtual answer<json> merge(const resource_type& type, const object_ref& ref, const json& patch,
                             std::string_view subresource = {})
      = 0;
  /// The object if something still holds it, else a `Status` of success.
  virtual answer<json> remove(const resource_type& type, const object_ref& ref,
                              const removal_options& options = {})
      = 0;

  /// Calls back after each commit on the type, in order, from the loop and never from within a
  /// verb. Kept until the token is destroyed.
  using subscription = std::shared_ptr<void>;
  [[nodiscard]] virtual subscription subscribe(const resource_type& type,
                                               std::function<void(const change&)> on_change)
      = 0;

  virtual std::uint64_t resource_version() const = 0;
};

} // namespace kubesim
