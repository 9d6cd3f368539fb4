"""Reads CIFAR-100 from its archive as Python does, and prints seconds, CPU seconds and peak memory as JSON."""

import json
import pickle
import platform
import resource
import sys
import tarfile
import time

import numpy

began, cpu = time.perf_counter(), time.process_time()
with tarfile.open(sys.argv[1]) as archive:
    sets = {
        member.name.split("/")[-1]: pickle.load(archive.extractfile(member), encoding="bytes")
        for member in archive
        if member.isfile() and member.name.split("/")[-1] in ("train", "test", "meta")
    }
seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
assert sets["train"][b"data"].shape == (50000, 3072)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
version = f"Python {platform.python_version()}, numpy {numpy.__version__}"
print(json.dumps({"seconds": seconds, "cpuSeconds": cpu, "peakMegabytes": peak, "version": version}))
