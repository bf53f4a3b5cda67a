#include "actors/cluster.hpp"

#include "actors/cluster_calls.hpp"
#include "actors/provider_inspection.hpp"
#include "actors/volume_backup/children.hpp"
#include "k8s/event_loop.hpp"
#include "k8s/resources/event.hpp"
#include "k8s/resources/persistent_volume_claim.hpp"
#include "k8s/resources/pod.hpp"

namespace actors {

namespace {

using nlohmann::json;

using self_pointer = self_of<cluster_actor, cluster_state>;

caf::result<preflight_gathered> gather(self_pointer self, const gather_preflight& command) {
  caf::typed_response_promise<preflight_gathered> promise;
  const auto reply = reply_later(self, promise);
  const auto& config = self->state.config;
  config.api->loop().post([reply, api = config.api, preflights = self->state.preflights,
                           deadline = config.read_deadline, command] {
    preflights->gather(
        api, command, deadline, [reply](preflight_facts facts, preflight_reader::place place) {
          reply({std::make_shared<const preflight_facts>(std::move(facts)), std::move(place)});
        });
  });
  return promise;
}

/// A create that met an object of the same name: ours from an earlier try, or somebody else's.
template <k8s::resource T>
void adopt(const std::shared_ptr<k8s::client>& api, std::chrono::milliseconds deadline,
           const create_snapshot& command, const loop_reply<snapshot_created>& reply,
           const k8s::error& met) {
  api->get<T>({command.name_space, command.name}, deadline,
              [reply, met, uid = command.backup_uid](k8s::result<T> found) {
                if (!found)
                  return reply.fail(found.error());
                if (!belongs_to(found->metadata, uid))
                  return reply.fail(met);
                reply({found->metadata.uid, true});
              });
}

template <k8s::resource T>
caf::result<snapshot_created> create(self_pointer self, const create_snapshot& command) {
  const auto& config = self->state.config;
  if (!config.may_act())
    return fenced();
  caf::typed_response_promise<snapshot_created> promise;
  const auto reply = reply_later(self, promise);
  config.api->create<T>(
      command.name_space, *command.object, config.write_deadline,
      [reply, command, api = config.api, deadline = config.read_deadline](k8s::result<T> created) {
        if (created)
          reply({created->metadata.uid, false});
        else if (created.error().is_already_exists())
          adopt<T>(api, deadline, command, reply, created.error());
        else
          reply.fail(created.error());
      });
  return promise;
}

caf::result<snapshot_created> create(self_pointer self, const create_snapshot& command) {
  return command.kind == messages::snapshot_kind::group
             ? create<k8s::volume_group_snapshot>(self, command)
             : create<k8s::volume_snapshot>(self, command);
}

/// A conflict with a UID as precondition: either another object has the name now, which is as good
/// as gone, or others write as well. Tells the conflict unless it is gone.
template <k8s::resource T, class Tell>
void tell_unless_gone(const std::shared_ptr<k8s::client>& api, const k8s::object_key& key,
                      const std::string& uid, std::chrono::milliseconds deadline,
                      const k8s::error& conflict, Tell tell) {
  api->get<T>(key, deadline, [uid, conflict, tell](k8s::result<T> found) {
    const bool is_gone = found ? found->metadata.uid != uid : found.error().is_not_found();
    tell(is_gone ? std::optional<k8s::error>{} : conflict);
  });
}

template <k8s::resource T>
caf::result<snapshot_created> remove(self_pointer self, const delete_snapshot& command) {
  const auto& config = self->state.config;
  if (!config.may_act())
    return fenced();
  caf::typed_response_promise<snapshot_created> promise;
  const auto reply = reply_later(self, promise);
  config.api->remove<T>(
      command.key, {.uid = command.uid, .resource_version = {}, .propagation = {}},
      config.write_deadline,
      [reply, command, api = config.api,
       deadline = config.read_deadline](k8s::result<k8s::done> removed) {
        const auto tell = [reply, uid = command.uid](const std::optional<k8s::error>& failure) {
          if (failure)
            reply.fail(*failure);
          else
            reply({uid, true});
        };
        if (removed || removed.error().is_not_found())
          tell({});
        else if (removed.error().is_conflict())
          tell_unless_gone<T>(api, command.key, command.uid, deadline, removed.error(), tell);
        else
          tell(removed.error());
      });
  return promise;
}

caf::result<snapshot_created> remove(self_pointer self, const delete_snapshot& command) {
  return command.kind == messages::snapshot_kind::group
             ? remove<k8s::volume_group_snapshot>(self, command)
             : remove<k8s::volume_snapshot>(self, command);
}

/// Of several failures: the one that no repetition mends, else one that may have had an effect.
bool is_graver(const k8s::error& one, const std::optional<k8s::error>& other) {
  const auto rank = [](const k8s::error& failure) {
    return failure.is_transient() ? (failure.maybe_applied ? 1 : 0) : 2;
  };
  return !other || rank(one) > rank(*other);
}

/// Merge patches with the UID as precondition; joined on the loop's thread.
template <k8s::resource T>
caf::result<objects_labelled> label(self_pointer self, const label_objects& command) {
  struct join {
    std::size_t waiting;
    std::optional<k8s::error> failed;
  };
  const auto& config = self->state.config;
  if (!config.may_act())
    return fenced();
  caf::typed_response_promise<objects_labelled> promise;
  const auto reply = reply_later(self, promise);
  const auto all = std::make_shared<join>(join{command.objects.size(), {}});
  const auto one_done = [reply, all](const std::optional<k8s::error>& failure) {
    if (failure && is_graver(*failure, all->failed))
      all->failed = failure;
    if (--all->waiting > 0)
      return;
    if (all->failed)
      reply.fail(*all->failed);
    else
      reply({});
  };
  for (const auto& object : command.objects) {
    json patch{{"metadata", *object.metadata}};
    if (!object.uid.empty())
      patch["metadata"]["uid"] = object.uid;
    const k8s::object_key key{command.name_space, object.name};
    config.api->patch<T>(
        key, k8s::patch_kind::merge, patch, config.write_deadline,
        [one_done, key, uid = object.uid, may_be_gone = command.may_be_gone, api = config.api,
         deadline = config.read_deadline](k8s::result<T> patched) {
          if (patched || (may_be_gone && patched.error().is_not_found()))
            one_done({});
          else if (may_be_gone && patched.error().is_conflict())
            tell_unless_gone<T>(api, key, uid, deadline, patched.error(), one_done);
          else
            one_done(patched.error());
        });
  }
  return promise;
}

caf::result<objects_labelled> label(self_pointer self, const label_objects& command) {
  return command.of == label_objects::kind::claims
             ? label<k8s::persistent_volume_claim>(self, command)
             : label<k8s::volume_snapshot>(self, command);
}

/// One read per name, in parallel; joined on the loop's thread. What does not exist is left out.
template <class Object, class Answer>
caf::result<Answer> read_all(self_pointer self, const std::string& name_space,
                             const std::vector<std::string>& names,
                             std::vector<Object> Answer::*into) {
  struct join {
    std::size_t waiting;
    Answer found;
    std::optional<k8s::error> failed;
  };
  caf::typed_response_promise<Answer> promise;
  const auto reply = reply_later(self, promise);
  const auto& config = self->state.config;
  const auto all = std::make_shared<join>(join{names.size(), {}, {}});
  for (const auto& name : names)
    config.api->get<Object>({name_space, name}, config.read_deadline,
                            [reply, all, into](k8s::result<Object> one) {
                              if (one)
                                (all->found.*into).push_back(std::move(*one));
                              else if (!one.error().is_not_found())
                                all->failed = one.error();
                              if (--all->waiting > 0)
                                return;
                              if (all->failed)
                                reply.fail(*all->failed);
                              else
                                reply(std::move(all->found));
                            });
  return promise;
}

caf::result<pods_read> read(self_pointer self, const read_pods& command) {
  return read_all(self, command.name_space, command.names, &pods_read::pods);
}

/// The members by the list of their namespace: until a group is cut nobody knows their names.
void read_members(const cluster_config& config, const read_snapshots& command,
                  const loop_reply<snapshots_read>& reply,
                  std::optional<k8s::volume_group_snapshot> group) {
  config.api->list<k8s::volume_snapshot>(
      command.name_space, {}, config.read_deadline,
      [reply, command,
       group = std::move(group)](k8s::result<k8s::list_of<k8s::volume_snapshot>> all) {
        if (!all)
          return reply.fail(all.error());
        std::erase_if(all->items, [&command](const k8s::volume_snapshot& one) {
          return one.group != command.group;
        });
        reply({std::move(all->items), group});
      });
}

caf::result<snapshots_read> read_group(self_pointer self, const read_snapshots& command) {
  caf::typed_response_promise<snapshots_read> promise;
  const auto reply = reply_later(self, promise);
  const auto& config = self->state.config;
  config.api->get<k8s::volume_group_snapshot>(
      {command.name_space, command.group}, config.read_deadline,
      [reply, command, config](k8s::result<k8s::volume_group_snapshot> found) {
        if (found)
          return read_members(config, command, reply, std::move(*found));
        if (found.error().is_not_found())
          return reply({});
        reply.fail(found.error());
      });
  return promise;
}

caf::result<snapshots_read> read(self_pointer self, const read_snapshots& command) {
  return command.group.empty()
             ? read_all(self, command.name_space, command.names, &snapshots_read::snapshots)
             : read_group(self, command);
}

caf::result<provider_inspected> inspect(self_pointer self, const inspect_provider& command) {
  caf::typed_response_promise<provider_inspected> promise;
  const auto reply = reply_later(self, promise);
  const auto& config = self->state.config;
  inspect_provider_world(*config.api, command.provider, config.read_deadline,
                         [reply](provider_inspected found) { reply(std::move(found)); });
  return promise;
}

caf::result<provider_inspected> write(self_pointer self, const write_provider_status& command) {
  const auto& config = self->state.config;
  if (!config.may_act())
    return fenced();
  caf::typed_response_promise<provider_inspected> promise;
  const auto reply = reply_later(self, promise);
  const json patch{
      {"metadata", {{"resourceVersion", command.resource_version}, {"uid", command.uid}}},
      {"status", crds::encode(*command.status)}};
  config.api->patch<crds::volume_backup_provider>(
      command.key, k8s::patch_kind::merge, patch, config.write_deadline,
      [reply](k8s::result<crds::volume_backup_provider> written) {
        if (written)
          reply({});
        else
          reply.fail(written.error());
      },
      "status");
  return promise;
}

k8s::event event_of(const record_event& command, const cluster_config& config, k8s::timestamp at) {
  k8s::event event;
  // Unique per backup, reason and instant, as client libraries name theirs.
  event.metadata.name = command.key.name + "." + std::to_string(at.time_since_epoch().count());
  event.metadata.name_space = command.key.name_space;
  event.regarding = {command.of.api_version(), std::string{command.of.kind}, command.key.name_space,
                     command.key.name, command.uid};
  event.type = command.is_warning ? "Warning" : "Normal";
  event.reason = command.reason;
  event.message = command.message.substr(0, 1024); // the server refuses longer notes
  event.action = command.action;
  event.reporting_component = "backup-restore-operator";
  event.reporting_instance = config.instance;
  event.at = at;
  return event;
}

/// Events are for people who watch; one that cannot be written is not worth a retry, the status has
/// it all.
void record(self_pointer self, const record_event& command) {
  const auto& config = self->state.config;
  if (!config.may_act())
    return;
  const auto event = event_of(command, config, std::chrono::system_clock::now());
  config.api->create<k8s::event>(command.key.name_space, event.encode(), config.write_deadline,
                                 [](const k8s::result<k8s::event>&) {});
}

} // namespace

cluster_actor::behavior_type cluster(self_pointer self, cluster_config config) {
  harden(self);
  self->state.config = std::move(config);
  return {
      [self](const gather_preflight& command) { return gather(self, command); },
      [self](const read_backup& command) {
        return read_object<crds::volume_backup, backup_read>(self, command.key);
      },
      [self](const write_finalizers& command) {
        return write_object_finalizers<crds::volume_backup, backup_read>(self, command);
      },
      [self](const write_backup_status& command) {
        return write_object_status<crds::volume_backup, backup_read>(self, command);
      },
      [self](const create_snapshot& command) { return create(self, command); },
      [self](const delete_snapshot& command) { return remove(self, command); },
      [self](const label_objects& command) { return label(self, command); },
      [self](const read_pods& command) { return read(self, command); },
      [self](const read_snapshots& command) { return read(self, command); },
      [self](const inspect_provider& command) { return inspect(self, command); },
      [self](const write_provider_status& command) { return write(self, command); },
      [self](const record_event& command) { record(self, command); },
  };
}

} // namespace actors
