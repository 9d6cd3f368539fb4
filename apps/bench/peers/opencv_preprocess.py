"""Times OpenCV at preprocessing. Reads a line per round from standard input (the number of processes) and answers with
a line of JSON: the seconds that it took to read, decode, scale, crop, encode and write every image of a list.
Arguments: a file that lists the images, and a folder to write to. The geometry is `compat`; what is written are bare
JPEGs one after the other, which is a little less work than records."""

import json
import multiprocessing
import os
import sys
import time

import cv2

SIZE, QUALITY = 256, 90


def process(image):
    height, width = image.shape[:2]
    if height <= width:
        image = cv2.resize(image, (int(width / height * 256), SIZE))
    else:
        image = cv2.resize(image, (SIZE, int(height / width * 256)))
    height, width = image.shape[:2]
    if height <= width and abs(width - SIZE) > 1:
        d = int((width - SIZE) / 2)
        image = image[:, d:-d, :]
    elif abs(height - SIZE) > 1:
        d = int((height - SIZE) / 2)
        image = image[d:-d, :, :]
    return image if image.shape[:2] == (SIZE, SIZE) else cv2.resize(image, (SIZE, SIZE))


def work(job):
    files, target = job
    cv2.setNumThreads(1)
    with open(target, "wb") as out:
        for file in files:
            image = process(cv2.imread(file))
            out.write(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes())
        out.flush()
        os.fsync(out.fileno())
    os.unlink(target)


def main():
    with open(sys.argv[1]) as listing:
        files = listing.read().split("\n")
    print(json.dumps({"version": cv2.__version__}), flush=True)
    for line in sys.stdin:
        count = int(line)
        start = time.perf_counter()
        jobs = [(files[i::count], os.path.join(sys.argv[2], f"part-{i}")) for i in range(count)]
        if count == 1:
            work(jobs[0])
        else:
            with multiprocessing.Pool(count) as pool:
                pool.map(work, jobs)
        print(json.dumps(time.perf_counter() - start), flush=True)


main()
