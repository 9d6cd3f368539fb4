#!/bin/bash
# One share of the work, as a task of an array job:
#
#   array=$(sbatch --parsable --array=0-7 deploy/slurm/preprocess.sh config.json)
#   sbatch --dependency=afterok:$array deploy/slurm/merge.sh config.json
#
# tessera reads the task's number and the size of the array from Slurm's environment. A task that is requeued, after a
# node went down or was preempted, goes on where it was. Set TESSERA where the command is not on the PATH.
#
#SBATCH --job-name=tessera-preprocess
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=preprocess-%A-%a.log
set -uo pipefail
config=${1:?usage: sbatch --array=0-7 preprocess.sh config.json}

${TESSERA:-tessera} preprocess --config "$config" --workers "${SLURM_CPUS_PER_TASK:-1}"
status=$?

# Killed, as by the kernel when memory ran out: try again, three times at most.
if [ "$status" -eq 137 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then
  echo "killed; the task goes back into the queue" >&2
  scontrol requeue "$SLURM_JOB_ID" && sleep 60
fi
exit "$status"
