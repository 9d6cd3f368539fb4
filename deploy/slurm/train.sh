#!/bin/bash
# Training by several ranks, one process each:
#
#   sbatch --nodes=2 --ntasks-per-node=1 --cpus-per-task=16 deploy/slurm/train.sh runs/first cnn --data cifar-100-python.tar.gz
#
# The first argument is the run's folder, on a file system that all nodes see; the others are those of `tessera train`. A
# job that is requeued, after a node went down, a preemption or the time limit, goes on from the run's last checkpoint,
# with as many ranks as it is given then. MPI is MPICH by default; for Open MPI set TESSERA_SRUN_MPI=pmix. Set TESSERA
# where the command is not on the PATH.
#
#SBATCH --job-name=tessera-train
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=train-%j.log
# A minute before the time limit ranks are told to write a checkpoint and to end.
#SBATCH --signal=TERM@60
set -uo pipefail
run=${1:?usage: sbatch train.sh run-folder model --data archive …}
shift

if [ -f "$run/config.json" ]; then
  arguments=(--resume "$run")
else
  arguments=("$@" --out "$run")
fi
srun --mpi="${TESSERA_SRUN_MPI:-pmi2}" --kill-on-bad-exit=1 ${TESSERA:-tessera} train "${arguments[@]}"
status=$?

# Told to end, killed, or alone after another rank was: back into the queue, three times at most. 2 is bad usage.
if [ "$status" -ne 0 ] && [ "$status" -ne 2 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then
  echo "ended with status $status; the job goes back into the queue" >&2
  scontrol requeue "$SLURM_JOB_ID" && sleep 60
fi
exit "$status"
