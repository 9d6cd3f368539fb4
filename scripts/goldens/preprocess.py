"""What OpenCV and numpy make of images, frozen in packages/data/goldens/preprocess.json.

Run from the repository's root, with Debian's python3-opencv and python3-numpy:
    TESSERA_DATA=../shared/data /usr/bin/python3 scripts/goldens/preprocess.py

Value i (in NHWC order) of a made image is (i * 2654435761 mod 2**32) >> 24.

  sharpened  cv2.filter2D with the kernel of `sharpen`: shape and SHA-256 of the result
  cifar100   the same over all images of TESSERA_DATA's cifar-100-python.tar.gz, train and test; mean and standard
             deviation of each channel in float64; and values of the
             centred and contrast-normalised training set at some places, as [image, value of the image, result]
  grey       cv2.cvtColor with COLOR_RGB2GRAY of a made image of 61 x 47: SHA-256
  small      sixty images of 4 x 4 x 3, from byte 0 on, fitted on the first fifty: what each normalisation makes of the
             first two and the last one, float64 in base64
"""

import base64
import datetime
import hashlib
import json
import os
import pathlib
import pickle
import tarfile

import cv2
import numpy as np

KERNEL = (-1 / 256.0) * np.array(
    [[1, 4, 6, 4, 1], [4, 16, 24, 16, 4], [6, 24, -476, 24, 6], [4, 16, 24, 16, 4], [1, 4, 6, 4, 1]]
)
SHAPES = [(1, 1, 3), (1, 7, 1), (6, 1, 3), (2, 2, 3), (2, 3, 1), (3, 2, 3), (4, 5, 3), (5, 4, 1), (32, 32, 3), (61, 47, 3)]


def noise(length):
    index = np.arange(length, dtype=np.uint64)
    return ((index * np.uint64(2654435761) % np.uint64(2**32)) >> np.uint64(24)).astype(np.uint8)


def sharpen(image):
    return cv2.filter2D(image, -1, KERNEL).reshape(image.shape)


def sha256(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def center(images):
    x = images.astype(np.float64) / 255
    return x - x.mean(axis=1, keepdims=True)


def gcn(images, bias=10.0):
    x = images.astype(np.float64)
    x = x - x.mean(axis=1, keepdims=True)
    return x / np.sqrt(bias + x.var(axis=1, ddof=1, keepdims=True))


def zca_matrix(sigma, epsilon):
    u, s, _ = np.linalg.svd(sigma)
    return (u / np.sqrt(s + epsilon)) @ u.T


def gcn_zca(train, images):
    fitted = gcn(train)
    mean = fitted.mean(axis=0)
    sigma = (fitted - mean).T @ (fitted - mean) / len(train)
    return (gcn(images) - mean) @ zca_matrix(sigma, 0.1)


def keras(train, images, channels=3):
    """ImageDataGenerator(samplewise_center=True, zca_whitening=True) of Keras 2.1: fit(), then standardize()."""
    x = train.astype(np.float64) / 255
    mean = np.tile(x.reshape(-1, channels).mean(axis=0), x.shape[1] // channels)
    sigma = (x - mean).T @ (x - mean) / len(train)
    return (center(images) - mean) @ zca_matrix(sigma, 1e-6)


def encoded(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f8").tobytes()).decode()


def cifar100():
    with tarfile.open(pathlib.Path(os.environ.get("TESSERA_DATA", "../shared/data"), "cifar-100-python.tar.gz")) as tar:
        for name in ("train", "test"):
            batch = pickle.load(tar.extractfile(f"cifar-100-python/{name}"), encoding="bytes")
            yield name, batch[b"data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).copy()


def real():
    result = {"sharpened": {}, "statistics": {}}
    for name, images in cifar100():
        result["sharpened"][name] = sha256(np.stack([sharpen(image) for image in images]))
        pixels = images.reshape(-1, 3)
        result["statistics"][name] = {"mean": pixels.mean(axis=0).tolist(), "deviation": pixels.std(axis=0).tolist()}
        if name == "test":
            continue
        places = [(image, value) for image in (0, 1, 17, 4999, 49999) for value in range(5, 3072, 307)]
        for kind, normalize in (("center", center), ("gcn", gcn)):
            found = {image: normalize(images[image].reshape(1, -1))[0] for image, _ in places}
            result[kind] = [[image, value, float(found[image][value])] for image, value in places]
    return result


def small():
    images = noise(60 * 48).reshape(60, 48)
    train, some = images[:50], images[[0, 1, 59]]
    return {
        "center": encoded(center(some)),
        "gcn": encoded(gcn(some)),
        "gcn-zca": encoded(gcn_zca(train, some)),
        "keras": encoded(keras(train, some)),
    }


def main():
    sharpened = [
        {"shape": shape, "sha256": sha256(sharpen(noise(int(np.prod(shape))).reshape(shape)))} for shape in SHAPES
    ]
    provenance = {
        "script": "scripts/goldens/preprocess.py",
        "opencv": cv2.__version__,
        "numpy": np.__version__,
        "date": datetime.date.today().isoformat(),
    }
    grey = {"shape": (61, 47, 3), "sha256": sha256(cv2.cvtColor(noise(61 * 47 * 3).reshape(61, 47, 3), cv2.COLOR_RGB2GRAY))}
    result = {"provenance": provenance, "sharpened": sharpened, "grey": grey, "cifar100": real(), "small": small()}
    path = pathlib.Path("packages/data/goldens/preprocess.json")
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in result.items())
    path.write_text(f"{{\n{lines}\n}}\n")


main()
