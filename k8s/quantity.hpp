#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace k8s {

/// The bytes of a resource quantity (`1Gi`, `1.5G`, `100M`, `1e9`), rounded up; empty if the text
/// is none, is negative, or does not fit. Grammar: k8s.io/apimachinery/pkg/api/resource, Quantity.
std::optional<std::int64_t> bytes_of_quantity(std::string_view text);

} // namespace k8s
