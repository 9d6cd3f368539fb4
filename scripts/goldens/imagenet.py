"""What OpenCV makes of whole folders of photographs, frozen in packages/data/goldens/imagenet.json.

Run from the repository's root, with Debian's python3-opencv:
    TESSERA_DATA=../shared/data /usr/bin/python3 scripts/goldens/imagenet.py

  images  for every file of the folders below, by path: null where OpenCV decodes nothing, else
          [height, width, decoded, at 256, at 224, JPEG]: cv2.imread's RGB, what the seed's process_image makes of it at
          two sizes, and cv2.imencode's file of the 256 at quality 90 without its JFIF header (bytes 2 ... 19). Each
          is the first 16 hexadecimal digits of a SHA-256.
  means   numpy's float64 mean and variance of red, green and blue, by folder; `originals` are the files as they are,
          `records` are the decoded JPEGs of quality 90; pixels count alike, or images do. Variance is about the mean.
"""

import datetime
import hashlib
import json
import os
import pathlib

import cv2
import numpy as np

DATA = pathlib.Path(os.environ.get("TESSERA_DATA", "../shared/data"))
FOLDERS = ("imagenet-100", "imagenette-500", "awkward")
JFIF = bytes.fromhex("ffe000104a46494600010100000100010000")


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def scale_image(image, size):
    height, width = image.shape[:2]
    if height <= width:
        return cv2.resize(image, (int(width / height * 256), size))
    return cv2.resize(image, (size, int(height / width * 256)))


def center_crop(image, size):
    height, width = image.shape[:2]
    if height <= width and abs(width - size) > 1:
        d = int((width - size) / 2)
        image = image[:, d:-d, :]
    elif abs(height - size) > 1:
        d = int((height - size) / 2)
        image = image[d:-d, :, :]
    if image.shape[:2] != (size, size):
        image = cv2.resize(image, (size, size))
    return image


def processed(image, size):
    """The seed's process_image; None where its slices leave nothing."""
    try:
        return center_crop(scale_image(image, size), size)
    except cv2.error:
        return None


class Moments:
    """Mean and variance over images that are kept, in float64."""

    def __init__(self):
        self.images = []

    def add(self, rgb):
        values = rgb.reshape(-1, 3).astype(np.float64)
        self.images.append((len(values), values.sum(0), np.square(values).sum(0)))

    def result(self):
        counts = np.array([count for count, _, _ in self.images], np.float64)[:, None]
        sums = np.stack([total for _, total, _ in self.images])
        squares = np.stack([total for _, _, total in self.images])
        answer = {"images": len(counts), "pixels": int(counts.sum())}
        for name, weights in (("pixel", counts / counts.sum()), ("image", np.full_like(counts, 1 / len(counts)))):
            mean = (weights * sums / counts).sum(0)
            # About the mean: sum of (x - mean)^2 is squares - 2 mean sums + count mean^2.
            spread = (weights * (squares / counts - 2 * mean * sums / counts + mean**2)).sum(0)
            answer[name] = {"mean": mean.tolist(), "variance": spread.tolist()}
        return answer


images, means = {}, {}
for folder in FOLDERS:
    originals, records = Moments(), Moments()
    for path in sorted((DATA / folder).rglob("*")):
        if path.is_dir() or path.name.startswith("LICENSE"):
            continue
        name = path.relative_to(DATA).as_posix()
        bgr = cv2.imread(str(path))
        if bgr is None:
            images[name] = None
            continue
        rgb = np.ascontiguousarray(bgr[:, :, ::-1])
        entry = [*rgb.shape[:2], digest(rgb.tobytes())]
        for size in (256, 224):
            made = processed(bgr, size)
            entry.append(None if made is None else digest(np.ascontiguousarray(made[:, :, ::-1]).tobytes()))
            if size == 256 and made is not None:
                small = made
        file = cv2.imencode(".jpg", small, [int(cv2.IMWRITE_JPEG_QUALITY), 90])[1].tobytes()
        assert file[2:20] == JFIF
        entry.append(digest(file[:2] + file[20:]))
        images[name] = entry
        originals.add(rgb)
        records.add(cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1])
    if folder != "awkward":
        means[folder] = {"originals": originals.result(), "records": records.result()}

provenance = {
    "script": "scripts/goldens/imagenet.py",
    "opencv": cv2.__version__,
    "numpy": np.__version__,
    "date": datetime.date.today().isoformat(),
}
lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in images.items())
target = pathlib.Path(__file__).resolve().parents[2] / "packages/data/goldens/imagenet.json"
target.write_text(
    f'{{\n  "provenance": {json.dumps(provenance)},\n  "means": {json.dumps(means)},\n  "images": {{\n{lines}\n  }}\n}}\n'
)
print(f"{len(images)} images, {sum(entry is None for entry in images.values())} of them not decoded")
