#!/usr/bin/env bash
# What `overtake plan` foresees against what then happens: a sweep on two ranks gets one more seed at a time, each planned from the rates of those
# before and then run.
# Usage: plan_check.sh OVERTAKE SWEEP.toml DIR [SEEDS]      (default: 3 after the first; of the sweep file the line "seed = ..." is replaced)
# Prints every pair and exits with 1 if the median of their ratios is off by more than 15 %. On a machine that others use, their share is measured too.
set -u
overtake=$1 sweep=$2 folder=$3 seeds=${4:-3}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
mkdir -p "$folder"
with_seeds() { sed "s/^seed = .*/seed = [$1]/" "$sweep" >"$folder/sweep.toml"; }
go() { "$overtake" run "$folder/sweep.toml" --in "$folder/run" --ranks 2 --quiet >"$folder/words" 2>&1 || { echo "the sweep failed: $folder/words"; exit 1; }; }

with_seeds 0
go
list=0 ratios=()
for ((seed = 1; seed <= seeds; ++seed)); do
  list+=", $seed"
  with_seeds "$list"
  foreseen=$("$overtake" plan "$folder/sweep.toml" --in "$folder/run" --ranks 2 --json | awk -F'[:,]' '/"predicted_hours"/ {printf "%.2f", 3600 * $2; exit}')
  began=$(date +%s.%N)
  go
  ratios+=("$(echo "$foreseen $began $(date +%s.%N)" | awk '{printf "%.3f", $1 / ($3 - $2)}')")
  echo "seed $seed: $foreseen s foreseen, $(echo "$began $(date +%s.%N)" | awk '{printf "%.2f", $2 - $1}') s taken, ratio ${ratios[-1]}"
done
median=$(printf '%s\n' "${ratios[@]}" | sort -n | awk '{a[NR] = $1} END {print (a[int((NR + 1) / 2)] + a[int(NR / 2) + 1]) / 2}')
echo "median of $seeds: foreseen / taken = $median"
awk -v m="$median" 'BEGIN {exit !(m >= 1 / 1.15 && m <= 1.15)}'
