#pragma once

#include "actors/volume_backup/observed.hpp"
#include "tests/actors/simulation/agenda.hpp"
#include "tests/actors/volume_restore/object_store.hpp"

#include <functional>

namespace restore_simulation {

using simulation::agenda;
using simulation::dice;
using simulation::instant;
using simulation::milliseconds;

/// What the sender of a request hears of it.
enum class outcome { accepted, conflict, not_found, already_exists, refused, transient, uncertain };

/// The way to the API server: requests take their time, get lost on the way there or back, or
/// arrive when nobody waits for them any more. Answers reach only the process of the present epoch;
/// requests of earlier ones still arrive.
class simulated_api {
public:
  using answer_handler = std::function<void(outcome, const json&)>;

  simulated_api(object_store& objects, agenda& when, dice& random)
      : objects_{objects}, agenda_{when}, random_{random} {}

  int failing = 0; ///< percent of the requests
  int epoch = 0;
  bool refuses_claims = false;         ///< an admission policy of somebody
  bool refuses_bound_claims = false;   ///< those that name their volume
  std::map<std::string, int> refusals; ///< of either kind, by claim
  instant now;
  std::function<void(const std::string&)> note = [](const std::string&) {};

  void send(const k8s::request& call, answer_handler then);
  /// Something that only the process of the present epoch does.
  void after(milliseconds span, std::function<void()> what);
  actors::moment time() const;
  const object_store& objects() const { return objects_; }
  dice& random() { return random_; }

private:
  void arrive(const k8s::request& call, const answer_handler& then, int sent_by);
  outcome perform(const k8s::request& call, json& object);
  void fail(const k8s::request& call, answer_handler then);

  object_store& objects_;
  agenda& agenda_;
  dice& random_;
};

} // namespace restore_simulation
