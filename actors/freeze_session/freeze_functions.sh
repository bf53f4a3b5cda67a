# What freeze_session.sh and freeze_rescue.sh share. Both read their program from standard input (see session_script.cpp), so this
# text is put in front of theirs, without comments and leading blanks.
#
# POSIX sh as dash, busybox and bash speak it. Needed in the image: sh, sleep, date, /proc. Nothing is written to any file.
#
# Everything that can happen is an event: a line in one pipe, which the main part reads. So nothing is lost between two system calls,
# as it would be with signals and `wait`. The pipe is made by `: | main`; main opens its own standard input again for writing.
#
# File descriptors: 3 protocol input, 4 protocol output, 5 output of hooks, 7 and 8 the client's input (read and write end), 9 events.

trap : PIPE
exec 3<&0 4>&1 5>&2 2>/dev/null
fz_id=$1
fz_nl='
'

# On the right side of `: | main`.
fz_open_events() {
  command exec 9<>/proc/self/fd/0 || fz_refuse protocol cannot open a pipe again
}

# An event. Written twice, because a signal makes some shells drop the line that `read` has half read; readers take the first.
fz_event() {
  printf '%s\n%s\n' "$*" "$*" >&9
}

# Reads one event into fz_event_name and fz_event_value, and keeps those that only tell process ids.
fz_next() {
  fz_event_name=
  read -r fz_event_name fz_event_value <&9
  case $fz_event_name in
  sleeper)
    case $fz_sleepers in
    *" $fz_event_value:"*) ;;
    *)
      fz_start=0
      fz_stat "$fz_event_value"
      fz_sleepers="$fz_sleepers $fz_event_value:$fz_start"
      fz_unknown_sleepers=$((fz_unknown_sleepers - 1))
      ;;
    esac
    ;;
  pre-hook) fz_pre_hook=$fz_event_value ;;
  client-shell) fz_client_shell=$fz_event_value ;;
  fed) fz_fed=${fz_fed:-1} ;;
  left) fz_left=$fz_event_value ;;
  esac
}
fz_timers= fz_sleepers= fz_unknown_sleepers=0

# Reads the events that were written until now.
fz_drain() {
  fz_drains=$((fz_drains + 1))
  fz_event drained $fz_drains
  until [ "$fz_event_name $fz_event_value" = "drained $fz_drains" ]; do fz_next; done
}
fz_drains=0

# Protocol input: the event `line` for a thaw line, `eof` for its end.
fz_start_listener() {
  (fz_listen <&3) &
  fz_listener=$!
}

fz_listen() {
  exec 3<&- 4>&- 5>&- 7<&- 8>&-
  while IFS= read -r fz_line; do
    [ "$fz_line" = thaw ] && fz_event line && exit
  done
  fz_event eof
}

# After $2 seconds the event $1. A fraction is rounded where `sleep` takes whole seconds only. `wait` in a loop: a signal ends it early.
fz_arm() {
  fz_unknown_sleepers=$((fz_unknown_sleepers + 1))
  (
    trap : TERM
    exec 3<&- 4>&- 7<&- 8>&-
    case $2 in *.*) sleep 0.001 || set -- "$1" "$(fz_rounded "$2")" ;; esac
    sleep "$2" 5>&- 9>&- &
    fz_event sleeper $!
    while kill -0 $!; do wait $!; done
    fz_event "$1"
  ) &
  fz_timers="$fz_timers $!"
}

fz_rounded() {
  fz_whole=${1%%.*}
  case ${1#*.} in [5-9]*) fz_whole=$((fz_whole + 1)) ;; esac
  [ "${fz_whole:-0}" -gt 0 ] || fz_whole=1
  printf %s "$fz_whole"
}

# Hundredths of a second since boot, into fz_now; costs no process.
fz_clock() {
  read -r fz_now fz_rest </proc/uptime
  fz_now=${fz_now%.*}${fz_now#*.}
}

# Parent, session and start time out of a line of /proc/<pid>/stat; false for a zombie. The name before them may hold anything.
fz_parse() {
  fz_rest=${1#*) }
  case $fz_rest in [A-Za-z]\ [0-9]*) ;; *) fz_rest=${1##*) } ;; esac
  set -- $fz_rest
  case $1 in [ZXx]) return 1 ;; esac
  fz_ppid=$2 fz_sid=$4 fz_start=${20}
}

# The same for the process $1; false also if it is gone.
fz_stat() {
  IFS= read -r fz_line <"/proc/$1/stat" && fz_parse "$fz_line"
}

# All processes into fz_all as `pid:parent:session:start`. By `cat`, since `read` makes a system call for every byte.
fz_scan() {
  fz_all= fz_lines=$(cat /proc/[0-9]*/stat)
  if [ -z "$fz_lines" ]; then
    for fz_path in /proc/[0-9]*; do
      IFS= read -r fz_line <"$fz_path/stat" && fz_lines=$fz_lines$fz_nl$fz_line
    done
  fi
  set -f
  IFS=$fz_nl
  for fz_line in $fz_lines; do
    IFS=' '
    fz_parse "$fz_line" && fz_all="$fz_all ${fz_line%% *}:$fz_ppid:$fz_sid:$fz_start"
  done
  unset IFS
  set +f
}

# Into fz_list, as `pid:start` (a pid alone may be somebody else's by the time it is used): the descendants of the processes $1,
# parents first: a shell whose child dies before it goes on to its next command. With sessions $2 also those of them who have
# lost their parents, with their descendants; never our own tree.
fz_collect() {
  fz_scan
  fz_roots=$1
  if [ "$2" ]; then
    fz_grow $$
    for fz_entry in $fz_all; do
      fz_pid=${fz_entry%%:*} fz_rest=${fz_entry#*:*:}
      case $fz_tree in *" $fz_pid "*) continue ;; esac
      case " $2 " in *" ${fz_rest%%:*} "*) fz_roots="$fz_roots $fz_pid" ;; esac
    done
  fi
  fz_grow "$fz_roots"
  fz_list=
  for fz_pid in $fz_tree; do
    case " $1 " in *" $fz_pid "*) continue ;; esac
    case $fz_all in *" $fz_pid:"*) ;; *) continue ;; esac
    fz_rest=${fz_all#*" $fz_pid:"}
    fz_rest=${fz_rest%% *}
    fz_list="$fz_list $fz_pid:${fz_rest##*:}"
  done
}

# The processes $1 and all below them, out of fz_all into fz_tree.
fz_grow() {
  fz_tree=" $1 " fz_grown=1
  while [ "$fz_grown" ]; do
    fz_grown=
    for fz_entry in $fz_all; do
      fz_pid=${fz_entry%%:*} fz_rest=${fz_entry#*:}
      case $fz_tree in *" $fz_pid "*) continue ;; esac
      case $fz_tree in *" ${fz_rest%%:*} "*) fz_tree="$fz_tree$fz_pid " fz_grown=1 ;; esac
    done
  done
}

# Drops from fz_list whoever is gone; false if nobody is left.
fz_living() {
  fz_kept=
  for fz_entry in $fz_list; do
    fz_stat "${fz_entry%:*}" && [ "$fz_start" = "${fz_entry#*:}" ] && fz_kept="$fz_kept $fz_entry"
  done
  fz_list=$fz_kept
  [ "$fz_list" ]
}

fz_signal() {
  for fz_entry in $fz_list; do kill "-$1" "${fz_entry%:*}"; done
}

# Waits until fz_list is gone, $1 hundredths of a second at most; false if somebody stays. Where `sleep` takes whole seconds only the
# wait is one second, or none if a second is too long.
fz_fade() {
  fz_clock
  fz_until=$((fz_now + $1))
  while fz_living; do
    fz_clock
    [ "$fz_now" -lt "$fz_until" ] || return 1
    sleep 0.02 && continue
    [ "$1" -lt 100 ] || sleep 1
    ! fz_living
    return
  done
}

# Ends what fz_collect finds: TERM, fz_grace hundredths of a second, then KILL, again as long as something new appears.
fz_end() {
  fz_collect "$1" "$2"
  fz_end_list "$1" "$2"
}

fz_end_list() {
  [ "$fz_list" ] || return
  fz_signal TERM
  fz_fade "$fz_grace"
  for fz_round in 1 2 3; do
    fz_signal KILL
    fz_fade 10
    fz_stubborn=$fz_list
    fz_collect "$1" "$2"
    fz_list="$fz_stubborn $fz_list"
    fz_living || return
  done
}
fz_grace=100

# Becomes a hook: shell text $1, without any of our descriptors.
fz_hook() {
  exec /bin/sh -c "$1" backup-freeze-hook "$fz_id" </dev/null >&5 2>&5 3<&- 4>&- 5>&- 7<&- 8>&- 9>&-
}

# The post-hook within its limit; its exit code, or 124, into fz_code. From here on a TERM changes nothing, so it is ignored: one that
# hits a subshell before its own trap stands would take the post-hook away.
fz_run_post() {
  trap '' TERM
  (
    trap : TERM
    (fz_hook "$fz_post")
    fz_event post $?
  ) &
  fz_post_shell=$!
  fz_arm limit "$fz_limit"
  fz_code=
  until [ "$fz_code" ]; do
    fz_next
    case $fz_event_name in
    post) fz_code=$fz_event_value ;;
    limit) fz_end "$fz_post_shell" && fz_code=124 || fz_code=124 ;;
    esac
  done
}

# Leaves no child: the timers' sleeps, and those in $* that are still ours. A timer that was killed before it told its sleep is not
# waited for.
fz_sweep() {
  while [ "$fz_unknown_sleepers" -gt 0 ]; do
    fz_drain
    fz_end_sleepers
    fz_alive=
    for fz_timer in $fz_timers; do fz_stat "$fz_timer" && fz_alive=1; done
    [ "$fz_alive" ] || break
    sleep 0.01 || sleep 1
  done
  fz_end_sleepers
  read -r fz_self fz_rest </proc/self/stat
  for fz_pid in "$@"; do
    fz_stat "$fz_pid" && [ "$fz_ppid" = "$fz_self" ] && kill -KILL "$fz_pid"
  done
  until wait; do :; done
}

fz_end_sleepers() {
  fz_list=$fz_sleepers
  fz_living && fz_signal KILL
}

# $1 lines of input into fz_text; a hundred at a time, as to append to a long text costs its length.
fz_read_text() {
  case $1 in '' | *[!0-9]*) fz_refuse protocol bad line count ;; esac
  fz_text= fz_part= fz_count=$1 fz_glue=
  while [ "$fz_count" -gt 0 ]; do
    IFS= read -r fz_line || fz_refuse protocol end of input
    fz_part=$fz_part$fz_glue$fz_line fz_glue=$fz_nl fz_count=$((fz_count - 1))
    case $fz_count in *00) fz_text=$fz_text$fz_part fz_part= ;; esac
  done
  fz_text=$fz_text$fz_part
}

fz_check_seconds() {
  case $1 in '' | .* | *. | *[!0-9.]* | *.*.*) fz_refuse protocol bad number of seconds ;; esac
}

# The header, up to `go`.
fz_read_plan() {
  fz_mode= fz_ready=READY fz_client= fz_pre= fz_post= fz_max= fz_not_after= fz_limit=30 fz_patience=5
  while IFS= read -r fz_line || fz_refuse protocol end of input; do
    fz_value=${fz_line#* }
    case $fz_line in
    'not-after '*) fz_check_seconds "$fz_value" && fz_not_after=${fz_value%%.*} ;;
    'max-freeze '*) fz_check_seconds "$fz_value" && fz_max=$fz_value ;;
    'post-limit '*) fz_check_seconds "$fz_value" && fz_limit=$fz_value ;;
    'patience '*) fz_check_seconds "$fz_value" && fz_patience=${fz_value%%.*} ;;
    'mode shell' | 'mode client') fz_mode=$fz_value ;;
    'ready '*) fz_ready=$fz_value ;;
    'client '*) fz_read_text "$fz_value" && fz_client=$fz_text ;;
    'pre '*) fz_read_text "$fz_value" && fz_pre=$fz_text ;;
    'post '*) fz_read_text "$fz_value" && fz_post=$fz_text ;;
    go) break ;;
    *) fz_refuse protocol unknown line ;;
    esac
  done
  [ "$fz_mode" ] || fz_refuse protocol no mode
  command -v sleep >/dev/null || fz_refuse protocol this image has no sleep
  [ -r /proc/uptime ] && [ -r /proc/self/stat ] || fz_refuse protocol this container has no /proc
}
