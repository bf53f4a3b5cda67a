// What the texts of the presets do in each shell that an image may have, with programs that only
// tell how they were called: neither a server nor a file system is needed, and none is touched.

#include "actors/freeze_session/presets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <sys/wait.h>

namespace freeze_session {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct outcome {
  int exit_code = -1;
  std::string output;
};

class preset_text : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    auto name = (std::filesystem::temp_directory_path() / "preset-XXXXXX").string();
    directory_ = mkdtemp(name.data());
    std::filesystem::create_directory(directory_ / "bin");
    write_program("sleep", "");
    write_program("sync", "");
  }

  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string path(std::string_view name) const { return (directory_ / name).string(); }

  void write(std::string_view name, std::string_view text) const {
    std::ofstream{directory_ / name} << text;
  }

  void write_program(const std::string& name, const std::string& text) const {
    write("bin/" + name, "#!/bin/sh\nDIR='" + directory_.string() + "'\n" + text);
    std::filesystem::permissions(directory_ / "bin" / name, std::filesystem::perms::owner_all);
  }

  /// What the programs have written down.
  std::string log() const {
    std::stringstream text;
    text << std::ifstream{directory_ / "log"}.rdbuf();
    return text.str();
  }

  /// `text` as a hook, with no programs but those that were written, and only these variables.
  outcome run(const std::string& text, const std::map<std::string, std::string>& variables = {}) {
    write("text", "PATH='" + path("bin") + "'\n" + text);
    std::string command{"env -i PATH=\"$PATH\""};
    for (auto& [name, value] : variables)
      command += ' ' + name + "='" + value + '\'';
    command += ' ' + GetParam() + " -c \"$(cat '" + path("text") + "')\" hook id </dev/null 2>&1";
    outcome result;
    auto stream = popen(command.c_str(), "r");
    std::array<char, 256> piece{};
    while (fgets(piece.data(), static_cast<int>(piece.size()), stream))
      result.output += piece.data();
    result.exit_code = WEXITSTATUS(pclose(stream));
    return result;
  }

  /// With the tests' own list of mounts.
  hook_declaration fsfreeze(std::vector<claim_mount> mounts) const {
    auto hooks = *hooks_of_preset("fsfreeze", {std::move(mounts), 60s});
    constexpr std::string_view real = "/proc/self/mountinfo";
    for (auto at = hooks.pre.find(real); at != std::string::npos; at = hooks.pre.find(real))
      hooks.pre.replace(at, real.size(), path("mounts"));
    return hooks;
  }

  /// A line of that list for a directory of the test.
  std::string mount(const std::string& device, const std::string& root, const std::string& name,
                    const std::string& type) const {
    std::filesystem::create_directories(directory_ / name);
    return "36 35 " + device + ' ' + root + ' ' + std::filesystem::canonical(path(name)).string()
           + " rw,noatime master:1 - " + type + " /dev/x rw\n";
  }

private:
  std::filesystem::path directory_;
};

const std::string node = "1 0 0:50 / / rw - overlay overlay rw\n"
                         "2 1 254:1 /kubelet/hosts /etc/hosts rw - ext4 /dev/root rw\n";
constexpr auto note_call = "echo \"$*\" >>\"$DIR/log\"\n";

hook_declaration hooks_of(std::string_view preset) {
  return *hooks_of_preset(preset, {{}, 60s});
}

// Clients.

TEST_P(preset_text, mysql_passes_the_password_in_the_environment) {
  write_program("mysql", "echo \"$MYSQL_PWD: $*\"");
  auto result = run(hooks_of("mysql").client, {{"MYSQL_ROOT_PASSWORD", "a\"b $c"}});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, testing::StartsWith("a\"b $c: --user=root --host=localhost "));
}

TEST_P(preset_text, mysql_and_mariadb_do_with_the_client_of_the_other) {
  write_program("mariadb", "echo mariadb $MYSQL_PWD");
  EXPECT_EQ(run(hooks_of("mysql").client, {{"MYSQL_ROOT_PASSWORD", "x"}}).output, "mariadb x\n");
  std::filesystem::remove(path("bin/mariadb"));
  write_program("mysql", "echo mysql $MYSQL_PWD");
  EXPECT_EQ(run(hooks_of("mariadb").client, {{"MARIADB_ROOT_PASSWORD", "y"}}).output, "mysql y\n");
}

TEST_P(preset_text, a_client_that_is_missing_is_an_error) {
  for (auto preset : {"mysql", "mariadb", "postgresql"})
    EXPECT_EQ(run(hooks_of(preset).client).exit_code, 127) << preset;
}

TEST_P(preset_text, postgresql_stays_in_its_container) {
  write_program("psql", "echo \"${PGHOST-nowhere} $PGPASSWORD $*\"");
  auto client = hooks_of("postgresql").client;
  EXPECT_THAT(run(client, {{"PGHOST", "elsewhere"}}).output,
              testing::StartsWith("nowhere  --username=postgres "));
  EXPECT_THAT(run(client, {{"POSTGRES_USER", "shop"}, {"POSTGRES_PASSWORD", "p"}}).output,
              testing::StartsWith("nowhere p --username=shop "));
}

// Redis. The server's answers to INFO, one after the other, are in $INFO_0, $INFO_1...

const std::string idle = "aof_enabled:0 rdb_bgsave_in_progress:0 rdb_last_bgsave_status:ok";
const std::string saving = "aof_enabled:0 rdb_bgsave_in_progress:1 rdb_last_bgsave_status:ok";
constexpr auto redis_cli = R"(echo "$*" >>"$DIR/log"
case $1 in
client) echo "${CLIENT-OK}" ;;
info)
  number=0
  [ ! -e "$DIR/number" ] || read -r number <"$DIR/number"
  echo $((number + 1)) >"$DIR/number"
  eval "echo \"\$INFO_$number\""
  ;;
*) echo "${SAVE-Background saving started}" ;;
esac
)";

TEST_P(preset_text, redis_saves_after_the_writes_have_stopped) {
  write_program("redis-cli", redis_cli);
  auto result = run(hooks_of("redis").pre,
                    {{"INFO_0", saving}, {"INFO_1", idle}, {"INFO_2", saving}, {"INFO_3", idle}});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(log(), "client pause 60000 write\ninfo persistence\ninfo persistence\nbgsave\n"
                   "info persistence\ninfo persistence\n");
}

TEST_P(preset_text, redis_with_an_append_only_file_rewrites_it) {
  write_program("redis-cli", redis_cli);
  const std::string state = "aof_enabled:1 aof_rewrite_in_progress:0 rdb_bgsave_in_progress:0 "
                            "aof_last_bgrewrite_status:";
  auto result = run(hooks_of("redis").pre, {{"INFO_0", state + "err"}, {"INFO_1", state + "ok"}});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(log(), HasSubstr("\nbgrewriteaof\n"));
}

TEST_P(preset_text, redis_that_does_not_pause_or_save_is_not_frozen) {
  write_program("redis-cli", redis_cli);
  auto pre = hooks_of("redis").pre;
  auto unknown = run(pre, {{"CLIENT", "ERR syntax error"}});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.output, HasSubstr("CLIENT PAUSE: ERR syntax error"));
  EXPECT_EQ(run(pre, {{"INFO_1", "LOADING"}}).exit_code, 1);
  std::filesystem::remove(path("number"));
  EXPECT_EQ(run(pre, {{"INFO_0", idle}, {"SAVE", "ERR no"}}).exit_code, 1);
  std::filesystem::remove(path("number"));
  auto failed = run(pre, {{"INFO_0", idle}, {"INFO_1", idle.substr(0, idle.size() - 2) + "err"}});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.output, HasSubstr("bgsave failed"));
}

TEST_P(preset_text, redis_passes_the_password_in_the_environment_if_there_is_one) {
  write_program("redis-cli", "echo \"${REDISCLI_AUTH-none} $*\" >>\"$DIR/log\"; echo OK");
  auto post = hooks_of("redis").post;
  EXPECT_EQ(run(post, {{"REDIS_PASSWORD", "s"}}).exit_code, 0);
  EXPECT_EQ(run(post, {{"REDIS_PASSWORD", ""}}).exit_code, 0);
  EXPECT_EQ(log(), "s client unpause\nnone client unpause\n");
}

TEST_P(preset_text, redis_that_cannot_be_asked_is_not_thawed) {
  write_program("redis-cli", redis_cli);
  auto post = hooks_of("redis").post;
  EXPECT_EQ(run(post, {{"CLIENT", ""}}).exit_code, 1);
  EXPECT_EQ(
      run(post, {{"CLIENT", "ERR Unknown subcommand or wrong number of arguments"}}).exit_code, 0)
      << "too old to pause";
}

// fsfreeze.

TEST_P(preset_text, fsfreeze_freezes_each_file_system_of_the_claims_once) {
  write_program("fsfreeze", note_call);
  write("mounts", node + mount("8:1", "/", "data", "ext4") + mount("8:1", "/logs", "logs", "ext4")
                      + mount("8:2", "/", "more", "xfs"));
  auto hooks = fsfreeze({{path("data"), ""}, {path("logs"), "logs"}, {path("more") + "/", ""}});
  auto result = run(hooks.pre);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  auto data = std::filesystem::canonical(path("data")).string();
  auto more = std::filesystem::canonical(path("more")).string();
  EXPECT_EQ(log(), "--freeze " + data + "\n--freeze " + more + "\n");
}

TEST_P(preset_text, fsfreeze_refuses_what_is_not_the_claims_own_file_system) {
  write_program("fsfreeze", note_call);
  struct danger {
    std::string mounts, says;
  };
  const danger dangers[]{
      {"", "is no mount point"},
      {mount("8:1", "/pvc-1", "data", "ext4"), "only the directory /pvc-1"},
      {mount("8:1", "/subway", "data", "ext4"), "only the directory /subway"},
      {mount("0:60", "/", "data", "nfs4"), "type nfs4"},
      {mount("8:1", "/", "data", "ext4") + mount("0:61", "/", "data", "tmpfs"), "type tmpfs"},
      {mount("254:1", "/", "data", "ext4"), "same file system as /etc/hosts"},
      {mount("8:1", "/", "data", "ext4") + mount("8:1", "/", "else", "ext4"), "else"},
  };
  for (auto& [mounts, says] : dangers) {
    write("mounts", node + mounts);
    auto result = run(fsfreeze({{path("data"), "sub"}}).pre);
    EXPECT_EQ(result.exit_code, 75) << says;
    EXPECT_THAT(result.output, AllOf(HasSubstr(says), HasSubstr("leaves nothing frozen")));
  }
  EXPECT_EQ(run(fsfreeze({{path("nowhere"), ""}}).pre).exit_code, 75);
  write("mounts", "1 0 8:1 / / rw - ext4 /dev/root rw\n");
  EXPECT_THAT(run(fsfreeze({{"/", ""}}).pre).output, HasSubstr("root of the container"));
  EXPECT_EQ(log(), "");
}

TEST_P(preset_text, fsfreeze_needs_the_program) {
  write("mounts", mount("8:1", "/", "data", "ext4"));
  auto hooks = fsfreeze({{path("data"), ""}});
  auto result = run(hooks.pre);
  EXPECT_EQ(result.exit_code, 75);
  EXPECT_THAT(result.output, HasSubstr("no fsfreeze"));
  EXPECT_EQ(run(hooks.post).exit_code, 0);
}

TEST_P(preset_text, fsfreeze_undoes_its_own_freezes_and_no_others) {
  write_program("fsfreeze",
                std::string{note_call} + "case \"$*\" in --freeze*more) exit 1 ;; esac");
  write("mounts", node + mount("8:1", "/", "data", "ext4") + mount("8:2", "/", "more", "ext4"));
  auto hooks = fsfreeze({{path("data"), ""}, {path("more"), ""}});
  EXPECT_EQ(run(hooks.pre).exit_code, 75);
  EXPECT_THAT(log(), AllOf(HasSubstr("--unfreeze " + path("data")),
                           Not(HasSubstr("--unfreeze " + path("more")))));
  auto said = log();
  EXPECT_EQ(run(hooks.post, {{"BACKUP_PRE_HOOK_EXIT", "75"}}).exit_code, 0);
  EXPECT_EQ(log(), said);
}

TEST_P(preset_text, fsfreeze_thaws_again_what_may_be_thawed) {
  auto hooks = fsfreeze({{path("data"), ""}, {path("more"), ""}});
  write_program("fsfreeze", std::string{note_call} + "echo 'fsfreeze: Invalid argument'; exit 1");
  auto thawed = run(hooks.post);
  EXPECT_EQ(thawed.exit_code, 0);
  EXPECT_EQ(thawed.output, "");
  EXPECT_EQ(log(), "--unfreeze " + path("data") + "\n--unfreeze " + path("more") + '\n');
  write_program("fsfreeze", "echo 'fsfreeze: Input/output error' >&2; exit 1");
  auto failed = run(hooks.post, {{"BACKUP_PRE_HOOK_EXIT", "0"}});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.output, HasSubstr("Input/output error"));
}

INSTANTIATE_TEST_SUITE_P(shells, preset_text,
                         testing::Values("dash", "busybox sh", "bash", "bash --posix"),
                         [](const auto& shell) {
                           auto name = shell.param;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](char letter) { return !std::isalnum(letter); }, '_');
                           return name;
                         });

} // namespace
} // namespace freeze_session
