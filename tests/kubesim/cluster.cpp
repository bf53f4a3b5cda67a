#include "tests/kubesim/cluster.hpp"

#include "tests/kubesim/api/registry_factory.hpp"
#include "tests/kubesim/auth/authenticator.hpp"
#include "tests/kubesim/auth/authorizer.hpp"
#include "tests/kubesim/auth/reviews.hpp"
#include "tests/kubesim/auth/token_file.hpp"
#include "tests/kubesim/controllers/controllers.hpp"
#include "tests/kubesim/csi/driver.hpp"
#include "tests/kubesim/http/server.hpp"
#include "tests/kubesim/kubeconfig.hpp"
#include "tests/kubesim/kubelet/endpoints.hpp"
#include "tests/kubesim/kubelet/node.hpp"
#include "tests/kubesim/seed.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <random>

namespace kubesim {

namespace {

constexpr const char* node_name = "node1";

std::vector<kind_rules> served_kinds(snapshot_kinds snapshots) {
  auto kinds = builtin_kinds();
  if (snapshots != snapshot_kinds::installed)
    std::erase_if(kinds, [snapshots](const kind_rules& rules) {
      return rules.type.group == "groupsnapshot.storage.k8s.io"
             || (snapshots == snapshot_kinds::missing
                 && rules.type.group == "snapshot.storage.k8s.io");
    });
  return kinds;
}

std::unique_ptr<api_registry> registry_on(boost::asio::io_context& loop,
                                          const cluster_options& options) {
  registry_options wanted;
  wanted.post = [&loop](std::function<void()> task) { boost::asio::post(loop, std::move(task)); };
  wanted.random = [source = std::make_shared<std::mt19937_64>(std::random_device{}())] {
    return (*source)();
  };
  wanted.history_length = options.history_length;
  return make_registry(served_kinds(options.snapshots), std::move(wanted));
}

std::string token_for(const api_registry& objects, authenticator& issuer,
                      const std::string& name_space, const std::string& name) {
  const auto* accounts = objects.find_type("", "v1", "serviceaccounts");
  auto account = accounts ? objects.find(*accounts, {name_space, name}) : nullptr;
  if (!account)
    return {};
  auto uid = account->at("metadata").at("uid").get<std::string>();
  return issuer.issue({name_space, name}, uid, std::chrono::hours{24}).text;
}

} // namespace

struct cluster::parts {
  parts(boost::asio::io_context& loop, const cluster_options& options)
      : objects{registry_on(loop, options)},
        who_is_who{*objects, [] { return std::chrono::system_clock::now(); }},
        rights{*objects},
        reviews{*objects, who_is_who, rights},
        admin{authority.issue_client("kubernetes-admin", {"system:masters"})},
        control{*objects, loop, controls(options)} {
    seed(*objects, node_name);
    for (auto& [token, who] : read_token_file(options.token_file))
      who_is_who.accept(token, who);
    kubelet = std::make_unique<node>(*objects, loop, kubelet_options(options));
    csi = std::make_unique<driver>(
        *objects, loop, *kubelet,
        csi_options{options.cut_latency, options.ready_latency, options.provision_latency});
    front = std::make_unique<http::server>(
        loop, http::served_cluster{*objects, who_is_who, rights, reviews, faults},
        server_options(options));
  }

  controller_options controls(const cluster_options& options) const {
    controller_options wanted;
    wanted.node_name = node_name;
    wanted.root_certificate = authority.certificate();
    wanted.namespace_deletion = options.namespace_deletion;
    wanted.log = options.log_line;
    return wanted;
  }

  node_options kubelet_options(const cluster_options& options) {
    node_options wanted;
    wanted.state_dir = options.state_dir;
    wanted.images_dir = options.images_dir;
    wanted.node_name = node_name;
    wanted.newest_exec_protocol = options.newest_exec_protocol;
    wanted.run_processes = options.run == containers::processes;
    wanted.service_account_token = [this](const std::string& name_space, const std::string& name) {
      return token_for(*objects, who_is_who, name_space, name);
    };
    return wanted;
  }

  http::server_options server_options(const cluster_options& options) {
    http::server_options wanted;
    wanted.address = options.address;
    wanted.port = options.port;
    if (options.security == transport_security::tls)
      wanted.tls = http::tls_identity{authority.issue_server(), authority.certificate()};
    wanted.exec = exec_endpoint(*kubelet, faults, options.log_request);
    wanted.log = log_endpoint(*kubelet);
    wanted.log_request_line = options.log_request;
    return wanted;
  }

  std::unique_ptr<api_registry> objects;
  certificate_authority authority;
  authenticator who_is_who;
  authorizer rights;
  review_desk reviews;
  fault_plan faults;
  key_pair admin;
  controllers control;
  std::unique_ptr<node> kubelet;
  std::unique_ptr<driver> csi;
  std::unique_ptr<http::server> front;
  std::string url;
};

cluster::cluster(boost::asio::io_context& loop, cluster_options options)
    : parts_{std::make_unique<parts>(loop, options)} {
  auto scheme = options.security == transport_security::tls ? "https://" : "http://";
  parts_->url = scheme + options.address + ":" + std::to_string(parts_->front->port());
}

cluster::~cluster() {
  stop();
}

std::string cluster::url() const {
  return parts_->url;
}
api_registry& cluster::objects() {
  return *parts_->objects;
}
fault_plan& cluster::faults() {
  return parts_->faults;
}
const certificate_authority& cluster::authority() const {
  return parts_->authority;
}
const key_pair& cluster::admin() const {
  return parts_->admin;
}

std::string cluster::kubeconfig() const {
  return write_kubeconfig(url(), authority().certificate(), admin());
}

void cluster::stop() {
  parts_->front->stop();
  parts_->kubelet->stop();
}

} // namespace kubesim
