#include "tests/kubesim/http/exchange.hpp"

namespace kubesim::http {

outgoing json_answer(const json& body, int code) {
  outgoing answer;
  answer.code = code;
  answer.body = body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  return answer;
}

outgoing text_answer(std::string text, int code) {
  outgoing answer;
  answer.code = code;
  answer.content_type = "text/plain; charset=utf-8";
  answer.body = std::move(text);
  return answer;
}

outgoing refused(const refusal& why) {
  auto answer = json_answer(why.status, why.code);
  answer.headers = why.headers;
  return answer;
}

outgoing page_not_found() {
  return text_answer("404 page not found\n", 404);
}

} // namespace kubesim::http
