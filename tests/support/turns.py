"""What Pillow calls the turns of a picture."""

from PIL import Image

TURNED = {
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "flipped": Image.Transpose.FLIP_TOP_BOTTOM,
    "rotated-180": Image.Transpose.ROTATE_180,
    "transposed": Image.Transpose.TRANSPOSE,
    "rotated-90": Image.Transpose.ROTATE_270,  # Pillow's are counterclockwise
    "rotated-270": Image.Transpose.ROTATE_90,
    "transverse": Image.Transpose.TRANSVERSE,
}
