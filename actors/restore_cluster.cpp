#include "actors/restore_cluster.hpp"

#include "actors/cluster_calls.hpp"
#include "actors/volume_restore/restore_reads.hpp"

namespace actors {

namespace {

using self_pointer = self_of<restore_cluster_actor, restore_cluster_state>;

caf::result<restore_gathered> gather(self_pointer self, const gather_restore& command) {
  caf::typed_response_promise<restore_gathered> promise;
  const auto reply = reply_later(self, promise);
  const auto& config = self->state.config;
  gather_restore_facts(config.api, command.restore, config.read_deadline,
                       [reply](restore_facts facts) {
                         reply({std::make_shared<const restore_facts>(std::move(facts))});
                       });
  return promise;
}

caf::result<world_seen> look(self_pointer self, const look_at_world& command) {
  caf::typed_response_promise<world_seen> promise;
  const auto reply = reply_later(self, promise);
  const auto& config = self->state.config;
  read_restore_world(config.api, command, config.read_deadline,
                     [reply](k8s::result<restore_world> seen) {
                       if (seen)
                         reply({std::make_shared<const restore_world>(std::move(*seen))});
                       else
                         reply.fail(seen.error());
                     });
  return promise;
}

caf::result<change_sent> send(self_pointer self, const send_change& command) {
  const auto& config = self->state.config;
  if (!config.may_act())
    return fenced();
  caf::typed_response_promise<change_sent> promise;
  const auto reply = reply_later(self, promise);
  auto call = *command.call;
  call.repeat = k8s::repeatable::if_refused; // whoever asked looks at the world before it repeats
  config.api->send(std::move(call), config.write_deadline,
                   [reply](const k8s::result<nlohmann::json>& answer) {
                     if (answer)
                       reply({});
                     else
                       reply.fail(answer.error());
                   });
  return promise;
}

} // namespace

restore_cluster_actor::behavior_type restore_cluster(self_pointer self, cluster_config config) {
  harden(self);
  self->state.config = std::move(config);
  return {
      [self](const gather_restore& command) { return gather(self, command); },
      [self](const look_at_world& command) { return look(self, command); },
      [self](const read_restore& command) {
        return read_object<crds::volume_restore, restore_read>(self, command.key);
      },
      [self](const write_restore_finalizers& command) {
        return write_object_finalizers<crds::volume_restore, restore_read>(self, command);
      },
      [self](const write_restore_status& command) {
        return write_object_status<crds::volume_restore, restore_read>(self, command);
      },
      [self](const send_change& command) { return send(self, command); },
  };
}

} // namespace actors
