#pragma once

#include "k8s/object_meta.hpp"

#include <spdlog/common.h>
#include <spdlog/fwd.h>

#include <memory>
#include <string>
#include <string_view>

namespace actors {

enum class log_format { json, text };

/// The operator's log: one line per decision, as JSON with the fields `time`, `level`, `message`
/// and, where it is about an object, `namespace`, `name`, `uid`, `step`. Commands of hooks and
/// their output never get here. Copies share one sink; thread-safe.
class journal {
public:
  /// What a line is about; empty parts are left out.
  struct subject {
    k8s::object_key key;
    std::string uid;
    std::string step;
  };

  /// Writes to standard error.
  journal(log_format format, spdlog::level::level_enum least);
  /// Writes nowhere.
  journal();

  void debug(const subject& about, std::string_view message) const {
    write(spdlog::level::debug, about, message);
  }
  void info(const subject& about, std::string_view message) const {
    write(spdlog::level::info, about, message);
  }
  void warn(const subject& about, std::string_view message) const {
    write(spdlog::level::warn, about, message);
  }
  void error(const subject& about, std::string_view message) const {
    write(spdlog::level::err, about, message);
  }

private:
  void write(spdlog::level::level_enum level, const subject& about, std::string_view message) const;

  std::shared_ptr<spdlog::logger> lines_;
  log_format format_ = log_format::json;
};

} // namespace actors
