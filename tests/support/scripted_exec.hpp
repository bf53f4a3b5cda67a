#pragma once

#include "k8s/exec.hpp"

#include <string>
#include <vector>

namespace support {

/// Exec sessions whose container is the test: it sees what was written and says what comes back.
class scripted_exec : public k8s::exec_opener {
public:
  struct session : k8s::exec_session {
    k8s::exec_request request;
    k8s::exec_handlers handlers;
    std::string input;
    bool is_stdin_closed = false, is_abandoned = false;

    void write(std::string bytes) override { input += bytes; }
    void close_stdin() override { is_stdin_closed = true; }
    void abandon() override { is_abandoned = true; }

    void says(const std::string& line) {
      handlers.on_output(k8s::exec_channel::standard_output, line + "\n");
    }
    void complains(const std::string& text) {
      handlers.on_output(k8s::exec_channel::standard_error, text);
    }
    void ends(k8s::exec_outcome outcome) { handlers.on_done(std::move(outcome)); }
    bool was_told_to_thaw() const { return input.ends_with("thaw\n"); }
  };

  std::shared_ptr<k8s::exec_session> open(k8s::exec_request what,
                                          k8s::exec_handlers handlers) override {
    auto opened = std::make_shared<session>();
    opened->request = std::move(what);
    opened->handlers = std::move(handlers);
    sessions.push_back(opened);
    return opened;
  }

  static k8s::exec_lost lost() {
    return {{.code = k8s::errc::connection,
             .attempted = "exec",
             .detail = "connection reset",
             .reason = {},
             .retry_after = {}}};
  }

  static k8s::exec_refused refused(k8s::errc code, std::string detail) {
    return {{.code = code,
             .attempted = "exec",
             .detail = std::move(detail),
             .reason = {},
             .retry_after = {}}};
  }

  std::vector<std::shared_ptr<session>> sessions; ///< in the order in which they were opened
};

} // namespace support
