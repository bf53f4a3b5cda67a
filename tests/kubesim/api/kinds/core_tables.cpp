#include "tests/kubesim/api/kinds/schema_tables.hpp"

namespace kubesim::kinds {

std::string_view core_tables() {
  return R"(
@ConfigMap: immutable bool*, data {}string, binaryData {}bytes
@Secret: immutable bool*, data {}bytes, stringData {}string, type string
@Namespace: spec NamespaceSpec!, status NamespaceStatus!
NamespaceSpec: finalizers []string
NamespaceStatus: phase string, conditions []NamespaceCondition/type
NamespaceCondition: type string!, status string!, lastTransitionTime Time!, reason string, message string
@ServiceAccount: secrets []ObjectReference/name, imagePullSecrets []LocalObjectReference,
  automountServiceAccountToken bool*

@Service: spec ServiceSpec!, status ServiceStatus!
ServiceSpec: ports []ServicePort/port, selector {}string, clusterIP string, clusterIPs []string,
  type string, externalIPs []string, sessionAffinity string, loadBalancerIP string,
  loadBalancerSourceRanges []string, externalName string, externalTrafficPolicy string,
  healthCheckNodePort int32, publishNotReadyAddresses bool, sessionAffinityConfig any,
  ipFamilies []string, ipFamilyPolicy string*, allocateLoadBalancerNodePorts bool*,
  loadBalancerClass string*, internalTrafficPolicy string*, trafficDistribution string*
ServicePort: name string, protocol string, appProtocol string*, port int32!, targetPort IntOrString!,
  nodePort int32
ServiceStatus: loadBalancer LoadBalancerStatus!, conditions []Condition/type
LoadBalancerStatus: ingress []LoadBalancerIngress
LoadBalancerIngress: ip string, hostname string, ipMode string*, ports []any

@PersistentVolumeClaim: spec PersistentVolumeClaimSpec!, status PersistentVolumeClaimStatus!
PersistentVolumeClaimSpec: accessModes []string, selector LabelSelector,
  resources VolumeResourceRequirements!, volumeName string, storageClassName string*,
  volumeMode string*, dataSource TypedLocalObjectReference, dataSourceRef TypedObjectReference,
  volumeAttributesClassName string*
VolumeResourceRequirements: limits {}Quantity, requests {}Quantity
PersistentVolumeClaimStatus: phase string, accessModes []string, capacity {}Quantity,
  conditions []PersistentVolumeClaimCondition/type, allocatedResources {}Quantity,
  allocatedResourceStatuses {}string, currentVolumeAttributesClassName string*, modifyVolumeStatus any
PersistentVolumeClaimCondition: type string!, status string!, lastProbeTime Time!,
  lastTransitionTime Time!, reason string, message string

@PersistentVolume: spec PersistentVolumeSpec!, status PersistentVolumeStatus!
PersistentVolumeSpec: capacity {}Quantity, accessModes []string, claimRef ObjectReference,
  persistentVolumeReclaimPolicy string, storageClassName string, mountOptions []string,
  volumeMode string*, nodeAffinity VolumeNodeAffinity, volumeAttributesClassName string*,
  hostPath HostPathVolumeSource, nfs NFSVolumeSource, local LocalVolumeSource,
  csi CSIPersistentVolumeSource, iscsi any, fc any, cephfs any, rbd any, cinder any, flexVolume any,
  flocker any, gcePersistentDisk any, awsElasticBlockStore any, azureFile any, azureDisk any,
  glusterfs any, quobyte any, vsphereVolume any, photonPersistentDisk any, portworxVolume any,
  scaleIO any, storageos any
VolumeNodeAffinity: required NodeSelector
LocalVolumeSource: path string!, fsType string*
CSIPersistentVolumeSource: driver string!, volumeHandle string!, readOnly bool, fsType string,
  volumeAttributes {}string, controllerPublishSecretRef SecretReference,
  nodeStageSecretRef SecretReference, nodePublishSecretRef SecretReference,
  controllerExpandSecretRef SecretReference, nodeExpandSecretRef SecretReference
PersistentVolumeStatus: phase string, message string, reason string, lastPhaseTransitionTime Time

@Event: involvedObject ObjectReference!, reason string, message string, source EventSource!,
  firstTimestamp Time!, lastTimestamp Time!, count int32, type string, eventTime MicroTime!,
  series EventSeries, action string, related ObjectReference, reportingComponent string!,
  reportingInstance string!
EventSource: component string, host string
EventSeries: count int32, lastObservedTime MicroTime!
@EventsEvent: eventTime MicroTime!, series EventSeries, reportingController string,
  reportingInstance string, action string, reason string, regarding ObjectReference!,
  related ObjectReference, note string, type string, deprecatedSource EventSource!,
  deprecatedFirstTimestamp Time!, deprecatedLastTimestamp Time!, deprecatedCount int32

@Node: spec NodeSpec!, status NodeStatus!
NodeSpec: podCIDR string, podCIDRs []string/, providerID string, unschedulable bool, taints []Taint,
  configSource any, externalID string
Taint: key string!, value string, effect string!, timeAdded Time
NodeStatus: capacity {}Quantity, allocatable {}Quantity, phase string, conditions []NodeCondition/type,
  addresses []NodeAddress/type, daemonEndpoints NodeDaemonEndpoints!, nodeInfo NodeSystemInfo!,
  images []ContainerImage, volumesInUse []string, volumesAttached []AttachedVolume, config any,
  runtimeHandlers []any, features any, declaredFeatures []string
NodeCondition: type string!, status string!, lastHeartbeatTime Time!, lastTransitionTime Time!,
  reason string, message string
NodeAddress: type string!, address string!
NodeDaemonEndpoints: kubeletEndpoint DaemonEndpoint!
DaemonEndpoint: Port int32!
NodeSystemInfo: machineID string!, systemUUID string!, bootID string!, kernelVersion string!,
  osImage string!, containerRuntimeVersion string!, kubeletVersion string!, kubeProxyVersion string!,
  operatingSystem string!, architecture string!, swap any
ContainerImage: names []string, sizeBytes int64
AttachedVolume: name string!, devicePath string!

@Endpoints: subsets []EndpointSubset
EndpointSubset: addresses []EndpointAddress, notReadyAddresses []EndpointAddress, ports []EndpointPort
EndpointAddress: ip string!, hostname string, nodeName string*, targetRef ObjectReference
EndpointPort: name string, port int32!, protocol string, appProtocol string*

@ResourceQuota: spec ResourceQuotaSpec!, status ResourceQuotaStatus!
ResourceQuotaSpec: hard {}Quantity, scopes []string, scopeSelector any
ResourceQuotaStatus: hard {}Quantity, used {}Quantity
@LimitRange: spec LimitRangeSpec!
LimitRangeSpec: limits []any!
)";
}

} // namespace kubesim::kinds
