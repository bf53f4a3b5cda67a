#include "actors/volume_restore/failed_changes.hpp"

#include "crds/utf8.hpp"

#include <algorithm>
#include <iterator>

namespace actors {

namespace {

using namespace std::chrono_literals;

constexpr k8s::backoff between_tries{.first = 250ms, .longest = 30s};
constexpr std::size_t most_of_answer = 512;

} // namespace

void failed_changes::note(const restore_change& change, const std::string& answer, time_point now,
                          const k8s::random_source& random) {
  auto& failed = by_words_[change.what];
  failed.again = now + between_tries.delay(++failed.times, random);
  failed.answer = crds::prefix_of(answer, most_of_answer);
}

std::vector<restore_change> failed_changes::due_of(const std::vector<restore_change>& changes,
                                                   time_point now) const {
  std::vector<restore_change> due;
  std::copy_if(changes.begin(), changes.end(), std::back_inserter(due),
               [this, now](const restore_change& change) {
                 const auto failed = by_words_.find(change.what);
                 return failed == by_words_.end() || failed->second.again <= now;
               });
  return due;
}

std::optional<failed_changes::time_point> failed_changes::next_try(time_point now) const {
  std::optional<time_point> next;
  for (const auto& [words, failed] : by_words_)
    if (failed.again > now)
      next = next ? std::min(*next, failed.again) : failed.again;
  return next;
}

std::string failed_changes::complaint() const {
  const auto lasting = std::find_if(by_words_.begin(), by_words_.end(),
                                    [](const auto& each) { return each.second.times > 1; });
  return lasting == by_words_.end() ? std::string{}
                                    : lasting->first + ": " + lasting->second.answer;
}

} // namespace actors
