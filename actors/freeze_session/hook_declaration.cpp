#include "actors/freeze_session/hook_declaration.hpp"

#include "actors/freeze_session/presets.hpp"
#include "crds/duration.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace freeze_session {
namespace {

constexpr auto longest_timeout = std::chrono::hours{24};

std::string in_quotes(std::string_view value) {
  constexpr std::size_t longest = 80;
  std::string text{"\""};
  text += value.substr(0, longest);
  return text + (value.size() > longest ? "...\"" : "\"");
}

std::vector<claim_mount> claim_mounts_of(const k8s::pod& pod, const k8s::container& container,
                                         const std::set<std::string>& claims) {
  std::vector<claim_mount> mounts;
  for (auto& mount : container.mounts) {
    auto claim = pod.claims.find(mount.volume);
    if (claim != pod.claims.end() && claims.contains(claim->second))
      mounts.push_back({mount.mount_path, mount.sub_path});
  }
  return mounts;
}

/// What a hook annotation says: shell text, or the arguments of a command without a shell.
struct hook_text {
  std::string text;
  std::vector<std::string> arguments;

  bool is_shell() const { return arguments.empty(); }
};

/// Collects the hooks of one pod, and the problems on the way.
class declaration_reader {
public:
  declaration_reader(const k8s::pod& pod, const hook_setting& setting)
      : pod_{pod}, setting_{setting} {}

  declared_hooks read() &&;

private:
  void problem(std::string_view annotation, std::string_view what) {
    result_.problems.push_back("pod " + to_string(pod_.metadata.key()) + ": annotation "
                               + std::string{annotation} + ' ' + std::string{what});
  }

  std::optional<std::string> value_of(std::string_view annotation);
  std::optional<hook_text> hook_of(std::string_view annotation);
  std::optional<std::vector<std::string>> arguments_of(std::string_view annotation,
                                                       const nlohmann::json& list);

  void read_preset();
  void take_preset(const std::string& name);
  void read_texts();
  void override_preset(const std::optional<hook_text>& pre, const std::optional<hook_text>& post,
                       std::optional<std::string> client);
  void read_shell_hooks(const hook_text& pre, const hook_text& post);
  void read_client(std::string client);
  void read_ready();
  void read_timeout();
  void read_pods();
  void check_size();

  const k8s::pod& pod_;
  const hook_setting& setting_;
  hook_declaration hooks_;
  bool declared_ = false;
  std::size_t size_ = 0;
  declared_hooks result_;
};

/// The value under either form of the name; an empty one counts as absent, as templates write it.
std::optional<std::string> declaration_reader::value_of(std::string_view annotation) {
  auto& all = pod_.metadata.annotations;
  auto other_form = slashed_form(annotation);
  auto by_dot = all.find(std::string{annotation});
  auto by_slash = all.find(other_form);
  if (by_dot != all.end() && by_slash != all.end() && by_dot->second != by_slash->second) {
    problem(annotation, "and " + other_form + " have different values; keep one of them");
    return std::nullopt;
  }
  auto found = by_dot != all.end() ? by_dot : by_slash;
  if (found == all.end() || is_blank(found->second))
    return std::nullopt;
  if (found->second.find('\0') != std::string::npos) {
    problem(annotation, "contains a NUL byte, which no command can carry; remove it");
    return std::nullopt;
  }
  return found->second;
}

/// `["` cannot begin a shell command that makes sense, `[ "` can: that one is a list only if it
/// parses as one.
std::optional<hook_text> declaration_reader::hook_of(std::string_view annotation) {
  auto text = value_of(annotation);
  if (!text)
    return std::nullopt;
  size_ += text->size();
  auto start = text->find_first_not_of(" \t\r\n");
  if ((*text)[start] != '[')
    return hook_text{*std::move(text), {}};
  try {
    auto arguments = arguments_of(annotation, nlohmann::json::parse(*text));
    return arguments ? std::optional{hook_text{{}, *std::move(arguments)}} : std::nullopt;
  } catch (const nlohmann::json::parse_error& failure) {
    if (text->compare(start, 2, "[\"") != 0)
      return hook_text{*std::move(text), {}};
    problem(annotation, "begins like a JSON array but is none from byte "
                            + std::to_string(failure.byte)
                            + " on; write it as e.g. [\"/bin/tool\", \"--option\"]");
    return std::nullopt;
  }
}

std::optional<std::vector<std::string>>
declaration_reader::arguments_of(std::string_view annotation, const nlohmann::json& list) {
  auto is_argument = [](const nlohmann::json& item) {
    return item.is_string() && item.get_ref<const std::string&>().find('\0') == std::string::npos;
  };
  if (!list.is_array() || list.empty() || !std::all_of(list.begin(), list.end(), is_argument)
      || list.front().get_ref<const std::string&>().empty()) {
    problem(annotation, "is a JSON array, but not one of a program and its arguments; write it as "
                        "e.g. [\"/bin/tool\", \"--option\"]");
    return std::nullopt;
  }
  return list.get<std::vector<std::string>>();
}

void declaration_reader::read_preset() {
  auto annotated = value_of(annotation::hook_preset);
  auto name = carries_hook_annotation(pod_) ? annotated.value_or("") : setting_.preset;
  if (name.empty() || name == "none")
    return;
  auto why_not = why_no_preset(name);
  if (why_not.empty())
    take_preset(name);
  else
    problem(annotation::hook_preset, "is " + in_quotes(name) + "; " + why_not);
}

/// A container that cannot be told is a problem of its own; hook_container_of has it.
void declaration_reader::take_preset(const std::string& name) {
  preset_subject subject{{}, setting_.max_freeze};
  auto container = pod_.find_container(hook_container_of(pod_, setting_).name);
  if (container)
    subject.mounts = claim_mounts_of(pod_, *container, setting_.claims);
  if (container && subject.mounts.empty() && freezes_mounts(name)) {
    result_.problems.push_back("pod " + to_string(pod_.metadata.key()) + ": preset " + name
                               + ": container " + container->name
                               + " mounts no claim of this backup; name one that does with "
                                 "annotation "
                               + std::string{annotation::hook_container});
    return;
  }
  hooks_ = *hooks_of_preset(name, subject);
  declared_ = true;
}

void declaration_reader::read_texts() {
  auto pre = hook_of(annotation::pre_hook);
  auto post = hook_of(annotation::post_hook);
  auto client = value_of(annotation::hook_session);
  if (!result_.problems.empty())
    return;
  if (declared_)
    return override_preset(pre, post, std::move(client));
  if (!pre && !post) {
    if (client)
      problem(annotation::hook_session,
              "is set without a pre-hook and a post-hook; add the lines that its client is given");
    return;
  }
  if (!post) {
    problem(annotation::pre_hook, "is set without " + std::string{annotation::post_hook}
                                      + ", so nothing would thaw; add one (\"true\" if really "
                                        "nothing is to be done)");
    return;
  }
  if (!pre) {
    problem(annotation::post_hook, "is set without " + std::string{annotation::pre_hook}
                                       + ", so nothing would be frozen; add one or remove it");
    return;
  }
  declared_ = true;
  read_shell_hooks(*pre, *post);
  if (client)
    read_client(*std::move(client));
}

void declaration_reader::override_preset(const std::optional<hook_text>& pre,
                                         const std::optional<hook_text>& post,
                                         std::optional<std::string> client) {
  auto preset = "preset " + hooks_.preset;
  auto check = [&](std::string_view annotation, const std::optional<hook_text>& hook) {
    if (hook && !hook->is_shell())
      problem(annotation, "is a JSON array, but " + preset
                              + " needs a shell; write it as text or remove the preset");
  };
  check(annotation::pre_hook, pre);
  check(annotation::post_hook, post);
  if (client && hooks_.mode != hook_mode::client)
    return problem(annotation::hook_session, "has no use, as the hooks of " + preset
                                                 + " are shell commands; remove it or the preset");
  if (pre)
    hooks_.pre = pre->text;
  if (post)
    hooks_.post = post->text;
  if (client)
    read_client(*std::move(client));
}

void declaration_reader::read_shell_hooks(const hook_text& pre, const hook_text& post) {
  if (pre.is_shell() != post.is_shell()) {
    problem(pre.is_shell() ? annotation::post_hook : annotation::pre_hook,
            "is a JSON array but its counterpart is not; write both as arrays (run without a "
            "shell) or both as shell commands");
    return;
  }
  hooks_.mode = pre.is_shell() ? hook_mode::session : hook_mode::exec;
  hooks_.pre = pre.text;
  hooks_.post = post.text;
  hooks_.pre_arguments = pre.arguments;
  hooks_.post_arguments = post.arguments;
}

void declaration_reader::read_client(std::string client) {
  if (hooks_.mode == hook_mode::exec) {
    problem(annotation::hook_session, "needs a shell, but the hooks are JSON arrays; write the "
                                      "hooks as lines for the client");
    return;
  }
  size_ += client.size();
  hooks_.mode = hook_mode::client;
  hooks_.client = std::move(client);
  hooks_.ready = default_ready;
}

void declaration_reader::read_ready() {
  auto ready = value_of(annotation::hook_ready);
  if (!ready)
    return;
  if (hooks_.mode == hook_mode::client)
    hooks_.ready = *ready;
  else if (!value_of(annotation::hook_session))
    problem(annotation::hook_ready, "is set without " + std::string{annotation::hook_session}
                                        + "; add the client or remove it");
  if (ready->find('\n') != std::string::npos)
    problem(annotation::hook_ready, "has more than one line; write the one line of the client's "
                                    "output that means frozen");
}

void declaration_reader::read_timeout() {
  auto text = value_of(annotation::hook_timeout);
  if (!text)
    return;
  hooks_.timeout = crds::parse_duration(*text);
  if (!hooks_.timeout)
    problem(annotation::hook_timeout, "is " + in_quotes(*text)
                                          + ", which is no duration; write "
                                            "e.g. 30s, 1m30s or 500ms");
  else if (hooks_.timeout->count() == 0 || *hooks_.timeout > longest_timeout)
    problem(annotation::hook_timeout, "is " + in_quotes(*text)
                                          + "; write more than 0s and at most "
                                            "24h");
}

void declaration_reader::read_pods() {
  auto which = value_of(annotation::hook_pods).value_or("all");
  auto probe = hook_of(annotation::hook_probe);
  if (which == "one") {
    hooks_.pods = hook_pods::one;
  } else if (which == "probe") {
    hooks_.pods = hook_pods::probe;
  } else if (which != "all") {
    problem(annotation::hook_pods, "is " + in_quotes(which) + "; write all, one or probe");
    return;
  }
  if (hooks_.pods == hook_pods::probe && !probe) {
    problem(annotation::hook_pods, "is \"probe\" without " + std::string{annotation::hook_probe}
                                       + "; add the command that exits 0 in the pods to freeze");
  } else if (hooks_.pods != hook_pods::probe && probe) {
    problem(annotation::hook_probe,
            "has no effect; set " + std::string{annotation::hook_pods} + " to probe or remove it");
  } else if (probe) {
    hooks_.probe_arguments = probe->is_shell()
                                 ? std::vector<std::string>{"/bin/sh", "-c", probe->text}
                                 : probe->arguments;
  }
}

void declaration_reader::check_size() {
  if (size_ > longest_hook_text)
    problem(annotation::pre_hook, "and the other hooks of the pod have " + std::to_string(size_)
                                      + " bytes together, more than 65536; put the commands into a "
                                        "script in the image and call it");
}

declared_hooks declaration_reader::read() && {
  read_preset();
  read_texts();
  read_ready();
  read_timeout();
  if (declared_)
    read_pods();
  check_size();
  hooks_.container = value_of(annotation::hook_container).value_or("");
  if (declared_ && result_.problems.empty())
    result_.hooks = std::move(hooks_);
  return std::move(result_);
}

std::string names_of(const std::vector<k8s::container>& containers) {
  std::string names;
  for (auto& one : containers)
    names += (names.empty() ? "" : ", ") + one.name;
  return names;
}

/// Who says in which container the hooks run, and in which.
struct named_container {
  std::string by, name;
};

named_container named_container_of(const k8s::pod& pod, const hook_setting& setting) {
  if (!carries_hook_annotation(pod) && !setting.container.empty())
    return {"spec.hooks.container of the provider", setting.container};
  for (const auto& name :
       {std::string{annotation::hook_container}, slashed_form(annotation::hook_container),
        std::string{annotation::default_container}}) {
    auto found = pod.metadata.annotations.find(name);
    if (found != pod.metadata.annotations.end() && !is_blank(found->second))
      return {"annotation " + name, found->second};
  }
  return {};
}

} // namespace

std::string_view to_string(hook_mode mode) {
  switch (mode) {
  case hook_mode::session:
    return "session";
  case hook_mode::client:
    return "client";
  case hook_mode::exec:
    return "exec";
  }
  return "none";
}

declared_hooks declared_hooks_of(const k8s::pod& pod, const hook_setting& setting) {
  return declaration_reader{pod, setting}.read();
}

chosen_container hook_container_of(const k8s::pod& pod, const hook_setting& setting) {
  auto [by, name] = named_container_of(pod, setting);
  auto pod_name = "pod " + to_string(pod.metadata.key());
  if (!name.empty()) {
    if (pod.find_container(name))
      return {name, {}};
    return {{},
            pod_name + ": " + by + " is " + in_quotes(name) + ", but the pod's containers are "
                + names_of(pod.containers) + "; name one of them"};
  }
  for (auto& one : pod.containers)
    if (!claim_mounts_of(pod, one, setting.claims).empty())
      return {one.name, {}};
  return {{},
          pod_name
              + ": no container mounts a claim of this backup; name the one to run the "
                "hooks in with annotation "
              + std::string{annotation::hook_container}};
}

} // namespace freeze_session
