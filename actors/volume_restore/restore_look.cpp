#include "actors/volume_restore/pod_troubles.hpp"
#include "actors/volume_restore/restore_reads.hpp"
#include "k8s/event_loop.hpp"
#include "k8s/resources/event.hpp"

#include <algorithm>
#include <utility>

namespace actors {

namespace {

/// One look; the volumes are known by name only after the claims.
class looking : public std::enable_shared_from_this<looking> {
public:
  looking(std::shared_ptr<k8s::client> api, const messages::look_at_world& command,
          std::chrono::milliseconds deadline, k8s::callback<restore_world> then)
      : api_{std::move(api)},
        restore_{command.restore},
        with_troubles_{command.with_troubles},
        deadline_{deadline},
        then_{std::move(then)} {}

  void start() {
    waiting_ = 1;
    read_workload();
    read_claims();
    read_pods();
    if (restore_->status.phase == crds::restore_phase::provisioning)
      read_snapshots();
    one_read();
  }

private:
  const std::string& name_space() const { return restore_->metadata.name_space; }

  void one_read() {
    if (--waiting_ > 0)
      return;
    if (failed_)
      return then_(std::move(*failed_));
    if (!std::exchange(has_claims_, false))
      return then_(std::move(world_));
    read_volumes();
  }

  const std::string& made_claim(const crds::restore_claim_status& row) const {
    return row.temporary_claim.empty() ? row.new_claim : row.temporary_claim;
  }

  template <class Found, class Take>
  void take(k8s::result<Found>& found, Take keep) {
    if (found)
      keep(std::move(*found));
    else if (!found.error().is_not_found())
      failed_ = found.error();
    one_read();
  }

  template <class Object>
  void read_workload_as() {
    ++waiting_;
    const auto& wanted = *restore_->status.workload;
    api_->get<Object>({name_space(), wanted.name}, deadline_,
                      [self = shared_from_this(), uid = wanted.uid](k8s::result<Object> found) {
                        self->take(found, [&](Object object) {
                          if (object.metadata.uid == uid && !object.metadata.is_being_deleted())
                            self->world_.workload = std::move(object);
                        });
                      });
  }

  void read_workload() {
    const auto& kind = restore_->status.workload->kind;
    if (kind == k8s::deployment::kind.kind)
      read_workload_as<k8s::deployment>();
    else if (kind == k8s::stateful_set::kind.kind)
      read_workload_as<k8s::stateful_set>();
    else
      read_workload_as<k8s::daemon_set>();
  }

  void read_claims() {
    ++waiting_;
    has_claims_ = true;
    api_->list<k8s::persistent_volume_claim>(
        name_space(), {}, deadline_, [self = shared_from_this()](auto list) {
          self->take(list, [&](auto found) {
            for (auto& claim : found.items)
              self->world_.claims[claim.metadata.name] = std::move(claim);
          });
        });
  }

  void read_pods() {
    ++waiting_;
    api_->list<k8s::pod>(name_space(), {}, deadline_, [self = shared_from_this()](auto list) {
      self->take(list, [&](auto found) {
        std::erase_if(found.items, has_ended);
        self->world_.pods = std::move(found.items);
      });
    });
  }

  void read_snapshots() {
    ++waiting_;
    api_->list<k8s::volume_snapshot>(name_space(), {}, deadline_,
                                     [self = shared_from_this()](auto list) {
                                       self->take(list, [&](auto found) {
                                         self->world_.snapshots.emplace();
                                         for (const auto& snapshot : found.items)
                                           self->world_.snapshots->insert(snapshot.metadata.name);
                                       });
                                     });
  }

  void read_volumes() {
    waiting_ = 1;
    std::set<std::string> names;
    for (const auto& row : restore_->status.claims) {
      names.insert({row.old_volume, row.new_volume});
      for (const auto& name : {row.claim, row.new_claim, row.temporary_claim, row.kept_claim})
        if (const auto* found = world_.find_claim(name))
          names.insert(found->volume_name);
      if (const auto* made = world_.find_claim(made_claim(row));
          made && made->phase != "Bound" && with_troubles_)
        read_troubles(made->metadata, {}, &restore_world::claim_troubles);
    }
    if (const auto* pod = with_troubles_ ? troubled_pod(world_) : nullptr)
      read_troubles(pod->metadata, ",reason=Unhealthy", &restore_world::pod_troubles);
    names.erase("");
    if (replaces() || restore_->status.phase == crds::restore_phase::rolling_back)
      for (const auto& name : names)
        read_volume(name);
    one_read();
  }

  bool replaces() const {
    return restore_->status.strategy == crds::restore_strategy::replace_claim;
  }

  /// SwitchClaim may have no right to read volumes; all that it does with them is to leave none of
  /// its own behind.
  void read_volume(const std::string& name) {
    ++waiting_;
    api_->get<k8s::persistent_volume>(
        {"", name}, deadline_, [self = shared_from_this(), name](auto found) {
          if (!found && found.error().is_forbidden() && !self->replaces())
            return self->one_read();
          self->take(found, [&](auto volume) { self->world_.volumes[name] = std::move(volume); });
        });
  }

  /// What cannot be read is not told: the events only say why something takes long.
  void read_troubles(const k8s::object_meta& of, const std::string& kind_of_trouble,
                     std::map<std::string, std::string> restore_world::*into) {
    ++waiting_;
    const k8s::list_options warnings{{},
                                     "type=Warning,involvedObject.uid=" + of.uid + kind_of_trouble};
    api_->list<k8s::event>(name_space(), warnings, deadline_,
                           [self = shared_from_this(), name = of.name, into](auto found) {
                             if (found && !found->items.empty())
                               (self->world_.*into)[name] = last_words(found->items);
                             self->one_read();
                           });
  }

  static std::string last_words(const std::vector<k8s::event>& events) {
    const auto last
        = std::max_element(events.begin(), events.end(),
                           [](const auto& one, const auto& other) { return one.at < other.at; });
    return last->reason + ": " + last->message.substr(0, 512);
  }

  std::shared_ptr<k8s::client> api_;
  messages::restore_ptr restore_;
  bool with_troubles_;
  std::chrono::milliseconds deadline_;
  k8s::callback<restore_world> then_;
  restore_world world_;
  std::optional<k8s::error> failed_;
  std::size_t waiting_ = 0;
  bool has_claims_ = false;
};

} // namespace

void read_restore_world(const std::shared_ptr<k8s::client>& api,
                        const messages::look_at_world& command, std::chrono::milliseconds deadline,
                        k8s::callback<restore_world> then) {
  api->loop().post([look = std::make_shared<looking>(api, command, deadline, std::move(then))] {
    look->start();
  });
}

} // namespace actors
