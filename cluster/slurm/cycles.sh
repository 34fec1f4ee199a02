#!/usr/bin/env bash
# A sweep through N bad days of a real Slurm, each in turn: time limit near, requeue by an operator, preemption by a higher partition,
# node down and up, cancel and submit. What comes out must be bit for bit what an undisturbed run gives.
# Usage: cycles.sh OVERTAKE N FOLDER [EVENT ...]      (limit requeue preempt down cancel; default: all, in this order)
# Exit code 0: N cycles and equal results; 77: no Slurm here; 1 otherwise. Slurm runs in FOLDER/slurm and is stopped at the end.
set -u
overtake=$(realpath "$1") cycles=$2 folder=$(realpath -m "$3")
shift 3
events=("$@")
[ ${#events[@]} -gt 0 ] || events=(limit requeue preempt down cancel)
here=$(dirname "$(realpath "$0")")
export SLURM_CONF=$folder/slurm/slurm.conf PATH=$PATH:/usr/sbin OMP_NUM_THREADS=1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OVERTAKE_DATA=${OVERTAKE_DATA:-$folder/data}
job='' sweep=''
say() { echo "[$SECONDS s] $*"; }
fail() { say "FAILED: $*"; [ -z "$sweep" ] || tail -n 30 "$sweep"/sweep.log "$sweep"/slurm-*.out; exit 1; }

mkdir -p "$folder"
"$here/one_node_slurm.sh" start "$folder/slurm" || exit $?
trap '"$here/one_node_slurm.sh" stop "$folder/slurm"' EXIT

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

disturb() {
  local before
  before=$(restarts)
  case $1 in
    limit) ;;
    requeue) scontrol requeue "$job" ;;
    preempt) sbatch --parsable -p high --exclusive -o /dev/null --wrap 'sleep 0.5' >/dev/null ;;
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

say "undisturbed run"
[ -e "$folder/calm/results.h5" ] || "$overtake" run "$folder/cycles.toml" --in "$folder/calm" --quiet >/dev/null || fail "the undisturbed run"

done_cycles=0 sweeps=0
while [ "$done_cycles" -lt "$cycles" ]; do
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
    disturb "$event"
    done_cycles=$((done_cycles + 1))
    say "cycle $done_cycles: $event (job $job, restarts $(restarts))"
  done
  "$overtake" diff "$folder/calm/results.h5" "$sweep/results.h5" || fail "results differ"
  say "sweep $sweeps is done; its results equal the undisturbed run's"
done
say "$done_cycles cycles over $sweeps sweeps: equal results"
