#include "tests/kubesim/api/metadata.hpp"

#include "tests/kubesim/api/fields.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <regex>
#include <string_view>

namespace kubesim::metadata {

namespace {

constexpr std::size_t longest_annotations = 256 * 1024;

using problem_list = std::vector<field_problem>;

const char* type_name(const json& value) {
  switch (value.type()) {
  case json::value_t::string:
    return "string";
  case json::value_t::array:
    return "array";
  case json::value_t::object:
    return "object";
  case json::value_t::boolean:
    return "bool";
  default:
    return "number";
  }
}

std::string mismatch(const json& value, const std::string& name, const std::string& expected) {
  return "json: cannot unmarshal " + std::string{type_name(value)}
         + " into Go struct field ObjectMeta.metadata." + name + " of type " + expected;
}

/// The first member of a map or list that is no string; null if all are.
const json* first_not_text(const json& values) {
  for (const auto& value : values)
    if (!value.is_string() && !value.is_null())
      return &value;
  return nullptr;
}

std::string text_map_problem(const json& meta, const char* name) {
  const json& map = field(meta, {name});
  if (map.is_null())
    return {};
  if (!map.is_object())
    return mismatch(map, name, "map[string]string");
  const auto* wrong = first_not_text(map);
  return wrong ? mismatch(*wrong, name, "string") : std::string{};
}

std::string references_problem(const json& meta) {
  const json& references = field(meta, {"ownerReferences"});
  if (references.is_null())
    return {};
  if (!references.is_array())
    return mismatch(references, "ownerReferences", "[]v1.OwnerReference");
  for (const auto& reference : references) {
    if (!reference.is_object())
      return mismatch(reference, "ownerReferences", "v1.OwnerReference");
    for (const char* name : {"apiVersion", "kind", "name", "uid"})
      if (const json& text = field(reference, {name}); !text.is_null() && !text.is_string())
        return mismatch(text, std::string{"ownerReferences."} + name, "string");
  }
  return {};
}

bool matches(const std::string& text, const std::regex& pattern) {
  return std::regex_match(text, pattern);
}

constexpr std::string_view subdomain_text
    = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
      "'.', "
      "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for "
      "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr std::string_view label_text
    = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
      "must "
      "start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for "
      "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
constexpr std::string_view qualified_text
    = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
      "with "
      "an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
      "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
constexpr std::string_view label_value_text
    = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
      "'.', "
      "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
      "'12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const std::regex& subdomain() {
  static const std::regex pattern{
      "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"};
  return pattern;
}

const std::regex& label() {
  static const std::regex pattern{"[a-z0-9]([-a-z0-9]*[a-z0-9])?"};
  return pattern;
}

const std::regex& qualified() {
  static const std::regex pattern{"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"};
  return pattern;
}

std::string too_long(std::size_t limit) {
  return "must be no more than " + std::to_string(limit) + " bytes";
}

/// What is wrong with a text that is limited in length and form; empty if nothing.
std::string form_problem(const std::string& text, std::size_t limit, const std::regex& pattern,
                         std::string_view explanation) {
  // The length first: a regular expression over a huge text would exhaust the stack.
  if (text.size() > limit)
    return too_long(limit);
  return matches(text, pattern) ? std::string{} : std::string{explanation};
}

std::string path_segment_problem(const std::string& name) {
  if (name == "." || name == "..")
    return "may not be '" + name + "'";
  for (char forbidden : {'/', '%'})
    if (name.find(forbidden) != std::string::npos)
      return std::string{"may not contain '"} + forbidden + "'";
  return {};
}

std::string name_problem(const std::string& name, kind_rules::name_syntax syntax) {
  switch (syntax) {
  case kind_rules::name_syntax::dns_label:
    return form_problem(name, 63, label(), label_text);
  case kind_rules::name_syntax::path_segment:
    return path_segment_problem(name);
  default:
    return form_problem(name, 253, subdomain(), subdomain_text);
  }
}

/// `prefix/name`, as keys of labels and annotations and as finalizers are.
std::string qualified_problem(const std::string& key) {
  auto slash = key.find('/');
  auto name = slash == std::string::npos ? key : key.substr(slash + 1);
  if (slash != std::string::npos) {
    auto prefix = key.substr(0, slash);
    if (prefix.empty())
      return "prefix part must be non-empty";
    if (auto why = form_problem(prefix, 253, subdomain(), subdomain_text); !why.empty())
      return "prefix part " + why;
  }
  if (name.empty())
    return "name part must be non-empty";
  if (name.size() > 63)
    return "name part " + too_long(63);
  return matches(name, qualified()) ? std::string{} : std::string{qualified_text};
}

void add_invalid(problem_list& list, std::string where, const json& value, std::string_view why) {
  list.push_back({"FieldValueInvalid", std::move(where),
                  "Invalid value: " + value.dump() + ": " + std::string{why}});
}

void check_name(problem_list& list, const json& meta, kind_rules::name_syntax syntax) {
  auto name = text_at(meta, {"name"});
  if (name.empty()) {
    list.push_back({"FieldValueRequired", "metadata.name",
                    "Required value: name or generateName is required"});
    return;
  }
  if (auto why = name_problem(name, syntax); !why.empty())
    add_invalid(list, "metadata.name", name, why);
}

void check_labels(problem_list& list, const json& meta) {
  for (const auto& [key, value] : items_at(meta, {"labels"}).items()) {
    if (auto why = qualified_problem(key); !why.empty())
      add_invalid(list, "metadata.labels", key, why);
    auto text = value.get<std::string>();
    if (text.size() > 63)
      add_invalid(list, "metadata.labels", text, too_long(63));
    else if (!text.empty() && !matches(text, qualified()))
      add_invalid(list, "metadata.labels", text, label_value_text);
  }
}

void check_annotations(problem_list& list, const json& meta) {
  std::size_t size = 0;
  for (const auto& [key, value] : items_at(meta, {"annotations"}).items()) {
    auto lower = key;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (auto why = qualified_problem(lower); !why.empty())
      add_invalid(list, "metadata.annotations", key, why);
    size += key.size() + value.get_ref<const std::string&>().size();
  }
  if (size > longest_annotations)
    list.push_back(
        {"FieldValueTooLong", "metadata.annotations",
         "Too long: may not be more than " + std::to_string(longest_annotations) + " bytes"});
}

void check_finalizers(problem_list& list, const json& meta) {
  for (const auto& finalizer : items_at(meta, {"finalizers"})) {
    auto text = finalizer.get<std::string>();
    if (auto why = qualified_problem(text); !why.empty())
      add_invalid(list, "metadata.finalizers", text, why);
    else if (text.find('/') == std::string::npos && text != "orphan" && text != "foregroundDeletion"
             && text != "kubernetes")
      add_invalid(list, "metadata.finalizers", text,
                  "name is neither a standard finalizer name nor is it fully qualified");
  }
}

void check_references(problem_list& list, const json& meta) {
  const json& references = items_at(meta, {"ownerReferences"});
  std::vector<std::string> controllers;
  for (const auto& reference : references) {
    for (const char* name : {"apiVersion", "kind", "name", "uid"})
      if (text_at(reference, {name}).empty())
        add_invalid(list, std::string{"metadata.ownerReferences."} + name, "",
                    name == std::string_view{"apiVersion"} ? "version must not be empty"
                                                           : "must not be empty");
    if (field(reference, {"controller"}) == true)
      controllers.push_back(text_at(reference, {"kind"}) + "/" + text_at(reference, {"name"}));
  }
  if (controllers.size() > 1)
    add_invalid(
        list, "metadata.ownerReferences", references,
        "Only one reference can have Controller set to true. Found \"true\" in references for "
            + controllers[0] + " and " + controllers[1]);
}

void check_new_finalizers(problem_list& list, const json& object, const json& before) {
  if (field(before, {"metadata", "deletionTimestamp"}).is_null())
    return;
  const json& old = items_at(before, {"metadata", "finalizers"});
  std::string added;
  for (const auto& finalizer : items_at(object, {"metadata", "finalizers"}))
    if (std::find(old.begin(), old.end(), finalizer) == old.end())
      added += (added.empty() ? "" : ", ") + finalizer.dump();
  if (!added.empty())
    list.push_back({"FieldValueForbidden", "metadata.finalizers",
                    "Forbidden: no new finalizers can be added if the object is being deleted, "
                    "found new finalizers []string{"
                        + added + "}"});
}

} // namespace

std::string decoding_problem(const json& object) {
  const json& meta = field(object, {"metadata"});
  if (meta.is_null())
    return {};
  if (!meta.is_object())
    return std::string{"json: cannot unmarshal "} + type_name(meta)
           + " into Go struct field .metadata of type v1.ObjectMeta";
  for (const char* name : {"name", "generateName", "namespace", "uid", "resourceVersion",
                           "creationTimestamp", "deletionTimestamp"})
    if (const json& text = field(meta, {name}); !text.is_null() && !text.is_string())
      return mismatch(text, name, "string");
  for (const char* name : {"labels", "annotations"})
    if (auto why = text_map_problem(meta, name); !why.empty())
      return why;
  if (const json& finalizers = field(meta, {"finalizers"}); !finalizers.is_null()) {
    if (!finalizers.is_array())
      return mismatch(finalizers, "finalizers", "[]string");
    if (const auto* wrong = first_not_text(finalizers))
      return mismatch(*wrong, "finalizers", "string");
  }
  return references_problem(meta);
}

void tidy(json& object) {
  auto& meta = object["metadata"];
  if (meta.is_null())
    meta = json::object();
  for (const char* name : {"managedFields", "selfLink"})
    meta.erase(name);
  for (const char* name : {"labels", "annotations", "finalizers"})
    if (auto texts = meta.find(name); texts != meta.end() && texts->is_structured())
      for (auto& value : *texts)
        if (value.is_null())
          value = "";
  for (auto member = meta.begin(); member != meta.end();) {
    bool empty = member->is_null() || (member->is_structured() && member->empty())
                 || (member->is_string() && member->get_ref<const std::string&>().empty());
    member = empty ? meta.erase(member) : std::next(member);
  }
}

std::vector<field_problem> problems(const json& object, const kind_rules& rules) {
  problem_list list;
  const json& meta = field(object, {"metadata"});
  check_name(list, meta, rules.names);
  check_labels(list, meta);
  check_annotations(list, meta);
  check_references(list, meta);
  check_finalizers(list, meta);
  return list;
}

std::vector<field_problem> change_problems(const json& object, const json& before) {
  problem_list list;
  const json& meta = field(object, {"metadata"});
  check_labels(list, meta);
  check_annotations(list, meta);
  check_references(list, meta);
  check_finalizers(list, meta);
  check_new_finalizers(list, object, before);
  for (const char* name :
       {"uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"})
    if (const json& value = field(meta, {name}); value != field(before, {"metadata", name}))
      add_invalid(list, std::string{"metadata."} + name, value, "field is immutable");
  return list;
}

std::string generated_name(std::string prefix, const std::function<std::uint64_t()>& random) {
  constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
  constexpr std::size_t longest_prefix = 58;
  if (prefix.size() > longest_prefix)
    prefix.resize(longest_prefix);
  auto bits = random();
  for (int i = 0; i < 5; ++i, bits /= alphabet.size())
    prefix += alphabet[bits % alphabet.size()];
  return prefix;
}

std::string new_uid(const std::function<std::uint64_t()>& random) {
  const auto high = (random() & ~0xf000ULL) | 0x4000ULL;
  const auto low = (random() & ~(3ULL << 62)) | (2ULL << 62);
  std::array<char, 37> text{};
  std::snprintf(text.data(), text.size(), "%08llx-%04llx-%04llx-%04llx-%012llx",
                static_cast<unsigned long long>(high >> 32),
                static_cast<unsigned long long>((high >> 16) & 0xffff),
                static_cast<unsigned long long>(high & 0xffff),
                static_cast<unsigned long long>(low >> 48),
                static_cast<unsigned long long>(low & 0xffffffffffffULL));
  return text.data();
}

std::string timestamp(std::chrono::system_clock::time_point at) {
  const std::time_t seconds
      = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(at));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

} // namespace kubesim::metadata
