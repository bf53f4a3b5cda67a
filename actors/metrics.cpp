#include "actors/metrics.hpp"

#include "actors/actor_statistics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace actors {

namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

const prometheus::Histogram::BucketBoundaries request_buckets{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
const prometheus::Histogram::BucketBoundaries freeze_buckets{
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600};

const prometheus::Histogram::BucketBoundaries dispatch_buckets{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 1};
const prometheus::Histogram::BucketBoundaries ready_buckets{0.1, 0.5, 1,   5,    10,   30,
                                                            60,  300, 900, 3600, 14400};

double seconds(std::chrono::nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

prometheus::MetricFamily family_of(std::string name, std::string help,
                                   prometheus::MetricType type) {
  return {"backup_operator_" + std::move(name), std::move(help), type, {}};
}

prometheus::ClientMetric labelled(std::string_view actor) {
  prometheus::ClientMetric metric;
  metric.label.push_back({"actor", std::string{actor}});
  return metric;
}

prometheus::ClientMetric metric_of(const duration_histogram& durations, std::string_view actor) {
  auto metric = labelled(actor);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= duration_histogram::bounds.size(); ++i) {
    count += durations.counts[i].load(std::memory_order_relaxed);
    metric.histogram.bucket.push_back({count, i < duration_histogram::bounds.size()
                                                  ? duration_histogram::bounds[i]
                                                  : std::numeric_limits<double>::infinity()});
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = seconds(std::chrono::nanoseconds{
      static_cast<std::int64_t>(durations.nanoseconds.load(std::memory_order_relaxed))});
  return metric;
}

/// How many VolumeBackups there are in each phase, whoever brought them there. 16 bytes for each.
class phase_counts {
public:
  void note(const std::string& uid, crds::backup_phase phase) {
    const std::lock_guard lock{mutex_};
    phases_[std::hash<std::string>{}(uid)] = phase;
  }

  void forget(const std::string& uid) {
    const std::lock_guard lock{mutex_};
    phases_.erase(std::hash<std::string>{}(uid));
  }

  prometheus::MetricFamily family() const {
    std::map<crds::backup_phase, double> counts;
    {
      const std::lock_guard lock{mutex_};
      for (const auto& [uid, phase] : phases_)
        ++counts[phase];
    }
    auto family
        = family_of("backups", "VolumeBackups in the cluster", prometheus::MetricType::Gauge);
    for (const auto& [phase, count] : counts) {
      prometheus::ClientMetric metric;
      const auto name = phase == crds::backup_phase::none ? "Pending" : to_string(phase);
      metric.label.push_back({"phase", std::string{name}});
      metric.gauge.value = count;
      family.metric.push_back(std::move(metric));
    }
    return family;
  }

private:
  mutable std::mutex mutex_;
  std::unordered_map<std::size_t, crds::backup_phase> phases_; ///< by the hash of the UID
};

void observe(prometheus::Histogram& histogram,
             const std::optional<std::chrono::nanoseconds>& span) {
  if (span)
    histogram.Observe(seconds(*span));
}

std::vector<prometheus::MetricFamily> actor_families() {
  using prometheus::MetricType;
  auto alive = family_of("actors", "Actors alive", MetricType::Gauge);
  auto spawned = family_of("actor_spawned_total", "Actors spawned", MetricType::Counter);
  auto messages = family_of("actor_messages_total", "Messages handled", MetricType::Counter);
  auto waits = family_of("actor_mailbox_wait_seconds",
                         "From the sending of a message to its handling; of some messages",
                         MetricType::Histogram);
  auto handling = family_of("actor_handling_seconds", "Time in the handler of one message",
                            MetricType::Histogram);
  actor_statistics::for_each([&](const actor_statistics& type) {
    const auto born = type.spawned.load(std::memory_order_relaxed);
    const auto dead = type.ended.load(std::memory_order_relaxed);
    auto handled = metric_of(type.handling, type.name);
    alive.metric.push_back(labelled(type.name));
    alive.metric.back().gauge.value = static_cast<double>(born) - static_cast<double>(dead);
    spawned.metric.push_back(labelled(type.name));
    spawned.metric.back().counter.value = static_cast<double>(born);
    messages.metric.push_back(labelled(type.name));
    messages.metric.back().counter.value = static_cast<double>(handled.histogram.sample_count);
    waits.metric.push_back(metric_of(type.wait, type.name));
    handling.metric.push_back(std::move(handled));
  });
  return {std::move(alive), std::move(spawned), std::move(messages), std::move(waits),
          std::move(handling)};
}

} // namespace

struct metrics::impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests
      = BuildCounter()
            .Name("backup_operator_api_requests_total")
            .Help("Requests to the API server; code 0: no answer")
            .Register(registry);
  prometheus::Family<prometheus::Histogram>& request_seconds
      = BuildHistogram()
            .Name("backup_operator_api_request_seconds")
            .Help("Time of one request to the API server")
            .Register(registry);
  prometheus::Family<prometheus::Counter>& restarts
      = BuildCounter()
            .Name("backup_operator_watch_restarts_total")
            .Help("Watches that were taken up again")
            .Register(registry);
  prometheus::Family<prometheus::Counter>& backups
      = BuildCounter()
            .Name("backup_operator_backups_total")
            .Help("VolumeBackups that ended in this process")
            .Register(registry);
  prometheus::Family<prometheus::Counter>& restores
      = BuildCounter()
            .Name("backup_operator_restores_total")
            .Help("VolumeRestores that ended in this process")
            .Register(registry);
  prometheus::Family<prometheus::Counter>& hooks
      = BuildCounter().Name("backup_operator_hooks_total").Help("Hooks of pods").Register(registry);
  prometheus::Histogram& freezes
      = histogram("freeze_seconds", "From the first exec to the last pod's thaw", freeze_buckets);
  prometheus::Histogram& cuts = histogram(
      "cut_seconds", "From the first snapshot's create to the last cut seen", freeze_buckets);
  prometheus::Histogram& dispatches
      = histogram("thaw_dispatch_seconds",
                  "From the last cut seen to the first thaw sent: the operator's own part of a "
                  "freeze",
                  dispatch_buckets);
  prometheus::Histogram& readies
      = histogram("ready_seconds", "From the last cut to the last snapshot ready", ready_buckets);
  phase_counts phases;
  prometheus::Family<prometheus::Gauge>& queue
      = BuildGauge()
            .Name("backup_operator_queue_depth")
            .Help("VolumeBackups that wait for a slot of that driver before they freeze")
            .Register(registry);
  prometheus::Histogram& histogram(const std::string& name, const std::string& help,
                                   const prometheus::Histogram::BucketBoundaries& buckets) {
    return BuildHistogram()
        .Name("backup_operator_" + name)
        .Help(help)
        .Register(registry)
        .Add({}, buckets);
  }
  prometheus::Gauge& leader = BuildGauge()
                                  .Name("backup_operator_leader")
                                  .Help("1: this replica acts, 0: it stands by")
                                  .Register(registry)
                                  .Add({});
};

/// A counter that begins when it grows has not grown, for Prometheus: the first failure would be
/// missed.
metrics::metrics() : impl_{std::make_unique<impl>()} {
  for (const auto phase :
       {crds::backup_phase::completed, crds::backup_phase::failed, crds::backup_phase::cancelled})
    for (const auto* consistency : {"Application", "Crash", "Unknown", "None"})
      impl_->backups.Add({{"result", std::string{to_string(phase)}}, {"consistency", consistency}});
  for (const auto phase : {crds::restore_phase::completed, crds::restore_phase::failed,
                           crds::restore_phase::rolled_back, crds::restore_phase::cancelled})
    impl_->restores.Add({{"result", std::string{to_string(phase)}}});
}

metrics::~metrics() = default;

k8s::request_observer metrics::request_observer() {
  return [this](std::string_view verb, std::string_view resource, int code,
                std::chrono::nanoseconds took) {
    const std::string verb_label{verb}, resource_label{resource};
    impl_->requests
        .Add({{"verb", verb_label}, {"resource", resource_label}, {"code", std::to_string(code)}})
        .Increment();
    impl_->request_seconds
        .Add({{"verb", verb_label}, {"resource", resource_label}}, request_buckets)
        .Observe(seconds(took));
  };
}

void metrics::watch_restarted(std::string_view resource, std::string_view reason) {
  impl_->restarts.Add({{"resource", std::string{resource}}, {"reason", std::string{reason}}})
      .Increment();
}

void metrics::freeze_ended(const backup_measures& measures) {
  for (const auto& each : measures.hooks)
    impl_->hooks.Add({{"hook", each.hook}, {"mode", each.mode}, {"result", each.result}})
        .Increment();
  observe(impl_->freezes, measures.freeze);
  observe(impl_->cuts, measures.cut);
  observe(impl_->dispatches, measures.thaw_dispatch);
}

void metrics::backup_ended(const crds::volume_backup_status& status,
                           const backup_measures& measures) {
  const auto consistency
      = status.consistency ? std::string{to_string(*status.consistency)} : "None";
  impl_->backups
      .Add({{"result", std::string{to_string(status.phase)}}, {"consistency", consistency}})
      .Increment();
  observe(impl_->readies, measures.ready);
}

void metrics::backup_seen(const std::string& uid, crds::backup_phase phase) {
  impl_->phases.note(uid, phase);
}

void metrics::backup_gone(const std::string& uid) {
  impl_->phases.forget(uid);
}

void metrics::restore_ended(const crds::volume_restore_status& status) {
  impl_->restores.Add({{"result", std::string{to_string(status.phase)}}}).Increment();
}

void metrics::set_queue_depth(const std::string& driver, std::size_t waiting) {
  impl_->queue.Add({{"driver", driver}}).Set(static_cast<double>(waiting));
}

void metrics::set_leader(bool leads) {
  impl_->leader.Set(leads ? 1 : 0);
}

std::string metrics::text() const {
  auto families = impl_->registry.Collect();
  for (auto& family : actor_families())
    families.push_back(std::move(family));
  families.push_back(impl_->phases.family());
  return prometheus::TextSerializer{}.Serialize(families);
}

} // namespace actors
