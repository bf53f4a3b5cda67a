#include "actors/volume_restore/restore_claims.hpp"
#include "actors/volume_restore/restore_preflight.hpp"
#include "actors/volume_restore/restore_reads.hpp"
#include "k8s/event_loop.hpp"

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
    read_list<k8s::horizontal_pod_autoscaler>(&restore_facts::autoscalers,
                                              &gathering::note_optional);
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

  void note_needed(const k8s::error& failure, std::string_view) { note(failure); }

  /// One that may not be read is noted by its plural; one that does not exist is left out.
  void note_optional(const k8s::error& failure, std::string_view plural) {
    if (failure.is_forbidden())
      facts_.unreadable.emplace(plural);
    else if (!failure.is_not_found())
      note(failure);
  }

  using note_of_failure = void (gathering::*)(const k8s::error&, std::string_view plural);

  template <class Object>
  void read_list(std::vector<Object> restore_facts::*into,
                 note_of_failure note_failure = &gathering::note_needed) {
    ++waiting_;
    api_->list<Object>(
        name_space(), {}, deadline_,
        [self = shared_from_this(), into, note_failure](k8s::result<k8s::list_of<Object>> list) {
          if (list)
            self->facts_.*into = std::move(list->items);
          else
            ((*self).*note_failure)(list.error(), Object::kind.plural);
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

} // namespace

void gather_restore_facts(const std::shared_ptr<k8s::client>& api, messages::restore_ptr restore,
                          std::chrono::milliseconds deadline,
                          std::function<void(restore_facts)> done) {
  // Callbacks come on the loop's thread only, so all of it begins there.
  api->loop().post([gather = std::make_shared<gathering>(api, std::move(restore), deadline,
                                                         std::move(done))] { gather->start(); });
}

} // namespace actors
