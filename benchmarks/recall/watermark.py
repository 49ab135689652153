"""Puts a watermark on pictures as perception's own benchmark does; run in perception's environment.

    python watermark.py FOLDER FILE...

Run by path. Its module is loaded by itself, because the package around it needs albumentations.
"""

import importlib.util
import os
import sys


def main() -> None:
    """Write a JPEG into FOLDER for every FILE, with its name."""
    import cv2
    import numpy
    import perception

    place = os.path.join(perception.__path__[0], "benchmarking", "image_transforms.py")
    spec = importlib.util.spec_from_file_location("image_transforms", place)
    transforms = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(transforms)
    mark = numpy.zeros((300, 600, 4), numpy.uint8)
    cv2.putText(mark, "SAMPLE", (20, 190), cv2.FONT_HERSHEY_DUPLEX, 4.5, (255,) * 4, 18)
    put = transforms.apply_watermark(mark, alpha=0.6, size=0.6)
    folder, *paths = sys.argv[1:]
    for path in paths:
        picture = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
        marked = cv2.cvtColor(put(picture), cv2.COLOR_RGB2BGR)
        target = os.path.join(folder, os.path.basename(path))
        if not cv2.imwrite(target, marked, [cv2.IMWRITE_JPEG_QUALITY, 85]):
            sys.exit(f"cannot write {target}")


if __name__ == "__main__":
    main()
