#include "tests/kubesim/api/kinds/schema_tables.hpp"

namespace kubesim::kinds {

std::string_view metadata_tables() {
  return R"(
ObjectMeta: name string, generateName string, namespace string, selfLink string, uid string,
  resourceVersion string, generation int64, creationTimestamp Time, deletionTimestamp Time,
  deletionGracePeriodSeconds int64*, labels {}string, annotations {}string,
  ownerReferences []OwnerReference/uid, finalizers []string/, managedFields []ManagedFieldsEntry
OwnerReference: apiVersion string!, kind string!, name string!, uid string!, controller bool*,
  blockOwnerDeletion bool*
ManagedFieldsEntry: manager string, operation string, apiVersion string, time Time, fieldsType string,
  fieldsV1 any, subresource string
Empty:
LabelSelector: matchLabels {}string, matchExpressions []LabelSelectorRequirement
LabelSelectorRequirement: key string!, operator string!, values []string
ObjectReference: kind string, namespace string, name string, uid string, apiVersion string,
  resourceVersion string, fieldPath string
LocalObjectReference: name string
TypedLocalObjectReference: apiGroup string*, kind string!, name string!
TypedObjectReference: apiGroup string*, kind string!, name string!, namespace string*
SecretReference: name string, namespace string
Condition: type string!, status string!, observedGeneration int64, lastTransitionTime Time!,
  reason string!, message string!
)";
}

std::string_view pod_tables() {
  return R"(
@Pod: spec PodSpec!, status PodStatus!
PodTemplateSpec: metadata ObjectMeta!, spec PodSpec!
PodSpec: volumes []Volume/name~, initContainers []Container/name, containers []Container!/name,
  ephemeralContainers []EphemeralContainer/name, restartPolicy string,
  terminationGracePeriodSeconds int64*, activeDeadlineSeconds int64*, dnsPolicy string,
  nodeSelector {}string, serviceAccountName string, serviceAccount string,
  automountServiceAccountToken bool*, nodeName string, hostNetwork bool, hostPID bool, hostIPC bool,
  shareProcessNamespace bool*, securityContext PodSecurityContext,
  imagePullSecrets []LocalObjectReference/name, hostname string, subdomain string, affinity Affinity,
  schedulerName string, tolerations []Toleration, hostAliases []HostAlias/ip, priorityClassName string,
  priority int32*, dnsConfig PodDNSConfig, readinessGates []PodReadinessGate, runtimeClassName string*,
  enableServiceLinks bool*, preemptionPolicy string*, overhead {}Quantity,
  topologySpreadConstraints []TopologySpreadConstraint/topologyKey, setHostnameAsFQDN bool*, os PodOS,
  hostUsers bool*, schedulingGates []PodSchedulingGate/name, resourceClaims []PodResourceClaim/name~,
  resources ResourceRequirements, hostnameOverride string*, workloadRef any, schedulingGroup any
Container: name string!, image string, command []string, args []string, workingDir string,
  ports []ContainerPort/containerPort, envFrom []EnvFromSource, env []EnvVar/name,
  resources ResourceRequirements!, resizePolicy []ContainerResizePolicy, restartPolicy string*,
  restartPolicyRules []any, volumeMounts []VolumeMount/mountPath, volumeDevices []VolumeDevice/devicePath,
  livenessProbe Probe, readinessProbe Probe, startupProbe Probe, lifecycle Lifecycle,
  terminationMessagePath string, terminationMessagePolicy string, imagePullPolicy string,
  securityContext SecurityContext, stdin bool, stdinOnce bool, tty bool
EphemeralContainer: name string!, image string, command []string, args []string, workingDir string,
  ports []ContainerPort/containerPort, envFrom []EnvFromSource, env []EnvVar/name,
  resources ResourceRequirements!, resizePolicy []ContainerResizePolicy, restartPolicy string*,
  volumeMounts []VolumeMount/mountPath, volumeDevices []VolumeDevice/devicePath, livenessProbe Probe,
  readinessProbe Probe, startupProbe Probe, lifecycle Lifecycle, terminationMessagePath string,
  terminationMessagePolicy string, imagePullPolicy string, securityContext SecurityContext, stdin bool,
  stdinOnce bool, tty bool, targetContainerName string
ContainerPort: name string, hostPort int32, containerPort int32!, protocol string, hostIP string
ContainerResizePolicy: resourceName string!, restartPolicy string!
EnvFromSource: prefix string, configMapRef ConfigMapEnvSource, secretRef SecretEnvSource
ConfigMapEnvSource: name string, optional bool*
SecretEnvSource: name string, optional bool*
EnvVar: name string!, value string, valueFrom EnvVarSource
EnvVarSource: fieldRef ObjectFieldSelector, resourceFieldRef ResourceFieldSelector,
  configMapKeyRef ConfigMapKeySelector, secretKeyRef SecretKeySelector, fileKeyRef any
ObjectFieldSelector: apiVersion string, fieldPath string!
ResourceFieldSelector: containerName string, resource string!, divisor Quantity
ConfigMapKeySelector: name string, key string!, optional bool*
SecretKeySelector: name string, key string!, optional bool*
ResourceRequirements: limits {}Quantity, requests {}Quantity, claims []ResourceClaim
ResourceClaim: name string!, request string
VolumeMount: name string!, readOnly bool, recursiveReadOnly string*, mountPath string!, subPath string,
  mountPropagation string*, subPathExpr string
VolumeDevice: name string!, devicePath string!
Probe: exec ExecAction, httpGet HTTPGetAction, tcpSocket TCPSocketAction, grpc GRPCAction,
  initialDelaySeconds int32, timeoutSeconds int32, periodSeconds int32, successThreshold int32,
  failureThreshold int32, terminationGracePeriodSeconds int64*
Lifecycle: postStart LifecycleHandler, preStop LifecycleHandler, stopSignal string*
LifecycleHandler: exec ExecAction, httpGet HTTPGetAction, tcpSocket TCPSocketAction, sleep SleepAction
ExecAction: command []string
HTTPGetAction: path string, port IntOrString!, host string, scheme string, httpHeaders []HTTPHeader
HTTPHeader: name string!, value string!
TCPSocketAction: port IntOrString!, host string
GRPCAction: port int32!, service string*
SleepAction: seconds int64!
SecurityContext: capabilities Capabilities, privileged bool*, seLinuxOptions SELinuxOptions,
  windowsOptions any, runAsUser int64*, runAsGroup int64*, runAsNonRoot bool*,
  readOnlyRootFilesystem bool*, allowPrivilegeEscalation bool*, procMount string*,
  seccompProfile SeccompProfile, appArmorProfile AppArmorProfile
Capabilities: add []string, drop []string
SELinuxOptions: user string, role string, type string, level string
SeccompProfile: type string!, localhostProfile string*
AppArmorProfile: type string!, localhostProfile string*
PodSecurityContext: seLinuxOptions SELinuxOptions, windowsOptions any, runAsUser int64*,
  runAsGroup int64*, runAsNonRoot bool*, supplementalGroups []int64, supplementalGroupsPolicy string*,
  fsGroup int64*, sysctls []Sysctl, fsGroupChangePolicy string*, seccompProfile SeccompProfile,
  appArmorProfile AppArmorProfile, seLinuxChangePolicy string*
Sysctl: name string!, value string!
Affinity: nodeAffinity NodeAffinity, podAffinity PodAffinity, podAntiAffinity PodAffinity
NodeAffinity: requiredDuringSchedulingIgnoredDuringExecution NodeSelector,
  preferredDuringSchedulingIgnoredDuringExecution []PreferredSchedulingTerm
NodeSelector: nodeSelectorTerms []NodeSelectorTerm!
NodeSelectorTerm: matchExpressions []LabelSelectorRequirement, matchFields []LabelSelectorRequirement
PreferredSchedulingTerm: weight int32!, preference NodeSelectorTerm!
PodAffinity: requiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm,
  preferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm
PodAffinityTerm: labelSelector LabelSelector, namespaces []string, topologyKey string!,
  namespaceSelector LabelSelector, matchLabelKeys []string, mismatchLabelKeys []string
WeightedPodAffinityTerm: weight int32!, podAffinityTerm PodAffinityTerm!
Toleration: key string, operator string, value string, effect string, tolerationSeconds int64*
HostAlias: ip string!, hostnames []string
PodDNSConfig: nameservers []string, searches []string, options []PodDNSConfigOption
PodDNSConfigOption: name string, value string*
PodReadinessGate: conditionType string!
TopologySpreadConstraint: maxSkew int32!, topologyKey string!, whenUnsatisfiable string!,
  labelSelector LabelSelector, minDomains int32*, nodeAffinityPolicy string*, nodeTaintsPolicy string*,
  matchLabelKeys []string
PodOS: name string!
PodSchedulingGate: name string!
PodResourceClaim: name string!, resourceClaimName string*, resourceClaimTemplateName string*

Volume: name string!, hostPath HostPathVolumeSource, emptyDir EmptyDirVolumeSource,
  secret SecretVolumeSource, nfs NFSVolumeSource, iscsi any,
  persistentVolumeClaim PersistentVolumeClaimVolumeSource, downwardAPI DownwardAPIVolumeSource,
  configMap ConfigMapVolumeSource, projected ProjectedVolumeSource, csi CSIVolumeSource,
  ephemeral EphemeralVolumeSource, image ImageVolumeSource, fc any, cephfs any, rbd any, cinder any,
  flexVolume any, flocker any, gcePersistentDisk any, awsElasticBlockStore any, azureFile any,
  azureDisk any, glusterfs any, gitRepo any, quobyte any, vsphereVolume any, photonPersistentDisk any,
  portworxVolume any, scaleIO any, storageos any
HostPathVolumeSource: path string!, type string*
EmptyDirVolumeSource: medium string, sizeLimit Quantity
SecretVolumeSource: secretName string, items []KeyToPath, defaultMode int32*, optional bool*
KeyToPath: key string!, path string!, mode int32*
NFSVolumeSource: server string!, path string!, readOnly bool
PersistentVolumeClaimVolumeSource: claimName string!, readOnly bool
DownwardAPIVolumeSource: items []DownwardAPIVolumeFile, defaultMode int32*
DownwardAPIVolumeFile: path string!, fieldRef ObjectFieldSelector,
  resourceFieldRef ResourceFieldSelector, mode int32*
ConfigMapVolumeSource: name string, items []KeyToPath, defaultMode int32*, optional bool*
ProjectedVolumeSource: sources []VolumeProjection!, defaultMode int32*
VolumeProjection: secret SecretProjection, downwardAPI DownwardAPIProjection,
  configMap ConfigMapProjection, serviceAccountToken ServiceAccountTokenProjection,
  clusterTrustBundle any, podCertificate any
SecretProjection: name string, items []KeyToPath, optional bool*
ConfigMapProjection: name string, items []KeyToPath, optional bool*
DownwardAPIProjection: items []DownwardAPIVolumeFile
ServiceAccountTokenProjection: audience string, expirationSeconds int64*, path string!
CSIVolumeSource: driver string!, readOnly bool*, fsType string*, volumeAttributes {}string,
  nodePublishSecretRef LocalObjectReference
EphemeralVolumeSource: volumeClaimTemplate PersistentVolumeClaimTemplate
PersistentVolumeClaimTemplate: metadata ObjectMeta!, spec PersistentVolumeClaimSpec!
ImageVolumeSource: reference string, pullPolicy string

PodStatus: observedGeneration int64, phase string, conditions []PodCondition/type, message string,
  reason string, nominatedNodeName string, hostIP string, hostIPs []PodIP/ip, podIP string,
  podIPs []PodIP/ip, startTime Time, initContainerStatuses []ContainerStatus,
  containerStatuses []ContainerStatus, qosClass string, ephemeralContainerStatuses []ContainerStatus,
  resize string, resourceClaimStatuses []any, extendedResourceClaimStatus any,
  allocatedResources {}Quantity, resources ResourceRequirements
PodIP: ip string
PodCondition: type string!, observedGeneration int64, status string!, lastProbeTime Time!,
  lastTransitionTime Time!, reason string, message string
ContainerStatus: name string!, state ContainerState!, lastState ContainerState!, ready bool!,
  restartCount int32!, image string!, imageID string!, containerID string, started bool*,
  allocatedResources {}Quantity, resources ResourceRequirements, volumeMounts []VolumeMountStatus,
  user any, allocatedResourcesStatus []any, stopSignal string*
VolumeMountStatus: name string!, mountPath string!, readOnly bool, recursiveReadOnly string*
ContainerState: waiting ContainerStateWaiting, running ContainerStateRunning,
  terminated ContainerStateTerminated
ContainerStateWaiting: reason string, message string
ContainerStateRunning: startedAt Time!
ContainerStateTerminated: exitCode int32!, signal int32, reason string, message string,
  startedAt Time!, finishedAt Time!, containerID string
)";
}

} // namespace kubesim::kinds
