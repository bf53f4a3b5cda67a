#include "actors/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace actors {

namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

const prometheus::Histogram::BucketBoundaries request_buckets{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
const prometheus::Histogram::BucketBoundaries freeze_buckets{
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600};

double seconds(std::chrono::nanoseconds span) {
  return std::chrono::duration<double>(span).count();
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
  prometheus::Histogram& freezes
      = BuildHistogram()
            .Name("backup_operator_freeze_seconds")
            .Help("From the begin of the first pre-hook to the last pod's thaw")
            .Register(registry)
            .Add({}, freeze_buckets);
  prometheus::Family<prometheus::Gauge>& queue
      = BuildGauge()
            .Name("backup_operator_queue_depth")
            .Help("VolumeBackups that wait for a slot of that driver before they freeze")
            .Register(registry);
  prometheus::Gauge& leader = BuildGauge()
                                  .Name("backup_operator_leader")
                                  .Help("1: this replica acts, 0: it stands by")
                                  .Register(registry)
                                  .Add({});
  prometheus::Family<prometheus::Gauge>& actors
      = BuildGauge().Name("backup_operator_actors").Help("Actors alive").Register(registry);
  prometheus::Family<prometheus::Counter>& spawned
      = BuildCounter()
            .Name("backup_operator_actor_spawned_total")
            .Help("Actors spawned")
            .Register(registry);
};

metrics::metrics() : impl_{std::make_unique<impl>()} {}

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

void metrics::backup_ended(const crds::volume_backup_status& status) {
  const auto consistency
      = status.consistency ? std::string{to_string(*status.consistency)} : "None";
  impl_->backups
      .Add({{"result", std::string{to_string(status.phase)}}, {"consistency", consistency}})
      .Increment();
  if (status.freeze_milliseconds)
    impl_->freezes.Observe(seconds(std::chrono::milliseconds{*status.freeze_milliseconds}));
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

metrics::living::living(metrics& owner, std::string_view actor) {
  const prometheus::Labels labels{{"actor", std::string{actor}}};
  auto& gauge = owner.impl_->actors.Add(labels);
  gauge.Increment();
  owner.impl_->spawned.Add(labels).Increment();
  gauge_ = &gauge;
}

metrics::living::~living() {
  if (gauge_)
    static_cast<prometheus::Gauge*>(gauge_)->Decrement();
}

std::string metrics::text() const {
  return prometheus::TextSerializer{}.Serialize(impl_->registry.Collect());
}

} // namespace actors
