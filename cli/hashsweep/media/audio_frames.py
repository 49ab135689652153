"""MPEG audio without a tag (MP3, AAC in ADTS): recognised by two consecutive frames.

The two bytes that begin a frame can begin any file by chance, even UTF-16 text; and audio is
not looked into. Knows only headers of frames.
"""

# ISO/IEC 11172-3, 2.4.2.3 and 13818-3: kbit/s by the index of the bit rate, for (MPEG-1?, layer).
_RATES = {
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLE_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""Hz by the index, by version: 3 is MPEG-1, 2 is MPEG-2, 0 is MPEG-2.5."""


def name_audio_frames(head: bytes) -> str | None:
    """Return the media type of a file that begins with frames of MPEG audio, None for others.

    A second frame has to follow the first within `head`, or the file has to end there.
    """
    for media_type, size_of in (("audio/mpeg", _mpeg_size), ("audio/aac", _adts_size)):
        size = size_of(head)
        if size and (len(head) == size or size_of(head[size:])):
            return media_type
    return None


def _mpeg_size(frame: bytes) -> int:
    """Return the bytes of a frame of layers I to III, header included; 0 if it is not one."""
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0:  # noqa: PLR2004
        return 0
    version, layer = frame[1] >> 3 & 3, 4 - (frame[1] >> 1 & 3)
    rate, frequency = frame[2] >> 4, frame[2] >> 2 & 3
    if version not in _SAMPLE_RATES or layer not in (1, 2, 3) or rate in (0, 15) or frequency == 3:  # noqa: PLR2004
        return 0
    is_first, padding = version == 3, frame[2] >> 1 & 1  # noqa: PLR2004
    bits = 1000 * _RATES[is_first, layer][rate]
    hertz = _SAMPLE_RATES[version][frequency]
    if layer == 1:
        return (12 * bits // hertz + padding) * 4
    return (144 if is_first or layer == 2 else 72) * bits // hertz + padding  # noqa: PLR2004


def _adts_size(frame: bytes) -> int:
    """Return the bytes of an ADTS frame (ISO/IEC 13818-7, 6.2), header included; 0 for none."""
    if len(frame) < 7 or frame[0] != 0xFF or frame[1] & 0xF6 != 0xF0:  # noqa: PLR2004
        return 0
    size = (frame[3] & 3) << 11 | frame[4] << 3 | frame[5] >> 5
    return size if size >= 7 and frame[2] >> 2 & 15 < 13 else 0  # noqa: PLR2004
