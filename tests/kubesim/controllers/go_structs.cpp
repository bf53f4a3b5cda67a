#include "tests/kubesim/controllers/go_structs.hpp"

#include <cctype>
#include <map>
#include <utility>

namespace kubesim::control {
namespace {

/// `Name: Field type, Field type=jsonName, Field type=.` (embedded). Without a JSON name the
/// field's first letter becomes small. Packages: v1. unless the type is a Go scalar or names one.
constexpr std::string_view tables[] = {
    "PodTemplateSpec: ObjectMeta ObjectMeta=metadata, Spec PodSpec",
    "ObjectMeta: Name string, GenerateName string, Namespace string, SelfLink string, "
    "UID types.UID=uid, ResourceVersion string, Generation int64, CreationTimestamp Time, "
    "DeletionTimestamp *Time, DeletionGracePeriodSeconds *int64, Labels map[string]string, "
    "Annotations map[string]string, OwnerReferences []OwnerReference, Finalizers []string, "
    "ManagedFields []ManagedFieldsEntry",
    "Time: Time time.Time=.",
    "time.Time: wall uint64, ext int64, loc *time.Location",
    "PodSpec: Volumes []Volume, InitContainers []Container, Containers []Container, "
    "EphemeralContainers []EphemeralContainer, RestartPolicy RestartPolicy, "
    "TerminationGracePeriodSeconds *int64, ActiveDeadlineSeconds *int64, "
    "DNSPolicy DNSPolicy=dnsPolicy, NodeSelector map[string]string, ServiceAccountName string, "
    "DeprecatedServiceAccount string=serviceAccount, AutomountServiceAccountToken *bool, "
    "NodeName string, HostNetwork bool, HostPID bool, HostIPC bool, ShareProcessNamespace *bool, "
    "SecurityContext *PodSecurityContext, ImagePullSecrets []LocalObjectReference, "
    "Hostname string, Subdomain string, Affinity *Affinity, SchedulerName string, "
    "Tolerations []Toleration, HostAliases []HostAlias, PriorityClassName string, "
    "Priority *int32, DNSConfig *PodDNSConfig=dnsConfig, ReadinessGates []PodReadinessGate, "
    "RuntimeClassName *string, EnableServiceLinks *bool, PreemptionPolicy *PreemptionPolicy, "
    "Overhead ResourceList, TopologySpreadConstraints []TopologySpreadConstraint, "
    "SetHostnameAsFQDN *bool, OS *PodOS=os, HostUsers *bool, "
    "SchedulingGates []PodSchedulingGate, ResourceClaims []PodResourceClaim, "
    "Resources *ResourceRequirements, HostnameOverride *string, "
    "SchedulingGroup *PodSchedulingGroup",
    "Container: Name string, Image string, Command []string, Args []string, WorkingDir string, "
    "Ports []ContainerPort, EnvFrom []EnvFromSource, Env []EnvVar, "
    "Resources ResourceRequirements, ResizePolicy []ContainerResizePolicy, "
    "RestartPolicy *ContainerRestartPolicy, RestartPolicyRules []ContainerRestartRule, "
    "VolumeMounts []VolumeMount, VolumeDevices []VolumeDevice, LivenessProbe *Probe, "
    "ReadinessProbe *Probe, StartupProbe *Probe, Lifecycle *Lifecycle, "
    "TerminationMessagePath string, TerminationMessagePolicy TerminationMessagePolicy, "
    "ImagePullPolicy PullPolicy, SecurityContext *SecurityContext, Stdin bool, StdinOnce bool, "
    "TTY bool=tty",
    "ContainerPort: Name string, HostPort int32, ContainerPort int32, Protocol Protocol, "
    "HostIP string",
    "EnvVar: Name string, Value string, ValueFrom *EnvVarSource",
    "EnvVarSource: FieldRef *ObjectFieldSelector, ResourceFieldRef *ResourceFieldSelector, "
    "ConfigMapKeyRef *ConfigMapKeySelector, SecretKeyRef *SecretKeySelector, "
    "FileKeyRef *FileKeySelector",
    "ObjectFieldSelector: APIVersion string=apiVersion, FieldPath string",
    "ConfigMapKeySelector: LocalObjectReference LocalObjectReference=., Key string, "
    "Optional *bool",
    "SecretKeySelector: LocalObjectReference LocalObjectReference=., Key string, Optional *bool",
    "EnvFromSource: Prefix string, ConfigMapRef *ConfigMapEnvSource, SecretRef *SecretEnvSource",
    "ConfigMapEnvSource: LocalObjectReference LocalObjectReference=., Optional *bool",
    "SecretEnvSource: LocalObjectReference LocalObjectReference=., Optional *bool",
    "LocalObjectReference: Name string",
    "ResourceRequirements: Limits ResourceList, Requests ResourceList, Claims []ResourceClaim",
    "VolumeMount: Name string, ReadOnly bool, RecursiveReadOnly *RecursiveReadOnlyMode, "
    "MountPath string, SubPath string, MountPropagation *MountPropagationMode, "
    "SubPathExpr string",
    "Probe: ProbeHandler ProbeHandler=., InitialDelaySeconds int32, TimeoutSeconds int32, "
    "PeriodSeconds int32, SuccessThreshold int32, FailureThreshold int32, "
    "TerminationGracePeriodSeconds *int64",
    "ProbeHandler: Exec *ExecAction, HTTPGet *HTTPGetAction=httpGet, "
    "TCPSocket *TCPSocketAction=tcpSocket, GRPC *GRPCAction=grpc",
    "ExecAction: Command []string",
    "HTTPGetAction: Path string, Port intstr.IntOrString, Host string, Scheme URIScheme, "
    "HTTPHeaders []HTTPHeader=httpHeaders",
    "HTTPHeader: Name string, Value string",
    "TCPSocketAction: Port intstr.IntOrString, Host string",
    "GRPCAction: Port int32, Service *string",
    "Lifecycle: PostStart *LifecycleHandler, PreStop *LifecycleHandler, StopSignal *Signal",
    "LifecycleHandler: Exec *ExecAction, HTTPGet *HTTPGetAction=httpGet, "
    "TCPSocket *TCPSocketAction=tcpSocket, Sleep *SleepAction",
    "SleepAction: Seconds int64",
    "SecurityContext: Capabilities *Capabilities, Privileged *bool, "
    "SELinuxOptions *SELinuxOptions=seLinuxOptions, "
    "WindowsOptions *WindowsSecurityContextOptions, RunAsUser *int64, RunAsGroup *int64, "
    "RunAsNonRoot *bool, ReadOnlyRootFilesystem *bool, AllowPrivilegeEscalation *bool, "
    "ProcMount *ProcMountType, SeccompProfile *SeccompProfile, AppArmorProfile *AppArmorProfile",
    "Capabilities: Add []Capability, Drop []Capability",
    "SeccompProfile: Type SeccompProfileType, LocalhostProfile *string",
    "PodSecurityContext: SELinuxOptions *SELinuxOptions=seLinuxOptions, "
    "WindowsOptions *WindowsSecurityContextOptions, RunAsUser *int64, RunAsGroup *int64, "
    "RunAsNonRoot *bool, SupplementalGroups []int64, "
    "SupplementalGroupsPolicy *SupplementalGroupsPolicy, FSGroup *int64=fsGroup, "
    "Sysctls []Sysctl, FSGroupChangePolicy *PodFSGroupChangePolicy=fsGroupChangePolicy, "
    "SeccompProfile *SeccompProfile, AppArmorProfile *AppArmorProfile, "
    "SELinuxChangePolicy *PodSELinuxChangePolicy=seLinuxChangePolicy",
    "Toleration: Key string, Operator TolerationOperator, Value string, Effect TaintEffect, "
    "TolerationSeconds *int64",
    "Volume: Name string, VolumeSource VolumeSource=.",
    "VolumeSource: HostPath *HostPathVolumeSource, EmptyDir *EmptyDirVolumeSource, "
    "GCEPersistentDisk *GCEPersistentDiskVolumeSource=gcePersistentDisk, "
    "AWSElasticBlockStore *AWSElasticBlockStoreVolumeSource=awsElasticBlockStore, "
    "GitRepo *GitRepoVolumeSource, Secret *SecretVolumeSource, NFS *NFSVolumeSource=nfs, "
    "ISCSI *ISCSIVolumeSource=iscsi, Glusterfs *GlusterfsVolumeSource, "
    "PersistentVolumeClaim *PersistentVolumeClaimVolumeSource, RBD *RBDVolumeSource=rbd, "
    "FlexVolume *FlexVolumeSource, Cinder *CinderVolumeSource, "
    "CephFS *CephFSVolumeSource=cephfs, Flocker *FlockerVolumeSource, "
    "DownwardAPI *DownwardAPIVolumeSource, FC *FCVolumeSource=fc, "
    "AzureFile *AzureFileVolumeSource, ConfigMap *ConfigMapVolumeSource, "
    "VsphereVolume *VsphereVirtualDiskVolumeSource, Quobyte *QuobyteVolumeSource, "
    "AzureDisk *AzureDiskVolumeSource, PhotonPersistentDisk *PhotonPersistentDiskVolumeSource, "
    "Projected *ProjectedVolumeSource, PortworxVolume *PortworxVolumeSource, "
    "ScaleIO *ScaleIOVolumeSource, StorageOS *StorageOSVolumeSource=storageos, "
    "CSI *CSIVolumeSource=csi, Ephemeral *EphemeralVolumeSource, Image *ImageVolumeSource",
    "PersistentVolumeClaimVolumeSource: ClaimName string, ReadOnly bool",
    "EmptyDirVolumeSource: Medium StorageMedium, SizeLimit *resource.Quantity",
    "HostPathVolumeSource: Path string, Type *HostPathType",
    "ConfigMapVolumeSource: LocalObjectReference LocalObjectReference=., Items []KeyToPath, "
    "DefaultMode *int32, Optional *bool",
    "SecretVolumeSource: SecretName string, Items []KeyToPath, DefaultMode *int32, "
    "Optional *bool",
    "KeyToPath: Key string, Path string, Mode *int32",
};

using structs = std::map<std::string, go_struct, std::less<>>;

/// The part before `mark`; `text` keeps what follows it.
std::string_view cut(std::string_view& text, std::string_view mark) {
  const auto at = text.find(mark);
  const auto head = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + mark.size());
  return head;
}

/// `*Probe` to `*v1.Probe`; scalars and types of a named package stay.
std::string qualified(std::string_view type) {
  const auto name_at = type.find_last_of("*]") + 1; // npos + 1 is 0
  const auto name = type.substr(name_at);
  const bool is_named
      = std::isupper(static_cast<unsigned char>(name.front())) && name.find('.') == name.npos;
  return std::string{type.substr(0, name_at)} + (is_named ? "v1." : "") + std::string{name};
}

std::string with_small_initial(std::string_view name) {
  std::string text{name};
  text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  return text;
}

go_field parsed_field(std::string_view text) {
  const auto name = cut(text, " ");
  const auto type = cut(text, "=");
  const bool is_embedded = text == ".";
  return {name, qualified(type), text.empty() ? with_small_initial(name) : std::string{text},
          is_embedded};
}

structs parsed_tables() {
  structs all;
  for (auto table : tables) {
    auto& fields = all[qualified(cut(table, ": "))];
    while (!table.empty())
      fields.push_back(parsed_field(cut(table, ", ")));
  }
  return all;
}

} // namespace

const go_struct* find_go_struct(std::string_view type) {
  static const structs all = parsed_tables();
  const auto found = all.find(type);
  return found == all.end() ? nullptr : &found->second;
}

} // namespace kubesim::control
