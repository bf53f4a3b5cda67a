#include "k8s/leader_elector.hpp"

#include <ctime>
#include <future>
#include <limits>

namespace k8s {

namespace {

constexpr auto never = std::numeric_limits<election_time::rep>::min();

timestamp wall_time() {
  return timestamp{std::chrono::system_clock::now()};
}

} // namespace

election_time boot_time() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

class leader_elector::impl : public std::enable_shared_from_this<impl> {
public:
  impl(event_loop& loop, std::shared_ptr<client> api, election_settings settings,
       election_handlers handlers, std::function<election_time()> clock)
      : loop_{loop},
        api_{std::move(api)},
        settings_{settings},
        state_{std::move(settings)},
        handlers_{std::move(handlers)},
        clock_{std::move(clock)} {}

  bool leads() const { return clock_().count() < leads_until_.load(std::memory_order_acquire); }

  /// Does what is due, then arms the timer for what comes next.
  void go_on() {
    if (is_over_ || is_asking_)
      return;
    const auto now = clock_();
    if (was_leader_ && now.count() >= leads_until_.load(std::memory_order_relaxed))
      return lose();
    std::visit([this](const auto& what) { perform(what); }, state_.next(now, wall_time()));
  }

  void start() {
    loop_.post([self = shared_from_this()] { self->go_on(); });
  }

  void stop_on_loop() {
    loop_.call([this] { stop(); });
  }

  void release(std::chrono::milliseconds limit) {
    const auto released = std::make_shared<std::promise<void>>();
    loop_.post([self = shared_from_this(), limit, released] {
      self->give_up(limit, [released] { released->set_value(); });
    });
    released->get_future().wait();
  }

private:
  void stop() {
    is_over_ = true;
    timer_.cancel();
    fence_.cancel();
    if (is_asking_)
      api_->cancel(call_);
  }

  void give_up(std::chrono::milliseconds limit, std::function<void()> done) {
    stop();
    const auto object = state_.released(wall_time());
    leads_until_ = never;
    if (!object)
      return done();
    api_->send(replace_request(lease::kind, settings_.lease, object->encode()), limit,
               [done = std::move(done)](const result<nlohmann::json>&) { done(); });
  }

  void perform(const election::wait_until& until) {
    timer_ = loop_.run_after(until.due - clock_(), [self = weak_from_this()] {
      if (const auto here = self.lock())
        here->go_on();
    });
  }

  void perform(const election::look&) {
    is_asking_ = true;
    call_ = api_->get<lease>(settings_.lease, limit(), [self = weak_from_this()](auto found) {
      if (const auto here = self.lock())
        here->note_look(std::move(found));
    });
  }

  void perform(const election::create& what) {
    send(create_request(lease::kind, settings_.lease.name_space, what.object.encode()));
  }

  void perform(const election::replace& what) {
    send(replace_request(lease::kind, settings_.lease, what.object.encode()));
  }

  void send(request call) {
    is_asking_ = true;
    call_ = api_->send(std::move(call), limit(),
                       [self = weak_from_this(), sent = clock_()](result<nlohmann::json> answer) {
                         if (const auto here = self.lock())
                           here->note_write(std::move(answer), sent);
                       });
  }

  /// Long enough for a slow answer, short enough for a second try while we lead.
  std::chrono::milliseconds limit() const { return settings_.leads_for() / 2; }

  void note_look(result<lease> found) {
    is_asking_ = false;
    if (!found && !found.error().is_not_found())
      return fail(found.error());
    const auto seen = found ? std::optional{std::move(*found)} : std::nullopt;
    state_.saw(seen, clock_());
    if (seen && seen->holder != last_holder_ && seen->holder != settings_.identity) {
      last_holder_ = seen->holder;
      if (handlers_.on_observed)
        handlers_.on_observed(seen->holder);
    }
    publish();
    go_on();
  }

  void note_write(result<nlohmann::json> answer, election_time sent) {
    is_asking_ = false;
    const auto accepted = answer ? lease::decode(*answer) : result<lease>{answer.error()};
    if (!accepted)
      return fail(accepted.error());
    state_.wrote(*accepted, sent);
    publish();
    if (!was_leader_ && leads()) {
      was_leader_ = true;
      handlers_.on_lead();
    }
    go_on();
  }

  /// A conflict is no failure: somebody was faster, and the next look tells who.
  void fail(const error& why) {
    if (is_over_)
      return;
    state_.failed(clock_());
    if (handlers_.on_failed && !why.is_conflict() && !why.is_already_exists())
      handlers_.on_failed(why);
    go_on();
  }

  /// What `leads()` reads, and a timer for its end: a request may hang longer than we lead.
  void publish() {
    const auto until = state_.leads_until();
    leads_until_.store(until ? until->count() : never, std::memory_order_release);
    if (!until)
      return;
    fence_ = loop_.run_after(*until - clock_(), [self = weak_from_this()] {
      const auto here = self.lock();
      if (here && !here->is_over_ && !here->leads())
        here->lose();
    });
  }

  void lose() {
    stop();
    if (was_leader_)
      handlers_.on_lost();
  }

  event_loop& loop_;
  std::shared_ptr<client> api_;
  election_settings settings_;
  election_state state_;
  election_handlers handlers_;
  std::function<election_time()> clock_;
  std::atomic<election_time::rep> leads_until_{never};
  bool was_leader_ = false, is_asking_ = false, is_over_ = false;
  std::string last_holder_;
  call_id call_{};
  event_loop::timer timer_, fence_;
};

leader_elector::leader_elector(event_loop& loop, std::shared_ptr<client> api,
                               election_settings settings, election_handlers handlers,
                               std::function<election_time()> clock)
    : impl_{std::make_shared<impl>(loop, std::move(api), std::move(settings), std::move(handlers),
                                   std::move(clock))} {}

leader_elector::~leader_elector() {
  impl_->stop_on_loop();
}

void leader_elector::start() {
  impl_->start();
}

bool leader_elector::leads() const {
  return impl_->leads();
}

void leader_elector::release(std::chrono::milliseconds limit) {
  impl_->release(limit);
}

} // namespace k8s
