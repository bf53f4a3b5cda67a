#pragma once

#include "k8s/result.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <utility>

namespace actors {

messages::cluster_errc code_of(const k8s::error& failure);
/// The code of a reply from `cluster`; `other` for CAF's own errors.
messages::cluster_errc code_of(const caf::error& failure);
/// The text that came with it.
std::string text_of(const caf::error& failure);
caf::error to_caf(const k8s::error& failure);

/// Answers one request from another thread. A response promise must only be delivered by its own
/// actor (CAF reads the actor's context); enqueueing the response at the requester is safe from
/// anywhere.
template <class T>
class loop_reply {
public:
  /// Takes over the promise: it is never delivered itself.
  explicit loop_reply(const caf::response_promise& promise)
      : to_{promise.source()}, id_{promise.id().response_id()} {}

  void operator()(T value) const { post(caf::make_message(std::move(value))); }
  void fail(const k8s::error& failure) const { post(caf::make_message(to_caf(failure))); }

private:
  void post(caf::message answer) const {
    if (to_)
      to_->enqueue(nullptr, id_, std::move(answer), nullptr);
  }

  caf::strong_actor_ptr to_;
  caf::message_id id_;
};

} // namespace actors
