#pragma once

#include "actors/cluster_config.hpp"
#include "actors/loop_reply.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

/// What the actors that talk to the API server have in common. `self->state.config` is a
/// `cluster_config`.
namespace actors {

/// Takes the promise of the current request as something the loop may answer.
template <class Self, class T>
loop_reply<T> reply_later(Self* self, caf::typed_response_promise<T>& promise) {
  promise = self->template make_response_promise<T>();
  return loop_reply<T>{static_cast<caf::response_promise&>(promise)};
}

inline caf::error fenced() {
  return caf::make_error(cluster_errc::fenced, std::string{"this replica may not write any more"});
}

/// Passes a decoded object, or the error, to the requester.
template <class Object, class Answer>
auto answer_with(const loop_reply<Answer>& reply) {
  return [reply](k8s::result<Object> read) {
    if (read)
      reply({std::make_shared<const Object>(std::move(*read))});
    else
      reply.fail(read.error());
  };
}

template <class Object, class Answer, class Self>
caf::result<Answer> read_object(Self* self, const k8s::object_key& key) {
  caf::typed_response_promise<Answer> promise;
  const auto reply = reply_later(self, promise);
  const cluster_config& config = self->state.config;
  config.api->get<Object>(key, config.read_deadline, answer_with<Object>(reply));
  return promise;
}

/// Merge patches that name a resourceVersion: a stale writer gets 409. Not repeated here, so that
/// 409 always means somebody else's write, and no answer that nobody knows.
template <class Object, class Answer, class Self>
caf::result<Answer> patch_object(Self* self, const k8s::object_key& key,
                                 const nlohmann::json& patch, std::string_view subresource) {
  const cluster_config& config = self->state.config;
  if (!config.may_act())
    return fenced();
  caf::typed_response_promise<Answer> promise;
  const auto reply = reply_later(self, promise);
  auto call = k8s::patch_request(Object::kind, key, k8s::patch_kind::merge, patch, subresource);
  call.repeat = k8s::repeatable::if_refused;
  config.api->send(std::move(call), config.write_deadline,
                   [then = answer_with<Object>(reply)](k8s::result<nlohmann::json> answer) {
                     then(answer ? Object::decode(*answer)
                                 : k8s::result<Object>{std::move(answer).error()});
                   });
  return promise;
}

template <class Object, class Answer, class Self, class Command>
caf::result<Answer> write_object_finalizers(Self* self, const Command& command) {
  return patch_object<Object, Answer>(
      self, command.key,
      {{"metadata",
        {{"resourceVersion", command.resource_version}, {"finalizers", command.finalizers}}}},
      "");
}

template <class Object, class Answer, class Self, class Command>
caf::result<Answer> write_object_status(Self* self, const Command& command) {
  return patch_object<Object, Answer>(
      self, command.key,
      {{"metadata", {{"resourceVersion", command.resource_version}, {"uid", command.uid}}},
       {"status", crds::encode(*command.status)}},
      "status");
}

} // namespace actors
