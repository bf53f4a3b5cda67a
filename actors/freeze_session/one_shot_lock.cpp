#include "actors/freeze_session/one_shot_lock.hpp"

#include "actors/freeze_session/shell_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

namespace freeze_session {
namespace {

enum class family { mysql, postgresql };

struct known_client {
  std::string_view program;
  family speaks;
};
constexpr std::array<known_client, 3> clients{{
    {"mysql", family::mysql},
    {"mariadb", family::mysql},
    {"psql", family::postgresql},
}};

/// A statement whose effect ends with the connection: it begins with `first`, and `then` follows
/// before the statement ends.
struct known_statement {
  family spoken_to;
  std::string_view first, then, name;
};
constexpr std::array<known_statement, 14> statements{{
    {family::mysql, "flush tables", "with read lock", "FLUSH TABLES WITH READ LOCK"},
    {family::mysql, "flush local tables", "with read lock", "FLUSH TABLES WITH READ LOCK"},
    {family::mysql, "flush no_write_to_binlog tables", "with read lock",
     "FLUSH TABLES WITH READ LOCK"},
    {family::mysql, "flush table", "for export", "FLUSH TABLES FOR EXPORT"},
    {family::mysql, "lock tables", "", "LOCK TABLES"},
    {family::mysql, "lock table", "", "LOCK TABLES"},
    {family::mysql, "lock instance for backup", "", "LOCK INSTANCE FOR BACKUP"},
    {family::mysql, "backup stage", "", "BACKUP STAGE"},
    {family::mysql, "backup lock", "", "BACKUP LOCK"},
    {family::mysql, "start transaction with consistent snapshot", "",
     "START TRANSACTION WITH CONSISTENT SNAPSHOT"},
    {family::postgresql, "pg_backup_start", "", "pg_backup_start"},
    // Its third argument tells the form that ends with the connection; the other one, gone since
    // PostgreSQL 15, lasts.
    {family::postgresql, "pg_start_backup", "false", "pg_start_backup"},
    {family::postgresql, "pg_advisory_lock", "", "pg_advisory_lock"},
    {family::postgresql, "lock table", "", "LOCK TABLE"},
}};

/// Programs that run the command in their arguments.
constexpr std::array<std::string_view, 21> wrappers{
    "sudo",   "env",  "exec",    "command", "time",   "timeout", "nice",
    "ionice", "gosu", "su-exec", "setpriv", "chroot", "stdbuf",  "nohup",
    "sh",     "bash", "dash",    "ash",     "su",     "runuser", "eval"};

constexpr std::array<std::string_view, 11> keywords{"!",    "{",     "}",  "if",    "then", "elif",
                                                    "else", "while", "do", "until", "time"};

/// The client stays open for a while, or the server keeps writes out by other means.
constexpr std::array<std::string_view, 6> holds{"sleep",  "pg_sleep",  "\\!",
                                                "system", "read_only", "super_read_only"};

bool is_name_letter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) || letter == '_';
}

/// Lower case, runs of blanks as one space.
std::string normal_form(std::string_view text) {
  std::string normal;
  for (char letter : text) {
    auto code = static_cast<unsigned char>(letter);
    if (!std::isspace(code))
      normal += static_cast<char>(std::tolower(code));
    else if (!normal.empty() && normal.back() != ' ')
      normal += ' ';
  }
  return normal;
}

/// Where `word` stands by itself in `text`, not as a part of a longer name.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
  for (auto at = text.find(word, from); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    auto end = at + word.size();
    auto starts = at == 0 || !is_name_letter(text[at - 1]) || !is_name_letter(word.front());
    auto ends = end == text.size() || !is_name_letter(text[end]);
    if (starts && ends)
      return at;
  }
  return std::string_view::npos;
}

bool contains(const known_statement& statement, std::string_view normal) {
  auto at = find_word(normal, statement.first);
  // `FLUSH TABLES a, b FOR EXPORT` and `FLUSH TABLE a FOR EXPORT` are one statement.
  if (at == std::string_view::npos && statement.first == "flush table")
    at = find_word(normal, "flush tables");
  if (at == std::string_view::npos || statement.then.empty())
    return at != std::string_view::npos;
  auto rest = normal.substr(at, normal.find(';', at) - at);
  return find_word(rest, statement.then) != std::string_view::npos;
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_assignment(std::string_view word) {
  auto name = word.substr(0, word.find('='));
  return name.size() < word.size() && !name.empty()
         && std::all_of(name.begin(), name.end(), is_name_letter);
}

const known_client* client_named(std::string_view word) {
  auto found = std::find_if(clients.begin(), clients.end(),
                            [&](auto& one) { return one.program == base_name(word); });
  return found == clients.end() ? nullptr : found;
}

/// A client that a hook runs, and how.
struct client_use {
  const known_client* client = nullptr;
  bool in_background = false;
  bool reads_file = false;
};

void collect_clients(std::string_view text, bool in_background, std::vector<client_use>& uses);

bool reads_script(std::span<const std::string> words) {
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    auto normal = normal_form(word);
    return normal == "-f" || normal.starts_with("--file") || normal.starts_with("source ")
           || normal.starts_with("\\i ") || normal.starts_with("\\. ");
  });
}

void collect_clients(const simple_command& command, bool in_background,
                     std::vector<client_use>& uses) {
  std::span words{command.words};
  while (!words.empty()
         && (is_assignment(words[0])
             || std::find(keywords.begin(), keywords.end(), words[0]) != keywords.end()))
    words = words.subspan(1);
  if (words.empty())
    return;
  auto background = in_background || command.in_background;
  auto use_of = [&](const known_client* client) {
    uses.push_back({client, background, command.reads_file || reads_script(words)});
  };
  if (auto client = client_named(words[0]))
    return use_of(client);
  if (std::find(wrappers.begin(), wrappers.end(), base_name(words[0])) == wrappers.end())
    return;
  for (auto& word : words.subspan(1)) {
    if (auto client = client_named(word))
      return use_of(client);
    if (word.find_first_of(" \n") != std::string::npos)
      collect_clients(word, background, uses);
  }
}

void collect_clients(std::string_view text, bool in_background, std::vector<client_use>& uses) {
  for (auto& command : simple_commands_of(text))
    collect_clients(command, in_background, uses);
}

bool is_held(std::string_view normal) {
  return std::any_of(holds.begin(), holds.end(),
                     [&](auto word) { return find_word(normal, word) != std::string_view::npos; });
}

std::string_view session_client(family speaks) {
  return speaks == family::mysql ? "mysql -N --unbuffered" : "psql -X -At -v ON_ERROR_STOP=1";
}

one_shot_finding ends_with(const known_client& client, const known_statement& statement) {
  std::string name{statement.name};
  return {lock_lifetime::ends_with_client, std::string{client.program}, name,
          "what " + name + " holds ends with the " + std::string{client.program}
              + " that ran it, before the snapshot is cut; keep the client open with annotation "
              + std::string{annotation::hook_session} + ", e.g. \""
              + std::string{session_client(client.speaks)}
              + "\", and write the hooks as lines for it"};
}

one_shot_finding unsure_about(std::string client, std::string statement) {
  auto what = statement.empty() ? "what the script of " + client + " locks"
                                : "what " + statement + " holds";
  return {lock_lifetime::unsure, std::move(client), std::move(statement),
          what
              + " may have ended before the snapshot is cut; if so, keep the client open with "
                "annotation "
              + std::string{annotation::hook_session}};
}

one_shot_finding judge(const known_statement& statement, const std::vector<client_use>& uses,
                       std::string_view normal) {
  auto use = std::find_if(uses.begin(), uses.end(),
                          [&](auto& one) { return one.client->speaks == statement.spoken_to; });
  if (use == uses.end())
    return unsure_about({}, std::string{statement.name});
  if (use->in_background)
    return {};
  if (is_held(normal))
    return unsure_about(std::string{use->client->program}, std::string{statement.name});
  return ends_with(*use->client, statement);
}

} // namespace

one_shot_finding judge_one_shot(std::string_view pre_hook) {
  auto normal = normal_form(pre_hook);
  std::vector<client_use> uses;
  collect_clients(pre_hook, false, uses);
  one_shot_finding worst;
  for (auto& statement : statements) {
    if (!contains(statement, normal))
      continue;
    auto finding = judge(statement, uses, normal);
    if (finding.lifetime == lock_lifetime::ends_with_client)
      return finding;
    if (worst.lifetime == lock_lifetime::lasting)
      worst = finding;
  }
  auto script = std::find_if(uses.begin(), uses.end(),
                             [](auto& use) { return use.reads_file && !use.in_background; });
  if (worst.lifetime == lock_lifetime::lasting && script != uses.end())
    return unsure_about(std::string{script->client->program}, {});
  return worst;
}

one_shot_finding judge_one_shot(const hook_declaration& hooks) {
  if (hooks.mode == hook_mode::client)
    return {};
  if (hooks.mode == hook_mode::session)
    return judge_one_shot(hooks.pre);
  std::string text;
  for (auto& argument : hooks.pre_arguments) {
    text += '\'';
    for (char letter : argument)
      text += letter == '\'' ? std::string{"'\\''"} : std::string{letter};
    text += "' ";
  }
  return judge_one_shot(text);
}

} // namespace freeze_session
