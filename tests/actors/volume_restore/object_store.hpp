#pragma once

#include "k8s/request.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace restore_simulation {

using nlohmann::json;

/// Objects as they were when they were asked for.
class object_list {
public:
  class iterator {
  public:
    using value_type = json;
    using difference_type = std::ptrdiff_t;
    using reference = const json&;
    using pointer = const json*;
    using iterator_category = std::forward_iterator_tag;

    explicit iterator(const std::shared_ptr<const json>* at = nullptr) : at_{at} {}
    const json& operator*() const { return **at_; }
    iterator& operator++() { return ++at_, *this; }
    iterator operator++(int) { return iterator{at_++}; }
    bool operator==(const iterator&) const = default;

  private:
    const std::shared_ptr<const json>* at_;
  };

  void push_back(std::shared_ptr<const json> object) { all_.push_back(std::move(object)); }
  iterator begin() const { return iterator{all_.data()}; }
  iterator end() const { return iterator{all_.data() + all_.size()}; }
  std::size_t size() const { return all_.size(); }
  bool empty() const { return all_.empty(); }
  const json& operator[](std::size_t index) const { return *all_[index]; }

private:
  std::vector<std::shared_ptr<const json>> all_;
};

/// What an API server remembers: objects by their path, each with its UID and resourceVersion.
/// Takes the requests that the program makes, with their preconditions.
class object_store {
public:
  struct answer {
    int code = 200;
    std::string reason; ///< as in metav1.Status; empty: accepted
    json object;

    bool is_good() const { return code < 300; }
  };

  /// Told of every change, in words; may be none, for words take time.
  std::function<void(const std::string&)> on_change;

  answer perform(const k8s::request& call);

  /// None: null.
  const json* find(const std::string& path) const;
  /// As it was before it was gone; none: null.
  const json* last_of(const std::string& path) const;
  bool contains(const std::string& path) const { return find(path) != nullptr; }
  /// Stay as they are, whatever happens to the store meanwhile.
  object_list in(const std::string& collection) const;
  /// Changes with every change.
  int version() const { return version_; }

  // For those who ask no server: controllers, and people.

  void create(const std::string& collection, json object);
  /// Nothing happens if there is none, or if nothing changes.
  void edit(const std::string& path, const std::function<void(json&)>& how);
  /// As DELETE does it: with finalizers it only begins.
  void remove(const std::string& path);

private:
  answer create(const k8s::request& call);
  answer patch(const k8s::request& call);
  answer erase(const k8s::request& call);
  answer keep(const std::string& path, json changed);
  void drop(const std::string& path);

  std::map<std::string, std::shared_ptr<const json>> objects_;
  std::map<std::string, std::shared_ptr<const json>> gone_; ///< what each last was
  int version_ = 100;
  int uids_ = 0;
};

inline std::string claims() {
  return "/api/v1/namespaces/shop/persistentvolumeclaims/";
}
inline std::string pods() {
  return "/api/v1/namespaces/shop/pods/";
}
inline std::string volumes() {
  return "/api/v1/persistentvolumes/";
}
inline std::string snapshots() {
  return "/apis/snapshot.storage.k8s.io/v1/namespaces/shop/volumesnapshots/";
}
inline std::string classes() {
  return "/apis/storage.k8s.io/v1/storageclasses/";
}

/// Text at a pointer; empty if there is none.
std::string text_at(const json& object, const char* pointer);
std::string name_of(const json& object);
std::string uid_of(const json& object);
bool is_going(const json& object);

} // namespace restore_simulation
