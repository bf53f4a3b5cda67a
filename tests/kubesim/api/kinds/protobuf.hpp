#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <optional>
#include <string_view>

namespace kubesim::kinds {

/// A body of type `application/vnd.kubernetes.protobuf` as the JSON it stands for. Clients send it
/// for what they have typed structs of
/// (`kubectl create configmap`, `kubectl create token`, `kubectl auth can-i`). Nothing for damaged
/// bytes and for kinds or fields that protobuf_tables.cpp does not number: never an object with
/// less in it than was sent.
std::optional<json> decode_protobuf(std::string_view body);

} // namespace kubesim::kinds
