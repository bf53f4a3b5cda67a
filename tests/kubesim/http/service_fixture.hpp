#pragma once

#include "tests/kubesim/api/registry_factory.hpp"
#include "tests/kubesim/http/api_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kubesim::http {

/// The API server without sockets and controllers, with the namespace `ns`.
class service : public testing::Test {
protected:
  service();

  struct reply {
    int code;
    json body;
    std::string message() const { return body.value("message", ""); }
  };
  /// As an administrator unless somebody else is named; `path` may have a query.
  reply ask(const std::string& method, const std::string& path, const json& body = nullptr,
            const std::string& content_type = "application/json",
            const std::string& user_name = "admin");
  /// Creates an object; its kind and apiVersion say of what type.
  void make(const json& object);
  json find(const char* group, const char* plural, const std::string& name) const;
  /// Lets a user do something in `ns`.
  void allow(const std::string& user_name, const json& rule);

  std::unique_ptr<api_registry> objects;

private:
  authenticator who_is_who_;
  authorizer rights_;
  review_desk desk_;
  fault_plan faults_;
  request_log log_;
  api_service service_;
};

} // namespace kubesim::http
