AUTHOR = "사다새"
SITENAME = "부리"
SITEURL = "https://pelican.example"
PATH = "content"
TIMEZONE = "Asia/Seoul"
DEFAULT_LANG = "ko"
ARTICLE_URL = "posts/{date:%Y}/{slug}/"
raise SystemExit("never run")
