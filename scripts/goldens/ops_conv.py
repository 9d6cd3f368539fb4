"""Small results of PyTorch in float64 for the convolution family, frozen in packages/tensor/goldens/ops-conv.json.

Run from the repository's root: python3 scripts/goldens/ops_conv.py

Inputs and the output's gradient are drawn as in ops.py. Images are NHWC, filters HWIO; those of transposed convolutions
are [height, width, filters / groups, channels], depthwise ones [height, width, channels, multiplier].
"""

import torch.nn.functional as F

from ops import convolve, differentiated, freeze, images_first
from philox import check_known_answers


def depthwise(x, filters, bias, **options):
    height, width, channels, multiplier = filters.shape
    each = filters.permute(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
    return F.conv2d(x, each, bias, groups=channels, **options)


def transposed(x, filters, bias, **options):
    return F.conv_transpose2d(x, filters.permute(3, 2, 0, 1), bias, **options)


def case(function, shapes, **options):
    return differentiated(images_first(lambda *x: function(*x, **options)), shapes)


def main():
    check_known_answers()
    goldens = {
        "conv2dGrouped": case(convolve, [[2, 5, 6, 4], [3, 3, 2, 6], [6]], groups=2, stride=2, padding=1),
        "conv2dDilated": case(convolve, [[1, 7, 8, 2], [3, 2, 2, 3], [3]], dilation=(2, 3), stride=(1, 2)),
        "conv2dDilatedSame": case(convolve, [[1, 5, 6, 2], [2, 3, 2, 3], [3]], dilation=(3, 2), padding="same"),
        "depthwiseConv2d": case(depthwise, [[2, 5, 4, 3], [3, 3, 3, 2], [6]], stride=(2, 1), padding=1),
        "conv2dTranspose": case(
            transposed, [[2, 3, 2, 4], [3, 3, 2, 4], [2]], stride=2, padding=1, output_padding=1
        ),
        "conv2dTransposeGrouped": case(
            transposed, [[1, 3, 4, 4], [2, 3, 3, 4], [6]], stride=(3, 2), dilation=(2, 3), groups=2
        ),
        "upsampleNearest": case(F.interpolate, [[1, 3, 4, 2]], size=(7, 6), mode="nearest"),
        "upsampleBilinear": case(F.interpolate, [[1, 3, 4, 2]], size=(7, 6), mode="bilinear", align_corners=False),
        "upsampleCorners": case(F.interpolate, [[1, 3, 4, 2]], size=(7, 6), mode="bilinear", align_corners=True),
        "downsampleBilinear": case(F.interpolate, [[1, 7, 9, 2]], size=(3, 4), mode="bilinear", align_corners=False),
    }
    freeze("ops-conv.json", "scripts/goldens/ops_conv.py", goldens)


main()
