"""What may be fetched, from where, with which token: decisions without a network."""

import pytest

from yearbook.store.addresses import resolve
from yearbook.store.policy import (
    ImagePolicy,
    is_public,
    proxy_for,
    refuse_host,
    refuse_url,
    target_of,
    token_for,
)

ATTACHMENT = "https://github.com/user-attachments/assets/2cbb11a5-3d14-48b1-b714-f1d773d785ef"


@pytest.mark.parametrize(
    "url",
    [
        ATTACHMENT,
        "https://github.com/o/r/assets/1/2cbb11a5-3d14-48b1-b714-f1d773d785ef",
        "https://github.com/o/r/raw/main/a.png",
        "https://github.com/o/r/releases/download/v1/a.png",
        "https://github.com/octocat.png",
        "https://raw.githubusercontent.com/o/r/main/a.png",
        "https://user-images.githubusercontent.com/a.png",
        "https://github.githubassets.com/images/a.png",
        "https://opengraph.githubassets.com/1/o/r",
        "https://gist.github.com/u/1/raw/a.png",
        "https://owner.github.io/blog/a.png",
        "https://raw.githubusercontent.com:443/o/r/main/a.png",
    ],
)
def test_github_is_allowed(url):
    assert refuse_url(url, ImagePolicy(repository="Owner/blog")) == ""


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://raw.githubusercontent.com/a.png", "only https"),
        ("file:///etc/passwd", "only https"),
        ("https://example.org/a.png", "the host example.org is not on the list"),
        ("https://github.com/settings/tokens", "not on the list"),
        ("https://github.com/o/r/blob/main/a.png", "not on the list"),
        ("https://stranger.github.io/a.png", "not on the list"),
        ("https://githubusercontent.com.evil.example/a.png", "not on the list"),
        ("https://evilgithubusercontent.com/a.png", "not on the list"),
        ("https://github-production-user-asset-1.s3.amazonaws.com/a.png", "not on the list"),
        ("https://raw.githubusercontent.com:8080/a.png", "port 8080"),
        ("https://u:p@raw.githubusercontent.com/a.png", "user name"),
        ("https://raw.githubusercontent.com/../a.png", "climbs"),
        ("https://raw.githubusercontent.com/a/%2E%2e/b.png", "climbs"),
        ("https://raw.githubusercontent.com:x/a.png", "port"),
    ],
)
def test_everything_else_is_not(url, words):
    assert words in refuse_url(url, ImagePolicy(repository="owner/blog"))


def test_the_storage_behind_attachments_is_only_reached_through_a_redirect():
    url = "https://github-production-user-asset-6210df.s3.amazonaws.com/1/a.png"
    assert refuse_url(url, ImagePolicy(), redirected=True) == ""


def test_the_user_may_allow_hosts_but_not_for_strangers():
    for changes in (
        {"allow_hosts": ("img.example.org",)},
        {"allow_hosts": ("*.example.org",)},
        {"allow_any_host": True},
    ):
        assert refuse_url("https://img.example.org/a.png", ImagePolicy(**changes)) == ""
        assert refuse_url("https://img.example.org/a.png", ImagePolicy(strict=True, **changes))
        assert refuse_url("https://127.0.0.1/a.png", ImagePolicy(**changes))


def test_an_enterprise_server_may_have_a_port_and_a_short_name():
    policy = ImagePolicy(enterprise_hosts=("git.corp",))
    assert refuse_url("https://git.corp:8443/o/r/raw/main/a.png", policy) == ""
    assert refuse_url("https://media.git.corp/o/r/a.png", policy) == ""
    assert refuse_url("https://git.corp.evil/o/r/a.png", policy)
    assert refuse_url("http://git.corp/a.png", policy)
    assert refuse_url("https://git.corp/a.png", ImagePolicy(enterprise_hosts=("git.corp",), strict=True))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "1.2.3", "::1", "localhost", "intranet",
     "printer.local", "metadata.google.internal", "example.org.", "a.0x1", ""],
)  # fmt: skip
def test_no_host_is_called_so(host):
    assert (refuse_host(host) == "") == (host == "example.org.")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("140.82.121.3", True),
        ("2606:50c0:8000::154", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.0.0.8", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:140.82.121.3", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::8c52:7903", False),
        ("2002:7f00:1::", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("::7f00:1", False),
        ("nonsense", False),
    ],
)
def test_public_addresses(address, public):
    assert is_public(address) is public


def test_the_longest_mirror_prefix_wins_and_a_folder_is_never_left():
    mirrors = (
        ("https://a.org/", "http://127.0.0.1:8000/"),
        ("https://a.org/pictures/", "/srv/pictures"),
    )
    assert target_of("https://a.org/x.png?y=1", mirrors).url == "http://127.0.0.1:8000/x.png?y=1"
    target = target_of("https://a.org/pictures/%ED%95%9C/b.png?raw=true", mirrors)
    assert (str(target.file), str(target.root)) == ("/srv/pictures/한/b.png", "/srv/pictures")
    for climbing in ("../x", "%2e%2e/x", "a/../../x", "..%2fx", "a%00b", "a\\..\\b"):
        target = target_of(f"https://a.org/pictures/{climbing}", mirrors)
        assert target.file is not None
        assert ".." not in target.file.parts
    assert str(target_of("https://a.org/pictures//etc/passwd", mirrors).file) == "/srv/pictures/etc/passwd"
    assert not target_of("https://b.org/x.png", mirrors).mirrored


def test_a_token_goes_only_where_it_may():
    policy = ImagePolicy(token="ghp_1", enterprise_token="ghe_2", enterprise_hosts=("git.example.org",))
    assert token_for(ATTACHMENT, resolve(ATTACHMENT), policy) == "ghp_1"
    for url in (
        "https://raw.githubusercontent.com/o/r/main/a.png",
        "https://user-images.githubusercontent.com/1/2-2cbb11a5-3d14-48b1-b714-f1d773d785ef.png",
        "https://example.org/user-attachments/assets/2cbb11a5-3d14-48b1-b714-f1d773d785ef",
        "https://github.com/octocat.png",
    ):
        assert token_for(url, resolve(url), policy) == ""
    assert token_for("https://example.org/", resolve(ATTACHMENT), policy) == "", "only to the address itself"
    enterprise = "https://git.example.org/o/r/assets/1/2cbb11a5-3d14-48b1-b714-f1d773d785ef"
    address = resolve(enterprise, enterprise_hosts=policy.enterprise_hosts)
    assert token_for(enterprise, address, policy) == "ghe_2"
    assert token_for(ATTACHMENT, resolve(ATTACHMENT), ImagePolicy(token="ghp_1", strict=True)) == ""


def test_tokens_and_proxy_passwords_are_not_shown():
    shown = repr(ImagePolicy(token="ghp_1", enterprise_token="ghe_2", proxies=(("https", "http://u:pw@p"),)))
    assert not any(secret in shown for secret in ("ghp_1", "ghe_2", "pw"))


def test_proxies():
    policy = ImagePolicy(
        proxies=(("https", "http://proxy:3128"), ("all", "http://other:1")), no_proxy=("example.org", ".corp")
    )
    assert proxy_for("https://github.com/a", policy) == "http://proxy:3128"
    assert proxy_for("http://github.com/a", policy) == "http://other:1"
    assert proxy_for("https://img.example.org/a", policy) == ""
    assert proxy_for("https://git.corp/a", policy) == ""
    assert proxy_for("https://notexample.org/a", policy) == "http://proxy:3128"
    assert proxy_for("https://github.com/a", ImagePolicy(proxies=policy.proxies, no_proxy=("*",))) == ""
