#include "k8s/config/token_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <sys/stat.h>

namespace k8s {

namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::minutes longest_trust{1};

/// Tells one content of a path from the next; the kubelet swaps a symlink, so the inode changes.
struct file_stamp {
  ino_t inode = 0;
  off_t size = 0;
  time_t modified = 0;
  long modified_nanoseconds = 0;

  bool operator==(const file_stamp&) const = default;
};

file_stamp stamp_of(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0)
    return {};
  return {found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
}

std::string without_trailing_space(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

class token_file {
public:
  token_file(std::string path, std::string token)
      : path_{std::move(path)}, token_{std::move(token)}, stamp_{stamp_of(path_)} {}

  std::string token() {
    const std::lock_guard lock{mutex_};
    const auto now = steady::now();
    const auto stamp = stamp_of(path_);
    if (stamp == stamp_ && now - read_at_ < longest_trust)
      return token_;
    stamp_ = stamp;
    read_at_ = now;
    if (auto content = read_file(path_)) {
      auto token = without_trailing_space(std::move(*content));
      if (!token.empty())
        token_ = std::move(token);
    }
    return token_;
  }

private:
  std::mutex mutex_;
  const std::string path_;
  std::string token_;
  file_stamp stamp_;
  steady::time_point read_at_ = steady::now();
};

} // namespace

result<std::string> read_file(const std::string& path) {
  const auto refused = [&] {
    return error{.code = errc::configuration,
                 .attempted = "reading " + path,
                 .detail = std::strerror(errno)};
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose};
  if (!file)
    return refused();
  std::string content;
  std::array<char, 4096> block;
  while (const auto size = std::fread(block.data(), 1, block.size(), file.get()))
    content.append(block.data(), size);
  // A directory can be opened, but not read.
  if (std::ferror(file.get()))
    return refused();
  return content;
}

result<token_source> token_from_file(const std::string& path) {
  auto content = read_file(path);
  if (!content)
    return std::move(content).error();
  auto token = without_trailing_space(std::move(*content));
  if (token.empty())
    return error{.code = errc::configuration,
                 .attempted = "reading " + path,
                 .detail = "the token file is empty"};
  return token_source{
      [file = std::make_shared<token_file>(path, std::move(token))] { return file->token(); }};
}

} // namespace k8s
