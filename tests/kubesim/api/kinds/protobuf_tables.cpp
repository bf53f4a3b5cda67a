#include "tests/kubesim/api/kinds/protobuf_tables.hpp"

#include <sstream>

namespace kubesim::kinds {

namespace {

/// `Structure: number name, ...`; the types of the fields are those of `builtin_schema()`. `-`: not
/// read.
constexpr const char* tables = R"(
ObjectMeta: 1 name, 2 generateName, 3 namespace, 4 selfLink, 5 uid, 6 resourceVersion, 7
  generation, 8 creationTimestamp, 9 deletionTimestamp, 10 deletionGracePeriodSeconds, 11 labels,
  12 annotations, 13 ownerReferences, 14 finalizers, 17 -
OwnerReference: 1 kind, 3 name, 4 uid, 5 apiVersion, 6 controller, 7 blockOwnerDeletion
LabelSelector: 1 matchLabels, 2 matchExpressions
LabelSelectorRequirement: 1 key, 2 operator, 3 values
ConfigMap: 1 metadata, 2 data, 3 binaryData, 4 immutable
Secret: 1 metadata, 2 data, 3 type, 4 stringData, 5 immutable
Namespace: 1 metadata, 2 spec, 3 -
NamespaceSpec: 1 finalizers
ServiceAccount: 1 metadata, 2 secrets, 3 imagePullSecrets, 4 automountServiceAccountToken
LocalObjectReference: 1 name
ObjectReference: 1 kind, 2 namespace, 3 name, 4 uid, 5 apiVersion, 6 resourceVersion, 7 fieldPath
Role: 1 metadata, 2 rules
ClusterRole: 1 metadata, 2 rules, 3 aggregationRule
AggregationRule: 1 clusterRoleSelectors
PolicyRule: 1 verbs, 2 apiGroups, 3 resources, 4 resourceNames, 5 nonResourceURLs
RoleBinding: 1 metadata, 2 subjects, 3 roleRef
ClusterRoleBinding: 1 metadata, 2 subjects, 3 roleRef
Subject: 1 kind, 2 apiGroup, 3 name, 4 namespace
RoleRef: 1 apiGroup, 2 kind, 3 name
Deployment: 1 metadata, 2 spec, 3 -
DeploymentSpec: 1 replicas, 2 selector, 3 template, 4 strategy, 5 minReadySeconds, 6
  revisionHistoryLimit, 7 paused, 9 progressDeadlineSeconds
DeploymentStrategy: 1 type, 2 rollingUpdate
RollingUpdateDeployment: 1 maxUnavailable, 2 maxSurge
ResourceQuota: 1 metadata, 2 spec, 3 -
ResourceQuotaSpec: 1 hard, 2 scopes
Job: 1 metadata, 2 spec, 3 -
JobSpec: 1 parallelism, 2 completions, 3 activeDeadlineSeconds, 4 selector, 5 manualSelector, 6
  template, 7 backoffLimit, 8 ttlSecondsAfterFinished, 9 completionMode, 10 suspend
PodTemplateSpec: 1 metadata, 2 spec
PodSpec: 1 volumes, 2 containers, 3 restartPolicy, 4 terminationGracePeriodSeconds, 5
  activeDeadlineSeconds, 6 dnsPolicy, 7 nodeSelector, 8 serviceAccountName, 9 serviceAccount, 10
  nodeName, 11 hostNetwork, 12 hostPID, 13 hostIPC, 14 securityContext, 15 imagePullSecrets, 16
  hostname, 17 subdomain, 19 schedulerName, 20 initContainers, 21 automountServiceAccountToken, 24
  priorityClassName
PodSecurityContext: 2 runAsUser, 3 runAsNonRoot, 5 fsGroup, 6 runAsGroup
Container: 1 name, 2 image, 3 command, 4 args, 5 workingDir, 6 ports, 7 env, 8 resources, 9
  volumeMounts, 13 terminationMessagePath, 14 imagePullPolicy, 16 stdin, 17 stdinOnce, 18 tty, 20
  terminationMessagePolicy
ContainerPort: 1 name, 2 hostPort, 3 containerPort, 4 protocol, 5 hostIP
EnvVar: 1 name, 2 value
ResourceRequirements: 1 limits, 2 requests
VolumeMount: 1 name, 2 readOnly, 3 mountPath, 4 subPath
Service: 1 metadata, 2 spec, 3 -
ServiceSpec: 1 ports, 2 selector, 3 clusterIP, 4 type, 5 externalIPs, 7 sessionAffinity, 8
  loadBalancerIP, 9 loadBalancerSourceRanges, 10 externalName, 11 externalTrafficPolicy, 12
  healthCheckNodePort, 13 publishNotReadyAddresses
ServicePort: 1 name, 2 protocol, 3 port, 4 targetPort, 5 nodePort, 6 appProtocol
SelfSubjectAccessReview: 1 metadata, 2 spec, 3 -
SubjectAccessReview: 1 metadata, 2 spec, 3 -
LocalSubjectAccessReview: 1 metadata, 2 spec, 3 -
AccessSpec: 1 resourceAttributes, 2 nonResourceAttributes, 3 user, 4 groups, 6 uid
ResourceAttributes: 1 namespace, 2 verb, 3 group, 4 version, 5 resource, 6 subresource, 7 name
NonResourceAttributes: 1 path, 2 verb
SelfSubjectRulesReview: 1 metadata, 2 spec, 3 -
SelfSubjectRulesReviewSpec: 1 namespace
TokenReview: 1 metadata, 2 spec, 3 -
TokenReviewSpec: 1 token, 2 audiences
SelfSubjectReview: 1 metadata, 2 -
TokenRequest: 1 metadata, 2 spec, 3 -
TokenRequestSpec: 1 audiences, 3 boundObjectRef, 4 expirationSeconds
BoundObjectReference: 1 kind, 2 apiVersion, 3 name, 4 uid
)";

std::map<std::string, field_numbers, std::less<>> read() {
  std::map<std::string, field_numbers, std::less<>> all;
  field_numbers* numbers = nullptr;
  std::istringstream words{tables};
  for (std::string word; words >> word;) {
    if (word.ends_with(':')) {
      numbers = &all[word.substr(0, word.size() - 1)];
      continue;
    }
    std::string name;
    words >> name;
    if (name.ends_with(','))
      name.pop_back();
    (*numbers)[std::stoull(word)] = name == "-" ? std::string{} : name;
  }
  return all;
}

} // namespace

const field_numbers* numbers_of(std::string_view structure) {
  static const auto all = read();
  const auto found = all.find(structure);
  return found == all.end() ? nullptr : &found->second;
}

} // namespace kubesim::kinds
