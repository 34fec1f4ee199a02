#!/usr/bin/env bash
# Kills ranks, mpirun and the supervisor of a 24-trial sweep at random, with SIGKILL, and asks for the bits of a run that nobody disturbed.
# Usage: kill_storm.sh OVERTAKE DIR KILLS [SEED] [LONGEST_PAUSE_S]
# A sweep that is over before all kills is compared, and the storm goes on over another one. Exit code 0: every sweep ended by itself with
# exit code 0 and equals the undisturbed one bit for bit.
set -u
overtake=$1 folder=$2 kills=$3 seed=${4:-1} longest=${5:-4}
here=$(dirname "$0")
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OVERTAKE_DATA=${OVERTAKE_DATA:-$folder/data}
mkdir -p "$folder"

began=$SECONDS
"$overtake" run "$here/kill_storm.toml" --in "$folder/undisturbed" --quiet >"$folder/undisturbed.log" 2>&1 ||
  { echo "the undisturbed run failed: $folder/undisturbed.log"; exit 1; }
echo "undisturbed: $((SECONDS - began)) s"

done_kills=0 round=0
while [ "$done_kills" -lt "$kills" ]; do
  round=$((round + 1))
  storm=$folder/storm-$round
  "$here/kill_while_running.sh" "$overtake" "$here/kill_storm.toml" "$storm" $((kills - done_kills)) $((seed + round)) "$longest" >"$storm.out" 2>&1
  code=$?
  here_kills=$(grep -c '^kill [0-9]*: ' "$storm.out")
  done_kills=$((done_kills + here_kills))
  echo "sweep $round: $here_kills kills ($done_kills of $kills in $((SECONDS - began)) s), exit code $code"
  [ "$code" = 0 ] || { echo "the sweep did not end well: $storm.kills.log"; exit 1; }
  [ "$here_kills" -gt 0 ] || { echo "the sweep was over before its first kill"; exit 1; }
  "$overtake" diff "$folder/undisturbed/results.h5" "$storm/results.h5" >"$storm.diff" ||
    { echo "not the bits of the undisturbed run:"; tail -5 "$storm.diff"; exit 1; }
  rm -rf "$storm"
done
count() { cat "$folder"/storm-*.out | grep -c "^kill [0-9]*: $1 "; }
echo "$done_kills kills ($(count rank) of ranks, $(count mpirun) of mpirun, $(count supervisor) of the supervisor) over $round sweeps: all equal bit for bit"
