#include "actors/volume_restore/restore_reads.hpp"

#include "actors/volume_restore/restore_claims.hpp"
#include "actors/volume_restore/restore_preflight.hpp"
#include "k8s/event_loop.hpp"
#include "k8s/resources/event.hpp"

#include <algorithm>
#include <utility>

namespace actors {

namespace {

/// Two rounds of parallel reads: what the restore names, then what that names. Kept alive by the
/// callbacks that are still out.
class gathering : public std::enable_shared_from_this<gathering> {
public:
  gathering(std::shared_ptr<k8s::client> api, messages::restore_ptr restore,
            std::chrono::milliseconds deadline, std::function<void(restore_facts)> done)
      : api_{std::move(api)},
        restore_{std::move(restore)},
        deadline_{deadline},
        done_{std::move(done)} {}

  void start() {
    const auto ref = parse_application_ref(restore_->spec.application_ref);
    if (!ref) // preflight says so; there is nothing to read
      return done_(std::move(facts_));
    waiting_ = 1;
    next_round_ = &gathering::read_what_is_named;
    read_workloads(*ref);
    if (!restore_->spec.backup_name.empty())
      read_backup();
    read_list<k8s::persistent_volume_claim>(&restore_facts::claims);
    read_list<k8s::pod>(&restore_facts::pods);
    read_list<crds::volume_restore>(&restore_facts::restores);
    read_list<crds::volume_backup>(&restore_facts::backups);
    read_optional_list<k8s::horizontal_pod_autoscaler>(&restore_facts::autoscalers);
    read_snapshots();
    review_permissions();
    one_read();
  }

private:
  const std::string& name_space() const { return restore_->metadata.name_space; }

  void one_read() {
    if (--waiting_ > 0)
      return;
    if (const auto next = std::exchange(next_round_, nullptr))
      (this->*next)();
    else
      done_(std::move(facts_));
  }

  void note(const k8s::error& failure) { facts_.read_errors.push_back(failure); }

  /// One that may not be read is noted by its plural; one that does not exist is left out.
  void note_optional(const k8s::error& failure, std::string_view plural) {
    if (failure.is_forbidden())
      facts_.unreadable.emplace(plural);
    else if (!failure.is_not_found())
      note(failure);
  }

  template <class Object>
  void read_list(std::vector<Object> restore_facts::*into) {
    ++waiting_;
    api_->list<Object>(name_space(), {}, deadline_,
                       [self = shared_from_this(), into](k8s::result<k8s::list_of<Object>> list) {
                         if (list)
                           self->facts_.*into = std::move(list->items);
                         else
                           self->note(list.error());
                         self->one_read();
                       });
  }

  template <class Object>
  void read_optional_list(std::vector<Object> restore_facts::*into) {
    ++waiting_;
    api_->list<Object>(name_space(), {}, deadline_,
                       [self = shared_from_this(), into](k8s::result<k8s::list_of<Object>> list) {
                         if (list)
                           self->facts_.*into = std::move(list->items);
                         else
                           self->note_optional(list.error(), Object::kind.plural);
                         self->one_read();
                       });
  }

  template <class Object>
  void read_workload(const std::string& name) {
    ++waiting_;
    api_->get<Object>(
        {name_space(), name}, deadline_, [self = shared_from_this()](k8s::result<Object> found) {
          if (found)
            self->facts_.workloads.push_back({std::string{Object::kind.kind}, std::move(*found)});
          else if (!found.error().is_not_found())
            self->note(found.error());
          self->one_read();
        });
  }

  void read_workloads(const application_ref& ref) {
    const bool any = ref.kind == application_kind::any_workload;
    if (any || ref.kind == application_kind::deployment)
      read_workload<k8s::deployment>(ref.name);
    if (any || ref.kind == application_kind::stateful_set)
      read_workload<k8s::stateful_set>(ref.name);
    if (any || ref.kind == application_kind::daemon_set)
      read_workload<k8s::daemon_set>(ref.name);
  }

  void read_backup() {
    ++waiting_;
    api_->get<crds::volume_backup>({name_space(), restore_->spec.backup_name}, deadline_,
                                   [self = shared_from_this()](auto found) {
                                     if (found)
                                       self->facts_.backup = std::move(*found);
                                     else if (!found.error().is_not_found())
                                       self->note(found.error());
                                     self->one_read();
                                   });
  }

  void read_snapshots() {
    ++waiting_;
    api_->list<k8s::volume_snapshot>(name_space(), {}, deadline_,
                                     [self = shared_from_this()](auto list) {
                                       if (list)
                                         self->facts_.snapshots = std::move(list->items);
                                       else if (list.error().is_not_found())
                                         self->facts_.snapshot_api_served = false;
                                       else
                                         self->note(list.error());
                                       self->one_read();
                                     });
  }

  void review_permissions() {
    const auto& in = name_space();
    for (const auto& question :
         {k8s::access_question{"create", "", "persistentvolumeclaims", "", in},
          k8s::access_question{"delete", "", "persistentvolumeclaims", "", in},
          k8s::access_question{"patch", "apps", "deployments", "", in},
          k8s::access_question{"patch", "", "persistentvolumes", "", ""}}) {
      ++waiting_;
      api_->create<k8s::self_subject_access_review>(
          {}, k8s::self_subject_access_review::encode(question), deadline_,
          [self = shared_from_this(), question](auto review) {
            if (!review)
              self->note(review.error());
            else if (!review->allowed)
              self->facts_.denied.push_back(question);
            self->one_read();
          });
    }
  }

  /// Needs rights on the cluster, which a namespaced install does not have.
  template <class Object, class Into>
  void read_named(const std::string& name, Into into) {
    ++waiting_;
    api_->get<Object>({"", name}, deadline_,
                      [self = shared_from_this(), into](k8s::result<Object> found) {
                        into(self->facts_, std::move(found));
                        if (!found)
                          self->note_optional(found.error(), Object::kind.plural);
                        self->one_read();
                      });
  }

  void read_what_is_named() {
    waiting_ = 1;
    std::set<std::string> classes, volumes;
    if (facts_.workloads.size() == 1)
      for (const auto* claim : claims_of(facts_.workloads.front(), facts_)) {
        classes.insert(storage_class_of(*restore_, *claim));
        volumes.insert(claim->volume_name);
      }
    classes.erase("");
    volumes.erase("");
    for (const auto& name : classes)
      read_named<k8s::storage_class>(name, [name](restore_facts& facts, auto found) {
        if (found || found.error().is_not_found())
          facts.classes[name] = found ? std::optional{std::move(*found)} : std::nullopt;
      });
    for (const auto& name : volumes)
      read_named<k8s::persistent_volume>(name, [name](restore_facts& facts, auto found) {
        if (found)
          facts.volumes[name] = std::move(*found);
      });
    read_contents();
    one_read();
  }

  void read_contents() {
    for (const auto& wanted : wanted_snapshots(*restore_, facts_)) {
      const auto* snapshot = facts_.find_snapshot(wanted);
      if (!snapshot || snapshot->content_name.empty())
        continue;
      read_named<k8s::volume_snapshot_content>(
          snapshot->content_name,
          [name = snapshot->content_name](restore_facts& facts, auto found) {
            if (found)
              facts.contents[name] = std::move(*found);
          });
    }
  }

  std::shared_ptr<k8s::client> api_;
  messages::restore_ptr restore_;
  std::chrono::milliseconds deadline_;
  std::function<void(restore_facts)> done_;
  restore_facts facts_;
  std::size_t waiting_ = 0;
  void (gathering::*next_round_)() = nullptr;
};

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
        read_troubles(made->metadata.name);
    }
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
  void read_troubles(const std::string& claim) {
    ++waiting_;
    const k8s::list_options of_claim{
        {}, "involvedObject.kind=PersistentVolumeClaim,type=Warning,involvedObject.name=" + claim};
    api_->list<k8s::event>(name_space(), of_claim, deadline_,
                           [self = shared_from_this(), claim](auto found) {
                             if (found && !found->items.empty())
                               self->world_.claim_troubles[claim] = last_words(found->items);
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

void gather_restore_facts(const std::shared_ptr<k8s::client>& api, messages::restore_ptr restore,
                          std::chrono::milliseconds deadline,
                          std::function<void(restore_facts)> done) {
  // Callbacks come on the loop's thread only, so all of it begins there.
  api->loop().post([gather = std::make_shared<gathering>(api, std::move(restore), deadline,
                                                         std::move(done))] { gather->start(); });
}

void read_restore_world(const std::shared_ptr<k8s::client>& api,
                        const messages::look_at_world& command, std::chrono::milliseconds deadline,
                        k8s::callback<restore_world> then) {
  api->loop().post([look = std::make_shared<looking>(api, command, deadline, std::move(then))] {
    look->start();
  });
}

} // namespace actors
