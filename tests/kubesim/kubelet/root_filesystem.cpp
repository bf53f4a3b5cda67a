#include "tests/kubesim/kubelet/root_filesystem.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace kubesim {
namespace {

namespace fs = std::filesystem;

/// What is shared with the machine; all else of the root belongs to the container alone.
bool is_system_directory(std::string_view name) {
  return name == "usr" || name == "etc" || name == "opt" || name == "bin" || name == "sbin"
         || name.starts_with("lib");
}

const std::array own_directories{
    own_directory{"/tmp", 01777},     own_directory{"/var/tmp", 01777},
    own_directory{"/run", 0755},      own_directory{"/var/lib", 0755},
    own_directory{"/var/log", 0755},  own_directory{"/var/cache", 0755},
    own_directory{"/root", 0700},     own_directory{"/home", 0755},
    own_directory{"/proc", 0555},     own_directory{"/sys", 0555},
    own_directory{"/dev/shm", 01777}, own_directory{"/dev/pts", 0755},
};

struct failure {
  std::string what;
};

[[noreturn]] void fail(const std::string& what) {
  throw failure{what + ": " + std::strerror(errno)};
}

void mount_or_fail(const char* source, const fs::path& target, const char* type,
                   unsigned long flags, const std::string& options = {}) {
  if (::mount(source, target.c_str(), type, flags, options.empty() ? nullptr : options.c_str())
      != 0)
    fail("cannot mount " + target.string());
}

void make_directory(const fs::path& path, unsigned mode) {
  std::error_code ignored;
  fs::create_directories(path, ignored);
  if (::chmod(path.c_str(), mode) != 0)
    fail("cannot create " + path.string());
}

/// Recursive, because a plain bind of a tree that has mounts below it is refused in a user
/// namespace.
void bind_tree(const fs::path& source, const fs::path& target) {
  mount_or_fail(source.c_str(), target, nullptr, MS_BIND | MS_REC);
}

void make_read_only(const fs::path& target) {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (::mount_setattr(AT_FDCWD, target.c_str(), AT_RECURSIVE, &attributes, sizeof attributes) != 0)
    fail("cannot make " + target.string() + " read-only");
}

class builder {
public:
  builder(fs::path staging) : root_{staging / "root"}, upper_{staging / "upper"} {}

  void build(const root_spec& spec) {
    mount_or_fail("none", "/", nullptr, MS_REC | MS_PRIVATE);
    mount_or_fail("tmpfs", root_, "tmpfs", MS_NOSUID, "mode=0755");
    mount_or_fail("tmpfs", upper_, "tmpfs", MS_NOSUID, "mode=0755");
    bring_system_directories();
    for (const auto& directory : own_directories)
      make_directory(inside(directory.path), directory.mode);
    ::symlink("../run", inside("/var/run").c_str());
    make_devices();
    mount_kernel_filesystems();
    for (const auto& directory : spec.directories)
      make_directory(inside(directory.path), directory.mode);
    for (const auto& mount : spec.mounts)
      bring(mount);
  }

  void enter() {
    if (::chdir(root_.c_str()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0)
      fail("cannot change the root");
    if (::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0)
      fail("cannot leave the machine's root");
  }

private:
  fs::path inside(const std::string& path) const {
    return root_ / path.substr(path.find_first_not_of('/'));
  }

  void bring_system_directories() {
    for (const auto& entry : fs::directory_iterator("/")) {
      const auto name = entry.path().filename();
      if (!is_system_directory(name.string()))
        continue;
      if (entry.is_symlink())
        fs::create_symlink(fs::read_symlink(entry.path()), root_ / name);
      else if (entry.is_directory())
        lay_over(entry.path(), root_ / name);
    }
  }

  /// Writable without touching the machine's files; where overlays are not to be had, read-only.
  void lay_over(const fs::path& lower, const fs::path& target) {
    make_directory(target, 0755);
    const auto name = lower.filename();
    const auto changes = upper_ / (name.string() + ".changes"),
               work = upper_ / (name.string() + ".work");
    make_directory(changes, 0755);
    make_directory(work, 0755);
    const auto options = "lowerdir=" + lower.string() + ",upperdir=" + changes.string()
                         + ",workdir=" + work.string();
    if (::mount("overlay", target.c_str(), "overlay", 0, (options + ",userxattr").c_str()) == 0
        || ::mount("overlay", target.c_str(), "overlay", 0, options.c_str()) == 0)
      return;
    bind_tree(lower, target);
    make_read_only(target);
  }

  void make_devices() {
    for (const char* name : {"null", "zero", "full", "random", "urandom", "tty"}) {
      const auto target = root_ / "dev" / name;
      std::ofstream{target};
      mount_or_fail((std::string{"/dev/"} + name).c_str(), target, nullptr, MS_BIND);
    }
    const std::array<std::array<const char*, 2>, 5> links{{{"/proc/self/fd", "fd"},
                                                           {"/proc/self/fd/0", "stdin"},
                                                           {"/proc/self/fd/1", "stdout"},
                                                           {"/proc/self/fd/2", "stderr"},
                                                           {"pts/ptmx", "ptmx"}}};
    for (const auto& [to, name] : links)
      ::symlink(to, (root_ / "dev" / name).c_str());
    mount_or_fail("devpts", root_ / "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
                  "newinstance,ptmxmode=0666,mode=0620");
    mount_or_fail("tmpfs", root_ / "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
  }

  void mount_kernel_filesystems() {
    mount_or_fail("proc", root_ / "proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV);
    bind_tree("/sys", root_ / "sys");
    make_read_only(root_ / "sys");
  }

  void bring(const bind_mount& wanted) {
    const auto target = inside(wanted.target);
    std::error_code ignored;
    if (fs::is_directory(wanted.source, ignored)) {
      fs::create_directories(target, ignored);
    } else {
      fs::create_directories(target.parent_path(), ignored);
      std::ofstream{target, std::ios::app};
    }
    bind_tree(wanted.source, target);
    if (wanted.read_only)
      make_read_only(target);
  }

  fs::path root_, upper_;
};

} // namespace

std::string enter_root(const root_spec& root) {
  try {
    builder it{root.staging};
    it.build(root);
    it.enter();
    return {};
  } catch (const failure& problem) {
    return problem.what;
  } catch (const fs::filesystem_error& problem) {
    return problem.what();
  }
}

} // namespace kubesim
