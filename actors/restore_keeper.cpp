#include "actors/restore_keeper.hpp"

#include "actors/loop_reply.hpp"
#include "actors/volume_restore/restore_changes.hpp"
#include "actors/volume_restore/supersession.hpp"

#include <utility>

namespace actors {

namespace {

constexpr std::chrono::seconds between_attempts{5};

workload_id workload_of(const crds::volume_restore& restore) {
  return {restore.metadata.name_space, restore.status.workload->kind,
          restore.status.workload->name};
}

bool is_later(const crds::volume_restore& one, const crds::volume_restore& other) {
  return one.metadata.uid == other.metadata.uid
         || one.status.completion_time > other.status.completion_time;
}

} // namespace

restore_keeper_actor::behavior_type restore_keeper_state::make_behavior(operator_context shared) {
  context = std::move(shared);
  return {
      [this](const restore_changed& fact) { note(fact); },
      [this](const restore_removed& fact) { note(fact); },
      [this](const workload_seen& fact) { note(fact); },
      [this](const deadline_passed&) {
        for (const auto& [id, kept] : workloads)
          judge(id);
      },
      [this](const lead&) {
        is_leading = true;
        for (const auto& [id, kept] : workloads)
          watch(id);
      },
  };
}

void restore_keeper_state::note(const restore_changed& fact) {
  if (!can_be_superseded(*fact.restore))
    return note(restore_removed{fact.restore->metadata.key(), fact.restore->metadata.uid});
  const auto id = workload_of(*fact.restore);
  auto& kept = workloads[id];
  if (kept.restore && !is_later(*fact.restore, *kept.restore))
    return;
  kept.restore = fact.restore;
  if (is_leading)
    watch(id);
  judge(id);
}

void restore_keeper_state::note(const restore_removed& fact) {
  std::erase_if(workloads, [&fact](const auto& each) {
    return each.second.restore->metadata.uid == fact.uid;
  });
}

void restore_keeper_state::note(const workload_seen& fact) {
  const auto found = workloads.find(fact.id);
  if (found == workloads.end())
    return;
  found->second.seen = fact;
  judge(fact.id);
}

void restore_keeper_state::watch(const workload_id& of) {
  auto& kept = workloads[of];
  if (!kept.watches.empty())
    return;
  k8s::watch_handlers handlers;
  handlers.on_changed
      = [receiver = handle_of<restore_keeper_actor>(self), of](const nlohmann::json& object) {
          if (auto decoded = k8s::workload::decode(object))
            caf::anon_send(receiver, workload_seen{of, std::move(decoded->template_claims),
                                                   std::move(decoded->last_writer)});
        };
  handlers.on_removed = [](const k8s::object_key&, const std::string&) {};
  kept.watches.emplace_back(*context.api, workload_kind(of.kind),
                            k8s::watch_target{of.name_space, {}, "metadata.name=" + of.name},
                            handlers);
}

void restore_keeper_state::judge(const workload_id& of) {
  const auto found = workloads.find(of);
  if (!is_leading || found == workloads.end())
    return;
  const auto& kept = found->second;
  if (!kept.seen || kept.is_writing)
    return;
  auto condition = changed_supersession(*kept.restore, kept.seen->template_claims,
                                        kept.seen->last_writer, context.wall());
  if (condition)
    write(of, std::move(*condition));
}

void restore_keeper_state::write(const workload_id& of, crds::condition condition) {
  auto& kept = workloads[of];
  kept.is_writing = true;
  const auto& metadata = kept.restore->metadata;
  auto status = kept.restore->status;
  crds::set_condition(status.conditions, condition);
  self->request(context.restore_cluster, caf::infinite,
                write_restore_status{
                    metadata.key(), metadata.uid, metadata.resource_version,
                    std::make_shared<const crds::volume_restore_status>(std::move(status))})
      .then(
          [this, of, condition](const restore_read& answer) {
            const auto& written = answer.restore->metadata;
            if (condition.status == crds::condition_status::is_true)
              self->send(context.cluster,
                         record_event{crds::volume_restore::kind, written.key(), written.uid, true,
                                      condition.type, condition.message, "Restore"});
            if (const auto found = workloads.find(of); found != workloads.end())
              found->second.is_writing = false;
            note(restore_changed{answer.restore});
          },
          [this, of](const caf::error& failure) {
            const auto found = workloads.find(of);
            if (found == workloads.end())
              return;
            found->second.is_writing = false;
            self->delayed_send(self, between_attempts, deadline_passed{});
            context.log.warn({found->second.restore->metadata.key(), {}, {}},
                             "condition Superseded not written: " + text_of(failure));
          });
}

restore_keeper_actor::behavior_type
restore_keeper(self_of<restore_keeper_actor, restore_keeper_state> self, operator_context context) {
  harden(self);
  return self->state.make_behavior(std::move(context));
}

} // namespace actors
