#include "tests/kubesim/csi/stopped_processes.hpp"
#include "tests/kubesim/csi/tree_copy.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <spawn.h>
#include <sstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kubesim {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class own_directory_test : public ::testing::Test {
protected:
  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "kubesim-copy-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    fs::create_directories(from_ = directory_ / "from");
    to_ = directory_ / "to";
  }
  void TearDown() override { fs::remove_all(directory_); }

  static void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream{path} << text;
  }
  static std::string read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
  }

  fs::path directory_, from_, to_;
};

using copying_a_tree = own_directory_test;

TEST_F(copying_a_tree, keeps_files_modes_and_links) {
  write(from_ / "a/b/file", "content");
  fs::permissions(from_ / "a/b/file", static_cast<fs::perms>(0640));
  fs::create_symlink("b/file", from_ / "a/link");
  fs::create_hard_link(from_ / "a/b/file", from_ / "again");
  ASSERT_EQ(copy_tree(from_, to_), "");
  EXPECT_EQ(read(to_ / "a/b/file"), "content");
  EXPECT_EQ(fs::status(to_ / "a/b/file").permissions(), static_cast<fs::perms>(0640));
  EXPECT_EQ(fs::read_symlink(to_ / "a/link"), "b/file");
  EXPECT_EQ(fs::hard_link_count(to_ / "again"), 2u);
}

TEST_F(copying_a_tree, keeps_holes_and_what_follows_them) {
  {
    std::ofstream file{from_ / "sparse"};
    file << "begin";
    file.seekp(64 << 20);
    file << "end";
  }
  ASSERT_EQ(copy_tree(from_, to_), "");
  EXPECT_EQ(fs::file_size(to_ / "sparse"), (64u << 20) + 3);
  struct stat about {};
  ASSERT_EQ(::stat((to_ / "sparse").c_str(), &about), 0);
  EXPECT_LT(about.st_blocks * 512, 1 << 20);
  std::ifstream file{to_ / "sparse"};
  file.seekg(64 << 20);
  std::string end;
  file >> end;
  EXPECT_EQ(end, "end");
}

TEST_F(copying_a_tree, says_what_is_missing) {
  EXPECT_NE(copy_tree(from_ / "nobody", to_).find("nobody"), std::string::npos);
}

/// Writes the same rising number to two files, one after the other, until it is killed; a child of
/// it does so in the directory `child`.
constexpr const char* two_writers = R"(
write() {
  mkdir -p "$1"
  i=0
  while true; do
    i=$((i + 1))
    echo $i > "$1/first.new"; mv "$1/first.new" "$1/first"
    echo $i > "$1/second.new"; mv "$1/second.new" "$1/second"
  done
}
write "$0/child" &
write "$0/parent"
)";

class a_copy_under_writers : public own_directory_test {
protected:
  void SetUp() override {
    own_directory_test::SetUp();
    std::string shell = "sh", option = "-c", script = two_writers, place = from_.string();
    char* arguments[] = {shell.data(), option.data(), script.data(), place.data(), nullptr};
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    ASSERT_EQ(::posix_spawnp(&writer_, "sh", nullptr, &attributes, arguments, environ), 0);
    ::posix_spawnattr_destroy(&attributes);
    while (!fs::exists(from_ / "child/second") || !fs::exists(from_ / "parent/second"))
      ::usleep(1000);
  }
  void TearDown() override {
    ::kill(-writer_, SIGKILL);
    ::waitpid(writer_, nullptr, 0);
    own_directory_test::TearDown();
  }

  /// The second file holds what the first does, or the number before: all else is torn.
  void expect_whole(const fs::path& copy) {
    const auto first = std::stol(read(copy / "first")), second = std::stol(read(copy / "second"));
    EXPECT_TRUE(first == second || first == second + 1) << first << " and " << second;
  }

  pid_t writer_ = -1;
};

TEST_F(a_copy_under_writers, is_of_one_moment) {
  for (int round = 0; round < 20; ++round) {
    const auto copy = directory_ / std::to_string(round);
    {
      const stopped_processes stopped{{writer_}, 5s};
      ASSERT_TRUE(stopped.do_all_stand());
      ASSERT_EQ(copy_tree(from_, copy), "");
      EXPECT_EQ(read(copy / "parent/first"), read(from_ / "parent/first"));
      EXPECT_EQ(read(copy / "child/second"), read(from_ / "child/second"));
    }
    expect_whole(copy / "parent");
    expect_whole(copy / "child");
  }
}

TEST_F(a_copy_under_writers, lets_them_go_on_afterwards) {
  std::string before;
  {
    const stopped_processes stopped{{writer_}, 5s};
    before = read(from_ / "child/first");
  }
  while (read(from_ / "child/first") == before)
    ::usleep(1000);
}

TEST(stopped_processes, stand_at_once_if_there_are_none) {
  const stopped_processes stopped{{}, 1s};
  EXPECT_TRUE(stopped.do_all_stand());
}

} // namespace
} // namespace kubesim
