"""The book's own words, by language: every fixed text that is printed.

A language that is not here borrows English. Words of posts do not belong here.
"""

import datetime as dt
import re

from yearbook.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Fixed texts in one language; `{}` is where a value goes."""

    language: str
    """BCP 47 tag."""
    subtitle: str
    """Line under the year when the user gives none."""
    contents: str
    """Heading of the contents."""
    index: str
    """Heading of the index."""
    colophon: str
    """Heading of the colophon in the contents and the outline."""
    cover: str
    """Name of the cover in the outline."""
    included: str
    """Heading of posts taken in from outside the year."""
    glance: str
    """Heading of the year at a glance; takes the year."""
    months: tuple[str, ...]
    """Short names of the months, as in the contents."""
    month_names: tuple[str, ...]
    """Full names of the months, as on their openings."""
    weekdays: tuple[str, ...]
    """Full names, Monday first."""
    weekday_marks: tuple[str, ...]
    """One or two letters, Monday first."""
    date: str
    """Date of a post; takes year, month, day, weekday, month name."""
    short_date: str
    """Date of a post in a list; takes month, day, and the month's short name as `label`."""
    long_date: str
    """Date in the colophon; takes year, month, day, weekday, month name."""
    post_count: str
    """How many posts a month has; takes the number."""
    posts: str
    """Caption of the number of posts."""
    characters: str
    """Caption of the number of characters."""
    pictures: str
    """Caption of the number of pictures."""
    days: str
    """Caption of the number of days with a post."""
    streak: str
    """Longest run of days; takes the number."""
    busiest: str
    """Month with most posts; takes its name and the number."""
    tags: str
    """Caption of the most used tags."""
    published: str
    """Colophon: date of the edition."""
    edition: str
    """Colophon: which edition; follows the date."""
    author: str
    """Colophon: who wrote it."""
    publisher: str
    """Colophon: who printed it."""
    personal_copy: str
    """Colophon: that it is not for sale."""
    source: str
    """Colophon: where the posts come from."""
    source_line: str
    """Colophon: address, year, posts, pictures, missing note."""
    missing_note: str
    """Colophon: how many pictures are missing; takes the number."""
    typefaces: str
    """Colophon: caption of the typefaces."""
    text_face: str
    """Face of the text, unless the theme has another."""
    typefaces_line: str
    """Colophon: the typefaces; takes the face of the text, the body size and the leading."""
    made_with: str
    """Colophon: caption of the tools."""
    trim: str
    """Colophon: caption of the finished size."""
    rights: str
    """Colophon: notice; takes year and author."""
    missing_picture: str
    """Label on the box of a picture that could not be had."""
    not_set: str
    """What stands where a post could not be typeset."""
    preface: str
    """Heading of the preface."""
    authors: str
    """Heading of the index of authors."""
    goes_on: str
    """Above a page on which a listing goes on that began before."""
    picture_index: str
    """Heading of the thumbnails with page numbers."""
    video: str
    """Label of a card for something that only moves on a screen."""
    cover_rings: str
    """Colophon: what the rings on the cover are."""
    cover_dots: str
    """Colophon: what the columns on the cover are."""
    symbols: str
    """Index group of everything that is not a letter."""

    def say(self, text: str, *values: object, **named: object) -> str:
        """A text of this wording with its values; English says `1 post`, not `1 posts`."""
        filled = text.format(*values, **named)
        return _ONE.sub(r"1 \1", filled) if self.language == "en" else filled

    def format_date(self, day: dt.date) -> str:
        """The date of a post, such as `2021. 12. 26. 일요일`."""
        return self._fill(self.date, day)

    def format_long_date(self, day: dt.date) -> str:
        """The date of the edition, such as `2021년 12월 31일`."""
        return self._fill(self.long_date, day)

    def format_short_date(self, day: dt.date) -> str:
        """The date of a post in a list, such as `12.26` or `26 Dec`."""
        return self._fill(self.short_date, day)

    def _fill(self, pattern: str, day: dt.date) -> str:
        return pattern.format(
            year=day.year, month=day.month, day=day.day, label=self.months[day.month - 1],
            weekday=self.weekdays[day.weekday()], name=self.month_names[day.month - 1],
        )


_ONE = re.compile(r"(?<![\d.,])1 (post|picture|day)s\b")


_KO = Wording(
    language="ko", subtitle="한 해의 글을 묶다", contents="차례", index="찾아보기", colophon="판권",
    cover="표지", included="덧붙이는 글", glance="한눈에 보는 {}",
    months=tuple(f"{n}월" for n in range(1, 13)),
    month_names=("일월", "이월", "삼월", "사월", "오월", "유월", "칠월", "팔월", "구월", "시월", "십일월", "십이월"),
    weekdays=("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
    weekday_marks=("월", "화", "수", "목", "금", "토", "일"),
    date="{year}. {month}. {day}. {weekday}", short_date="{month:02}.{day:02}", long_date="{year}년 {month}월 {day}일",
    post_count="글 {}편", posts="글", characters="글자", pictures="사진", days="쓴 날",
    streak="가장 길게 이어 쓴 날: {}일", busiest="가장 많이 쓴 달: {}, {}편", tags="자주 쓴 꼬리표: ",
    published="펴낸날", edition=" 초판 1쇄", author="지은이", publisher="펴낸이", personal_copy="개인 소장본(비매품)",
    source="원문", source_line="{address}{year}년의 글 {posts}편 · 사진 {pictures}장{missing}",
    missing_note="(싣지 못한 사진 {}장)", typefaces="글꼴",
    text_face="Noto Serif KR", typefaces_line="본문 {} {}/{}pt · 제목과 설명 Pretendard JP · 코드 D2Coding (모두 SIL OFL 1.1)",
    made_with="엮은 도구", trim="판형", rights="© {} {}. 이 책의 글과 사진은 지은이의 허락 없이 옮겨 실을 수 없습니다.",
    missing_picture="싣지 못한 그림", not_set="조판하지 못한 글", preface="머리말", authors="글쓴이 찾아보기", goes_on="앞쪽에서 이어짐", picture_index="사진 찾아보기", video="영상",
    cover_rings="고리 하나는 한 달, 점 하나는 글을 쓴 하루. 안쪽이 일월이고, 많이 쓴 날일수록 점이 크다.",
    cover_dots="기둥 하나는 한 달, 점 하나는 글을 쓴 하루. 많이 쓴 날일수록 점이 크다.",
    symbols="기호",
)

_JA = Wording(
    language="ja", subtitle="一年の記録", contents="目次", index="索引", colophon="奥付",
    cover="表紙", included="付録", glance="一目で見る{}年",
    months=tuple(f"{n}月" for n in range(1, 13)),
    month_names=("一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"),
    weekdays=("月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日"),
    weekday_marks=("月", "火", "水", "木", "金", "土", "日"),
    date="{year}年{month}月{day}日 {weekday}", short_date="{month:02}.{day:02}", long_date="{year}年{month}月{day}日",
    post_count="{}篇", posts="記事", characters="文字", pictures="写真", days="書いた日",
    streak="最も長く続けて書いた日数：{}日", busiest="最も多く書いた月：{}（{}篇）", tags="よく使ったタグ：",
    published="発行日", edition=" 初版第一刷", author="著者", publisher="発行者", personal_copy="私家版（非売品）",
    source="原文", source_line="{address}{year}年の記事{posts}篇・写真{pictures}枚{missing}",
    missing_note="（掲載できなかった写真{}枚）", typefaces="書体",
    text_face="Noto Serif JP", typefaces_line="本文 {} {}/{}pt、見出しとキャプション Pretendard JP、コード D2Coding（いずれも SIL OFL 1.1）",
    made_with="制作ツール", trim="判型", rights="© {} {} 本書の文章と写真の無断転載を禁じます。",
    missing_picture="掲載できなかった画像", not_set="組版できなかった記事", preface="まえがき", authors="著者索引", goes_on="前ページの続き", picture_index="写真索引", video="動画",
    cover_rings="輪は月、点は記事を書いた日。内側が一月で、たくさん書いた日ほど点が大きい。",
    cover_dots="列は月、点は記事を書いた日。たくさん書いた日ほど点が大きい。",
    symbols="記号",
)

_ZH_HANS = Wording(
    language="zh-Hans", subtitle="一年的文字", contents="目录", index="索引", colophon="版权页",
    cover="封面", included="附录", glance="{}年一览",
    months=tuple(f"{n}月" for n in range(1, 13)),
    month_names=("一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"),
    weekdays=("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    weekday_marks=("一", "二", "三", "四", "五", "六", "日"),
    date="{year}年{month}月{day}日 {weekday}", short_date="{month:02}.{day:02}", long_date="{year}年{month}月{day}日",
    post_count="{}篇", posts="文章", characters="字", pictures="图片", days="写作天数",
    streak="最长连续写作：{}天", busiest="写得最多的月份：{}（{}篇）", tags="常用标签：",
    published="出版日期", edition=" 第一版", author="作者", publisher="出版者", personal_copy="私人藏本（非卖品）",
    source="原文", source_line="{address}{year}年文章{posts}篇、图片{pictures}张{missing}",
    missing_note="（缺图{}张）", typefaces="字体",
    text_face="Noto Serif SC", typefaces_line="正文 {} {}/{}pt、西文图注 Noto Sans、页码 Pretendard JP、代码 D2Coding（均为 SIL OFL 1.1）",
    made_with="制作工具", trim="开本", rights="© {} {} 未经作者许可，不得转载本书的文字与图片。",
    missing_picture="未能刊印的图片", not_set="未能排版的文章", preface="前言", authors="作者索引", goes_on="接上页", picture_index="图片索引", video="视频",
    cover_rings="一环为一月，一点为写作的一天。最内为一月，写得越多，点越大。",
    cover_dots="一列为一月，一点为写作的一天。写得越多，点越大。",
    symbols="符号",
)

_ZH_HANT = Wording(
    language="zh-Hant", subtitle="一年的文字", contents="目錄", index="索引", colophon="版權頁",
    cover="封面", included="附錄", glance="{}年一覽",
    months=_ZH_HANS.months, month_names=_ZH_HANS.month_names,
    weekdays=_ZH_HANS.weekdays, weekday_marks=_ZH_HANS.weekday_marks,
    date=_ZH_HANS.date, short_date=_ZH_HANS.short_date, long_date=_ZH_HANS.long_date,
    post_count="{}篇", posts="文章", characters="字", pictures="圖片", days="寫作天數",
    streak="最長連續寫作：{}天", busiest="寫得最多的月份：{}（{}篇）", tags="常用標籤：",
    published="出版日期", edition=" 第一版", author="作者", publisher="出版者", personal_copy="私人藏本（非賣品）",
    source="原文", source_line="{address}{year}年文章{posts}篇、圖片{pictures}張{missing}",
    missing_note="（缺圖{}張）", typefaces="字體",
    text_face="Noto Serif TC", typefaces_line="正文 {} {}/{}pt、西文圖說 Noto Sans、頁碼 Pretendard JP、程式碼 D2Coding（均為 SIL OFL 1.1）",
    made_with="製作工具", trim="開本", rights="© {} {} 未經作者許可，不得轉載本書的文字與圖片。",
    missing_picture="未能刊印的圖片", not_set="未能排版的文章", preface="前言", authors="作者索引", goes_on="接上頁", picture_index="圖片索引", video="影片",
    cover_rings="一環為一月，一點為寫作的一天。最內為一月，寫得越多，點越大。",
    cover_dots="一列為一月，一點為寫作的一天。寫得越多，點越大。",
    symbols="符號",
)

_EN = Wording(
    language="en", subtitle="A year of writing", contents="Contents", index="Index", colophon="Colophon",
    cover="Cover", included="Also included", glance="{} at a glance",
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    month_names=(
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    weekday_marks=("M", "T", "W", "T", "F", "S", "S"),
    date="{weekday}, {day} {name} {year}", short_date="{day} {label}", long_date="{day} {name} {year}",
    post_count="{} posts", posts="posts", characters="characters", pictures="pictures", days="days of writing",
    streak="Longest run of days: {}", busiest="Busiest month: {}, {} posts", tags="Most used tags: ",
    published="Published", edition=", first edition", author="Author", publisher="Publisher",
    personal_copy="personal copy, not for sale",
    source="Source", source_line="{address}{posts} posts and {pictures} pictures of {year}{missing}",
    missing_note=" ({} pictures missing)", typefaces="Typefaces",
    text_face="Noto Serif KR", typefaces_line="{} {}/{}pt for text, Pretendard JP for headings and captions, D2Coding for code"
    " (all SIL OFL 1.1)",
    made_with="Made with", trim="Trim", rights="© {} {}. All rights reserved.",
    missing_picture="Picture missing", not_set="This post could not be typeset", preface="Preface", authors="Authors", goes_on="continued", picture_index="Pictures", video="Video",
    cover_rings="A ring is a month, January innermost; a dot is a day of writing, larger the more was written.",
    cover_dots="A column is a month; a dot is a day of writing, larger the more was written.",
    symbols="Symbols",
)

_BY_PREFIX = (
    ("ko", _KO), ("ja", _JA), ("zh-hant", _ZH_HANT), ("zh-tw", _ZH_HANT), ("zh-hk", _ZH_HANT), ("zh", _ZH_HANS),
)


def wording(language: str) -> Wording:
    """The words for a BCP 47 tag.

    >>> wording("ko-KR").contents
    '차례'
    >>> wording("zh-TW").contents
    '目錄'
    >>> wording("fi").contents
    'Contents'
    """
    tag = language.lower().replace("_", "-")
    return next((words for prefix, words in _BY_PREFIX if tag.startswith(prefix)), _EN)
