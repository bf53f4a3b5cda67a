#pragma once

#include "tests/kubesim/api/kinds/fields.hpp"

#include <string>

namespace kubesim::kinds {

/// What a pod spec and its containers get if left open, in a Pod as in a template.
void default_pod_spec(json& spec);
/// What only a Pod itself gets.
void default_pod(json& pod);
void default_claim_spec(json& spec);

/// BestEffort, Burstable or Guaranteed.
std::string quality_of_service(const json& pod);

/// `field` is where the spec stands: `spec`, `spec.template.spec`.
problems pod_spec_problems(const json& spec, const std::string& field);

/// What may not change in a Pod once it exists.
problems pod_change_problems(const json& pod, const json& before);

/// `selector` and `template` of a workload: present, matching, not changed.
problems workload_problems(const json& object, const json* before);

/// Whether the labels meet a LabelSelector; an empty selector selects nothing here.
bool selects(const json& selector, const json& labels);

} // namespace kubesim::kinds
