"""What OpenCV makes of small images, frozen in packages/data/goldens/images.json.

Run from the repository's root, with Debian's python3-opencv and python3-pil:
    TESSERA_DATA=../shared/data python3 scripts/goldens/images.py

  decoded  small PNGs and JPEGs, and what cv2.imdecode makes of them: RGB, [height, width, 3], in base64
  shared   files of the folder `awkward` of TESSERA_DATA: shape and SHA-256 of cv2.imread's RGB
  resized  cv2.resize with INTER_LINEAR: shapes and SHA-256. Pixel value i (in NHWC order) of the source is
           (i * 2654435761 mod 2**32) >> 24
"""

import base64
import datetime
import hashlib
import io
import json
import os
import pathlib
import random

import cv2
import numpy as np
import PIL
from PIL import Image, ImageCms

HEIGHT, WIDTH = 14, 21


def noise(height, width, channels=3):
    index = np.arange(height * width * channels, dtype=np.uint64)
    values = (index * np.uint64(2654435761) % np.uint64(2**32)) >> np.uint64(24)
    return values.astype(np.uint8).reshape(height, width, channels)


def scene():
    """A picture with soft and hard edges in colour."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    red, green, blue = x * 255 // (WIDTH - 1), y * 255 // (HEIGHT - 1), ((x // 5 + y // 4) % 2) * 200
    return np.stack([red, green, blue], axis=-1).astype(np.uint8)


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def strange_profile():
    """sRGB with the primaries red and green swapped: whoever applies it changes every colour."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def jpegs():
    picture = Image.fromarray(scene())
    yield "jpeg 4:2:0", saved(picture, "JPEG", quality=90, subsampling=2)
    yield "jpeg 4:2:2", saved(picture, "JPEG", quality=90, subsampling=1)
    yield "jpeg 4:4:4", saved(picture, "JPEG", quality=95, subsampling=0)
    yield "jpeg progressive", saved(picture, "JPEG", quality=90, progressive=True)
    yield "jpeg grey", saved(picture.convert("L"), "JPEG", quality=90)
    yield "jpeg CMYK", saved(picture.convert("CMYK"), "JPEG", quality=95)
    yield "jpeg with a profile", saved(picture, "JPEG", quality=95, subsampling=0, icc_profile=strange_profile())
    yield "jpeg 1x1", saved(picture.resize((1, 1)), "JPEG")
    for orientation in range(1, 9):
        yield f"jpeg exif {orientation}", saved(picture, "JPEG", quality=90, subsampling=0, exif=exif(orientation))
    yield "jpeg exif 9", saved(picture, "JPEG", quality=90, subsampling=0, exif=exif(9))


def pngs():
    picture = Image.fromarray(scene())
    grey = picture.convert("L")
    alpha = Image.fromarray(noise(HEIGHT, WIDTH, 1)[:, :, 0])
    with_alpha = picture.copy()
    with_alpha.putalpha(alpha)
    deep = scene().astype(np.uint16) * 256 + noise(HEIGHT, WIDTH)
    yield "png rgb", saved(picture, "PNG")
    yield "png rgba", saved(with_alpha, "PNG")
    yield "png grey", saved(grey, "PNG")
    yield "png grey and alpha", saved(Image.merge("LA", (grey, alpha)), "PNG")
    yield "png 1 bit", saved(grey.convert("1"), "PNG")
    for bits in (1, 2, 4, 8):
        colours = picture.quantize(2**bits)
        yield f"png palette of {bits} bits", saved(colours, "PNG", bits=bits)
    yield "png palette with a transparent colour", saved(picture.quantize(8), "PNG", bits=4, transparency=1)
    yield "png 16 bits", cv2.imencode(".png", deep[:, :, ::-1])[1].tobytes()
    yield "png 16 bits of grey", cv2.imencode(".png", deep[:, :, 0])[1].tobytes()
    yield "png with a profile", saved(picture, "PNG", icc_profile=strange_profile())
    yield "png exif 6", saved(picture, "PNG", exif=exif(6))


def decoded():
    for name, file in (*jpegs(), *pngs()):
        rgb = cv2.imdecode(np.frombuffer(file, dtype=np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
        encode = lambda data: base64.b64encode(data).decode()
        yield {"name": name, "file": encode(file), "shape": rgb.shape, "pixels": encode(rgb.tobytes())}


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def shared():
    folder = pathlib.Path(os.environ.get("TESSERA_DATA", "../shared/data")) / "awkward"
    for path in sorted(folder.rglob("*")):
        # Of damaged files OpenCV decodes what there is; here they are errors.
        if path.is_dir() or path.name.startswith("LICENSE") or "broken" in str(path) or "truncated" in path.name:
            continue
        rgb = cv2.imread(str(path))[:, :, ::-1]
        yield {"path": str(path.relative_to(folder)), "shape": rgb.shape, "sha256": digest(rgb)}


def resized():
    draw = random.Random(0)
    pairs = [((1, 1), (5, 7)), ((5, 7), (1, 1)), ((10, 12), (5, 6)), ((6, 9), (6, 30)), ((6, 9), (31, 9))]
    pairs += [((500, 7), (256, 256)), ((2, 2), (7, 7)), ((375, 500), (256, 341)), ((32, 32), (224, 224))]
    sides = lambda: (draw.randint(1, 160), draw.randint(1, 160))
    pairs += [(sides(), sides()) for _ in range(60)]
    for source, target in pairs:
        result = cv2.resize(noise(*source), target[::-1], interpolation=cv2.INTER_LINEAR)
        yield {"source": source, "target": target, "sha256": digest(result.reshape(*target, 3))}


goldens = {
    "provenance": {
        "script": "scripts/goldens/images.py",
        "opencv": cv2.__version__,
        "pillow": PIL.__version__,
        "numpy": np.__version__,
        "date": datetime.date.today().isoformat(),
    },
}
for part in (decoded, shared, resized):
    goldens[part.__name__] = list(part())

target = pathlib.Path(__file__).resolve().parents[2] / "packages/data/goldens/images.json"
target.parent.mkdir(exist_ok=True)
lines = [f'  "provenance": {json.dumps(goldens.pop("provenance"))}']
for name, entries in goldens.items():
    lines.append(f'  "{name}": [\n    ' + ",\n    ".join(json.dumps(entry) for entry in entries) + "\n  ]")
target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
