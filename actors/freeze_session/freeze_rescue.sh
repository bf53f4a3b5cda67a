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

# Into fz_programs, fz_hooks and fz_rescues: processes other than our own whose argument lists end with such a name and the id.
fz_find() {
  fz_scan
  fz_grow $$
  fz_programs=' ' fz_hooks=' ' fz_rescues=' '
  for fz_path in /proc/[0-9]*; do
    fz_pid=${fz_path#/proc/}
    case $fz_tree in *" $fz_pid "*) continue ;; esac
    fz_read_name "$fz_path/cmdline"
    case $fz_name in
    session) fz_programs="$fz_programs$fz_pid " ;;
    hook) fz_hooks="$fz_hooks$fz_pid " ;;
    rescue) fz_rescues="$fz_rescues$fz_pid " ;;
    esac
  done
}

# Into fz_name. `read` drops the NULs between the arguments.
fz_read_name() {
  fz_name=
  while IFS= read -r fz_line || [ "$fz_line" ]; do
    case $fz_line in *backup-freeze-*"$fz_id")
      fz_name=${fz_line##*backup-freeze-}
      fz_name=${fz_name%"$fz_id"}
      ;;
    esac
    fz_line=
  done <"$1"
}

# The processes $1 into fz_list.
fz_list_of() {
  fz_list=
  for fz_pid in $1; do
    fz_stat "$fz_pid" && fz_list="$fz_list $fz_pid:$fz_start"
  done
}

# Into fz_led: the process sessions that one of $1 leads, and those whose leader is dead; 0 is one that began outside this container.
fz_sessions_of() {
  fz_led=
  for fz_pid in $1; do
    fz_stat "$fz_pid" || continue
    case "$1" in
    *" $fz_sid "*) fz_led="$fz_led $fz_sid" ;;
    *) [ "$fz_sid" = 0 ] || [ -d "/proc/$fz_sid" ] || fz_led="$fz_led $fz_sid" ;;
    esac
  done
}

# They first, or they would go on to the next command when their post-hook is ended. One that starts its post-hook at this moment leaves
# a child that only their process session tells.
fz_end_other_rescues() {
  fz_find
  [ "$fz_rescues" != ' ' ] || return
  fz_sessions_of "$fz_rescues"
  fz_collect "$fz_rescues" ''
  fz_below=$fz_list
  fz_list_of "$fz_rescues"
  fz_signal KILL
  fz_list=$fz_below
  fz_end_list '' ''
  fz_end '' "$fz_led"
}

# The program's own thaw first: it knows what it has started. Those are asked whose parents are not of it; twice, as a shell that is just
# about to wait notices a signal only with the next one.
fz_ask() {
  fz_list=
  for fz_pid in $fz_programs; do
    fz_stat "$fz_pid" || continue
    case $fz_programs in *" $fz_ppid "*) ;; *) fz_list="$fz_list $fz_pid:$fz_start" ;; esac
  done
  fz_signal TERM
  fz_fade 100 && return
  fz_signal TERM
  fz_fade $((fz_patience * 100))
}

fz_end_session() {
  fz_find
  fz_found=$fz_programs$fz_hooks
  fz_sessions_of "$fz_found"
  fz_collect "$fz_found" "$fz_led"
  fz_below=$fz_list
  fz_list_of "$fz_found"
  fz_list="$fz_list $fz_below"
  fz_end_list "$fz_found" "$fz_led"
}

fz_rescue() {
  trap : PIPE
  fz_open_events
  exec </dev/null
  fz_await_word
  fz_end_other_rescues
  fz_find
  set -- $fz_programs $fz_hooks
  fz_say "found $#"
  if [ $# -gt 0 ]; then
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
