#!/usr/bin/env bash
# A backup of a MySQL server that is being written to, on the embedded cluster, and the proof that it is application-consistent:
# a second server starts on the snapshot, and its last row is the last one that was committed before the freeze. Then the first
# server loses the table, and a restore brings it back.
#
# usage: demo [--keep]    --keep: leave the cluster running and print how to reach it
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. tests/environment.sh

keep=no
[ "${1-}" = --keep ] && keep=yes

bin=${DEMO_BIN:-build/release}
work=$(mktemp -d "${TMPDIR:-/tmp}/backup-demo.XXXXXX")
export KUBECONFIG=$work/kubeconfig
pids=()

finish() {
  local status=$?
  trap - EXIT INT TERM
  if [ "$status" -ne 0 ]; then
    echo >&2
    echo "The demo failed. Last lines of the operator and of kubesim:" >&2
    tail -n 20 "$work/operator.log" "$work/kubesim.log" >&2 2>/dev/null || true
  fi
  if [ "$keep" = yes ] && [ "$status" -eq 0 ]; then
    printf '\nThe cluster goes on running. To play with it:\n  export KUBECONFIG=%s\nTo end it:\n  kill %s; rm -r %s\n' "$KUBECONFIG" "${pids[*]}" "$work"
    exit 0
  fi
  kill "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
shown() { printf '$ %s\n' "$*"; "$@"; }

# await SECONDS WHAT COMMAND...: until the command succeeds
await() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$end" ]; then
      echo "gave up waiting: $what" >&2
      return 1
    fi
    sleep 0.1
  done
}

sql() { # sql DEPLOYMENT STATEMENT
  # shellcheck disable=SC2016 # the variables are the container's
  kubectl exec "deployment/$1" -- sh -c 'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" exec mysql -h 127.0.0.1 -uroot -N -D "$MYSQL_DATABASE" -e "$1"' sql "$2"
}

status_of() { kubectl get volumebackup example-volumebackup -o "jsonpath={.status.$1}"; }
restore_status_of() { kubectl get volumerestore example-volumerestore -o "jsonpath={.status.$1}"; }
claim_of_mysql() { kubectl get deployment mysql -o 'jsonpath={.spec.template.spec.volumes[0].persistentVolumeClaim.claimName}'; }

# watch_phases KIND FILE: every phase of the objects of that kind, one a line
watch_phases() {
  kubectl get "$1" --watch --no-headers -o custom-columns=PHASE:.status.phase >"$2" 2>/dev/null &
  pids+=($!)
}
phases_in() { printf 'phases seen: %s\n' "$(grep -v none "$1" | uniq | paste -sd ' ')"; }

say "1. An embedded Kubernetes cluster, and the operator installed into it"
"$bin/tests/kubesim/kubesim" --listen 127.0.0.1:0 --kubeconfig-out "$KUBECONFIG" --state-dir "$work/cluster" >"$work/kubesim.log" 2>&1 &
pids+=($!)
await 20 "kubesim" grep -q 'kubesim listening' "$work/kubesim.log"
shown kubectl apply -f deploy/
# The embedded cluster has no image of the operator: its process runs here, with the token and so the rights of its service account.
kubectl -n kube-system scale deployment backup-restore-operator --replicas=0 >/dev/null
token=$(kubectl -n kube-system create token backup-restore-operator --duration=24h)
kubectl config view --raw --minify >"$work/operator.kubeconfig"
(
  export KUBECONFIG=$work/operator.kubeconfig
  user=$(kubectl config view -o 'jsonpath={.users[0].name}')
  kubectl config unset "users.$user" >/dev/null
  kubectl config set-credentials "$user" --token="$token" >/dev/null
)
"$bin/backup-restore-operator" --kubeconfig "$work/operator.kubeconfig" --health-address 127.0.0.1:0 --metrics-address 127.0.0.1:0 \
  >"$work/operator.log" 2>&1 &
pids+=($!)
await 20 "the operator" grep -q 'watching VolumeBackups' "$work/operator.log"

say "2. A MySQL server with a volume and hook annotations, and a client that commits a numbered row every few milliseconds"
shown kubectl apply -f deploy/samples/mysql.yaml
shown kubectl rollout status deployment/mysql --timeout=120s
# sysdate() is taken when the row is written, not when the statement was sent: a statement that waits for the lock cannot lie.
sql mysql 'create table ledger (id bigint primary key, at timestamp(6) not null)'
# shellcheck disable=SC2016
kubectl exec deployment/mysql -- sh -c '
  i=0
  while i=$((i + 1)); do
    echo "insert into ledger values ($i, sysdate(6));"
    sleep 0.003
  done | MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mysql -h 127.0.0.1 -uroot --unbuffered -D "$MYSQL_DATABASE"' >/dev/null 2>&1 &
pids+=($!)
rows_reach() { [ "$(sql mysql 'select count(*) from ledger')" -ge "$1" ]; }
await 30 "the first rows" rows_reach 200

say "3. A backup"
watch_phases volumebackups "$work/phases"
shown kubectl apply -f deploy/samples/volumebackup.yaml
shown kubectl wait --for=condition=Succeeded volumebackup/example-volumebackup --timeout=120s
phases_in "$work/phases"
shown kubectl get volumebackup,volumesnapshot
shown kubectl get volumesnapshotcontents
kubectl describe volumebackup example-volumebackup | sed -n '/^Events:/,$p'
rows_at_thaw=$(sql mysql 'select count(*) from ledger')
await 30 "rows after the thaw" rows_reach $((rows_at_thaw + 100))

say "4. The proof: a second server on a volume made from the snapshot"
snapshot=$(status_of 'snapshots[0].volumeSnapshotName')
kubectl get pvc mysql -o json | python3 tests/e2e/restored.py claim "$snapshot" | kubectl apply -f - >/dev/null
kubectl get deployment mysql -o json | python3 tests/e2e/restored.py deployment | kubectl apply -f - >/dev/null
shown kubectl rollout status deployment/mysql-restored --timeout=120s
echo "what InnoDB says of the data that it found:"
kubectl logs deployment/mysql-restored >"$work/innodb.log"
grep -E 'InnoDB: (Starting crash recovery|Starting final batch|End of log|log sequence number|Completed initialization)|ready for connections|ERROR|corrupt' \
  "$work/innodb.log" | sed 's/^/  /'
if grep -qiE '\[ERROR\]|corrupt' "$work/innodb.log" || ! grep -q 'ready for connections' "$work/innodb.log"; then
  echo "the second server did not recover cleanly" >&2
  exit 1
fi
sql mysql-restored 'check table ledger' | sed 's/^/  /'

frozen_at=$(status_of frozenAt | tr T ' ' | tr -d Z)
# Up to the cut, at which the thaw leaves: `thawedAt` is when its confirmation was read, and the first rows after it are older.
cut_at=$(status_of cutAt | tr T ' ' | tr -d Z)
utc="set time_zone = '+00:00';"
last_before=$(sql mysql "$utc select coalesce(max(id), 0) from ledger where at <= '$frozen_at'")
while_frozen=$(sql mysql "$utc select count(*) from ledger where at > '$frozen_at' and at < '$cut_at'")
last_in_snapshot=$(sql mysql-restored 'select max(id) from ledger')
rows_in_snapshot=$(sql mysql-restored 'select count(*) from ledger')
rows_now=$(sql mysql 'select count(*) from ledger')

say "5. The loss: somebody drops the table"
sql mysql 'drop table ledger'
if sql mysql 'select count(*) from ledger' 2>&1; then
  echo "the table is still there" >&2
  exit 1
fi

say "6. A restore: a new claim from the snapshot, and the Deployment switched to it"
old_claim=$(claim_of_mysql)
old_volume=$(kubectl get pvc "$old_claim" -o 'jsonpath={.spec.volumeName}')
watch_phases volumerestores "$work/restore-phases"
shown cat deploy/samples/volumerestore.yaml
shown kubectl apply -f deploy/samples/volumerestore.yaml
shown kubectl wait --for=condition=Succeeded volumerestore/example-volumerestore --timeout=120s
phases_in "$work/restore-phases"
shown kubectl get vr
kubectl get vr example-volumerestore -o 'jsonpath={range .status.conditions[*]}  {.type}={.status} ({.reason}){"\n"}{end}'
kubectl describe vr example-volumerestore | sed -n '/^Events:/,$p'
shown kubectl get pvc
shown kubectl rollout status deployment/mysql --timeout=120s
new_claim=$(claim_of_mysql)
printf 'the Deployment now uses claim %s\n' "$new_claim"
sql mysql 'check table ledger' | sed 's/^/  /'
last_restored=$(sql mysql 'select max(id) from ledger')
rows_restored=$(sql mysql 'select count(*) from ledger')
# It goes on working, and the old volume is still there.
sql mysql 'insert into ledger values (0, sysdate(6))'
old_volume_now=$(kubectl get pvc "$old_claim" -o 'jsonpath={.spec.volumeName}')

say "Summary"
printf '%-46s %s\n' \
  "phase" "$(status_of phase)" \
  "consistency" "$(status_of consistency)" \
  "frozen for (ms)" "$(status_of freezeMilliseconds)" \
  "last row committed before frozenAt" "$last_before" \
  "last row in the snapshot" "$last_in_snapshot" \
  "rows in the snapshot" "$rows_in_snapshot" \
  "rows committed while frozen, until the cut" "$while_frozen" \
  "rows in the first server meanwhile" "$rows_now" \
  "phase of the restore" "$(restore_status_of phase)" \
  "rows in the first server after the restore" "$rows_restored"

[ "$(status_of phase)" = Completed ]
[ "$(status_of consistency)" = Application ]
[ "$last_in_snapshot" = "$last_before" ]
[ "$rows_in_snapshot" = "$last_in_snapshot" ]
[ "$while_frozen" = 0 ]
[ "$rows_now" -gt "$rows_in_snapshot" ]
[ "$(restore_status_of phase)" = Completed ]
[ "$rows_restored" = "$rows_in_snapshot" ]
[ "$last_restored" = "$last_in_snapshot" ]
[ "$new_claim" = "$(restore_status_of 'claims[0].newClaim')" ]
[ "$new_claim" != "$old_claim" ]
[ "$old_volume_now" = "$old_volume" ]
printf '\nThe snapshot is application-consistent, and the restore brought back what it holds.\n'
