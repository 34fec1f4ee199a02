#!/usr/bin/env bash
# How long a sweep stands still after a rank died: from SIGKILL to the first checkpoint that the restarted ranks write, which is a little
# more than to their first step.
# Usage: restart_time.sh OVERTAKE SWEEP.toml DIR [TIMES]
# The sweep must outlast the measurement (the quickstart takes minutes); checkpoints are made every 0.1 s here. Prints every time and the median;
# exit code 1 if the median is above 5 s.
set -u
overtake=$1 sweep=$2 folder=$3 times=${4:-5}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
mkdir -p "$folder"
grep -v '^ *checkpoint_every' "$sweep" | sed 's/^\[cluster\]/[cluster]\ncheckpoint_every = "0.1s"/' >"$folder/sweep.toml"
run=$folder/run
"$overtake" run "$folder/sweep.toml" --in "$run" --quiet >"$folder/words" 2>&1 &
supervisor=$!
now() { date +%s.%N; }
launches() { grep -c 'started process' "$run/sweep.log" 2>/dev/null; }
newer_state() { [ -n "$(find "$run/stages" -name state.h5 -newer "$1" 2>/dev/null | head -1)" ]; }
await() {  # a condition, asked every 10 ms for at most two minutes
  local tries=0
  until "$@"; do
    kill -0 "$supervisor" 2>/dev/null && [ $((tries += 1)) -lt 12000 ] || { echo "the sweep ended or stood still: $folder/words"; exit 1; }
    sleep 0.01
  done
}
touch -d '1970-01-01' "$folder/before"
await newer_state "$folder/before"
measured=()
for ((i = 1; i <= times; ++i)); do
  sleep $((1 + i % 3))
  mapfile -t ranks < <(pgrep -P "$(pgrep -P "$supervisor" -x mpirun | head -1)" overtake-train)
  before=$(launches)
  restarted() { [ "$(launches)" -gt "$before" ]; }
  killed=$(now)
  kill -9 "${ranks[$((i % ${#ranks[@]}))]}"
  await restarted
  touch "$folder/restarted"
  await newer_state "$folder/restarted"
  measured+=("$(echo "$(now) $killed" | awk '{printf "%.2f", $1 - $2}')")
  echo "death $i of rank $((i % ${#ranks[@]})): work went on after ${measured[-1]} s"
done
kill -TERM "$supervisor"
wait "$supervisor"
code=$?
median=$(printf '%s\n' "${measured[@]}" | sort -n | awk '{a[NR] = $1} END {print a[int((NR + 1) / 2)]}')
echo "median of $times deaths: $median s; told to stop the sweep left with exit code $code"
[ "$code" = 75 ] && awk -v m="$median" 'BEGIN {exit !(m <= 5)}'
