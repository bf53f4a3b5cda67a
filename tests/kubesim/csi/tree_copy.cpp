#include "tests/kubesim/csi/tree_copy.hpp"

#include "tests/kubesim/kubelet/namespaces.hpp"

#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <map>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kubesim {
namespace {

namespace fs = std::filesystem;

struct failure {
  std::string what;
};

[[noreturn]] void fail(const char* what, const fs::path& path) {
  throw failure{std::string{what} + " " + path.string() + ": " + std::strerror(errno)};
}

struct directory_closer {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

class copier {
public:
  void copy(const fs::path& from, const fs::path& to) {
    struct stat about {};
    if (::lstat(from.c_str(), &about) != 0)
      fail("cannot read", from);
    if (about.st_nlink > 1 && !S_ISDIR(about.st_mode)) {
      const auto [first, is_new] = linked_.try_emplace({about.st_dev, about.st_ino}, to);
      if (!is_new) {
        if (::link(first->second.c_str(), to.c_str()) != 0)
          fail("cannot link", to);
        return;
      }
    }
    make(from, to, about);
    keep_attributes(to, about);
  }

private:
  void make(const fs::path& from, const fs::path& to, const struct stat& about) {
    if (S_ISDIR(about.st_mode))
      copy_directory(from, to);
    else if (S_ISREG(about.st_mode))
      copy_file(from, to, about.st_size);
    else if (S_ISLNK(about.st_mode))
      fs::create_symlink(fs::read_symlink(from), to);
    else if (::mknod(to.c_str(), about.st_mode, about.st_rdev) != 0)
      fail("cannot make", to);
  }

  void copy_directory(const fs::path& from, const fs::path& to) {
    if (::mkdir(to.c_str(), 0700) != 0 && errno != EEXIST)
      fail("cannot make", to);
    const std::unique_ptr<DIR, directory_closer> directory{::opendir(from.c_str())};
    if (!directory)
      fail("cannot read", from);
    while (const auto* entry = ::readdir(directory.get())) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..")
        copy(from / name, to / name);
    }
  }

  static void copy_file(const fs::path& from, const fs::path& to, off_t size) {
    const descriptor source{::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (!source)
      fail("cannot read", from);
    const descriptor target{::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (!target)
      fail("cannot write", to);
    if (::ioctl(target.get(), FICLONE, source.get()) == 0)
      return;
    if (::ftruncate(target.get(), size) != 0)
      fail("cannot write", to);
    for (off_t begin = 0; (begin = ::lseek(source.get(), begin, SEEK_DATA)) >= 0;) {
      const auto end = ::lseek(source.get(), begin, SEEK_HOLE);
      copy_range(source.get(), target.get(), begin, end, to);
      begin = end;
    }
  }

  static void copy_range(int source, int target, off_t begin, off_t end, const fs::path& to) {
    off_t read_at = begin, write_at = begin;
    while (read_at < end) {
      const auto count = ::copy_file_range(source, &read_at, target, &write_at,
                                           static_cast<std::size_t>(end - read_at), 0);
      if (count < 0)
        fail("cannot write", to);
      if (count == 0)
        return; // the file has become shorter
    }
  }

  /// The owner first: a change of owner clears the set-user-id bit. Who may not give files away (in
  /// a user namespace) keeps them.
  static void keep_attributes(const fs::path& to, const struct stat& about) {
    [[maybe_unused]] const int owned = ::lchown(to.c_str(), about.st_uid, about.st_gid);
    if (!S_ISLNK(about.st_mode) && ::chmod(to.c_str(), about.st_mode & 07777) != 0)
      fail("cannot change", to);
    const timespec times[2] = {about.st_atim, about.st_mtim};
    ::utimensat(AT_FDCWD, to.c_str(), times, AT_SYMLINK_NOFOLLOW);
  }

  std::map<std::pair<dev_t, ino_t>, fs::path> linked_;
};

} // namespace

std::string copy_tree(const fs::path& from, const fs::path& to) {
  try {
    copier{}.copy(from, to);
    return {};
  } catch (const failure& problem) {
    return problem.what;
  } catch (const fs::filesystem_error& problem) {
    return problem.what();
  }
}

} // namespace kubesim
