#include "tests/kubesim/api/kinds/schema_tables.hpp"

namespace kubesim::kinds {

std::string_view workload_tables() {
  return R"(
@Deployment: spec DeploymentSpec!, status DeploymentStatus!
DeploymentSpec: replicas int32*, selector LabelSelector, template PodTemplateSpec!,
  strategy DeploymentStrategy!~, minReadySeconds int32, revisionHistoryLimit int32*, paused bool,
  progressDeadlineSeconds int32*
DeploymentStrategy: type string, rollingUpdate RollingUpdateDeployment
RollingUpdateDeployment: maxUnavailable IntOrString, maxSurge IntOrString
DeploymentStatus: observedGeneration int64, replicas int32, updatedReplicas int32, readyReplicas int32,
  availableReplicas int32, unavailableReplicas int32, terminatingReplicas int32*,
  conditions []DeploymentCondition/type, collisionCount int32*
DeploymentCondition: type string!, status string!, lastUpdateTime Time, lastTransitionTime Time,
  reason string, message string

@ReplicaSet: spec ReplicaSetSpec!, status ReplicaSetStatus!
ReplicaSetSpec: replicas int32*, minReadySeconds int32, selector LabelSelector,
  template PodTemplateSpec!
ReplicaSetStatus: replicas int32!, fullyLabeledReplicas int32, readyReplicas int32,
  availableReplicas int32, terminatingReplicas int32*, observedGeneration int64,
  conditions []WorkloadCondition/type
WorkloadCondition: type string!, status string!, lastTransitionTime Time, reason string, message string

@StatefulSet: spec StatefulSetSpec!, status StatefulSetStatus!
StatefulSetSpec: replicas int32*, selector LabelSelector, template PodTemplateSpec!,
  volumeClaimTemplates []PersistentVolumeClaim, serviceName string!, podManagementPolicy string,
  updateStrategy StatefulSetUpdateStrategy!, revisionHistoryLimit int32*, minReadySeconds int32,
  persistentVolumeClaimRetentionPolicy StatefulSetPersistentVolumeClaimRetentionPolicy,
  ordinals StatefulSetOrdinals
StatefulSetUpdateStrategy: type string, rollingUpdate RollingUpdateStatefulSetStrategy
RollingUpdateStatefulSetStrategy: partition int32*, maxUnavailable IntOrString
StatefulSetPersistentVolumeClaimRetentionPolicy: whenDeleted string, whenScaled string
StatefulSetOrdinals: start int32!
StatefulSetStatus: observedGeneration int64, replicas int32!, readyReplicas int32,
  currentReplicas int32, updatedReplicas int32, currentRevision string, updateRevision string,
  collisionCount int32*, conditions []WorkloadCondition/type, availableReplicas int32!

@DaemonSet: spec DaemonSetSpec!, status DaemonSetStatus!
DaemonSetSpec: selector LabelSelector, template PodTemplateSpec!, updateStrategy DaemonSetUpdateStrategy!,
  minReadySeconds int32, revisionHistoryLimit int32*
DaemonSetUpdateStrategy: type string, rollingUpdate RollingUpdateDaemonSet
RollingUpdateDaemonSet: maxUnavailable IntOrString, maxSurge IntOrString
DaemonSetStatus: currentNumberScheduled int32!, numberMisscheduled int32!, desiredNumberScheduled int32!,
  numberReady int32!, observedGeneration int64, updatedNumberScheduled int32, numberAvailable int32,
  numberUnavailable int32, collisionCount int32*, conditions []WorkloadCondition/type

@ControllerRevision: data any, revision int64!

@Job: spec JobSpec!, status JobStatus!
JobSpec: parallelism int32*, completions int32*, activeDeadlineSeconds int64*, podFailurePolicy any,
  successPolicy any, backoffLimit int32*, backoffLimitPerIndex int32*, maxFailedIndexes int32*,
  selector LabelSelector, manualSelector bool*, template PodTemplateSpec!,
  ttlSecondsAfterFinished int32*, completionMode string*, suspend bool*, podReplacementPolicy string*,
  managedBy string*
JobStatus: conditions []JobCondition/type, startTime Time, completionTime Time, active int32,
  succeeded int32, failed int32, terminating int32*, completedIndexes string, failedIndexes string*,
  uncountedTerminatedPods UncountedTerminatedPods, ready int32*
JobCondition: type string!, status string!, lastProbeTime Time, lastTransitionTime Time, reason string,
  message string
UncountedTerminatedPods: succeeded []string, failed []string

@CronJob: spec CronJobSpec!, status CronJobStatus!
CronJobSpec: schedule string!, timeZone string*, startingDeadlineSeconds int64*,
  concurrencyPolicy string, suspend bool*, jobTemplate JobTemplateSpec!,
  successfulJobsHistoryLimit int32*, failedJobsHistoryLimit int32*
JobTemplateSpec: metadata ObjectMeta!, spec JobSpec!
CronJobStatus: active []ObjectReference, lastScheduleTime Time, lastSuccessfulTime Time
)";
}

std::string_view cluster_tables() {
  return R"(
@Lease: spec LeaseSpec!
LeaseSpec: holderIdentity string*, leaseDurationSeconds int32*, acquireTime MicroTime,
  renewTime MicroTime, leaseTransitions int32*, strategy string*, preferredHolder string*

@Role: rules []PolicyRule!
@ClusterRole: rules []PolicyRule!, aggregationRule AggregationRule
PolicyRule: verbs []string!, apiGroups []string, resources []string, resourceNames []string,
  nonResourceURLs []string
AggregationRule: clusterRoleSelectors []LabelSelector
@RoleBinding: subjects []Subject, roleRef RoleRef!
@ClusterRoleBinding: subjects []Subject, roleRef RoleRef!
Subject: kind string!, apiGroup string, name string!, namespace string
RoleRef: apiGroup string!, kind string!, name string!

@StorageClass: provisioner string!, parameters {}string, reclaimPolicy string*, mountOptions []string,
  allowVolumeExpansion bool*, volumeBindingMode string*, allowedTopologies []any
@CSIDriver: spec CSIDriverSpec!
CSIDriverSpec: attachRequired bool*, podInfoOnMount bool*, volumeLifecycleModes []string,
  storageCapacity bool*, fsGroupPolicy string*, tokenRequests []any, requiresRepublish bool*,
  seLinuxMount bool*, nodeAllocatableUpdatePeriodSeconds int64*, serviceAccountTokenInSecrets bool*
@VolumeAttachment: spec VolumeAttachmentSpec!, status VolumeAttachmentStatus!
VolumeAttachmentSpec: attacher string!, source VolumeAttachmentSource!, nodeName string!
VolumeAttachmentSource: persistentVolumeName string*, inlineVolumeSpec any
VolumeAttachmentStatus: attached bool!, attachmentMetadata {}string, attachError any, detachError any

@PriorityClass: value int32!, globalDefault bool, description string, preemptionPolicy string*

@PodDisruptionBudget: spec PodDisruptionBudgetSpec!, status PodDisruptionBudgetStatus!
PodDisruptionBudgetSpec: minAvailable IntOrString, selector LabelSelector, maxUnavailable IntOrString,
  unhealthyPodEvictionPolicy string*
PodDisruptionBudgetStatus: observedGeneration int64, disruptedPods {}Time, disruptionsAllowed int32!,
  currentHealthy int32!, desiredHealthy int32!, expectedPods int32!, conditions []Condition/type

@HorizontalPodAutoscaler: spec HorizontalPodAutoscalerSpec!, status HorizontalPodAutoscalerStatus!
HorizontalPodAutoscalerSpec: scaleTargetRef CrossVersionObjectReference!, minReplicas int32*,
  maxReplicas int32!, metrics []MetricSpec, behavior HorizontalPodAutoscalerBehavior
CrossVersionObjectReference: kind string!, name string!, apiVersion string
MetricSpec: type string!, object ObjectMetricSource, pods PodsMetricSource,
  resource ResourceMetricSource, containerResource ContainerResourceMetricSource,
  external ExternalMetricSource
ObjectMetricSource: describedObject CrossVersionObjectReference!, target MetricTarget!,
  metric MetricIdentifier!
PodsMetricSource: metric MetricIdentifier!, target MetricTarget!
ResourceMetricSource: name string!, target MetricTarget!
ContainerResourceMetricSource: name string!, target MetricTarget!, container string!
ExternalMetricSource: metric MetricIdentifier!, target MetricTarget!
MetricIdentifier: name string!, selector LabelSelector
MetricTarget: type string!, value Quantity*, averageValue Quantity*, averageUtilization int32*
HorizontalPodAutoscalerBehavior: scaleUp HPAScalingRules, scaleDown HPAScalingRules
HPAScalingRules: stabilizationWindowSeconds int32*, selectPolicy string*,
  policies []HPAScalingPolicy, tolerance Quantity*
HPAScalingPolicy: type string!, value int32!, periodSeconds int32!
HorizontalPodAutoscalerStatus: observedGeneration int64*, lastScaleTime Time, currentReplicas int32,
  desiredReplicas int32!, currentMetrics []any!,
  conditions []HorizontalPodAutoscalerCondition/type
HorizontalPodAutoscalerCondition: type string!, status string!, lastTransitionTime Time,
  reason string, message string

@NetworkPolicy: spec NetworkPolicySpec!
NetworkPolicySpec: podSelector LabelSelector!, ingress []any, egress []any, policyTypes []string
)";
}

std::string_view extension_tables() {
  return R"(
@ValidatingAdmissionPolicy: spec ValidatingAdmissionPolicySpec!, status ValidatingAdmissionPolicyStatus!
ValidatingAdmissionPolicySpec: paramKind ParamKind, matchConstraints MatchResources,
  validations []Validation, failurePolicy string*, auditAnnotations []AuditAnnotation,
  matchConditions []MatchCondition/name, variables []Variable/name
ParamKind: apiVersion string, kind string
MatchResources: namespaceSelector LabelSelector, objectSelector LabelSelector,
  resourceRules []NamedRuleWithOperations, excludeResourceRules []NamedRuleWithOperations,
  matchPolicy string*
NamedRuleWithOperations: resourceNames []string, operations []string, apiGroups []string,
  apiVersions []string, resources []string, scope string*
Validation: expression string!, message string, reason string*, messageExpression string
AuditAnnotation: key string!, valueExpression string!
MatchCondition: name string!, expression string!
Variable: name string!, expression string!
ValidatingAdmissionPolicyStatus: observedGeneration int64, typeChecking any, conditions []Condition
@ValidatingAdmissionPolicyBinding: spec ValidatingAdmissionPolicyBindingSpec!
ValidatingAdmissionPolicyBindingSpec: policyName string, paramRef ParamRef,
  matchResources MatchResources, validationActions []string
ParamRef: name string, namespace string, selector LabelSelector, parameterNotFoundAction string*

@CustomResourceDefinition: spec CustomResourceDefinitionSpec!, status CustomResourceDefinitionStatus!
CustomResourceDefinitionSpec: group string!, names CustomResourceDefinitionNames!, scope string!,
  versions []CustomResourceDefinitionVersion!, conversion CustomResourceConversion,
  preserveUnknownFields bool
CustomResourceDefinitionNames: plural string!, singular string, shortNames []string, kind string!,
  listKind string, categories []string
CustomResourceDefinitionVersion: name string!, served bool!, storage bool!, deprecated bool,
  deprecationWarning string*, schema CustomResourceValidation,
  subresources CustomResourceSubresources,
  additionalPrinterColumns []CustomResourceColumnDefinition, selectableFields []SelectableField
CustomResourceValidation: openAPIV3Schema JSONSchemaProps
SelectableField: jsonPath string!
CustomResourceSubresources: status Empty, scale CustomResourceSubresourceScale
CustomResourceSubresourceScale: specReplicasPath string!, statusReplicasPath string!,
  labelSelectorPath string*
CustomResourceColumnDefinition: name string!, type string!, format string, description string,
  priority int32, jsonPath string!
CustomResourceConversion: strategy string!, webhook any
CustomResourceDefinitionStatus: conditions []CustomResourceDefinitionCondition!,
  acceptedNames CustomResourceDefinitionNames!, storedVersions []string!, observedGeneration int64
CustomResourceDefinitionCondition: type string!, status string!, lastTransitionTime Time,
  reason string, message string, observedGeneration int64
JSONSchemaProps: id string, $schema string, $ref string*, description string, type string,
  format string, title string, default any, maximum any, exclusiveMaximum bool, minimum any,
  exclusiveMinimum bool, maxLength int64*, minLength int64*, pattern string, maxItems int64*,
  minItems int64*, uniqueItems bool, multipleOf any, enum []any, maxProperties int64*,
  minProperties int64*, required []string, items JSONSchemaProps, allOf []JSONSchemaProps,
  oneOf []JSONSchemaProps, anyOf []JSONSchemaProps, not JSONSchemaProps,
  properties {}JSONSchemaProps, additionalProperties any, patternProperties {}JSONSchemaProps,
  dependencies {}any, additionalItems any, definitions {}JSONSchemaProps, externalDocs any, example any,
  nullable bool, x-kubernetes-preserve-unknown-fields bool*, x-kubernetes-embedded-resource bool,
  x-kubernetes-int-or-string bool, x-kubernetes-list-map-keys []string,
  x-kubernetes-list-type string*, x-kubernetes-map-type string*,
  x-kubernetes-validations []ValidationRule/rule
ValidationRule: rule string!, message string, messageExpression string, reason string*,
  fieldPath string, optionalOldSelf bool*

)";
}

std::string_view review_tables() {
  return R"(
@SelfSubjectAccessReview: spec AccessSpec!, status any
@SubjectAccessReview: spec AccessSpec!, status any
@LocalSubjectAccessReview: spec AccessSpec!, status any
AccessSpec: resourceAttributes ResourceAttributes, nonResourceAttributes NonResourceAttributes,
  user string, groups []string, extra {}any, uid string
ResourceAttributes: namespace string, verb string, group string, version string, resource string,
  subresource string, name string, fieldSelector any, labelSelector any
NonResourceAttributes: path string, verb string
@SelfSubjectRulesReview: spec SelfSubjectRulesReviewSpec!, status any
SelfSubjectRulesReviewSpec: namespace string
@TokenReview: spec TokenReviewSpec!, status any
TokenReviewSpec: token string, audiences []string
@SelfSubjectReview: status any
@TokenRequest: spec TokenRequestSpec!, status any
TokenRequestSpec: audiences []string!, expirationSeconds int64*, boundObjectRef BoundObjectReference
BoundObjectReference: kind string, apiVersion string, name string, uid string
)";
}

} // namespace kubesim::kinds
