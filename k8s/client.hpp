#pragma once

#include "k8s/request.hpp"
#include "k8s/transport.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace k8s {

class event_loop;

/// Observes every try of every request, for metrics. `code` is 0 when no answer came.
using request_observer = std::function<void(std::string_view verb, std::string_view resource,
                                            int code, std::chrono::nanoseconds took)>;

template <class T>
struct list_of {
  std::string resource_version;
  std::vector<T> items;
};

/// Requests on typed resources. Repeats what is safe to repeat (see `repeatable`) with back-off,
/// honours Retry-After, and gives up when the deadline of the whole call has passed. Thread-safe;
/// callbacks on the loop's thread.
class client {
public:
  client(event_loop& loop, std::shared_ptr<transport> connection, request_observer observe = {});
  ~client();

  template <resource T>
  call_id get(const object_key& key, std::chrono::milliseconds deadline, callback<T> then) {
    return send(get_request(T::kind, key), deadline, decoding<T>(std::move(then)));
  }

  /// All pages.
  // NOLINTBEGIN(performance-unnecessary-value-param): moved, which is not seen before T is known
  template <resource T>
  call_id list(std::string name_space, list_options options, std::chrono::milliseconds deadline,
               callback<list_of<T>> then) {
    return list_pages(T::kind, std::move(name_space), std::move(options), deadline,
                      decoding_list<T>(std::move(then)));
  }
  // NOLINTEND(performance-unnecessary-value-param)

  template <resource T>
  call_id create(std::string_view name_space, const nlohmann::json& object,
                 std::chrono::milliseconds deadline, callback<T> then) {
    return send(create_request(T::kind, name_space, object), deadline,
                decoding<T>(std::move(then)));
  }

  template <resource T>
  call_id patch(const object_key& key, patch_kind how, const nlohmann::json& body,
                std::chrono::milliseconds deadline, callback<T> then,
                std::string_view subresource = {}) {
    return send(patch_request(T::kind, key, how, body, subresource), deadline,
                decoding<T>(std::move(then)));
  }

  template <resource T>
  call_id remove(const object_key& key, const delete_options& options,
                 std::chrono::milliseconds deadline, callback<done> then) {
    return send(delete_request(T::kind, key, options), deadline,
                [then = std::move(then)](result<nlohmann::json> answer) {
                  answer ? then(done{}) : then(std::move(answer).error());
                });
  }

  /// The untyped core: any request, its JSON answer or the error of its Status.
  call_id send(request call, std::chrono::milliseconds deadline, callback<nlohmann::json> then);

  /// A streamed answer, one try: `then` comes when the stream has ended, with the error of a
  /// refusal or of a broken stream.
  call_id stream(request call, std::chrono::milliseconds idle_limit,
                 std::function<void(std::string_view bytes)> on_bytes, callback<done> then);

  /// The callback comes with `errc::cancelled`, unless it already ran.
  void cancel(call_id call);

  transport& connection();
  event_loop& loop();

private:
  struct raw_list {
    std::string resource_version;
    std::vector<nlohmann::json> items;
  };

  call_id list_pages(const resource_kind& kind, std::string name_space, list_options options,
                     std::chrono::milliseconds deadline, callback<raw_list> then);

  template <resource T>
  static callback<nlohmann::json> decoding(callback<T> then) {
    return [then = std::move(then)](result<nlohmann::json> answer) {
      answer ? then(T::decode(*answer)) : then(std::move(answer).error());
    };
  }

  template <resource T>
  static callback<raw_list> decoding_list(callback<list_of<T>> then) {
    return [then = std::move(then)](result<raw_list> answer) {
      if (!answer)
        return then(std::move(answer).error());
      list_of<T> list{std::move(answer->resource_version), {}};
      for (const auto& item : answer->items) {
        auto object = T::decode(item);
        if (!object)
          return then(std::move(object).error());
        list.items.push_back(std::move(*object));
      }
      then(std::move(list));
    };
  }

  struct impl;
  std::shared_ptr<impl> impl_;
};

/// The error that an answer carries: from its Status, else from the HTTP status and Retry-After.
/// Precondition: not 2xx.
error error_of(const response& answer, const request& call);

} // namespace k8s
