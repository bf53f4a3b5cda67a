// What `kubectl apply -f deploy/` creates: no more rights and no fewer safeguards than the
// documentation says.
#include "tests/crds/manifests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace {

using manifests::json;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

namespace fs = std::filesystem;

/// The files that kubectl takes from a folder, in its order.
std::vector<std::string> manifest_files(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator{manifests::project_file(folder)})
    if (const auto ending = entry.path().extension();
        ending == ".yaml" || ending == ".yml" || ending == ".json")
      names.push_back(folder + "/" + entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<json> objects_in(const std::string& folder) {
  std::vector<json> all;
  for (const auto& file : manifest_files(folder))
    for (auto& object : manifests::documents(file))
      all.push_back(std::move(object));
  return all;
}

json object_of_kind(const std::string& folder, const std::string& kind) {
  for (auto& object : objects_in(folder))
    if (object["kind"] == kind)
      return object;
  ADD_FAILURE() << "no " << kind << " in " << folder;
  return {};
}

/// `verb group/resource`, the core group being empty.
std::set<std::string> rights_of(const json& role) {
  std::set<std::string> rights;
  for (const auto& rule : role["rules"])
    for (const std::string group : rule["apiGroups"])
      for (const std::string resource : rule["resources"])
        for (const std::string verb : rule["verbs"])
          rights.insert(verb + " " + group + "/" + resource);
  return rights;
}

std::vector<json> roles_in(const std::string& folder) {
  std::vector<json> roles;
  for (auto& object : objects_in(folder))
    if (object["kind"] == "ClusterRole" || object["kind"] == "Role")
      roles.push_back(std::move(object));
  return roles;
}

json container_of(const json& deployment) {
  const auto& containers = deployment["spec"]["template"]["spec"]["containers"];
  EXPECT_EQ(containers.size(), 1U);
  return containers[0];
}

TEST(deploy, holds_only_what_a_bare_cluster_knows_definitions_first) {
  std::vector<std::string> kinds;
  for (const auto& object : objects_in("deploy"))
    kinds.push_back(object["kind"]);
  EXPECT_THAT(kinds, ElementsAre("CustomResourceDefinition", "CustomResourceDefinition",
                                 "CustomResourceDefinition", "ServiceAccount", "ClusterRole",
                                 "ClusterRoleBinding", "Role", "RoleBinding", "Deployment"));
}

TEST(deploy, links_to_every_definition) {
  std::set<fs::path> linked;
  for (const auto& file : manifest_files("deploy"))
    if (const auto path = manifests::project_file(file); fs::is_symlink(path)) {
      EXPECT_TRUE(fs::read_symlink(path).is_relative());
      linked.insert(fs::canonical(path));
    }
  std::set<fs::path> present;
  for (const auto& file : manifest_files("crds"))
    present.insert(fs::canonical(manifests::project_file(file)));
  EXPECT_EQ(linked, present);
  EXPECT_EQ(linked.size(), 3U);
}

TEST(deploy, puts_all_that_has_a_namespace_into_kube_system) {
  for (const auto& object : objects_in("deploy")) {
    const std::string kind = object["kind"];
    const bool is_cluster_wide = kind == "CustomResourceDefinition" || kind.starts_with("Cluster");
    EXPECT_EQ(object["metadata"].value("namespace", ""), is_cluster_wide ? "" : "kube-system")
        << kind;
  }
}

class roles : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(, roles, testing::Values("deploy", "deploy/namespaced"),
                         [](const auto& folder) {
                           return folder.index == 0 ? "cluster" : "one_namespace";
                         });

TEST_P(roles, grant_nothing_by_wildcard_and_no_secret) {
  ASSERT_THAT(roles_in(GetParam()), Not(IsEmpty()));
  for (const auto& role : roles_in(GetParam())) {
    EXPECT_EQ(role.dump().find('*'), std::string::npos);
    EXPECT_EQ(role.dump().find("secrets"), std::string::npos);
    for (const auto* verb : {"escalate", "bind", "impersonate", "deletecollection"})
      EXPECT_EQ(role.dump().find(verb), std::string::npos);
  }
}

TEST_P(roles, allow_exec_over_websocket_before_and_after_kubernetes_1_35) {
  std::set<std::string> rights;
  for (const auto& role : roles_in(GetParam()))
    rights.merge(rights_of(role));
  EXPECT_THAT(rights, IsSupersetOf({"get /pods/exec", "create /pods/exec"}));
}

TEST_P(roles, make_and_delete_claims_but_no_volume) {
  std::set<std::string> rights;
  for (const auto& role : roles_in(GetParam()))
    rights.merge(rights_of(role));
  EXPECT_THAT(rights,
              IsSupersetOf({"create /persistentvolumeclaims", "delete /persistentvolumeclaims"}));
  for (const auto* verb : {"create", "delete"})
    EXPECT_FALSE(rights.contains(std::string{verb} + " /persistentvolumes"));
}

TEST_P(roles, are_bound_to_the_service_account_of_the_operator) {
  const auto account = object_of_kind(GetParam(), "ServiceAccount")["metadata"];
  std::set<std::string> bound;
  for (const auto& object : objects_in(GetParam()))
    if (object.contains("roleRef")) {
      bound.insert(object["roleRef"]["kind"].get<std::string>() + "/"
                   + object["roleRef"]["name"].get<std::string>());
      ASSERT_EQ(object["subjects"].size(), 1U);
      EXPECT_EQ(object["subjects"][0]["name"], account["name"]);
      EXPECT_EQ(object["subjects"][0]["namespace"], account["namespace"]);
    }
  for (const auto& role : roles_in(GetParam()))
    EXPECT_THAT(bound, Contains(role["kind"].get<std::string>() + "/"
                                + role["metadata"]["name"].get<std::string>()));
  EXPECT_EQ(
      object_of_kind(GetParam(), "Deployment")["spec"]["template"]["spec"]["serviceAccountName"],
      account["name"]);
}

TEST(namespaced_and_cluster_roles,
     of_one_namespace_are_those_of_the_cluster_without_what_has_no_namespace) {
  std::set<std::string> cluster, one_namespace;
  for (const auto& role : roles_in("deploy"))
    cluster.merge(rights_of(role));
  for (const auto& role : roles_in("deploy/namespaced")) {
    EXPECT_EQ(role["kind"], "Role");
    one_namespace.merge(rights_of(role));
  }
  std::erase_if(cluster, [](const std::string& right) {
    return right.ends_with("/volumesnapshotcontents") || right.ends_with("/volumesnapshotclasses")
           || right.ends_with("/volumegroupsnapshotclasses")
           || right.ends_with("/persistentvolumes") || right.ends_with("/storageclasses");
  });
  EXPECT_EQ(one_namespace, cluster);
}

TEST(namespaced_and_cluster_roles, explain_every_rule) {
  std::istringstream lines{manifests::text_of("deploy/20-rbac.yaml")};
  std::string line, before;
  int rules = 0;
  for (; std::getline(lines, line); before = line)
    if (line.starts_with("- apiGroups:") && before.find("verbs:") == std::string::npos) {
      ++rules;
      EXPECT_TRUE(before.starts_with("# ")) << line << " after " << before;
    }
  EXPECT_GE(rules, 12);
}

class operator_deployment : public testing::TestWithParam<const char*> {
protected:
  const json deployment = object_of_kind(GetParam(), "Deployment");
  const json pod = deployment["spec"]["template"]["spec"];
  const json container = container_of(deployment);
};
INSTANTIATE_TEST_SUITE_P(, operator_deployment, testing::Values("deploy", "deploy/namespaced"),
                         [](const auto& folder) {
                           return folder.index == 0 ? "cluster" : "one_namespace";
                         });

TEST_P(operator_deployment, runs_without_any_privilege) {
  EXPECT_EQ(pod["securityContext"]["runAsNonRoot"], true);
  EXPECT_EQ(pod["securityContext"]["runAsUser"], 65532);
  EXPECT_EQ(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
  EXPECT_EQ(container["securityContext"]["allowPrivilegeEscalation"], false);
  EXPECT_EQ(container["securityContext"]["readOnlyRootFilesystem"], true);
  EXPECT_EQ(container["securityContext"]["capabilities"], json({{"drop", {"ALL"}}}));
  for (const auto* forbidden : {"hostNetwork", "hostPID", "hostIPC", "volumes"})
    EXPECT_FALSE(pod.contains(forbidden)) << forbidden;
}

TEST_P(operator_deployment, has_a_standby_and_gives_the_last_thaw_its_time) {
  EXPECT_EQ(deployment["spec"]["replicas"], 2);
  EXPECT_THAT(container["args"], testing::Contains(json("--leader-elect")));
  EXPECT_EQ(pod["terminationGracePeriodSeconds"], 60);
}

TEST_P(operator_deployment, is_probed_where_its_arguments_say_that_it_listens) {
  EXPECT_THAT(container["args"],
              IsSupersetOf({json("--metrics-address=:8080"), json("--health-address=:8081")}));
  std::map<std::string, int> ports;
  for (const auto& port : container["ports"])
    ports[port["name"]] = port["containerPort"];
  EXPECT_EQ(ports, (std::map<std::string, int>{{"metrics", 8080}, {"health", 8081}}));
  EXPECT_EQ(container["livenessProbe"]["httpGet"],
            json({{"path", "/healthz"}, {"port", "health"}}));
  EXPECT_EQ(container["readinessProbe"]["httpGet"],
            json({{"path", "/readyz"}, {"port", "health"}}));
}

TEST_P(operator_deployment, selects_its_own_pods) {
  const auto& wanted = deployment["spec"]["selector"]["matchLabels"];
  ASSERT_THAT(wanted, Not(IsEmpty()));
  for (const auto& [name, value] : wanted.items())
    EXPECT_EQ(deployment["spec"]["template"]["metadata"]["labels"][name], value);
  EXPECT_EQ(deployment["metadata"]["name"], "backup-restore-operator");
  EXPECT_FALSE(container["resources"]["limits"]["memory"].is_null());
}

TEST(samples, of_our_kinds_fit_their_schemas) {
  int ours = 0;
  for (const auto& object : objects_in("deploy/samples")) {
    if (object["apiVersion"] != "backups.example.com/v1alpha1")
      continue;
    ++ours;
    const std::string plural = object["kind"] == "VolumeBackup"    ? "volumebackups"
                               : object["kind"] == "VolumeRestore" ? "volumerestores"
                                                                   : "volumebackupproviders";
    EXPECT_THAT(manifests::misfits(manifests::schema_of(manifests::definition(plural)), object),
                IsEmpty());
  }
  EXPECT_EQ(ours, 3);
}

TEST(samples, freeze_mysql_in_a_client_that_stays) {
  const auto deployment = object_of_kind("deploy/samples", "Deployment");
  const auto& annotations = deployment["spec"]["template"]["metadata"]["annotations"];
  EXPECT_EQ(annotations["backups.example.com.hook-session"],
            R"(MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mysql -h 127.0.0.1 -uroot -N --unbuffered)");
  EXPECT_EQ(annotations["backups.example.com.pre-hook"],
            "FLUSH TABLES WITH READ LOCK; SELECT 'READY';");
  EXPECT_EQ(annotations["backups.example.com.post-hook"], "UNLOCK TABLES;");
}

TEST(samples, restore_the_sample_backup_into_the_sample_application) {
  const auto restore = object_of_kind("deploy/samples", "VolumeRestore");
  EXPECT_EQ(restore["spec"]["applicationRef"],
            object_of_kind("deploy/samples", "Deployment")["metadata"]["name"]);
  EXPECT_EQ(restore["spec"]["source"]["backupName"],
            object_of_kind("deploy/samples", "VolumeBackup")["metadata"]["name"]);
}

TEST(samples, have_the_secret_and_the_claim_that_the_application_names) {
  const auto application = object_of_kind("deploy/samples", "Deployment");
  const auto secret = object_of_kind("deploy/samples", "Secret");
  const auto claim = object_of_kind("deploy/samples", "PersistentVolumeClaim");
  const auto container = container_of(application);
  for (const auto& variable : container["env"]) {
    EXPECT_EQ(variable["valueFrom"]["secretKeyRef"]["name"], secret["metadata"]["name"]);
    EXPECT_TRUE(secret["stringData"].contains(variable["valueFrom"]["secretKeyRef"]["key"]));
  }
  EXPECT_EQ(
      application["spec"]["template"]["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"],
      claim["metadata"]["name"]);
  EXPECT_EQ(object_of_kind("deploy/samples", "VolumeBackup")["spec"]["applicationRef"],
            application["metadata"]["name"]);
}

} // namespace
