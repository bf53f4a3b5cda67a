#include "actors/provider_keeper.hpp"

#include "actors/loop_reply.hpp"

namespace actors {

namespace {

using namespace std::chrono_literals;

constexpr auto look_again = 60s;

using self_pointer = self_of<provider_keeper_actor, provider_keeper_state>;

/// The status with the finding in it, or none if it says so already.
std::optional<crds::volume_backup_provider_status>
changed_status(const crds::volume_backup_provider& provider, const provider_inspected& found,
               k8s::timestamp at) {
  const auto status
      = found.is_ready ? crds::condition_status::is_true : crds::condition_status::is_false;
  const auto generation = provider.metadata.generation;
  const auto* now = crds::find_condition(provider.status.conditions, "Ready");
  if (now && now->status == status && now->reason == found.reason && now->message == found.message
      && now->observed_generation == generation)
    return std::nullopt;
  auto next = provider.status;
  next.observed_generation = generation;
  crds::set_condition(next.conditions,
                      {"Ready", status, found.reason, found.message, generation, at});
  return next;
}

void write(self_pointer self, const operator_context& context, const provider_ptr& provider,
           const provider_inspected& found) {
  auto status = changed_status(*provider, found, context.wall());
  if (!status)
    return;
  const auto& metadata = provider->metadata;
  self->request(context.cluster, caf::infinite,
                write_provider_status{metadata.key(), metadata.uid, metadata.resource_version,
                                      std::make_shared<const crds::volume_backup_provider_status>(
                                          std::move(*status))})
      .then([](const provider_inspected&) {},
            [context, key = metadata.key()](
                const caf::error& failure) { // a conflict comes back as a change; the rest waits
                                             // for the next look
              context.log.debug({key, {}, {}}, "provider status not written: " + text_of(failure));
            });
}

void inspect(self_pointer self, const operator_context& context, const provider_ptr& provider) {
  self->request(context.cluster, caf::infinite, inspect_provider{provider})
      .then([=](const provider_inspected& found) { write(self, context, provider, found); },
            [context, provider](const caf::error& failure) {
              context.log.warn({provider->metadata.key(), {}, {}},
                               "provider not inspected: " + text_of(failure));
            });
}

} // namespace

provider_keeper_actor::behavior_type provider_keeper(self_pointer self, operator_context context) {
  harden(self);
  self->delayed_send(self, look_again, deadline_passed{});
  return {
      [=](const provider_changed& fact) {
        const auto& key = fact.provider->metadata.key();
        if (fact.provider->metadata.is_being_deleted())
          return void(self->state.providers.erase(key));
        self->state.providers[key] = fact.provider;
        inspect(self, context, fact.provider);
      },
      [=](const deadline_passed&) {
        for (const auto& [key, provider] : self->state.providers)
          inspect(self, context, provider);
        self->delayed_send(self, look_again, deadline_passed{});
      },
  };
}

} // namespace actors
