#pragma once

#include "tests/kubesim/controllers/claim_users.hpp"
#include "tests/kubesim/controllers/controllers.hpp"
#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace kubesim::control {

/// Every reconciler with its queue. Knows no loop and no clock: whoever owns it calls `work` when
/// something is due.
class workshop {
public:
  /// `wake` is called when the next visit may have moved closer; not from the constructor.
  workshop(api_registry& objects, controller_options options, std::function<void()> wake);
  workshop(const workshop&) = delete;
  workshop& operator=(const workshop&) = delete;

  /// Visits one object of each queue, so that others have their turn in between.
  void work(time_point now);
  /// When to call `work` again; nothing if only a change can bring new work.
  std::optional<time_point> next_due() const;

private:
  struct bench {
    work_queue queue;
    std::unique_ptr<reconciler> worker;
  };

  template <class Worker, class... Arguments>
  void employ(Arguments&&... arguments);
  void wake();
  void visit(bench& where, const object_ref& object, time_point now);

  controller_options options_;
  std::function<void()> wake_;
  bool is_open_ = false;
  world world_;
  claim_users users_;
  std::vector<std::unique_ptr<bench>> benches_;
};

} // namespace kubesim::control
