#!/usr/bin/env bash
# A sweep through N bad days of a real Slurm, each in turn: time limit near, requeue by an operator, preemption by a higher partition,
# the same where Slurm tells the tasks and not the batch script (unannounced), node down and up, cancel and submit, a chain of jobs where
# requeueing is forbidden, arrays of three that share a sweep, and a job that is held because it brings the sweep no further. What comes out
# must be bit for bit what an undisturbed run gives. Before that `overtake doctor` looks around inside an allocation.
# Usage: cycles.sh OVERTAKE N FOLDER [EVENT ...]      (limit requeue preempt unannounced down cancel chain array hold; default: all, in this order)
# Exit code 0: N cycles and equal results; 77: no Slurm here; 1 otherwise. Slurm runs in FOLDER/slurm and is stopped at the end.
set -u
overtake=$(realpath "$1") cycles=$2 folder=$(realpath -m "$3")
shift 3
events=("$@")
[ ${#events[@]} -gt 0 ] || events=(limit requeue preempt unannounced down cancel chain array hold)
array_events=(requeue preempt cancel down)
here=$(dirname "$(realpath "$0")")
export SLURM_CONF=$folder/slurm/slurm.conf PATH=$PATH:/usr/sbin OMP_NUM_THREADS=1
export OVERTAKE_LEASE_SECONDS=9 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OVERTAKE_DATA=${OVERTAKE_DATA:-$folder/data}
job='' sweep=''
say() { echo "[$SECONDS s] $*"; }
fail() { say "FAILED: $*"; [ -z "$sweep" ] || tail -n 30 "$sweep"/sweep*.log "$sweep"/slurm-*.out; exit 1; }

mkdir -p "$folder"
rm -rf "$folder/slurm"  # of an earlier run: its controller would remember a node that was down
trap '"$here/one_node_slurm.sh" stop "$folder/slurm"' EXIT
"$here/one_node_slurm.sh" start "$folder/slurm" || exit $?

cat >"$folder/cycles.toml" <<'END'
[sweep]
name = "cycles"
[data]
corpus = "synthetic"
[training]
batch_tokens = 1024
log_every = 10
[evaluation]
lengths = ["1x", "2x"]
tokens = 2048
[cluster]
ranks = 2
checkpoint_every = "1s"
[slurm]
partition = "low"
time_limit = "1m"
signal_before = "30s"
[grid]
size = ["1x32"]
tokens = ["3M"]
position = ["rope", "learned", "kerple-log", "t5"]
train_length = 64
END

sed 's/^ranks = 2/ranks = 1/' "$folder/cycles.toml" >"$folder/array.toml"  # three tasks fit the node's four cores

state_of() { squeue -h -j "$1" -o %T 2>/dev/null; }
restarts() { scontrol show job -o "$job" 2>/dev/null | grep -o 'Restarts=[0-9]*' | cut -d= -f2; }
# until TENTHS COMMAND...: waits for the command's success
until_true() {
  local left=$1
  shift
  while ! "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 0.1
  done
}
is_over() { [ -z "$(state_of "$job")" ] || [ "$(state_of "$job")" = COMPLETED ]; }
# Its ranks work: a stage was begun since this life began.
begun() { cat "$sweep/sweep.log" 2>/dev/null | grep -c ' from step '; }
works() { is_over || { [ "$(state_of "$job")" = RUNNING ] && [ "$(begun)" -gt "$1" ]; }; }
restarted() { is_over || [ "$(restarts)" -gt "$1" ]; }

# Whether Slurm sends a job that it preempts the signal that it asked for, as sites may choose.
announce() {
  if [ "$1" = yes ]; then sed -i 's/^#SlurmctldParameters=/SlurmctldParameters=/' "$SLURM_CONF"; else sed -i 's/^SlurmctldParameters=/#&/' "$SLURM_CONF"; fi
  scontrol reconfigure
}
stopped_at_a_step() { cat "$sweep/sweep.log" | grep -c ' stopped at step '; }

disturb() {
  local before stopped
  before=$(restarts)
  case $1 in
    limit) ;;
    requeue) scontrol requeue "$job" ;;
    preempt) sbatch --parsable -p high --exclusive -o /dev/null --wrap 'sleep 0.5' >/dev/null ;;
    unannounced)
      stopped=$(stopped_at_a_step)
      announce no
      sbatch --parsable -p high --exclusive -o /dev/null --wrap 'sleep 0.5' >/dev/null
      until_true 900 restarted "${before:-0}" || fail "no restart after '$1'"
      announce yes
      is_over || [ "$(stopped_at_a_step)" -gt "$stopped" ] || fail "ranks that were told to leave wrote no checkpoint"
      ;;
    down)
      scontrol update NodeName=localhost State=DOWN Reason=cycles
      sleep 1
      scontrol update NodeName=localhost State=RESUME 2>/dev/null  # it may have come back by itself
      ;;
    cancel)
      "$overtake" cancel "$sweep" || fail "cancel"
      until_true 400 is_over || fail "a cancelled job goes on"
      [ "$(restarts)" = "$before" ] || fail "a cancelled job was requeued"
      submit
      return
      ;;
  esac
  until_true 900 restarted "${before:-0}" || fail "no restart after '$1'"
}

submit() {
  job=$("$overtake" submit "$folder/cycles.toml" --in "$sweep" 2>/dev/null) || fail "submit"
  "$overtake" status "$sweep" | grep -q "$job" || fail "status does not know job $job"
}

array_is_over() { [ -z "$(state_of "$job")" ]; }
task_restarts() { scontrol show job -o "${job}_$1" 2>/dev/null | grep -o 'Restarts=[0-9]*' | cut -d= -f2; }
tasks_restarted() { for task in "$@"; do array_is_over || [ "$(task_restarts "$task")" = 1 ] || return 1; done; }
tasks_work() { array_is_over || { grep -q ' from step ' "$sweep/sweep.0.log" && grep -q ' from step ' "$sweep/sweep.1.log" && grep -q ' from step ' "$sweep/sweep.2.log"; } 2>/dev/null; }
submit_array() {
  job=$("$overtake" submit "$folder/array.toml" --in "$sweep" --array 3 2>/dev/null) || fail "submit --array"
}

# array EVENT: one sweep by three tasks, of which one or all meet the event.
array() {
  local stages begun
  sweep=$folder/array-$((done_cycles + 1))
  rm -rf "$sweep"
  submit_array
  until_true 900 tasks_work || fail "the tasks of array $job do not all work"
  "$overtake" status "$sweep" >"$folder/status.txt"
  [ "$(grep -c "^member .* Slurm job ${job}_" "$folder/status.txt")" = 3 ] || fail "status does not know the three tasks of $job: $(cat "$folder/status.txt")"
  case $1 in
    requeue)
      scontrol requeue "${job}_1"
      until_true 900 tasks_restarted 1 || fail "no restart of task 1"
      [ "$(task_restarts 0)$(task_restarts 2)" = 00 ] || fail "other tasks were restarted too"
      ;;
    preempt)
      sbatch --parsable -p high --exclusive -o /dev/null --wrap 'sleep 0.5' >/dev/null
      until_true 900 tasks_restarted 0 1 2 || fail "preempted tasks do not come back"
      ;;
    down)
      scontrol update NodeName=localhost State=DOWN Reason=cycles
      sleep 1
      scontrol update NodeName=localhost State=RESUME 2>/dev/null
      until_true 900 tasks_restarted 0 1 2 || fail "tasks of a lost node do not come back"
      ;;
    cancel)
      "$overtake" cancel "$sweep" || fail "cancel"
      until_true 400 array_is_over || fail "a cancelled array goes on"
      if "$overtake" diff "$folder/calm/results.h5" "$sweep/results.h5" >/dev/null 2>&1; then
        say "the array was over before it was cancelled"
      fi
      submit_array
      ;;
  esac
  until_true 3000 array_is_over || fail "array $job does not end"
  "$overtake" diff "$folder/calm/results.h5" "$sweep/results.h5" || fail "results of the array differ"
  stages=$(find "$sweep/stages" -mindepth 1 -maxdepth 1 -type d | wc -l)
  begun=$(cat "$sweep"/sweep.?.log | grep -c ' from step ')
  say "array $job: $1; $begun times a stage was begun, of $stages"
}

next_in_chain() { grep -o 'job [0-9]* goes on' "$sweep/sweep.log" | grep -o '[0-9]*' | tail -n 1 | grep . || echo "$first"; }

# chain: one sweep by jobs that may not be requeued: told to stop, each leaves the rest to a next job that waits for its end.
chain() {
  local first
  sweep=$folder/chain-$((done_cycles + 1))
  rm -rf "$sweep"
  sed 's/^\[slurm\]/[slurm]\nrequeue = false/' "$folder/cycles.toml" >"$folder/chain.toml"
  first=$("$overtake" submit "$folder/chain.toml" --in "$sweep" 2>/dev/null) || fail "submit"
  job=$first
  until_true 900 works 0 || fail "job $job does not work"
  sleep 1.5
  scancel --signal=URG --batch "$first"
  until_true 900 is_over || fail "job $first does not leave"
  [ "$(next_in_chain)" != "$first" ] || fail "no next job"
  while [ "$job" != "$(next_in_chain)" ]; do  # a slow machine needs more links: each is told to stop before its limit
    job=$(next_in_chain)
    until_true 3000 is_over || fail "job $job does not end"
  done
  "$overtake" diff "$folder/calm/results.h5" "$sweep/results.h5" || fail "results of the chain differ"
  [ "$(restarts)" = 0 ] || fail "a job of the chain was requeued"
  say "chain: job $first left the rest to job $job"
}

lives_begun() { [ "$(cat "$folder/stuck/begun" 2>/dev/null | wc -l)" -ge "$1" ]; }
is_held() { squeue -h -j "$job" -o '%T %r' 2>/dev/null | grep -q '^PENDING.*[hH]eld'; }  # "job requeued in held state", or JobHeldUser

# hold: a program that does nothing in any life of its job, but leave when it is told to. After three restarts the job is held; once the
# program works and the job is released, it finishes.
hold() {
  local life srun stuck=$folder/stuck
  sweep=$folder/hold-$((done_cycles + 1))
  rm -rf "$sweep" "$stuck"
  mkdir "$stuck"
  srun=$(command -v srun)
  cat >"$stuck/srun" <<END
#!/bin/sh
[ ! -e '$stuck/cured' ] || exec '$srun' "\$@"
echo >>'$stuck/begun'
until ls '$sweep'/stop* >/dev/null 2>&1; do sleep 0.1; done
END
  chmod +x "$stuck/srun"
  sed "s|^time_limit = .*|time_limit = \"10m\"|; s|^\[slurm\]|[slurm]\nsetup = [\"export PATH=$stuck:\$PATH\"]|" "$folder/cycles.toml" >"$folder/hold.toml"
  job=$("$overtake" submit "$folder/hold.toml" --in "$sweep" 2>/dev/null) || fail "submit"
  for life in 1 2 3 4; do
    until_true 900 lives_begun "$life" || fail "life $life of job $job does not begin"
    [ "$(restarts)" = $((life - 1)) ] || fail "job $job was restarted $(restarts) times, not $((life - 1))"
    sleep 0.5
    scancel --signal=URG --batch "$job"
  done
  until_true 900 is_held || fail "job $job is not held: $(squeue -h -j "$job" -o '%T %r')"
  grep -q '3 restarts without progress; the job is held' "$sweep/sweep.log" || fail "the log does not say why job $job is held"
  touch "$stuck/cured"
  scontrol release "$job"
  until_true 3000 is_over || fail "job $job does not end"
  "$overtake" diff "$folder/calm/results.h5" "$sweep/results.h5" || fail "results of the held job differ"
  say "hold: job $job was held after 3 restarts without progress, and finished once it was released"
}

job=$(sbatch --parsable -p low -n 2 -o "$folder/doctor.txt" --wrap "'$overtake' doctor '$folder/cycles.toml' --in '$folder/place'") || fail "sbatch"
until_true 900 is_over || fail "doctor does not end"
grep -q '^nothing is wrong: 2 ranks by srun' "$folder/doctor.txt" || fail "doctor: $(cat "$folder/doctor.txt")"
say "doctor: $(cat "$folder/doctor.txt")"

say "undisturbed run"
[ -e "$folder/calm/results.h5" ] || "$overtake" run "$folder/cycles.toml" --in "$folder/calm" --quiet >/dev/null || fail "the undisturbed run"

done_cycles=0 sweeps=0
while [ "$done_cycles" -lt "$cycles" ]; do
  event=${events[$((done_cycles % ${#events[@]}))]}
  if [ "$event" = chain ] || [ "$event" = hold ]; then
    $event
    done_cycles=$((done_cycles + 1))
    say "cycle $done_cycles: $event"
    continue
  fi
  if [ "$event" = array ]; then
    array "${array_events[$((done_cycles / ${#events[@]} % ${#array_events[@]}))]}"
    done_cycles=$((done_cycles + 1))
    say "cycle $done_cycles: array"
    continue
  fi
  sweeps=$((sweeps + 1))
  sweep=$folder/sweep-$sweeps
  rm -rf "$sweep"
  submit
  seen=0
  while :; do
    until_true 900 works "$seen" || fail "job $job does not work"
    seen=$(begun)
    is_over && break
    [ "$done_cycles" -lt "$cycles" ] || { until_true 3000 is_over || fail "job $job does not end"; break; }
    sleep 1.5
    is_over && break
    event=${events[$((done_cycles % ${#events[@]}))]}
    [[ $event != array && $event != chain && $event != hold ]] || { until_true 3000 is_over || fail "job $job does not end"; break; }
    disturb "$event"
    done_cycles=$((done_cycles + 1))
    say "cycle $done_cycles: $event (job $job, restarts $(restarts))"
  done
  "$overtake" diff "$folder/calm/results.h5" "$sweep/results.h5" || fail "results differ"
  say "sweep $sweeps is done; its results equal the undisturbed run's"
done
say "$done_cycles cycles over $sweeps sweeps: equal results"
