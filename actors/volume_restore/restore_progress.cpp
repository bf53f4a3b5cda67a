#include "actors/volume_restore/restore_progress.hpp"

#include "actors/volume_restore/restore_deadlines.hpp"
#include "actors/volume_restore/restore_work.hpp"

namespace actors {

namespace {

using crds::condition_status;
using crds::restore_phase;
namespace names = crds::restore_condition;

class conditions_writer {
public:
  conditions_writer(crds::volume_restore_status& status, const restore_target& target,
                    const moment& now)
      : status_{status}, target_{target}, now_{now} {}

  void set(std::string_view type, condition_status value, std::string reason,
           std::string message = {}) {
    set_condition(status_.conditions, {std::string{type}, value, std::move(reason),
                                       std::move(message), status_.observed_generation, now_.wall});
  }

  void set_true(std::string_view type) { set(type, condition_status::is_true, std::string{type}); }

  /// A phase begins: what it is to bring about is not yet.
  void set_begun(std::string_view type) {
    set(type, condition_status::is_false, target_.reason, target_.message);
  }

private:
  crds::volume_restore_status& status_;
  const restore_target& target_;
  const moment& now_;
};

void set_final(conditions_writer& conditions, const crds::volume_restore_status& before,
               const restore_target& target) {
  const bool is_good = target.phase == restore_phase::completed;
  if (before.phase == restore_phase::none || before.phase == restore_phase::pending)
    conditions.set(names::preflight_passed, condition_status::is_false, target.reason,
                   target.message);
  if (target.phase == restore_phase::rolled_back)
    conditions.set(names::workload_switched, condition_status::is_false, "RolledBack",
                   target.message);
  conditions.set(names::succeeded, is_good ? condition_status::is_true : condition_status::is_false,
                 is_good ? "Completed" : target.reason, target.message);
}

void set_conditions(crds::volume_restore_status& status, const restore_run& run,
                    const restore_target& target, const moment& now) {
  conditions_writer conditions{status, target, now};
  switch (target.phase) {
  case restore_phase::provisioning:
    conditions.set_true(names::preflight_passed);
    return conditions.set_begun(names::claims_provisioned);
  case restore_phase::switching:
    conditions.set_true(names::claims_provisioned);
    return conditions.set_begun(names::workload_switched);
  case restore_phase::rolling_out:
    conditions.set_true(names::workload_switched);
    return target.is_rolled_out ? conditions.set_true(names::rolled_out)
                                : conditions.set_begun(names::rolled_out);
  case restore_phase::rolling_back:
    return conditions.set(names::succeeded, condition_status::is_false, target.reason,
                          target.message + what_is_not_taken(run));
  default:
    if (is_final(target.phase))
      set_final(conditions, run.restore.status, target);
  }
}

/// One word for people.
std::string state_of(const crds::restore_claim_status& row, restore_phase phase) {
  if (!row.is_restored())
    return "Protected";
  switch (phase) {
  case restore_phase::switching:
    return row.binds_late ? "Waiting" : "Provisioned";
  case restore_phase::rolling_out:
    return "Switched";
  case restore_phase::completed:
    return "Restored";
  case restore_phase::rolled_back:
  case restore_phase::cancelled:
    return "Unchanged";
  default:
    return std::string{to_string(phase)};
  }
}

void set_claims(crds::volume_restore_status& status, const restore_run& run,
                const restore_target& target) {
  const bool is_known = run.seen && has_begun(run.restore.status.phase);
  const bool has_new = target.phase == restore_phase::switching || target.is_rolled_out;
  if (is_known && has_new)
    status.claims = claims_as_seen(run.restore, *run.seen);
  for (auto& row : status.claims)
    row.state = state_of(row, target.phase);
}

} // namespace

crds::volume_restore_status status_of(const restore_run& run, const restore_target& target,
                                      const moment& now) {
  auto status = run.restore.status;
  status.phase = target.phase;
  status.reason = target.reason;
  status.message = target.message;
  status.observed_generation = run.restore.metadata.generation;
  if (!status.start_time)
    status.start_time = run.started.wall;
  if (is_final(target.phase))
    status.completion_time = now.wall;
  if (run.plan && target.phase == restore_phase::provisioning) {
    status.strategy = run.plan->strategy;
    status.workload = run.plan->workload;
    status.claims = run.plan->claims;
    status.timeouts = run.plan->timeouts;
  }
  set_conditions(status, run, target, now);
  set_claims(status, run, target);
  return status;
}

} // namespace actors
