#include "actors/journal.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>

namespace actors {

journal::journal(log_format format, spdlog::level::level_enum least)
    : lines_{std::make_shared<spdlog::logger>("operator",
                                              std::make_shared<spdlog::sinks::stderr_sink_mt>())},
      format_{format} {
  lines_->set_level(least);
  lines_->flush_on(spdlog::level::debug);
  lines_->set_pattern(format == log_format::json ? "%v" : "%Y-%m-%dT%H:%M:%S.%f %l %v");
}

journal::journal()
    : lines_{std::make_shared<spdlog::logger>("silent",
                                              std::make_shared<spdlog::sinks::null_sink_mt>())} {
  lines_->set_level(spdlog::level::off);
}

void journal::write(spdlog::level::level_enum level, const subject& about,
                    std::string_view message) const {
  if (!lines_->should_log(level))
    return;
  if (format_ == log_format::text) {
    const auto name = about.key.name.empty() ? "" : to_string(about.key) + ": ";
    return lines_->log(level, "{}{}", name, message);
  }
  nlohmann::ordered_json line{{"time", k8s::to_rfc3339_micro(std::chrono::system_clock::now())},
                              {"level", spdlog::level::to_string_view(level).data()},
                              {"message", message}};
  const std::pair<const char*, const std::string&> fields[] = {{"namespace", about.key.name_space},
                                                               {"name", about.key.name},
                                                               {"uid", about.uid},
                                                               {"step", about.step}};
  for (const auto& [field, value] : fields)
    if (!value.empty())
      line[field] = value;
  lines_->log(level, "{}",
              line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

} // namespace actors
