#include "actors/freeze_session/presets.hpp"

#include <algorithm>
#include <array>

// The texts run in images that we have not seen: in dash, busybox sh or bash, with a client that
// may be some years old. Passwords come from the container's environment and go on in the
// environment, never in an argument, which others could read. Every client is told that the server
// is in its own container: a variable or file meant for other clients must not make it lock another
// server.
namespace freeze_session {
namespace {

// MySQL.
//
// --skip-force ends the client at the first error, so that READY is never printed without the lock.
// --skip-reconnect makes the thaw fail if the connection was lost, and with it the lock.
// --unbuffered writes READY at once.
constexpr std::string_view mysql_client = R"sh(
export MYSQL_PWD="${MYSQL_ROOT_PASSWORD:-$MARIADB_ROOT_PASSWORD}"
client=mysql
command -v mysql >/dev/null 2>&1 || client=mariadb
exec "$client" --user=root --host=localhost --batch --skip-column-names --unbuffered \
  --skip-force --skip-reconnect
)sh";

// FLUSH TABLES WITH READ LOCK waits for running statements, three times (for writers, for tables in
// use, for commits), and every writer waits behind it: so lock_wait_timeout, long enough for what a
// busy server does in passing, three times of which is below any reasonable `timeouts.freeze`.
// That is not enough: after a wait that timed out MySQL lets nobody open a table which a long
// SELECT has in use until that SELECT ends. So nothing is tried while a statement has run for as
// long as we would wait. PREPARE of a text that is no SQL is the way to fail with a message of
// one's own. wait_timeout: a server that closes idle connections early would close the one that
// holds the lock.
constexpr std::string_view mysql_freeze = R"sql(
SET SESSION lock_wait_timeout = 3, SESSION wait_timeout = 86400;
SET @running = (
  SELECT COUNT(*) FROM information_schema.processlist
  WHERE command IN ('Query', 'Execute') AND time >= 3
    AND user NOT IN ('system user', 'event_scheduler') AND id <> CONNECTION_ID());
SET @guard = IF(@running > 0,
  'a statement has been running for 3 s or longer, nothing was locked', 'DO 0');
PREPARE guard FROM @guard;
EXECUTE guard;
FLUSH TABLES WITH READ LOCK;
SELECT 'READY';
)sql";
constexpr std::string_view mysql_thaw = "UNLOCK TABLES;";

// MariaDB.
//
// As for MySQL. Images have had `mariadb` since 10.4, and no `mysql` since 11.
constexpr std::string_view mariadb_client = R"sh(
export MYSQL_PWD="${MARIADB_ROOT_PASSWORD:-$MYSQL_ROOT_PASSWORD}"
client=mariadb
command -v mariadb >/dev/null 2>&1 || client=mysql
exec "$client" --user=root --host=localhost --batch --skip-column-names --unbuffered \
  --skip-force --skip-reconnect
)sh";

// BACKUP STAGE waits for no SELECT and lets InnoDB's writers run until they commit. What it does
// wait for are DDL and writes to tables without transactions: not long, as others wait behind it.
constexpr std::string_view mariadb_freeze = R"sql(
SET SESSION lock_wait_timeout = 3, SESSION wait_timeout = 86400;
BACKUP STAGE START;
BACKUP STAGE FLUSH;
BACKUP STAGE BLOCK_DDL;
BACKUP STAGE BLOCK_COMMIT;
SELECT 'READY';
)sql";
constexpr std::string_view mariadb_thaw = "BACKUP STAGE END;";

// PostgreSQL.
//
// --no-password: a psql that asks for one would read our lines as the answer.
constexpr std::string_view postgresql_client = R"sh(
unset PGHOST PGHOSTADDR PGSERVICE
export PGPASSWORD="${POSTGRES_PASSWORD:-$PGPASSWORD}"
exec psql --username="${POSTGRES_USER:-postgres}" --dbname=postgres --no-password --no-psqlrc \
  --quiet --no-align --tuples-only
)sh";

// Nobody waits behind a checkpoint, so it may take as long as the freeze; after that nobody waits
// for it either. The first one does the work, so that the one in pg_backup_start is short and
// recovery begins close to the cut. Backup mode ends with the connection, which is idle all the
// while: newer servers may be set up to close such connections.
constexpr std::string_view postgresql_freeze = R"sql(
\set ON_ERROR_STOP on
SET statement_timeout = :longest;
SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout';
CHECKPOINT;
SELECT current_setting('server_version_num')::int >= 150000 AS is_renamed \gset
\if :is_renamed
SELECT 'started' FROM pg_backup_start('volume backup', true);
\else
SELECT 'started' FROM pg_start_backup('volume backup', true, false);
\endif
\echo READY
)sql";

// Without waiting for the archive, which may take any time and is not part of the snapshot.
constexpr std::string_view postgresql_thaw = R"sql(
SELECT current_setting('server_version_num')::int >= 150000 AS is_renamed \gset
\if :is_renamed
SELECT 'stopped' FROM pg_backup_stop(false);
\else
SELECT 'stopped' FROM pg_stop_backup(false, false);
\endif
)sql";

// Redis.
//
// `$1` is the longest freeze in milliseconds: the server goes on by itself after that. The writes
// stop first, so that what is saved after that is all there is. BGSAVE rather than SAVE, during
// which neither readers nor probes get an answer. With an append-only file a start reads that and
// nothing else; only a rewrite says when all of it is on the disk. redis-cli exits with 0 after an
// error, so its words are what counts. A save that was already running began before the writes
// stopped.
constexpr std::string_view redis_freeze = R"sh(
[ -z "$REDIS_PASSWORD" ] || export REDISCLI_AUTH="$REDIS_PASSWORD"
refuse() {
  echo "redis: $*" >&2
  exit 1
}
settle() {
  while :; do
    state=$(redis-cli info persistence)
    case $state in
    *rdb_bgsave_in_progress:1* | *aof_rewrite_in_progress:1* | *aof_rewrite_scheduled:1*) ;;
    *rdb_bgsave_in_progress:0*) return ;;
    *) refuse "INFO: $state" ;;
    esac
    sleep 0.05 2>/dev/null || sleep 1
  done
}
said=$(redis-cli client pause "$1" write)
[ "$said" = OK ] || refuse "CLIENT PAUSE: $said"
while :; do
  settle
  case $state in
  *aof_enabled:1*) save=bgrewriteaof result=aof_last_bgrewrite_status ;;
  *) save=bgsave result=rdb_last_bgsave_status ;;
  esac
  said=$(redis-cli "$save")
  case $said in
  Background*) break ;;
  *'in progress'* | *'child process'*) ;;
  *) refuse "$save: $said" ;;
  esac
done
settle
case $state in
*"$result:ok"*) ;;
*) refuse "$save failed, the log of the server says why" ;;
esac
)sh";

// A server that knows no UNPAUSE knows no pause for writers either.
constexpr std::string_view redis_thaw = R"sh(
[ -z "$REDIS_PASSWORD" ] || export REDISCLI_AUTH="$REDIS_PASSWORD"
said=$(redis-cli client unpause)
case $said in
OK | *'nknown subcommand'*) ;;
*)
  echo "redis: CLIENT UNPAUSE: $said" >&2
  exit 1
  ;;
esac
)sh";

// fsfreeze.
//
// The arguments are pairs: where a claim is mounted, and the sub path that is mounted there. A
// freeze stops a whole file system, so it must be the claim's own: mounted there from its root (or
// that sub path), or it is a directory of some other file system; and mounted nowhere else in this
// container, or it is the container's root, or the node's, of which a runtime mounts /etc/hosts and
// others. Everything is proven before anything is frozen. Exit code 75 says that nothing is frozen
// by us, so that the thaw leaves alone what others froze. `sync` before it, since a freeze writes
// everything that is not written yet while the application stands still.
constexpr std::string_view fsfreeze_freeze = R"sh(
refuse() {
  echo "fsfreeze: $*; this hook leaves nothing frozen" >&2
  exit 75
}
prove() {
  place=$(cd -P -- "$1" && pwd -P) || refuse "$1 is no directory"
  device=
  while read -r id parent number root point rest; do
    [ "$point" = "$place" ] || continue
    device=$number origin=$root
    type=${rest#* - }
    type=${type%% *}
  done </proc/self/mountinfo
  [ "$device" ] || refuse "$1 is no mount point"
  [ "$place" != / ] || refuse "$1 is the root of the container"
  [ "$origin" = / ] || [ "$origin" = "/$2" ] ||
    refuse "$1 is only the directory $origin of a file system"
  case $type in
  ext2 | ext3 | ext4 | xfs | btrfs | f2fs | jfs | nilfs2 | reiserfs) ;;
  *) refuse "$1 has a file system of type $type, which cannot be frozen" ;;
  esac
  places="$places$place "
  case $targets in
  *" $device="*) ;;
  *) targets="$targets$device=$place " ;;
  esac
}
command -v fsfreeze >/dev/null 2>&1 || refuse "this image has no fsfreeze"
set -f
places=' ' targets=' '
while [ $# -gt 0 ]; do
  prove "$1" "$2"
  shift 2
done
while read -r id parent number root point rest; do
  case $places in *" $point "*) continue ;; esac
  case $targets in
  *" $number="*)
    place=${targets#*" $number="}
    refuse "${place%% *} is on the same file system as $point"
    ;;
  esac
done </proc/self/mountinfo
frozen=
for target in $targets; do
  sync -f "${target#*=}" 2>/dev/null
  if fsfreeze --freeze "${target#*=}"; then
    frozen="$frozen ${target#*=}"
    continue
  fi
  for place in $frozen; do
    fsfreeze --unfreeze "$place" || exit 1
  done
  refuse "${target#*=} could not be frozen"
done
)sh";

// Repeatable: what is not frozen is an invalid argument. But a freeze that was ended while it
// waited in the kernel may still happen, and would stay; so one that is still at it is waited for.
// In doubt it thaws what somebody else froze rather than leaving anything frozen.
constexpr std::string_view fsfreeze_thaw = R"sh(
[ "$BACKUP_PRE_HOOK_EXIT" != 75 ] || exit 0
command -v fsfreeze >/dev/null 2>&1 || exit 0
is_freezing() {
  for stat in /proc/[0-9]*/stat; do
    { read -r line <"$stat"; } 2>/dev/null || continue
    case $line in *'(fsfreeze) '[!ZX]*) return 0 ;; esac
  done
  return 1
}
failed=0
while [ $# -gt 0 ]; do
  until said=$(LC_ALL=C fsfreeze --unfreeze "$1" 2>&1); do
    case $said in
    *'nvalid argument'*) is_freezing || break ;;
    *)
      echo "$said" >&2
      failed=1
      break
      ;;
    esac
    sleep 1
  done
  shift 2
done
exit $failed
)sh";

// The line in front of both hooks that tells them what they depend on.

std::string nothing(const preset_subject&) {
  return {};
}

std::string longest_variable(const preset_subject& subject) {
  return "\\set longest " + std::to_string(subject.max_freeze.count()) + '\n';
}

std::string longest_argument(const preset_subject& subject) {
  return "set -- " + std::to_string(subject.max_freeze.count()) + '\n';
}

std::string in_single_quotes(std::string_view text) {
  std::string word{"'"};
  for (char letter : text)
    word += letter == '\'' ? std::string{"'\\''"} : std::string{letter};
  return word + '\'';
}

std::string mount_arguments(const preset_subject& subject) {
  std::string line{"set --"};
  for (auto& mount : subject.mounts)
    line += ' ' + in_single_quotes(mount.path) + ' ' + in_single_quotes(mount.sub_path);
  return line + '\n';
}

struct preset {
  std::string_view name;
  hook_mode mode;
  std::string_view client, freeze, thaw;
  std::string (*first_line)(const preset_subject&);
};
constexpr std::array<preset, 5> presets{{
    {"mysql", hook_mode::client, mysql_client, mysql_freeze, mysql_thaw, nothing},
    {"mariadb", hook_mode::client, mariadb_client, mariadb_freeze, mariadb_thaw, nothing},
    {"postgresql", hook_mode::client, postgresql_client, postgresql_freeze, postgresql_thaw,
     longest_variable},
    {"redis", hook_mode::session, {}, redis_freeze, redis_thaw, longest_argument},
    {"fsfreeze", hook_mode::session, {}, fsfreeze_freeze, fsfreeze_thaw, mount_arguments},
}};

const preset* find(std::string_view name) {
  auto found = std::find_if(presets.begin(), presets.end(),
                            [&](const preset& one) { return one.name == name; });
  return found == presets.end() ? nullptr : found;
}

/// Without the line breaks around a raw string.
std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of('\n');
  return first == text.npos ? "" : text.substr(first, text.find_last_not_of('\n') - first + 1);
}

} // namespace

std::string why_no_preset(std::string_view name) {
  if (find(name))
    return {};
  if (name == "mongodb")
    return "there is no preset for MongoDB; docs/hooks.md has hooks to copy";
  return "write mysql, mariadb, postgresql, redis or fsfreeze";
}

bool freezes_mounts(std::string_view name) {
  auto found = find(name);
  return found && found->first_line == mount_arguments;
}

std::optional<hook_declaration> hooks_of_preset(std::string_view name,
                                                const preset_subject& subject) {
  auto found = find(name);
  if (!found)
    return std::nullopt;
  hook_declaration hooks;
  hooks.preset = found->name;
  hooks.mode = found->mode;
  hooks.client = trimmed(found->client);
  if (found->mode == hook_mode::client)
    hooks.ready = default_ready;
  hooks.pre = found->first_line(subject) + std::string{trimmed(found->freeze)};
  hooks.post = found->first_line(subject) + std::string{trimmed(found->thaw)};
  return hooks;
}

} // namespace freeze_session
