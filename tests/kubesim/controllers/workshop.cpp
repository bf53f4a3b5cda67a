#include "tests/kubesim/controllers/workshop.hpp"

#include "tests/kubesim/controllers/daemon_set_controller.hpp"
#include "tests/kubesim/controllers/definition_controller.hpp"
#include "tests/kubesim/controllers/deployment_controller.hpp"
#include "tests/kubesim/controllers/garbage_collector.hpp"
#include "tests/kubesim/controllers/job_controller.hpp"
#include "tests/kubesim/controllers/namespace_controller.hpp"
#include "tests/kubesim/controllers/pod_gc.hpp"
#include "tests/kubesim/controllers/protection.hpp"
#include "tests/kubesim/controllers/quota_controller.hpp"
#include "tests/kubesim/controllers/replica_set_controller.hpp"
#include "tests/kubesim/controllers/scheduler.hpp"
#include "tests/kubesim/controllers/stateful_set_controller.hpp"

#include <algorithm>
#include <utility>

namespace kubesim::control {

workshop::workshop(api_registry& objects, controller_options options, std::function<void()> wake)
    : options_{std::move(options)}, wake_{std::move(wake)}, world_{objects}, users_{world_} {
  employ<namespace_controller>(options_.namespace_deletion, options_.root_certificate);
  employ<definition_controller>(objects, options_.establishing_delay);
  employ<garbage_collector>();
  employ<deployment_controller>();
  employ<replica_set_controller>();
  employ<stateful_set_controller>();
  employ<daemon_set_controller>();
  employ<job_controller>();
  employ<scheduler>(users_, options_.node_name);
  employ<claim_protection>(users_);
  employ<volume_protection>();
  employ<pod_gc>();
  employ<quota_controller>();
  is_open_ = true;
}

template <class Worker, class... Arguments>
void workshop::employ(Arguments&&... arguments) {
  auto& place = *benches_.emplace_back(
      std::make_unique<bench>(bench{work_queue{[this] { this->wake(); }}, nullptr}));
  place.worker
      = std::make_unique<Worker>(world_, place.queue, std::forward<Arguments>(arguments)...);
}

void workshop::wake() {
  if (is_open_)
    wake_();
}

void workshop::work(time_point now) {
  for (auto& one : benches_)
    if (const auto object = one->queue.take(now))
      visit(*one, *object, now);
}

void workshop::visit(bench& where, const object_ref& object, time_point now) {
  const auto result = where.worker->reconcile(object, now);
  if (result.step == outcome::next::try_again) {
    if (options_.log)
      options_.log(std::string{where.worker->name()} + " could not finish " + object.name_space
                   + "/" + object.name + ": " + result.why);
    return where.queue.failed(object, now);
  }
  where.queue.succeeded(object);
  if (result.step == outcome::next::visit_later)
    where.queue.add_at(object, now + result.delay);
}

std::optional<time_point> workshop::next_due() const {
  std::optional<time_point> next;
  for (const auto& one : benches_)
    if (const auto due = one->queue.next_due())
      next = std::min(next.value_or(*due), *due);
  return next;
}

} // namespace kubesim::control
