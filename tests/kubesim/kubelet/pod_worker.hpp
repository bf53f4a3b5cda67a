#pragma once

#include "tests/kubesim/kubelet/container_run.hpp"

#include <memory>
#include <string>
#include <vector>

namespace kubesim {

/// One pod of this node, from its binding to its end:
///
///   waiting for volumes -> making the sandbox -> init containers -> running -> ended
///                \________________\_____________________\____________/
///                                deletion: ending -> gone
///
/// The status is written on the loop's next turn after facts have changed, so that what changes
/// together is one event.
class pod_worker : public pod_surroundings, public std::enable_shared_from_this<pod_worker> {
public:
  pod_worker(kubelet_context& kubelet, std::shared_ptr<const json> pod, std::string address);
  ~pod_worker() override;

  void begin();
  void update(std::shared_ptr<const json> pod);
  /// Something that it may wait for has changed.
  void retry();
  /// The object is gone: whatever still runs is killed.
  void vanish();

  container_run* find(const std::string& container);
  const std::vector<std::string>& claims() const { return claims_; }
  std::vector<pid_t> processes() const;
  bool is_ended() const { return stage_ == stage::ended; }

  const json& pod() const override { return *pod_; }
  const pod_addresses& addresses() const override { return facts_.addresses; }
  const prepared_volumes& volumes() const override { return volumes_; }
  configuration_lookup configuration() const override;
  std::vector<bind_mount> files() const override;
  bool is_ending() const override { return is_ending_; }
  void note_change() override;
  std::shared_ptr<pod_surroundings> keep() override { return shared_from_this(); }

private:
  enum class stage { waiting_for_volumes, making_sandbox, initializing, running, ended };
  enum class step_result { done, waits };

  void pretend();
  void prepare();
  volume_sources sources() const;
  std::optional<claim_storage> storage_of_claim(const std::string& claim) const;
  void write_own_files() const;
  void make_sandbox();
  void go_on();
  step_result initialize();
  void end_if_all_have();
  void gather_facts();
  void write_status();
  void begin_end();
  void schedule_kill(std::chrono::seconds grace);
  void kill_all();
  bool has_running() const;
  bool has_ever_run() const;
  void remove_object();
  void clean_up();

  kubelet_context& kubelet_;
  std::shared_ptr<const json> pod_;
  std::string uid_;
  std::vector<std::string> claims_;
  std::vector<std::unique_ptr<container_run>> init_, main_;
  pod_facts facts_;
  prepared_volumes volumes_;
  stage stage_ = stage::waiting_for_volumes;
  bool is_ending_ = false;
  bool is_gone_ = false;
  bool change_is_noted_ = false;
  timers::token kill_;
};

} // namespace kubesim
