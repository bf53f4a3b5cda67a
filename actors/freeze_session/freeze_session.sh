# The freeze session: freezes, holds and thaws inside the container, and thaws by itself when nobody tells it to.
# docs/design/0002-freeze-session.md has the protocol. Processes during a freeze:
#
#   guard (the exec's process)          waits; hands TERM on; thaws if main is killed
#   └─ main                             reads events, decides
#      ├─ listener                      protocol input: thaw line, end-of-file
#      ├─ timer ── sleep
#      ├─ shell mode: ── pre-hook       ended by main if something else comes first
#      └─ client mode: client shell ── client, and a reader of its output

fz_say() {
  printf '@freeze %s\n' "$*" >&4
}

fz_refuse() {
  fz_say "refused $*"
  exit 1
}

fz_main() {
  [ "$fz_mode$fz_why" = client ] || fz_open_events
  trap 'fz_event term' TERM HUP
  trap : PIPE
  if [ "$fz_mode$fz_why" = client ]; then
    exec 7<&0
    command exec 8>/proc/self/fd/0 || fz_refuse protocol cannot open a pipe again
  fi
  exec </dev/null
  fz_frozen= fz_code= fz_pre_shell= fz_pre_hook= fz_finder= fz_listener= fz_feeders= fz_fed= fz_client_shell= fz_left=
  [ "$fz_why" ] || fz_freeze
  fz_thaw
  fz_finish
}

# Arms, starts the pre-hook or client, and returns with fz_why when it is time to thaw.
fz_freeze() {
  fz_start_listener
  fz_arm timer "$fz_max"
  fz_now=$(date +%s)
  case $fz_now in
  '' | *[!0-9]*) fz_why='refused protocol this image has no date' ;;
  *) [ "$fz_now" -lt "$fz_not_after" ] || fz_why='refused late' ;;
  esac
  [ -z "$fz_why" ] || return
  fz_say armed
  "fz_start_$fz_mode"
  while [ -z "$fz_why" ]; do
    fz_next
    case $fz_event_name in
    line | eof | timer | term) fz_why=$fz_event_name ;;
    pre) [ "$fz_frozen" ] || fz_pre_ended ;;
    ready) [ "$fz_frozen" ] || fz_is_frozen ;;
    client) fz_client_lost ;;
    esac
  done
}

# Tells the hook's process, so that a thaw knows when there is one to end.
fz_start_shell() {
  (
    trap : TERM
    fz_hook "$fz_pre" &
    fz_event pre-hook $!
    wait $!
    fz_code=$?
    while kill -0 $!; do
      wait $!
      fz_code=$?
    done
    fz_event pre $fz_code
  ) &
  fz_pre_shell=$!
}

# A pre-hook that has not begun yet could begin after the thaw. Its shell may be gone, killed.
fz_await_pre_hook() {
  until [ -z "$fz_pre_shell" ] || [ "$fz_pre_hook" ]; do
    fz_alive=
    fz_stat "$fz_pre_shell" && fz_alive=1
    fz_drain
    [ "$fz_alive" ] || return
    [ "$fz_pre_hook" ] || sleep 0.01 || sleep 1
  done
}

# The post-hook may ask how the pre-hook ended; it cannot if that never ended, or if nobody knows any more.
fz_pre_ended() {
  export BACKUP_PRE_HOOK_EXIT="$fz_event_value"
  if [ "$fz_event_value" = 0 ]; then
    fz_is_frozen
    wait "$fz_pre_shell"
    (fz_find_left) &
    fz_finder=$!
  else
    fz_say "pre $fz_event_value"
    fz_why=pre-failed
  fi
}

fz_is_frozen() {
  fz_frozen=1
  fz_clock
  fz_say "frozen $(((fz_now - fz_go) * 10))"
}

# What the pre-hook left running in the background, such as a client that holds a lock: it must not outlive the thaw. Daemons
# have sessions of their own and are left alone.
fz_find_left() {
  trap : TERM
  fz_own_session
  fz_list=
  [ -z "$fz_session" ] || fz_collect '' "$fz_session"
  fz_event left "$fz_list"
}

# Our session id, if the exec has a session of its own (as container runtimes do).
fz_own_session() {
  fz_session=
  fz_stat $$ && [ "$fz_sid" = $$ ] && fz_session=$$
}

fz_start_client() {
  fz_run_client <&7 | fz_read_client &
  fz_client_reader=$!
  exec 7<&-
  fz_feed "$fz_pre" fed
}

# In the background: a client that does not read must not stop us from reading events. Ends with the event $2, if there is one.
fz_feed() {
  (
    exec 3<&- 4>&- 5>&-
    printf '%s\n' "$1" >&8
    [ -z "$2" ] || fz_event "$2"
  ) &
  fz_feeders="$fz_feeders $!"
}

fz_run_client() {
  trap : TERM
  exec 3<&- 4>&- 7<&- 8>&-
  read -r fz_pid fz_rest </proc/self/stat
  fz_event client-shell "$fz_pid"
  /bin/sh -c "$fz_client" backup-freeze-hook "$fz_id" 2>&5 5>&- 9>&-
  fz_event client $?
}

# Its output may have nowhere to go; it is read all the same, or the client would stop, or end before its last lines.
fz_read_client() {
  trap '' PIPE
  exec 3<&- 4>&- 7<&- 8>&-
  fz_awaited=$fz_ready
  # Once it was seen it is set to what no line is equal to.
  while IFS= read -r fz_line || [ "$fz_line" ]; do
    case $fz_line in
    "$fz_awaited") fz_event ready && fz_awaited=$fz_nl ;;
    *) printf '%s\n' "$fz_line" >&5 ;;
    esac
  done
  # The client's shell has told its end, unless it was killed.
  fz_event client 137
}

fz_client_lost() {
  fz_code=$fz_event_value
  fz_say "lost client $fz_code"
  fz_why=lost
  [ "$fz_frozen" ] || fz_why=pre-failed
}

fz_thaw() {
  case $fz_why in
  refused*) return ;;
  timer) fz_grace=30 ;;
  esac
  # Nobody may be reading any more, and a full pipe would stop the post-hook.
  case $fz_why in timer | eof | killed) exec 5>/dev/null ;; esac
  "fz_thaw_$fz_mode"
}

fz_thaw_shell() {
  if [ -z "$fz_frozen" ]; then
    fz_await_pre_hook
    fz_own_session
    fz_end "$fz_pre_shell" "$fz_session"
  fi
  # Before the post-hook starts anything, or its services would be taken for what the pre-hook has left.
  if [ "$fz_finder" ]; then
    wait "$fz_finder"
    fz_drain
  fi
  fz_run_post
  fz_list=$fz_left
  fz_living && fz_end_list '' ''
}

# Ends with the client, and the lock with it. A client that does not end by itself has until its limit, but no longer than the timer
# if nobody may be there to come after it.
fz_thaw_client() {
  if [ "$fz_why" = killed ]; then
    fz_own_session
    fz_end '' "$fz_session"
    fz_code=137
  fi
  [ -z "$fz_code" ] || return
  trap '' TERM
  fz_arm limit "$fz_limit"
  until [ "$fz_client_shell" ]; do
    fz_next
    case $fz_event_name in client | limit) fz_code=137 && return ;; esac
  done
  fz_feed_last
  if [ -z "$fz_frozen" ]; then
    exec 8>&-
    fz_end "$fz_client_shell"
  elif [ "$fz_why" = timer ]; then
    fz_end_slowly
  fi
  until [ "$fz_code" ]; do
    fz_next
    fz_feed_last
    case $fz_event_name$fz_why in
    client*) fz_code=$fz_event_value ;;
    limit*) fz_end "$fz_client_shell" && fz_code=124 || fz_code=124 ;;
    timereof) fz_end_slowly ;;
    esac
  done
}

# The client's last lines; not before it has the first ones, as it may say that it is ready without reading them.
fz_feed_last() {
  [ "$fz_frozen" ] && [ "$fz_fed" = 1 ] || return
  fz_fed=2
  fz_feed "$fz_post"
  exec 8>&-
}

# The timer has fired: the client has a moment for its last lines.
fz_end_slowly() {
  fz_grace=20
  fz_collect "$fz_client_shell"
  fz_fade 30 || fz_end "$fz_client_shell"
}

fz_finish() {
  case $fz_why in
  refused*) fz_say "$fz_why" ;;
  *) fz_clock && fz_say "thawed $fz_why post $fz_code $(((fz_now - fz_go) * 10))" ;;
  esac
  if [ "$fz_mode" = client ]; then
    fz_own_session
    [ -z "$fz_session" ] || fz_end '' "$fz_session"
  fi
  fz_sweep $fz_listener $fz_pre_shell $fz_post_shell $fz_feeders $fz_client_shell $fz_client_reader
  [ "$fz_why $fz_code" = 'line 0' ]
  exit
}

# Client mode has a second pipe, the client's input.
fz_with_events() {
  fz_open_events
  exec </dev/null
  fz_piped fz_main
  exit "$fz_status"
}

# Runs $1 as the right side of a pipe and hands TERM on to it.
fz_piped() {
  fz_told=
  trap 'fz_told=1; kill -TERM $fz_child' TERM HUP INT
  fz_child=
  : | "$1" &
  fz_child=$!
  [ -z "$fz_told" ] || kill -TERM $fz_child
  while :; do
    fz_told=
    wait $fz_child
    fz_status=$?
    # bash may end a wait for a signal whose trap ran before it: whoever is still there has not ended.
    [ "$fz_told" ] || kill -0 $fz_child 2>/dev/null || break
  done
}

fz_why=
fz_read_plan
[ "$fz_max" ] && [ "$fz_not_after" ] || fz_refuse protocol no max-freeze or not-after
fz_clock
fz_go=$fz_now
exec </dev/null >/dev/null
case $fz_mode in
shell) fz_piped fz_main ;;
client) fz_piped fz_with_events ;;
esac
if [ "$fz_status" -gt 128 ]; then
  fz_why=killed
  fz_piped fz_main
fi
until wait; do :; done
exit "$fz_status"
