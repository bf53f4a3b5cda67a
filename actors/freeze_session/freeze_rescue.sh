# The rescue: a later exec that thaws what a lost session may have left frozen. It asks the session's program to thaw, ends what does
# not go, and runs the post-hook once more: nobody knows whether the first run succeeded.

fz_say() {
  printf '@rescue %s\n' "$*" >&4
}

fz_refuse() {
  fz_say "refused $*"
  exit 1
}

# Into fz_found: the session's processes, by the end of their argument lists. Into fz_heads: those whose parents are not among them.
fz_find() {
  fz_found=' ' fz_heads= fz_total=0
  for fz_path in /proc/[0-9]*; do
    fz_is_session "$fz_path/cmdline" && fz_found="$fz_found${fz_path#/proc/} " fz_total=$((fz_total + 1))
  done
  for fz_pid in $fz_found; do
    fz_stat "$fz_pid" || continue
    case $fz_found in *" $fz_ppid "*) ;; *) fz_heads="$fz_heads $fz_pid:$fz_start" ;; esac
  done
}

# `read` drops the NULs between the arguments.
fz_is_session() {
  while IFS= read -r fz_line || [ "$fz_line" ]; do
    case $fz_line in *backup-freeze-session"$fz_id") return 0 ;; esac
    fz_line=
  done <"$1"
  return 1
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
  fz_find
  [ "$fz_total" -gt 0 ] || return
  fz_session=
  for fz_pid in $fz_found; do
    fz_stat "$fz_pid" || continue
    case $fz_found in *" $fz_sid "*) fz_session=$fz_sid ;; esac
    # A session whose leader is dead is still ours; 0 is one that began outside this container.
    [ "$fz_sid" = 0 ] || [ -d "/proc/$fz_sid" ] || fz_session=$fz_sid
  done
  fz_collect "$fz_found" "$fz_session"
  fz_below=$fz_list fz_list=
  for fz_pid in $fz_found; do
    fz_stat "$fz_pid" && fz_list="$fz_list $fz_pid:$fz_start"
  done
  fz_list="$fz_list $fz_below"
  fz_end_list "$fz_found" "$fz_session"
}

fz_rescue() {
  command exec 9<>/proc/self/fd/0 || fz_refuse protocol cannot open a pipe again
  exec </dev/null
  fz_find
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
