#include "actors/volume_backup/gather.hpp"

#include <utility>

namespace actors {

namespace {

/// One run: two rounds of parallel reads, three if the claims may be cut as a group. Kept alive by
/// the callbacks that are still out.
class gathering : public std::enable_shared_from_this<gathering> {
public:
  gathering(k8s::client& api, preflight_cache& cache, const messages::gather_preflight& command,
            std::chrono::milliseconds deadline, std::function<void(preflight_facts)> done)
      : api_{api},
        cache_{cache},
        backup_{command.backup},
        was_kind_{command.was_kind},
        deadline_{deadline},
        done_{std::move(done)} {}

  void start() {
    const auto ref = parse_application_ref(backup_->spec.application_ref);
    if (!ref) // preflight says so; there is nothing to read
      return done_(std::move(facts_));
    ref_ = *ref;
    waiting_ = 1;
    next_round_ = &gathering::read_claims;
    read_workloads();
    read_pods();
    read_provider();
    read_classes();
    review_permissions();
    one_read();
  }

private:
  const std::string& name_space() const { return backup_->metadata.name_space; }

  void one_read() {
    if (--waiting_ > 0)
      return;
    if (const auto next = std::exchange(next_round_, nullptr))
      (this->*next)();
    else
      done_(std::move(facts_));
  }

  void note(const k8s::error& failure) { facts_.read_errors.push_back(failure); }

  template <class T>
  void read_workload(application_kind kind, application_kind wanted) {
    const bool is_guess = wanted == application_kind::any_workload && was_kind_ == T::kind.kind;
    const bool is_other = wanted == application_kind::any_workload && !was_kind_.empty();
    if ((wanted != kind && wanted != application_kind::any_workload) || (is_other && !is_guess))
      return;
    ++waiting_;
    api_.get<T>({name_space(), ref_.name}, deadline_,
                [self = shared_from_this(), is_guess](k8s::result<T> found) {
                  if (found)
                    self->facts_.workloads.push_back(
                        {std::string{T::kind.kind}, found->metadata, found->selector});
                  else if (!found.error().is_not_found())
                    self->note(found.error());
                  else if (is_guess)
                    self->look_for_other_kinds();
                  self->one_read();
                });
  }

  void read_workloads() {
    read_workload<k8s::deployment>(application_kind::deployment, ref_.kind);
    read_workload<k8s::stateful_set>(application_kind::stateful_set, ref_.kind);
    read_workload<k8s::daemon_set>(application_kind::daemon_set, ref_.kind);
  }

  void look_for_other_kinds() {
    was_kind_.clear();
    read_workloads();
  }

  /// The whole namespace in one list: pods outside the application may write to the same claims.
  void read_pods() {
    ++waiting_;
    api_.list<k8s::pod>(name_space(), {}, deadline_,
                        [self = shared_from_this()](k8s::result<k8s::list_of<k8s::pod>> list) {
                          if (list)
                            self->facts_.pods = std::move(list->items);
                          else
                            self->note(list.error());
                          self->one_read();
                        });
  }

  void read_provider() {
    if (backup_->spec.provider_ref.empty())
      return;
    ++waiting_;
    api_.get<crds::volume_backup_provider>(
        {name_space(), backup_->spec.provider_ref}, deadline_,
        [self = shared_from_this()](k8s::result<crds::volume_backup_provider> found) {
          if (found)
            self->facts_.provider = std::move(*found);
          else if (!found.error().is_not_found())
            self->note(found.error());
          self->one_read();
        });
  }

  template <class Class>
  void read_listed(preflight_cache::shared_answer<preflight_cache::list_answer<Class>>& shared,
                   void (gathering::*take)(const preflight_cache::list_answer<Class>&)) {
    if (shared.is_fresh(preflight_cache::lifetime))
      return (this->*take)(*shared.kept);
    ++waiting_;
    shared.waiting.emplace_back([self = shared_from_this(), take](const auto& list) {
      ((*self).*take)(list);
      self->one_read();
    });
    if (shared.waiting.size() == 1)
      api_.list<Class>({}, {}, deadline_, [&shared](preflight_cache::list_answer<Class> list) {
        shared.tell(list, list.has_value());
      });
  }

  void read_classes() { read_listed(cache_.classes, &gathering::take_classes); }

  void take_classes(const preflight_cache::list_answer<k8s::volume_snapshot_class>& list) {
    if (list)
      facts_.classes = list->items;
    else if (list.error().is_not_found())
      facts_.snapshot_api_served = false;
    else if (!list.error().is_forbidden()) // forbidden is the normal case of a namespaced install
      note(list.error());
  }

  void
  take_group_classes(const preflight_cache::list_answer<k8s::volume_group_snapshot_class>& list) {
    if (list)
      facts_.group.classes = list->items;
    else if (list.error().is_not_found())
      facts_.group.api_served = false;
    else if (!list.error().is_forbidden())
      note(list.error());
  }

  using questions = std::vector<k8s::access_question>;

  void review(preflight_cache::shared_answer<preflight_cache::permissions>& shared,
              const questions& needed, questions& denied) {
    if (shared.is_fresh(preflight_cache::lifetime_of_rights))
      return take_permissions(*shared.kept, denied);
    ++waiting_;
    shared.waiting.emplace_back([self = shared_from_this(), &denied](const auto& found) {
      self->take_permissions(found, denied);
      self->one_read();
    });
    if (shared.waiting.size() == 1)
      ask_permissions(shared, needed);
  }

  void review_permissions() {
    review(cache_.rights[name_space()],
           {{"get", "", "pods", "exec", name_space()},
            {"create", "", "pods", "exec", name_space()},
            {"create", "snapshot.storage.k8s.io", "volumesnapshots", "", name_space()}},
           facts_.denied);
  }

  /// Only where there may be a group: most clusters have no class of any.
  void review_group_permissions() {
    waiting_ = 1;
    if (facts_.group.api_served && (!facts_.group.classes || !facts_.group.classes->empty()))
      review(cache_.group_rights[name_space()],
             {{"create", "groupsnapshot.storage.k8s.io", "volumegroupsnapshots", "", name_space()},
              {"watch", "groupsnapshot.storage.k8s.io", "volumegroupsnapshots", "", name_space()},
              {"patch", "", "persistentvolumeclaims", "", name_space()},
              {"patch", "snapshot.storage.k8s.io", "volumesnapshots", "", name_space()}},
             facts_.group.denied);
    one_read();
  }

  void take_permissions(const preflight_cache::permissions& found, questions& denied) {
    denied = found.denied;
    for (const auto& failure : found.failures)
      note(failure);
  }

  /// For all that ask in this namespace meanwhile.
  void ask_permissions(preflight_cache::shared_answer<preflight_cache::permissions>& shared,
                       const questions& needed) {
    struct asked {
      std::size_t unanswered;
      preflight_cache::permissions found;
    };
    const auto all = std::make_shared<asked>(asked{needed.size(), {}});
    for (const auto& question : needed)
      api_.create<k8s::self_subject_access_review>(
          {}, k8s::self_subject_access_review::encode(question), deadline_,
          [&shared, all, question](k8s::result<k8s::self_subject_access_review> review) {
            if (!review)
              all->found.failures.push_back(review.error());
            else if (!review->allowed)
              all->found.denied.push_back(question);
            if (--all->unanswered == 0)
              shared.tell(all->found, all->found.denied.empty() && all->found.failures.empty());
          });
  }

  std::vector<std::string> wanted_claims() const {
    if (!backup_->spec.claims.empty())
      return backup_->spec.claims;
    if (ref_.kind == application_kind::claim)
      return {ref_.name};
    std::vector<k8s::pod> pods;
    for (const auto& workload : facts_.workloads)
      for (auto& pod : pods_of(workload, facts_.pods))
        pods.push_back(std::move(pod));
    if (ref_.kind == application_kind::pod)
      for (const auto& pod : facts_.pods)
        if (pod.metadata.name == ref_.name)
          pods.push_back(pod);
    return claims_of(pods);
  }

  void read_claims() {
    waiting_ = 1;
    const auto wanted = wanted_claims();
    if (may_be_grouped(backup_->spec, wanted.size())) {
      next_round_ = &gathering::review_group_permissions;
      read_listed(cache_.group_classes, &gathering::take_group_classes);
    }
    for (const auto& name : wanted) {
      ++waiting_;
      api_.get<k8s::persistent_volume_claim>(
          {name_space(), name}, deadline_,
          [self = shared_from_this(), name](k8s::result<k8s::persistent_volume_claim> found) {
            if (found)
              self->facts_.claims[name] = std::move(*found);
            else if (!found.error().is_not_found())
              self->note(found.error());
            self->one_read();
          });
    }
    one_read();
  }

  k8s::client& api_;
  preflight_cache& cache_;
  messages::backup_ptr backup_;
  std::string was_kind_; ///< the only one that is looked for, while it is there
  std::chrono::milliseconds deadline_;
  std::function<void(preflight_facts)> done_;
  application_ref ref_;
  preflight_facts facts_;
  std::size_t waiting_ = 0;
  void (gathering::*next_round_)() = nullptr;
};

} // namespace

void preflight_reader::gather(std::shared_ptr<k8s::client> api,
                              const messages::gather_preflight& command,
                              std::chrono::milliseconds deadline, answer done) {
  const auto ticket = ++last_ticket_;
  auto& loop = api->loop();
  if (command.has_turn)
    gate_.enter_first(ticket);
  else
    gate_.enter(ticket, command.backup->metadata.name_space);
  waiting_.emplace(ticket, wish{std::move(api), command, deadline, std::move(done)});
  admit(loop);
}

void preflight_reader::admit(k8s::event_loop& loop) {
  for (auto admitted = gate_.admit(); !admitted.empty(); admitted = gate_.admit())
    for (const auto ticket : admitted)
      if (const auto next = waiting_.extract(ticket); !next.mapped().what.asker.expired())
        begin(next.mapped());
      else
        dismiss(next.mapped());
  wait_for_relief(loop);
}

/// Whoever asked is gone.
void preflight_reader::dismiss(const wish& vain) {
  gate_.leave();
  if (!vain.what.has_turn)
    gate_.take_back(vain.what.backup->metadata.name_space);
}

/// The next one comes from the loop: a run that reads nothing ends within its start.
void preflight_reader::begin(const wish& next) {
  auto& loop = next.api->loop();
  const auto ahead
      = next.what.has_turn ? nullptr : place_ahead(loop, next.what.backup->metadata.name_space);
  std::make_shared<gathering>(
      *next.api, cache_, next.what, next.deadline,
      [self = shared_from_this(), api = next.api, ahead, done = next.done](preflight_facts facts) {
        done(std::move(facts), ahead);
        self->gate_.leave();
        api->loop().post([self, api] { self->admit(api->loop()); });
      })
      ->start();
}

preflight_reader::place preflight_reader::place_ahead(k8s::event_loop& loop,
                                                      const std::string& name_space) {
  const auto end = [weak = weak_from_this(), &loop, name_space](void*) {
    loop.post([weak, &loop, name_space] {
      if (const auto self = weak.lock()) {
        self->gate_.move_on(name_space);
        self->admit(loop);
      }
    });
  };
  return {nullptr, end};
}

void preflight_reader::wait_for_relief(k8s::event_loop& loop) {
  if (awaits_relief_ || !gate_.is_held_up())
    return;
  awaits_relief_ = true;
  relief_ = loop.run_after(between_reliefs, [weak = weak_from_this(), &loop] {
    const auto self = weak.lock();
    if (!self)
      return;
    self->awaits_relief_ = false;
    self->gate_.relent(most_relieved);
    self->admit(loop);
  });
}

} // namespace actors
