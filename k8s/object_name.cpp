#include "k8s/object_name.hpp"

#include <cstdint>

namespace k8s {

namespace {

constexpr std::size_t longest_name = 253; // of a DNS subdomain, which object names are
constexpr std::size_t digest_length = 10;

/// FNV-1a: short, and the same in every process that ever looks for the name.
std::uint64_t digest(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const unsigned char c : text)
    hash = (hash ^ c) * 1099511628211U;
  return hash;
}

} // namespace

std::string short_digest(std::string_view text) {
  static constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
  std::string word;
  for (auto rest = digest(text); word.size() < digest_length; rest /= alphabet.size())
    word += alphabet[rest % alphabet.size()];
  return word;
}

std::string unique_name(std::string readable, std::string_view unique) {
  const auto suffix = "-" + short_digest(unique);
  if (readable.size() > longest_name - suffix.size())
    readable.resize(longest_name - suffix.size());
  while (readable.back() == '-' || readable.back() == '.')
    readable.pop_back();
  return readable + suffix;
}

} // namespace k8s
