"""What feedparser's tests would see if they looked at our reading: its dicts, filled from `feeds parse --json`.

A test's expression may ask for what we don't read (a feed's generator, a cloud's port): that raises `NotRead`, and the test is
counted as such. Everything else is asked of our reading, and has to hold.
"""

import html
import re
import time
from urllib.parse import urljoin


class NotRead(Exception):
    """The test is about something that no post is made of."""


class Absent(Exception):
    """We have nothing where the test wants something."""


class Dict(dict):
    """Answers for the names that we read; `None` is absent, as it is in feedparser."""

    def __getitem__(self, name):
        if name not in self:
            raise NotRead(name)
        value = dict.__getitem__(self, name)
        if value is None:
            raise Absent(name)
        return value

    __getattr__ = __getitem__

    def has_key(self, name):
        if name not in self:
            raise NotRead(name)
        return dict.__getitem__(self, name) is not None

    def get(self, name, default=None):
        return self[name] if self.has_key(name) else default


class Html(str):
    """A body. We hand on HTML, and beside it what its links are relative to; feedparser hands on what stood there, be it HTML or
    text, with its links resolved. The same once it is shown is the same."""

    def __new__(cls, text, base):
        self = super().__new__(cls, text)
        self.base = base or ""
        return self

    def __eq__(self, other):
        return shown(self) == shown(other) or shown(resolved(self, self.base)) == shown(other)

    __hash__ = None


class Title(str):
    """Plain text, where feedparser has either that or HTML."""

    def __eq__(self, other):
        return " ".join(self.split()) in (" ".join(other.split()), plain(other))

    __hash__ = None


class Version(str):
    """We tell families apart, and not who made RSS 0.91."""

    FAMILIES = {"rss09": {"rss091u", "rss091n", "rss092", "rss093", "rss094"}, "rss20": {"rss20", "rss"}}

    def __eq__(self, other):
        return str(other) in self.FAMILIES.get(str(self), {str(self)})

    __hash__ = None


class Encoding(str):
    """Two names are the same where they give the same text of this document: ASCII is UTF-8, too."""

    def __new__(cls, name, document):
        self = super().__new__(cls, name)
        self.document = document
        return self

    def __eq__(self, other):
        # Python's tis-620 is the standard's windows-874
        if str(self) == "windows-874":
            return other.lower() in ("tis-620", "windows-874")
        try:
            return self.document.decode(self.lower()) == self.document.decode(other) or self.lower() == other.lower()
        except (LookupError, UnicodeError):
            return self.lower() == other.lower()

    __hash__ = None


def names(reading, document):
    """The names that an expression may use."""
    feed = reading["feed"] or {}
    return {
        "feed": Dict(
            title=titled(feed.get("title")),
            title_detail=detailed(titled(feed.get("title"))),
            link=feed.get("link"),
            language=feed.get("language"),
            rights=titled(feed.get("rights")),
            copyright=titled(feed.get("rights")),
        ),
        "entries": [entry(read) for read in reading["entries"]],
        "version": Version(reading["format"] or ""),
        "encoding": Encoding(reading["encoding"] or "", document),
        "len": len,
        "ord": ord,
        "__builtins__": {},
    }


def entry(read):
    body, summary = bodied(read["content"], read["base"]), bodied(read["summary"], read["base"])
    authors = [Dict(name=name) for name in read["authors"]]
    tags = [Dict(term=Title(name), label=Title(name)) for name in read["categories"]]
    return Dict(
        id=read["id"],
        guid=read["id"],
        title=titled(read["title"]),
        title_detail=detailed(titled(read["title"])),
        link=read["link"],
        # feedparser puts the one where the other is missing
        summary=summary or body,
        description=summary or body,
        summary_detail=detailed(summary or body),
        content=[Dict(value=body or summary)] if body or summary else None,
        published_parsed=moment(read["published"]),
        updated_parsed=moment(read["updated"] or read["published"]),
        author=titled(", ".join(read["authors"])),
        author_detail=authors[0] if authors else None,
        authors=authors or None,
        tags=tags or None,
        category=tags[0]["term"] if tags else None,
        enclosures=[Dict(href=url, url=url) for url in read["enclosures"]],
        media_thumbnail=[Dict(url=url) for url in read["thumbnails"]] or None,
        comments=read["comments"],
        rights=titled(read["rights"]),
        license=read["licence"],
        source=Dict(title=titled((read["source"] or {}).get("title")), href=(read["source"] or {}).get("url")),
    )


def titled(text):
    return Title(text) if text else None


def detailed(text):
    return None if text is None else Dict(value=text)


def bodied(text, base):
    return Html(text, base) if text else None


def moment(seconds):
    return None if seconds is None else tuple(time.gmtime(seconds))


def shown(value):
    """White space between tags aside, and references resolved once more than text needs."""
    value = re.sub(r"(?s)^\s*<(\w+:)?div[^>]*>(.*)</(\w+:)?div>\s*$", r"\2", str(value).strip())
    value = re.sub(r"<br\s*/?>", "\n", value)
    return " ".join(html.unescape(re.sub(r"\s*/>", ">", value)).split())


def resolved(value, base):
    """With absolute links, as they are when the body goes into a post."""
    link = lambda found: found[1] + urljoin(base, html.unescape(found[2]).strip()) + '"'
    return re.sub(r"""(\s(?:href|src|action|longdesc|cite|background|data|codebase|usemap|profile|classid)=")([^"]*)\"""", link, str(value))


def plain(value):
    """What HTML says: markup out, references resolved once."""
    return " ".join(html.unescape(re.sub(r"(?s)<[a-zA-Z/!][^>]*>", "", value)).split())
