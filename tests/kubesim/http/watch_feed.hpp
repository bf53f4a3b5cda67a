#pragma once

#include "tests/kubesim/api/api_registry.hpp"
#include "tests/kubesim/http/list_request.hpp"
#include "tests/kubesim/http/render.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace kubesim::http {

/// What a watch asks for.
struct watch_request {
  const resource_type* type = nullptr;
  std::string name_space;
  list_options options;
  representation shape;
  included objects = included::metadata;
  std::string user; ///< for the fault plan
};

/// Turns the changes of a kind into the lines of one watch: selects, tells ADDED from MODIFIED as
/// the selector sees it, and shapes the objects. Knows no sockets; lines end with a newline.
class watch_feed {
public:
  /// `name` is that of the object, empty for bookmarks and errors.
  using line_taker = std::function<void(std::string line, const std::string& name)>;

  watch_feed(api_registry& objects, watch_request request, line_taker take);

  /// Sends what is due at the beginning and follows the changes from there. False if the stream has
  /// already ended, with an ERROR line: the version asked for is expired.
  bool start();
  /// A line that only says how far the stream has come; nothing if the client did not ask for them.
  void send_bookmark();

private:
  bool resume(std::uint64_t version);
  void send_present_state();
  void on_change(const change& what);
  void send(const char* event, const json& object);
  void send_bookmark_at(std::uint64_t version, bool ends_the_initial_events);
  json shaped(const json& object);

  api_registry& objects_;
  watch_request request_;
  line_taker take_;
  registry::subscription subscription_;
  std::uint64_t after_ = 0; ///< changes up to here are not sent
  bool has_sent_columns_ = false;
};

} // namespace kubesim::http
