"""Whether a text that came with a picture says something about it."""

import re
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from yearbook.lazy import later

_CAMERA = later(
    r"(?:(?:img|dsc[nf]?|pxl|mvimg|p|photo|image|pic|picture|screenshot|screen ?shot|capture|snapshot|"
    r"untitled|unnamed|kakaotalk(?:_photo)?|file|download|"
    r"clipboard|pasted (?:image|graphic)|figure|fig|thumbnail|"
    r"alt(?: text| image)?|image (?:alt|description)|img alt|drawing|group|frame|rectangle|output|result|"
    r"banner|logo|png|jpe?g|gif|animated gif|giphy|ezgif[\w.-]*|cleanshot|simulator screen ?shot|bandicam|"
    r"(?:wechat|chatgpt|whatsapp) image|dall·e|"
    r"스크린 ?샷|화면 ?캡처|캡처|캡쳐|사진|이미지|그림|무제|제목 ?없음|대표 ?이미지|썸네일|"
    r"(?:사진|이미지) ?설명(?:을 입력하세요)?|"
    r"スクリーンショット|画像|写真|無題|图片|截图|截屏|屏幕截图|屏幕快照|圖片|螢幕截圖|螢幕快照)"
    r"(?:[\s_.,:()~\-–—\d년월일時分年月日]|at|오전|오후|午前|午後|上午|下午|am|pm)*|"
    r"[\s_.,:()~\-–—\d]*)(?:@\dx)?",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(r"\S*\.(?:png|jpe?g|gif|webp|svg|bmp|heic|avif|tiff?)", re.IGNORECASE)
_HASH = re.compile(r"(?=\S*\d)(?:[0-9a-f]{8,}(?:-[0-9a-f]{4,})*|[A-Za-z0-9_-]{20,})", re.IGNORECASE)


def is_meaningful(text: str, src: str = "") -> bool:
    """Whether a text says something about a picture, rather than being a name of a file or nothing.

    >>> [is_meaningful(text) for text in ("image", "IMG_1234", "425128_5589_27", "스크린샷 2021-12-31")]
    [False, False, False, False]
    >>> is_meaningful("첫눈 오던 날"), is_meaningful("map", "/a/map.png"), is_meaningful("서울 2021")
    (True, False, True)
    """
    bare = text.strip().strip("[]()<>\"'`")
    stem = PurePosixPath(unquote(urlsplit(src).path)).stem if src.isprintable() else ""
    plain = _plain(bare)
    if len(bare) < 2 or not any(char.isalpha() for char in bare) or (stem and plain == _plain(stem)):
        return False
    return not (_CAMERA.fullmatch(bare) or _FILE_NAME.fullmatch(bare) or _HASH.fullmatch(bare))


def _plain(text: str) -> str:
    """Letters and digits alone, for comparing."""
    return re.sub(r"[\W_]+", "", text).casefold()
