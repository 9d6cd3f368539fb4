#!/bin/bash
# After all tasks of preprocess.sh: checks every shard and writes the manifest. See there.
#
#SBATCH --job-name=tessera-merge
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --output=merge-%j.log
set -euo pipefail
exec ${TESSERA:-tessera} preprocess merge --config "${1:?usage: sbatch --dependency=afterok:<array> merge.sh config.json}"
