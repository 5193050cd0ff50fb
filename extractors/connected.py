"""Connected runs of ink."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

# Always uint8; OpenCV's stubs promise less of what its functions return.
Grey = npt.NDArray[Any]
Array = npt.NDArray[Any]


def connected(mask: Grey, ways: int = 8) -> tuple[Array, Array, Array]:
    """Names of the pixels (0: none), and of each run its (left, top, width, height, area) and centre.

    ``ways`` is 8, or 4 where corners do not connect. Row 0 of both tables is what is not ink.
    """
    try:
        # Half the memory traffic of 32-bit names, and enough for any page that is not noise.
        found = cv2.connectedComponentsWithStatsWithAlgorithm(
            mask, ways, cv2.CV_16U, cv2.CCL_DEFAULT
        )
    except cv2.error:
        found = cv2.connectedComponentsWithStats(mask, connectivity=ways)
    _, names, stats, centres = found
    return np.asarray(names), np.asarray(stats), np.asarray(centres)
