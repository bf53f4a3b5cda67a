#pragma once

#include "k8s/event_loop.hpp"
#include "k8s/transport.hpp"

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Private to the curl transport, as are curl_endpoint and curl_lane.
namespace k8s {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using easy_handle = std::unique_ptr<CURL, freed_by<curl_easy_cleanup>>;
using string_list = std::unique_ptr<curl_slist, freed_by<curl_slist_free_all>>;

void append(string_list& list, const std::string& line);

/// One call and the handle that carries it. What curl calls only notes what came: curl must not be
/// called from there, so no code of our users runs in it.
struct exchange {
  call_id id = 0;
  request call{};
  std::chrono::milliseconds limit{}; ///< the deadline, or of a stream the idle limit
  callback<response> on_done{};
  std::optional<stream_sink> sink{}; ///< of a stream

  easy_handle easy{};
  string_list headers{};
  std::array<char, CURL_ERROR_SIZE> error_text{};
  std::string token{}; ///< that was sent
  response answer{};
  std::string undelivered{};           ///< bytes of a stream that the sink has not seen yet
  std::vector<call_id>* news{nullptr}; ///< where the id goes when the sink has something to learn
  bool has_news = false;
  bool told_headers = false;
  bool is_too_long = false;
  bool is_second_try = false;
  int times_sent = 0;
  std::chrono::steady_clock::time_point last_byte{};
  event_loop::timer alarm{}; ///< for the limit

  bool is_success() const { return answer.status >= 200 && answer.status < 300; }

  /// Method, URL and body, and where the answer goes.
  void set_request(const std::string& base_url);
  /// Forgets the first answer.
  void begin_second_try();
  error failure(errc code, std::string detail) const;
  error failure(CURLcode code) const;

private:
  void note_news();
  static int on_send(void* self, char*, char*, int, int);
  static std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* self);
  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self);
};

} // namespace k8s
