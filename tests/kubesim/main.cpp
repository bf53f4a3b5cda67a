#include "tests/kubesim/cluster.hpp"
#include "tests/kubesim/kubeconfig.hpp"
#include "tests/kubesim/kubelet/container_main.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

namespace {

struct program_options {
  std::string listen = "127.0.0.1:0";
  std::string kubeconfig, restricted_kubeconfig, pki_dir, token_file, log;
  std::filesystem::path state_dir, images_dir = KUBESIM_IMAGES_DIR;
  bool has_tls = true, without_processes = false, without_snapshots = false, without_groups = false;
  std::int64_t cut_latency = 0, ready_latency = 0, provision_latency = 0;
  std::int64_t namespace_deletion = 500;
  int newest_exec_protocol = 5;
  std::size_t history = 10'000;
};

void declare(CLI::App& app, program_options& options) {
  app.add_option("--listen", options.listen, "address and port; port 0 takes a free one");
  app.add_option("--kubeconfig-out", options.kubeconfig, "writes an administrator's kubeconfig");
  app.add_option("--restricted-kubeconfig-out", options.restricted_kubeconfig,
                 "writes one of a user without any rights");
  app.add_option("--pki-out", options.pki_dir,
                 "directory for ca.crt and admin, restricted .crt and .key");
  app.add_option("--token-auth-file", options.token_file,
                 "lines of token,user,uid,\"group1,group2\"")
      ->check(CLI::ExistingFile);
  app.add_option("--log", options.log, "file for the requests, one JSON line each");
  app.add_flag("--tls,!--no-tls", options.has_tls, "TLS is on by default");
  app.add_flag("--no-processes", options.without_processes,
               "pods are Running at once and start nothing");
  app.add_flag("--without-snapshot-crds", options.without_snapshots,
               "a cluster in which nobody installed the snapshot kinds");
  app.add_flag("--without-group-snapshot-crds", options.without_groups,
               "a cluster with snapshot kinds, but none of groups");
  app.add_option("--state-dir", options.state_dir,
                 "volumes, snapshots and logs; default: a new temporary directory");
  app.add_option("--images", options.images_dir, "what image names mean");
  app.add_option("--cut-latency", options.cut_latency, "ms until a snapshot is cut");
  app.add_option("--ready-latency", options.ready_latency, "ms from the cut to readyToUse");
  app.add_option("--provision-latency", options.provision_latency, "ms until a volume is there");
  app.add_option("--namespace-deletion", options.namespace_deletion,
                 "ms that a namespace takes to vanish");
  app.add_option("--newest-exec-protocol", options.newest_exec_protocol,
                 "4 for a server that does not know v5")
      ->check(CLI::Range(4, 5));
  app.add_option("--history", options.history, "changes kept for watches, per kind");
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file{path, std::ios::trunc};
  file << text;
  file.close();
  if (!file)
    throw std::runtime_error("cannot write " + path.string());
  std::filesystem::permissions(path, std::filesystem::perms::owner_read
                                         | std::filesystem::perms::owner_write);
}

void write_pki(const std::filesystem::path& directory, const kubesim::cluster& cluster,
               const kubesim::key_pair& restricted) {
  std::filesystem::create_directories(directory);
  write_file(directory / "ca.crt", cluster.authority().certificate());
  write_file(directory / "admin.crt", cluster.admin().certificate);
  write_file(directory / "admin.key", cluster.admin().key);
  write_file(directory / "restricted.crt", restricted.certificate);
  write_file(directory / "restricted.key", restricted.key);
}

void write_access(const program_options& options, const kubesim::cluster& cluster) {
  auto restricted = cluster.authority().issue_client("restricted-user", {});
  if (!options.kubeconfig.empty())
    write_file(options.kubeconfig, cluster.kubeconfig());
  if (!options.restricted_kubeconfig.empty())
    write_file(
        options.restricted_kubeconfig,
        kubesim::write_kubeconfig(cluster.url(), cluster.authority().certificate(), restricted));
  if (!options.pki_dir.empty())
    write_pki(options.pki_dir, cluster, restricted);
}

std::filesystem::path new_directory() {
  auto path = (std::filesystem::temp_directory_path() / "kubesim-XXXXXX").string();
  if (!mkdtemp(path.data()))
    throw std::runtime_error("cannot make a directory for the state");
  return path;
}

/// A directory of its own making goes with the program.
class state_directory {
public:
  explicit state_directory(const std::filesystem::path& given)
      : path_{given.empty() ? new_directory() : given}, is_own_{given.empty()} {
    std::filesystem::create_directories(path_);
  }
  state_directory(const state_directory&) = delete;
  state_directory& operator=(const state_directory&) = delete;
  ~state_directory() {
    std::error_code ignored;
    if (is_own_)
      std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
  bool is_own_;
};

kubesim::cluster_options cluster_options(const program_options& options,
                                         const std::filesystem::path& state) {
  using std::chrono::milliseconds;
  kubesim::cluster_options wanted;
  auto colon = options.listen.rfind(':');
  if (colon == std::string::npos)
    throw std::runtime_error("--listen wants ADDRESS:PORT");
  wanted.address = options.listen.substr(0, colon);
  wanted.port = static_cast<std::uint16_t>(std::stoul(options.listen.substr(colon + 1)));
  wanted.security
      = options.has_tls ? kubesim::transport_security::tls : kubesim::transport_security::none;
  wanted.run
      = options.without_processes ? kubesim::containers::pretended : kubesim::containers::processes;
  wanted.snapshots = options.without_snapshots ? kubesim::snapshot_kinds::missing
                     : options.without_groups  ? kubesim::snapshot_kinds::without_groups
                                               : kubesim::snapshot_kinds::installed;
  if (!options.token_file.empty())
    wanted.token_file = read_file(options.token_file);
  wanted.state_dir = state;
  wanted.images_dir = options.images_dir;
  wanted.cut_latency = milliseconds{options.cut_latency};
  wanted.ready_latency = milliseconds{options.ready_latency};
  wanted.provision_latency = milliseconds{options.provision_latency};
  wanted.namespace_deletion = milliseconds{options.namespace_deletion};
  wanted.newest_exec_protocol = options.newest_exec_protocol;
  wanted.history_length = options.history;
  wanted.log_line = [](const std::string& line) { std::cerr << "kubesim " << line << std::endl; };
  return wanted;
}

int run(const program_options& options) {
  state_directory state{options.state_dir};
  auto wanted = cluster_options(options, state.path());
  auto log = std::make_shared<std::ofstream>();
  if (!options.log.empty()) {
    log->open(options.log, std::ios::app);
    if (!*log)
      throw std::runtime_error("cannot write " + options.log);
    wanted.log_request = [log](const kubesim::json& entry) { *log << entry.dump() << std::endl; };
  }
  boost::asio::io_context loop{1};
  kubesim::cluster cluster{loop, std::move(wanted)};
  write_access(options, cluster);
  boost::asio::signal_set signals{loop, SIGTERM, SIGINT};
  signals.async_wait([&](boost::system::error_code, int) {
    cluster.stop();
    loop.stop();
  });
  std::cout << "kubesim listening on " << cluster.url() << std::endl;
  loop.run();
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  // Containers are started by this program as its own launcher; see container_main.hpp.
  if (auto code = kubesim::container_main(argc, argv))
    return *code;
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{"A Kubernetes cluster in one process, for tests and demonstrations", "kubesim"};
  program_options options;
  declare(app, options);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const std::exception& error) {
    std::cerr << "kubesim: " << error.what() << std::endl;
    return 1;
  }
}
