#!/usr/bin/env bash
# A whole Slurm on this machine, for tests: munged, slurmctld and slurmd on the loopback, one node, nothing outside one folder.
# Usage: one_node_slurm.sh start|stop|status|clean FOLDER      then: export SLURM_CONF=FOLDER/slurm.conf
# Needs root, slurm-wlm and munge (exit code 77 where they are missing). Partition `low` is preempted (requeued) by `high`.
set -u
verb=${1:-} folder=${2:-}
case $verb in start | stop | status | clean) ;; *) sed -n '3,4s/^# //p' "$0" >&2; exit 2 ;; esac
case $folder in /*) ;; *) echo "one_node_slurm: error: name a folder of its own, absolute" >&2; exit 2 ;; esac
export SLURM_CONF=$folder/slurm.conf PATH=$PATH:/usr/sbin:/sbin
socket=$folder/munge/socket

if [ "$(id -u)" != 0 ]; then echo "one_node_slurm: skipped (needs root)" >&2; exit 77; fi
for program in munged slurmctld slurmd sbatch; do
  command -v $program >/dev/null || { echo "one_node_slurm: skipped ($program is missing; install slurm-wlm and munge)" >&2; exit 77; }
done

runs() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }

# Two instances on one machine must not meet: ports follow from the folder's name.
write_configuration() {
  local base memory host
  base=$((20000 + $(printf %s "$folder" | cksum | cut -d' ' -f1) % 1500 * 20))
  memory=$(($(awk '/MemTotal/ {print $2}' /proc/meminfo) / 2048))
  host=$(hostname -s)
  cat >"$SLURM_CONF" <<END
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=$base
SlurmdPort=$((base + 1))
SrunPortRange=$((base + 2))-$((base + 19))
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
# A requeued job waits until its old credential has expired: seconds here instead of two minutes.
AuthInfo=socket=$socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$folder/controller
SlurmdSpoolDir=$folder/node
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=2,sched_min_interval=0,batch_sched_delay=0,requeue_delay=0
PriorityType=priority/basic
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
SlurmdParameters=config_overrides
JobRequeue=1
MpiDefault=none
ReturnToService=2
KillWait=10
SlurmctldTimeout=30
SlurmdTimeout=30
InactiveLimit=0
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
NodeName=localhost NodeHostName=$host NodeAddr=127.0.0.1 Port=$((base + 1)) CPUs=4 Boards=1 SocketsPerBoard=1 CoresPerSocket=4 ThreadsPerCore=1 RealMemory=$memory State=UNKNOWN
PartitionName=low Nodes=localhost PriorityTier=1 PreemptMode=REQUEUE GraceTime=15 MaxTime=INFINITE Default=YES State=UP
PartitionName=high Nodes=localhost PriorityTier=10 PreemptMode=OFF MaxTime=INFINITE State=UP
END
  chmod 644 "$SLURM_CONF"
}

start() {
  umask 022
  mkdir -p "$folder"/munge "$folder"/controller "$folder"/node
  chmod 755 "$folder" "$folder/munge"
  write_configuration
  if [ ! -s "$folder/munge/key" ]; then
    (umask 077 && head -c 128 /dev/urandom >"$folder/munge/key")
  fi
  # --force: munged dislikes folders under /tmp, which others may write to.
  runs "$folder/munged.pid" || munged --force --key-file="$folder/munge/key" --socket="$socket" --pid-file="$folder/munged.pid" \
    --log-file="$folder/munged.log" --seed-file="$folder/munge/seed" 2>/dev/null || { echo "one_node_slurm: munged failed; see $folder/munged.log" >&2; return 1; }
  runs "$folder/slurmctld.pid" || slurmctld -f "$SLURM_CONF" || return 1
  runs "$folder/slurmd.pid" || slurmd -f "$SLURM_CONF" -N localhost || return 1
  for _ in $(seq 100); do
    [ "$(sinfo -h -p low -o %t 2>/dev/null)" != idle ] || return 0
    sleep 0.2
  done
  echo "one_node_slurm: the node did not become idle; see $folder/slurmd.log" >&2
  return 1
}

end_daemon() {
  runs "$1" || return 0
  local pid
  pid=$(cat "$1")
  kill -TERM "$pid"
  for _ in $(seq 75); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$pid"
}

stop() {
  if runs "$folder/slurmctld.pid"; then
    scancel --state=PENDING --user=root --quiet 2>/dev/null
    scancel --signal=KILL --user=root --full --quiet 2>/dev/null
    scancel --user=root --quiet 2>/dev/null
    for _ in $(seq 50); do
      [ -n "$(squeue -h 2>/dev/null)" ] || break
      sleep 0.1
    done
  fi
  end_daemon "$folder/slurmd.pid"
  end_daemon "$folder/slurmctld.pid"
  end_daemon "$folder/munged.pid"
}

case $verb in
  start) start ;;
  stop) stop ;;
  status) sinfo && squeue ;;
  clean) stop; rm -rf "$folder"/munge "$folder"/controller "$folder"/node "$folder"/*.log "$folder"/*.pid "$folder/slurm.conf" ;;
esac
