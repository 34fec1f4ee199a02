#!/usr/bin/env bash
# Kills ranks, mpirun and the supervisor of a sweep at random, with SIGKILL, while it runs, and starts it again each time the supervisor died.
# Usage: kill_while_running.sh OVERTAKE SWEEP.toml DIR KILLS [SEED] [LONGEST_PAUSE_S]
# Ends when the sweep is done; compare DIR/results.h5 with an undisturbed run's by `overtake diff`.
set -u
overtake=$1 sweep=$2 folder=$3 kills=$4
RANDOM=${5:-1}
below() { drawn=$(((RANDOM >> 4) % $1)); }  # the low bits of consecutive draws are not independent
longest=${6:-8}
log=$folder.kills.log
: >"$log"

start() { "$overtake" run "$sweep" --in "$folder" --quiet >>"$log" 2>&1 & supervisor=$!; }

start
done_kills=0
below 3; first=$drawn  # rank, mpirun and supervisor take turns, at random times
while [ "$done_kills" -lt "$kills" ]; do
  below "$longest"; pause=$drawn; below 10
  sleep "$pause.$drawn"
  kill -0 "$supervisor" 2>/dev/null || break
  launcher=$(pgrep -P "$supervisor" -x mpirun | head -1)
  ranks=()
  [ -z "$launcher" ] || mapfile -t ranks < <(pgrep -P "$launcher" overtake-train)
  case $(((done_kills + first) % 3)) in
    0) [ ${#ranks[@]} -gt 0 ] || continue; what=rank; below ${#ranks[@]}; victim=${ranks[drawn]} ;;
    1) [ -n "$launcher" ] || continue; what=mpirun; victim=$launcher ;;
    2) what=supervisor; victim=$supervisor ;;
  esac
  kill -9 "$victim" 2>/dev/null || continue
  done_kills=$((done_kills + 1))
  echo "kill $done_kills: $what ($victim)" | tee -a "$log"
  if [ "$what" = supervisor ]; then
    wait "$supervisor" 2>/dev/null
    start
  fi
done
wait "$supervisor"
code=$?
echo "killed $done_kills times; the sweep ended with exit code $code"
[ "$done_kills" = "$kills" ] || echo "the sweep was over before all $kills kills"
exit "$code"
