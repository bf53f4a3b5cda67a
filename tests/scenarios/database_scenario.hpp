#pragma once

#include "tests/scenarios/restore_scenario.hpp"

#include <string>

namespace scenarios {

/// A real server as one would run it: its data on a claim, its hooks by a preset.
struct database {
  std::string image, preset, directory;
  json environment = json::array();
  std::string is_ready, query; ///< shell; `query` gets the statement as $1
  json arguments = json::array();
};
database mariadb();
/// The same server, frozen as a MySQL is.
database mysql();
database postgresql();
/// `arguments` of the server.
database redis(const json& arguments);

/// `main`, with the volume `data` where the server has its data.
json container_of(const database& server);
json volume_of_claim(const std::string& claim);

class database_scenario : public restore_scenario {
protected:
  /// Runs the server in the workload until it is ready; `pod` and `workload` are added to their
  /// specs.
  void given(const database& server, application like, const json& pod,
             const json& workload = json::object());

  /// By the server of that pod or workload.
  finished_command ask(const std::string& target, const std::string& statement) const;
  /// Of what must succeed.
  std::string answer(const std::string& target, const std::string& statement) const;
  /// The arguments of kubectl for that.
  std::vector<std::string> asking(const std::string& target, const std::string& statement) const;

private:
  database server_;
};

} // namespace scenarios
