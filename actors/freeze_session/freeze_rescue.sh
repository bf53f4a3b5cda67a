# The rescue: a later exec that thaws what a lost session may have left frozen. It asks the session's program to thaw, ends what does
# not go, and runs the post-hook once more: nobody knows whether the first run succeeded.
#
# An exec may come late, when the application is frozen again. So it does nothing before it is told to by an operator that still waits
# for it, and it ends other rescues of its session: they might run their post-hook later.

fz_say() {
  printf '@rescue %s\n' "$*" >&4
}

fz_refuse() {
  fz_say "refused $*"
  exit 1
}

# Until an operator says so that still waits for this rescue. It may be gone, and the stream's end not told.
fz_await_word() {
  fz_start_listener
  fz_arm nobody 60
  fz_say here
  while :; do
    fz_next
    case $fz_event_name in
    line) return ;;
    eof | nobody)
      fz_say refused nobody waits
      fz_sweep "$fz_listener"
      exit 1
      ;;
    esac
  done
}

# Into fz_found: processes other than our own whose argument lists end with $1 and the id. Into fz_heads: those whose parents are not
# among them.
fz_find() {
  fz_scan
  fz_grow $$
  fz_found=' ' fz_heads= fz_total=0
  for fz_path in /proc/[0-9]*; do
    case $fz_tree in *" ${fz_path#/proc/} "*) continue ;; esac
    fz_is "$1" "$fz_path/cmdline" && fz_found="$fz_found${fz_path#/proc/} " fz_total=$((fz_total + 1))
  done
  for fz_pid in $fz_found; do
    fz_stat "$fz_pid" || continue
    case $fz_found in *" $fz_ppid "*) ;; *) fz_heads="$fz_heads $fz_pid:$fz_start" ;; esac
  done
}

# `read` drops the NULs between the arguments.
fz_is() {
  while IFS= read -r fz_line || [ "$fz_line" ]; do
    case $fz_line in *"$1$fz_id") return 0 ;; esac
    fz_line=
  done <"$2"
  return 1
}

# Into fz_list.
fz_list_found() {
  fz_list=
  for fz_pid in $fz_found; do
    fz_stat "$fz_pid" && fz_list="$fz_list $fz_pid:$fz_start"
  done
}

# They first, or they would go on to the next command when their post-hook is ended.
fz_end_other_rescues() {
  fz_find backup-freeze-rescue
  [ "$fz_total" -gt 0 ] || return
  fz_collect "$fz_found" ''
  fz_below=$fz_list
  fz_list_found
  fz_signal KILL
  fz_list=$fz_below
  fz_end_list '' ''
}

# The program's own thaw first: it knows what it has started.
fz_ask() {
  fz_list=$fz_heads
  fz_signal TERM
  fz_fade 100 && return
  fz_signal TERM
  fz_fade $((fz_patience * 100))
}

fz_end_session() {
  fz_find backup-freeze-session
  [ "$fz_total" -gt 0 ] || return
  fz_session=
  for fz_pid in $fz_found; do
    fz_stat "$fz_pid" || continue
    case $fz_found in *" $fz_sid "*) fz_session=$fz_sid ;; esac
    # A session whose leader is dead is still ours; 0 is one that began outside this container.
    [ "$fz_sid" = 0 ] || [ -d "/proc/$fz_sid" ] || fz_session=$fz_sid
  done
  fz_collect "$fz_found" "$fz_session"
  fz_below=$fz_list
  fz_list_found
  fz_list="$fz_list $fz_below"
  fz_end_list "$fz_found" "$fz_session"
}

fz_rescue() {
  fz_open_events
  exec </dev/null
  fz_await_word
  fz_end_other_rescues
  fz_find backup-freeze-session
  fz_say "found $fz_total"
  if [ "$fz_total" -gt 0 ]; then
    fz_ask
    fz_end_session
  fi
  fz_code=0
  [ "$fz_mode" = client ] || fz_run_post
  fz_say "thawed post $fz_code"
  fz_sweep $fz_post_shell
  exit "$fz_code"
}

fz_read_plan
exec </dev/null >/dev/null
: | fz_rescue
exit $?
