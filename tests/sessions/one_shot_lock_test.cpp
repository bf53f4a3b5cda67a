#include "actors/freeze_session/one_shot_lock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace freeze_session {
namespace {

using testing::HasSubstr;

TEST(one_shot_lock, ends_with_its_client) {
  struct {
    std::string_view hook, client, statement;
  } cases[] = {
      {"mysql -uroot -e 'FLUSH TABLES WITH READ LOCK'", "mysql", "FLUSH TABLES WITH READ LOCK"},
      {"mysql --password=x -e \"flush tables with read lock;\"", "mysql",
       "FLUSH TABLES WITH READ LOCK"},
      {"mysql -e 'flush  tables\n with read\tlock; flush logs'", "mysql",
       "FLUSH TABLES WITH READ LOCK"},
      {"mysql -e 'FLUSH LOCAL TABLES WITH READ LOCK'", "mysql", "FLUSH TABLES WITH READ LOCK"},
      {"MYSQL_PWD=\"$P\" /usr/bin/mariadb -uroot -e 'FLUSH TABLES a, b WITH READ LOCK'", "mariadb",
       "FLUSH TABLES WITH READ LOCK"},
      {"mysql -e 'FLUSH TABLES t1 FOR EXPORT'", "mysql", "FLUSH TABLES FOR EXPORT"},
      {"mysql -e 'LOCK TABLES t READ'", "mysql", "LOCK TABLES"},
      {"mysql -e 'lock instance for backup'", "mysql", "LOCK INSTANCE FOR BACKUP"},
      {"mariadb -e 'BACKUP STAGE START; BACKUP STAGE BLOCK_COMMIT'", "mariadb", "BACKUP STAGE"},
      {"echo 'FLUSH TABLES WITH READ LOCK' | mysql -uroot", "mysql", "FLUSH TABLES WITH READ LOCK"},
      {"mysql <<EOF\nFLUSH TABLES WITH READ LOCK;\nEOF", "mysql", "FLUSH TABLES WITH READ LOCK"},
      {"set -e; if true; then mysql -e 'flush tables with read lock'; fi", "mysql",
       "FLUSH TABLES WITH READ LOCK"},
      {"true && mysql -e 'flush tables with read lock' 2>&1", "mysql",
       "FLUSH TABLES WITH READ LOCK"},
      {"mysql -e 'flush tables with read lock' >/dev/null 2>&1 && sync", "mysql",
       "FLUSH TABLES WITH READ LOCK"},
      {"timeout 10 mysql -e 'flush tables with read lock'", "mysql", "FLUSH TABLES WITH READ LOCK"},
      {"sh -c \"mysql -e 'flush tables with read lock'\"", "mysql", "FLUSH TABLES WITH READ LOCK"},
      {"psql -c \"SELECT pg_backup_start('b', true)\"", "psql", "pg_backup_start"},
      {"su postgres -c \"psql -c \\\"select pg_backup_start('b')\\\"\"", "psql", "pg_backup_start"},
      {"gosu postgres psql -At -c \"select pg_start_backup('b', true, false)\"", "psql",
       "pg_start_backup"},
      {"psql -c 'begin; lock table t in share mode'", "psql", "LOCK TABLE"},
      {"psql -c 'select pg_advisory_lock(1)'", "psql", "pg_advisory_lock"},
  };
  for (auto& [hook, client, statement] : cases) {
    auto finding = judge_one_shot(hook);
    EXPECT_EQ(finding.lifetime, lock_lifetime::ends_with_client) << hook;
    EXPECT_EQ(finding.client, client) << hook;
    EXPECT_EQ(finding.statement, statement) << hook;
    EXPECT_THAT(finding.advice, HasSubstr("backups.example.com.hook-session"));
  }
}

TEST(one_shot_lock, lasts_without_its_client) {
  for (std::string_view hook :
       {"fsfreeze -f /data",
        "sync",
        "redis-cli save",
        "redis-cli -a x config set save ''",
        "mongosh --eval 'db.fsyncLock()'",
        "mongo admin --eval 'printjson(db.fsyncLock())'",
        "mysql -e 'FLUSH LOGS'",
        "mysql -e 'UNLOCK TABLES'",
        "mysql -e 'SET GLOBAL read_only = 1'",
        "mysqldump --lock-tables --all-databases",
        "mysqladmin flush-logs",
        "psql -c CHECKPOINT",
        "psql -c \"select pg_start_backup('b')\"",
        "psql -c \"select pg_start_backup('b', true)\"",
        "psql -c 'select pg_switch_wal()'",
        "/scripts/freeze.sh",
        "",
        "mysql -e 'flush tables with read lock; select sleep(60)' & sleep 1",
        "(mysql -e 'flush tables with read lock; system touch /tmp/l; select sleep(99)' &) ; "
        "while [ ! -f /tmp/l ]; do sleep 1; done",
        "nohup mysql -e 'flush tables with read lock; \\! sleep 60' >/dev/null 2>&1 &",
        "# mysql -e 'x'\nsync",
        "unlock tables"})
    EXPECT_EQ(judge_one_shot(hook).lifetime, lock_lifetime::lasting) << hook;
}

TEST(one_shot_lock, is_uncertain) {
  for (std::string_view hook :
       {"mysql -e 'flush tables with read lock; select sleep(60)'",
        "mysql -e 'FLUSH TABLES WITH READ LOCK; SYSTEM touch /x'",
        "mysql -e 'flush tables with read lock; \\! sleep 60'",
        "mysql -e 'FLUSH TABLES WITH READ LOCK; SET GLOBAL read_only = ON'",
        "$MYSQL -e 'flush tables with read lock'", "db_tool 'FLUSH TABLES WITH READ LOCK'",
        "mysql </sql/freeze.sql", "psql -f /sql/freeze.sql", "mysql -e 'source /sql/freeze.sql'",
        "psql -c \"select pg_backup_start('b'), pg_sleep(60)\""})
    EXPECT_EQ(judge_one_shot(hook).lifetime, lock_lifetime::unsure) << hook;
}

TEST(one_shot_lock, advice_quotes_no_command) {
  for (std::string_view hook :
       {"mysql -psecret -e 'flush tables with read lock'", "mysql -psecret </sql/secret.sql"})
    EXPECT_EQ(judge_one_shot(hook).advice.find("secret"), std::string::npos);
}

TEST(one_shot_lock, is_held_by_a_client_in_the_session) {
  hook_declaration hooks;
  hooks.mode = hook_mode::client;
  hooks.client = "mysql -N";
  hooks.pre = "FLUSH TABLES WITH READ LOCK;";
  EXPECT_EQ(judge_one_shot(hooks).lifetime, lock_lifetime::lasting);
}

TEST(one_shot_lock, argument_lists_are_judged_too) {
  hook_declaration hooks;
  hooks.mode = hook_mode::exec;
  hooks.pre_arguments = {"/usr/bin/mysql", "-e", "select 'x'; flush tables with read lock"};
  EXPECT_EQ(judge_one_shot(hooks).lifetime, lock_lifetime::ends_with_client);
  hooks.pre_arguments = {"/usr/bin/tool", "freeze & go"};
  EXPECT_EQ(judge_one_shot(hooks).lifetime, lock_lifetime::lasting);
}

} // namespace
} // namespace freeze_session
