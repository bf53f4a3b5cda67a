#include "tests/scenarios/server_record.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <utility>

namespace scenarios {

using nlohmann::json;
using namespace std::chrono_literals;
using time = server_record::time;

namespace {

constexpr std::chrono::seconds grace{1}; ///< the contract's, beyond maxFreeze

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

bool is_accepted_write(const json& entry) {
  const auto code = entry.value("code", 0);
  return entry.value("method", "GET") != "GET" && code >= 200 && code < 300;
}

/// What changes nothing for anybody, and events: what they tell of has been.
bool is_without_effect(const std::string& path) {
  return contains(path, "accessreviews") || contains(path, "dryRun=All")
         || contains(path, "/events");
}

void note(server_record& record, const json& entry) {
  const time at{entry.value("time", std::int64_t{0})};
  const auto user = entry.value("user", "");
  if (entry.contains("session")) {
    record.sessions.push_back({at, entry.at("session") == "frozen", user,
                               entry.value("namespace", ""), entry.value("pod", ""),
                               entry.value("id", ""), entry.value("why", "")});
    return;
  }
  const auto path = entry.value("path", "");
  if (!is_accepted_write(entry) || is_without_effect(path))
    return;
  auto& where = contains(path, "/leases") ? record.leases : record.writes;
  where.push_back({at, user, entry.value("method", ""), path});
}

/// Who leads when, as the server saw it.
class terms {
public:
  terms(const server_record& record, std::chrono::milliseconds length)
      : renewals_{record.leases}, length_{length} {}

  bool allow(const std::string& user, time when) const {
    const auto next = std::upper_bound(renewals_.begin(), renewals_.end(), when,
                                       [](time at, const auto& one) { return at < one.at; });
    // Within a millisecond nobody knows the order.
    const bool is_next = next != renewals_.end() && next->user == user && next->at - when <= 1ms;
    return is_next
           || (next != renewals_.begin() && std::prev(next)->user == user
               && when - std::prev(next)->at <= length_);
  }

private:
  const std::vector<server_record::write>& renewals_;
  std::chrono::milliseconds length_;
};

std::string words(time at, const std::string& user, const std::string& what) {
  return "I7: at " + std::to_string(at.count()) + " " + user + " without a lease: " + what;
}

} // namespace

server_record read_record(const std::filesystem::path& log, const std::string& users) {
  server_record record;
  std::ifstream file{log};
  for (std::string line; std::getline(file, line);)
    if (const auto entry = json::parse(line, nullptr, false);
        entry.is_object() && entry.value("user", "").starts_with(users))
      note(record, entry);
  return record;
}

std::vector<freeze> freezes_of(const server_record& record) {
  std::vector<freeze> all;
  std::map<std::string, std::size_t> open; // by session
  for (const auto& one : record.sessions)
    if (one.is_frozen) {
      open[one.id] = all.size();
      all.push_back({one.user, one.name_space, one.pod, one.at, {}, {}});
    } else if (const auto found = open.find(one.id); found != open.end()) {
      all[found->second].thawed = one.at;
      all[found->second].why = one.why;
      open.erase(found);
    }
  return all;
}

std::vector<std::string> broken_freezes(const std::vector<freeze>& all,
                                        std::chrono::milliseconds max_freeze) {
  std::vector<std::string> broken;
  std::map<std::string, const freeze*> last; // by pod
  for (const auto& one : all) {
    const auto pod = one.name_space + "/" + one.pod;
    const auto* before = std::exchange(last[pod], &one);
    if (before && (!before->thawed || one.frozen < *before->thawed))
      broken.push_back("I2: " + pod + " was frozen while it was frozen");
    if (!one.thawed)
      broken.push_back("I2: " + pod + " was never thawed");
    else if (*one.thawed - one.frozen > max_freeze + grace)
      broken.push_back("I1: " + pod + " was frozen for "
                       + std::to_string((*one.thawed - one.frozen).count()) + " ms");
    else if (one.why == "timer")
      broken.push_back("I1: " + pod + " was thawed by nothing but its timer");
  }
  return broken;
}

std::vector<std::string> acts_without_a_lease(const server_record& record,
                                              std::chrono::milliseconds lease) {
  const terms all{record, lease};
  std::vector<std::string> late;
  for (const auto& one : record.sessions)
    if (one.is_frozen && !all.allow(one.user, one.at))
      late.push_back(words(one.at, one.user, "froze " + one.name_space + "/" + one.pod));
  for (const auto& one : record.writes)
    if (!all.allow(one.user, one.at))
      late.push_back(words(one.at, one.user, one.method + " " + one.path));
  return late;
}

std::vector<std::chrono::milliseconds> takeovers_of(const server_record& record) {
  std::vector<std::chrono::milliseconds> all;
  for (std::size_t i = 1; i < record.leases.size(); ++i) {
    const auto& before = record.leases[i - 1];
    const auto& taken = record.leases[i];
    if (taken.user == before.user)
      continue;
    const auto is_first_act
        = [&](const auto& act) { return act.user == taken.user && act.at >= taken.at; };
    const auto write = std::find_if(record.writes.begin(), record.writes.end(), is_first_act);
    if (write != record.writes.end())
      all.push_back(write->at - before.at);
  }
  return all;
}

} // namespace scenarios
