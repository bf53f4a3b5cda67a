#include "tests/kubesim/kubelet/launcher.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>

namespace kubesim {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct ended {
  launch_report report;
  std::string output;
};

class container : public ::testing::Test {
protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "kubesim-container-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    for (const char* name : {"staging/root", "staging/upper", "volume"})
      fs::create_directories(directory_ / name);
    make_sandbox("pod");
  }

  void TearDown() override { fs::remove_all(directory_); }

  void make_sandbox(const std::string& name) {
    std::optional<launch_report> made;
    launcher_.make_sandbox(name, {.hostname = name, .address = "10.244.0.9"},
                           [&](const launch_report& report) { made = report; });
    run_until([&] { return made.has_value(); });
    ASSERT_EQ(made->problem, "");
  }

  template <class Condition>
  void run_until(Condition holds) {
    const auto limit = std::chrono::steady_clock::now() + 30s;
    while (!holds()) {
      ASSERT_LT(std::chrono::steady_clock::now(), limit);
      loop_.restart();
      loop_.run_one_for(100ms);
    }
  }

  launch_request request(request_kind kind, std::vector<std::string> arguments) {
    return {.kind = kind,
            .sandbox = "pod",
            .process = {.arguments = std::move(arguments),
                        .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}},
            .root
            = {.staging = (directory_ / "staging").string(), .directories = {}, .mounts = {}}};
  }

  /// A container that runs until it is told to end, and has said so.
  process_id start_sleeping() {
    const auto has_started = std::make_shared<bool>(false); // its end is reported after we returned
    const auto id = start(request(request_kind::container, {"sleep", "1000"}), out_of_first_,
                          [has_started](const launch_report&) { *has_started = true; });
    run_until([&] { return *has_started; });
    return id;
  }

  process_id start(launch_request wanted, const descriptor& output, launcher::listener on_report) {
    const descriptor nothing{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    return launcher_.start(std::move(wanted), {nothing.get(), output.get(), output.get()},
                           std::move(on_report));
  }

  ended run(launch_request wanted) {
    const descriptor output{::memfd_create("output", MFD_CLOEXEC)};
    std::optional<launch_report> last;
    start(std::move(wanted), output, [&](const launch_report& report) {
      if (report.kind != report_kind::started)
        last = report;
    });
    run_until([&] { return last.has_value(); });
    std::string text(65536, '\0');
    const auto count = ::pread(output.get(), text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(count));
    return {*last, text};
  }

  ended run_in_new(const std::string& script) {
    return run(request(request_kind::container, {"sh", "-c", script}));
  }

  ended run_exec(process_id in, const std::string& script) {
    auto wanted = request(request_kind::exec, {"sh", "-c", script});
    wanted.joins = in;
    return run(wanted);
  }

  boost::asio::io_context loop_;
  launcher launcher_{loop_, "/proc/self/exe"};
  fs::path directory_;
  descriptor out_of_first_{::memfd_create("first", MFD_CLOEXEC)};
};

TEST_F(container, runs_its_command_as_process_1) {
  EXPECT_EQ(run_in_new("echo $$").output, "1\n");
}

TEST_F(container, reports_the_exit_code_of_its_first_process) {
  const auto end = run_in_new("exit 3");
  EXPECT_EQ(end.report.kind, report_kind::exited);
  EXPECT_EQ(end.report.exit_code, 3);
}

TEST_F(container, reports_128_and_the_signal_if_one_killed_it) {
  const auto id = start_sleeping();
  auto wanted = request(request_kind::exec, {"sh", "-c", "kill -15 $$"});
  wanted.joins = id;
  EXPECT_EQ(run(wanted).report.exit_code, 143);
}

TEST_F(container, says_why_a_command_cannot_be_run) {
  const auto end = run(request(request_kind::container, {"/no/such/command"}));
  EXPECT_EQ(end.report.kind, report_kind::failed);
  EXPECT_EQ(end.report.error_number, ENOENT);
}

TEST_F(container, sees_only_its_own_processes_and_its_pods_host_name) {
  EXPECT_EQ(run_in_new("echo /proc/[0-9]*; hostname").output, "/proc/1\npod\n");
}

TEST_F(container, has_a_root_and_a_tmp_of_its_own) {
  EXPECT_EQ(run_in_new("touch /tmp/new-in-container /new && echo done").output, "done\n");
  EXPECT_FALSE(fs::exists("/tmp/new-in-container"));
  EXPECT_FALSE(fs::exists("/new"));
}

TEST_F(container, changes_system_directories_without_touching_the_machine) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "in a user namespace the system directories belong to nobody";
  EXPECT_EQ(run_in_new("touch /usr/bin/new /etc/new && echo done").output, "done\n");
  EXPECT_FALSE(fs::exists("/usr/bin/new"));
  EXPECT_FALSE(fs::exists("/etc/new"));
}

TEST_F(container, shares_a_mounted_directory_with_the_machine) {
  auto wanted = request(request_kind::container, {"sh", "-c", "echo kept > /srv/deep/there/file"});
  wanted.root.mounts = {{(directory_ / "volume").string(), "/srv/deep/there", false}};
  EXPECT_EQ(run(wanted).report.exit_code, 0);
  EXPECT_TRUE(fs::exists(directory_ / "volume/file"));
}

TEST_F(container, cannot_write_to_a_read_only_mount) {
  auto wanted = request(request_kind::container, {"sh", "-c", "touch /v/file 2>/dev/null"});
  wanted.root.mounts = {{(directory_ / "volume").string(), "/v", true}};
  EXPECT_NE(run(wanted).report.exit_code, 0);
}

TEST_F(container, has_its_loopback_up_and_cannot_see_the_network_of_another_pod) {
  const auto listening
      = start(request(request_kind::container, {"busybox", "nc", "-l", "-p", "3306"}),
              out_of_first_, [](const launch_report&) {});
  make_sandbox("other");
  auto here = request(request_kind::connect, {});
  here.connection = {.address = "127.0.0.1", .port = 3306};
  auto elsewhere = here;
  elsewhere.sandbox = "other";
  EXPECT_EQ(run(elsewhere).report.exit_code, 1);
  run_until([&] { return run(here).report.exit_code == 0; });
  launcher_.signal(listening, SIGKILL);
}

TEST_F(container, answers_at_the_address_of_its_pod) {
  start(request(request_kind::container, {"busybox", "nc", "-l", "-p", "80"}), out_of_first_,
        [](const launch_report&) {});
  auto wanted = request(request_kind::connect, {});
  wanted.connection = {.address = "10.244.0.9", .port = 80};
  run_until([&] { return run(wanted).report.exit_code == 0; });
}

TEST_F(container, is_joined_by_an_exec_that_sees_its_files_and_processes) {
  const auto id = start_sleeping();
  EXPECT_EQ(run_exec(id, "echo seen > /tmp/file; tr '\\0' ' ' < /proc/1/cmdline").output,
            "sleep 1000 ");
  EXPECT_EQ(run_exec(id, "cat /tmp/file; hostname").output, "seen\npod\n");
}

TEST_F(container, gives_an_exec_no_environment_but_its_own) {
  auto wanted = request(request_kind::exec, {"/usr/bin/env"});
  wanted.joins = start_sleeping();
  wanted.process.environment = {"ONLY=this"};
  EXPECT_EQ(run(wanted).output, "ONLY=this\n");
}

TEST_F(container, takes_all_of_its_processes_along_when_the_first_is_killed) {
  const auto id = start_sleeping();
  auto wanted = request(request_kind::exec, {"sleep", "1000"});
  wanted.joins = id;
  std::optional<launch_report> last;
  start(wanted, out_of_first_, [&](const launch_report& report) { last = report; });
  run_until([&] { return last.has_value(); });
  EXPECT_EQ(last->kind, report_kind::started);
  launcher_.signal(id, SIGKILL);
  run_until([&] { return last->kind == report_kind::exited; });
  EXPECT_EQ(last->exit_code, 137);
}

TEST_F(container, cannot_be_joined_after_its_end) {
  const auto id = start_sleeping();
  launcher_.signal(id, SIGKILL);
  run_until([&] { return run_exec(id, "true").report.kind == report_kind::failed; });
}

TEST_F(container, starts_many_at_once_and_hears_of_the_end_of_each) {
  constexpr int many = 50;
  int ended_well = 0;
  for (int i = 0; i < many; ++i)
    start(request(request_kind::container, {"true"}), out_of_first_,
          [&](const launch_report& report) {
            ended_well += report.kind == report_kind::exited && report.exit_code == 0;
          });
  run_until([&] { return ended_well == many; });
}

} // namespace
} // namespace kubesim
