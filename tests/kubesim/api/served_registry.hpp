#pragma once

#include "tests/kubesim/api/api_registry.hpp"
#include "tests/kubesim/api/change_feed.hpp"
#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/registry_factory.hpp"

#include <map>
#include <memory>
#include <string>

namespace kubesim {

/// The registry over collections in memory. Kinds that are versions or shapes of one another share
/// a collection; what is stored has the apiVersion of whoever wrote it last, what is answered that
/// of the type asked for.
class served_registry final : public api_registry {
public:
  explicit served_registry(registry_options options);

  const resource_type* find_type(std::string_view group, std::string_view version,
                                 std::string_view plural) const override;
  const resource_type* find_type_by_kind(std::string_view api_version,
                                         std::string_view kind) const override;
  std::vector<const resource_type*> types() const override;
  const kind_rules& rules(const resource_type& type) const override;
  const resource_type& serve(kind_rules rules) override;
  void stop_serving(const resource_type& type) override;

  answer<json> create(const resource_type& type, const std::string& name_space, json object,
                      const write_options& options) override;
  std::shared_ptr<const json> find(const resource_type& type, const object_ref& ref) const override;
  std::vector<std::shared_ptr<const json>> all(const resource_type& type,
                                               const std::string& name_space) const override;
  answer<json> update(const resource_type& type, const object_ref& ref, json object,
                      std::string_view subresource, const write_options& options) override;
  answer<json> merge(const resource_type& type, const object_ref& ref, const json& patch,
                     std::string_view subresource) override;
  answer<json> patch(const resource_type& type, const object_ref& ref, const json& patch,
                     patch_format format, std::string_view subresource,
                     const write_options& options) override;
  answer<json> remove(const resource_type& type, const object_ref& ref,
                      const removal_options& options) override;

  subscription subscribe(const resource_type& type,
                         std::function<void(const change&)> on_change) override;
  std::uint64_t resource_version() const override { return version_; }
  std::optional<std::vector<std::shared_ptr<const json>>>
  all_at(const resource_type& type, const std::string& name_space,
         std::uint64_t resource_version) const override;
  std::optional<std::vector<change>> changes_after(const resource_type& type,
                                                   std::uint64_t resource_version) const override;
  std::uint64_t oldest_known(const resource_type& type) const override;
  std::uint64_t delivered_version() const override { return feed_->delivered(version_); }
  void forget_history() override;

private:
  struct served_kind {
    kind_rules rules;
    std::string stored_as; ///< the key of its collection
    /// As refusals name it: a second shape of another kind goes by the other's name.
    resource_type known_as;
  };
  enum class body_source { request, patch };
  /// A checked write that is on its way.
  struct pending_write {
    std::string_view subresource;
    const write_options& options;
    body_source source = body_source::request;
    const json* managed = nullptr; ///< the managedFields that a server-side apply has worked out
  };

  const served_kind* kind_of(const resource_type& type) const;
  const collection& objects_of(const served_kind& kind) const;
  std::shared_ptr<const json> presented(const served_kind& kind,
                                        std::shared_ptr<const json> stored) const;
  change presented(const served_kind& kind, change what) const;
  json stored(const served_kind& kind, json object) const;

  std::optional<refusal> decode(const kind_rules& rules, json& object, body_source source,
                                const write_options& options) const;
  std::optional<refusal> check_namespace(const resource_type& type, const json& object,
                                         const std::string& name_space) const;
  std::optional<refusal> check_version(const served_kind& kind, const json& object,
                                       const json& before) const;
  std::optional<refusal> check_room(const served_kind& kind, const json& object,
                                    const json* before) const;
  void give_identity(const kind_rules& rules, const std::string& name_space, json& object) const;
  json combine(const kind_rules& rules, json object, const json& before,
               std::string_view subresource) const;
  void move_generation(const kind_rules& rules, json& object, const json& before) const;
  json managed_fields(const kind_rules& rules, const json* before, const json& object,
                      const pending_write& how) const;
  answer<json> make(const served_kind& kind, const std::string& name_space, json object,
                    const pending_write& how);
  answer<json> write(const served_kind& kind, const object_ref& ref, const json& before,
                     json object, const pending_write& how);
  answer<json> apply(const served_kind& kind, const object_ref& ref, const json* before,
                     const json& configuration, std::string_view subresource,
                     const write_options& options);
  answer<json> begin_removal(const served_kind& kind, const object_ref& ref, const json& before,
                             std::int64_t grace, const removal_options& options);
  void add_propagation(const kind_rules& rules, json& object, const std::string& propagation) const;
  std::int64_t grace_of(const kind_rules& rules, const json& object,
                        const removal_options& options) const;
  bool is_held(const kind_rules& rules, const json& object) const;

  void commit(const served_kind& kind, change_kind what, const object_ref& ref, json& object,
              const json* before);

  registry_options options_;
  // As if there had been a past that was compacted: watches from 1 are too old.
  std::uint64_t version_ = 100;
  std::map<std::string, std::unique_ptr<served_kind>, std::less<>> kinds_;
  std::map<std::string, std::unique_ptr<collection>> collections_;
  std::shared_ptr<change_feed> feed_;
};

} // namespace kubesim
