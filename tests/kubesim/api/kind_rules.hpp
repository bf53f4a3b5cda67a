#pragma once

#include "tests/kubesim/api/registry.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kubesim {

/// One entry of `Status.details.causes`: reason is a `FieldValue...` word, message without the
/// field.
struct field_problem {
  std::string reason, field, message;
};

/// One column of a Table answer.
struct table_column {
  std::string name, type, format, description;
  int priority = 0; ///< above 0: only with `-o wide`
  std::function<json(const json& object)> cell;
};

/// All that sets one kind apart from the others; the registry does the rest. Functions may be
/// empty.
struct kind_rules {
  resource_type type;
  /// The field paths of the object that its schema does not know (`spec.bogus`). Custom kinds: the
  /// registry prunes them.
  std::function<std::vector<std::string>(const json& object)> unknown_fields;
  /// The first field whose JSON type is wrong, as the server words it (`json: cannot unmarshal
  /// number into Go struct field ...`).
  std::function<std::string(const json& object)> decoding_problem;
  /// What decoding and encoding do to every object, also to the result of a patch: unknown fields
  /// and nulls go, empty lists and maps too where the server omits them, fields that it always
  /// writes come (`status: {}`). After `decoding_problem` found nothing, before `set_defaults`;
  /// idempotent, so a controller's write may pass through it too.
  std::function<void(json& object)> prune;
  /// Fills in defaults, before validation; also when an old object is read back for custom kinds.
  std::function<void(json& object)> set_defaults;
  /// What only a create or an update does: `before` is null for a create (Secret.stringData,
  /// Namespace finalizers, PVC protection).
  std::function<void(json& object, const json* before)> prepare;
  /// Everything wrong with the object; for updates also what may not change.
  std::function<std::vector<field_problem>(const json& object, const json* before)> validate;
  /// May an update without metadata.resourceVersion overwrite? False for custom kinds (422).
  bool allows_unconditional_update = true;
  /// Fields beside metadata.name and metadata.namespace that a field selector may name, with their
  /// value.
  std::vector<std::pair<std::string, std::function<std::string(const json& object)>>>
      selectable_fields;
  std::vector<table_column> columns;
  /// DELETE answers the object even when nothing holds it (Pod, Service, ServiceAccount, PVC,
  /// Namespace, CRD).
  bool delete_answers_object = false;
  /// Merge keys of lists for strategic merge patch, by path without indices
  /// (`spec.template.spec.containers` -> `name`); a custom kind has none and answers 415.
  std::vector<std::pair<std::string, std::string>> merge_keys;

  /// How metadata.name must look. `path_segment`: anything without `/` and `%` (RBAC).
  enum class name_syntax {
    dns_subdomain,
    dns_label,
    path_segment
  } names
      = name_syntax::dns_subdomain;
  /// Fields of metadata that a write of /status leaves alone; custom kinds leave all (Deployment:
  /// labels).
  std::vector<std::string> kept_by_status_write;
  /// Changes of annotations count for metadata.generation too (Deployment).
  bool annotations_move_generation = false;
  /// What a DELETE without propagationPolicy means; empty is Background. Job: Orphan.
  std::string default_propagation;
  /// What a DELETE writes beside the timestamp, before it is asked what holds the object
  /// (Namespace: phase Terminating; CRD: its finalizer and condition).
  std::function<void(json& object)> begin_deletion;
  /// Held by something else than metadata.finalizers (Namespace: spec.finalizers).
  std::function<bool(const json& object)> is_held;
  /// DELETE only starts the grace period; whoever runs the object removes it with grace 0 (Pod).
  /// Answers the period in seconds that applies if the client named none; 0 or less: gone at once.
  std::function<std::int64_t(const json& object)> grace_seconds;
  /// For a kind that is another one in a second shape (events.k8s.io): the group of the other,
  /// whose objects are stored, and the way there and back. apiVersion and kind are set by the
  /// registry.
  std::optional<std::string> shape_of_group;
  std::function<void(json&object)> to_stored, from_stored;
  /// Admission of a create, after `set_defaults` and before `prepare`: what depends on other
  /// objects (the default StorageClass).
  std::function<void(json& object, const registry& objects)> admit;
  /// Why there is no room for a valid object; empty: there is. Asked before a name is found to be
  /// taken, and on dry runs too. `before` is null for a create (ResourceQuota).
  std::function<std::string(const json& object, const json* before, const registry& objects)>
      lack_of_room;
  /// Where /scale finds its numbers, as paths like `.spec.replicas`; the selector's may be empty.
  struct scale_paths {
    std::string spec_replicas, status_replicas, label_selector;
  };
  std::optional<scale_paths> scale;
  /// Sent as a Warning with every answer of a deprecated version of a custom kind; empty: none.
  std::string deprecation_warning;
  /// The OpenAPI v3 schema of the kind; for built-in kinds with `$ref`s into
  /// `openapi_components()`.
  std::shared_ptr<const json> schema;
};

/// The rules of every built-in kind, once.
const std::vector<kind_rules>& builtin_kinds();

/// The rules of each served version of a CustomResourceDefinition.
std::vector<kind_rules> custom_kinds(const json& custom_resource_definition);

/// The `status` that follows `present` on the way of a CustomResourceDefinition to being served:
/// first names accepted, then established. Nothing once it is. `taken` says whether another
/// definition of the group has one of the names.
std::optional<json> crd_conditions(const json& custom_resource_definition, bool taken,
                                   const std::string& now);

} // namespace kubesim
