"""How one reading of a feed is compared with another's: what counts as the same, as lost, and as the oracle's error.

Both sides are dicts of one document: ours as `wirepress feeds parse --json` prints it, theirs as the corpus has it (feedparser's
reading). Only what the oracle found is asked for; what we read beyond it is no fault. Every difference is counted; those whose
cause is known and not ours to mend are counted beside it by kind (`Finding.excuse`), and never left out of the number.
"""

import difflib
import html
import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

# A date before the web, or after tomorrow's tomorrow, is nobody's: the oracle believes in the year 1055.
EARLIEST, LATEST = 631_152_000, 1_830_297_600  # 1990-01-01, 2028-01-01

# The project's measures, in the order of the table.
MEASURES = ["id", "link", "date", "body", "enclosure", "thumbnail", "category", "author", "title"]
# Beside them, without a target: both sides have a value, and it is another one.
BESIDE = ["link differs", "date differs", "author differs", "body is shorter", "media lost"]


@dataclass
class Finding:
    """One difference."""

    file: str
    entry: int
    ours: object
    theirs: object
    excuse: str = ""


@dataclass
class Tally:
    """Of one measure: how often the oracle had it, and what we have not, or have otherwise."""

    had: int = 0
    findings: list = field(default_factory=list)

    def add(self, file, number, ours, theirs, is_same, excuse=""):
        self.had += 1
        if not is_same:
            self.findings.append(Finding(file, number, ours, theirs, excuse))


def compare(file, ours, theirs, tallies):
    """Notes all differences between two readings of one document."""
    for number, mine, other in pairs(ours["entries"], theirs["entries"]):
        entry(file, number, mine, other, tallies)


def pairs(ours, theirs):
    """Entries that are the same one: by position where both have as many, else by what names them."""
    if len(ours) == len(theirs):
        yield from ((number, *pair) for number, pair in enumerate(zip(ours, theirs)))
        return
    names = [[squeezed(entry["id"] or entry["link"] or entry["title"]) for entry in entries] for entries in (ours, theirs)]
    for start, other, length in difflib.SequenceMatcher(None, *names, autojunk=False).get_matching_blocks():
        yield from ((other + step, ours[start + step], theirs[other + step]) for step in range(length))


def entry(file, number, ours, theirs, tallies):
    def note(measure, mine, other, is_same, excuse=""):
        tallies[measure].add(file, number, mine, other, is_same, excuse)

    if theirs["id"]:
        note("id", ours["id"], theirs["id"], squeezed(ours["id"]) == squeezed(theirs["id"]), other_id(ours["id"], theirs["id"]))
    if theirs["link"]:
        note("link", ours["link"], theirs["link"], bool(ours["link"]), no_address(theirs))
        if ours["link"]:
            note("link differs", ours["link"], theirs["link"], address(ours["link"]) == address(theirs["link"]), other_link(theirs))
    mine, other = ours["published"] or ours["updated"], theirs["published"] or theirs["updated"]
    if other is not None:
        excuse = "" if EARLIEST <= other <= LATEST else "a year that cannot be"
        note("date", mine, theirs["raw_pub"] or theirs["raw_upd"], mine is not None, excuse)
        if mine is not None:
            told = f"{other} ({theirs['raw_pub'] or theirs['raw_upd']})"
            note("date differs", mine, told, other in (ours["published"], ours["updated"]), excuse)
    mine, other = [text(side["content"]) or text(side["summary"]) for side in (ours, theirs)]
    # a body that is only a picture is a body
    if any((theirs[name] or "").strip() for name in ("content", "summary")):
        has = any((ours[name] or "").strip() for name in ("content", "summary"))
        note("body", None, (theirs["content"] or theirs["summary"])[:200], has)
        if has:
            full = max((text(ours[name]) for name in ("content", "summary")), key=len)
            note("body is shorter", full[:200], other[:200], len(full) * 10 >= len(other) * 9, mojibake(full, other))
    lost_addresses(note, "enclosure", theirs["encl"], ours["enclosures"] + ours["images"])
    lost_addresses(note, "thumbnail", theirs["thumbs"], ours["thumbnails"])
    lost_addresses(note, "media lost", theirs["mcontent"], ours["enclosures"] + ours["images"])
    wanted = {squeezed(text(name)).lower() for name in theirs["cats"] if name and text(name)}
    if wanted:
        found = {squeezed(text(name)).lower() for name in ours["categories"]}
        note("category", ours["categories"], theirs["cats"], wanted <= found, mojibake(" ".join(sorted(found)), " ".join(sorted(wanted))))
    if any(theirs["authors"]):
        note("author", ours["authors"], theirs["authors"], bool(ours["authors"]))
        if ours["authors"]:
            same = person(ours["authors"][0]) == person(theirs["authors"][0])
            note("author differs", ours["authors"], theirs["authors"], same, mojibake(ours["authors"][0], theirs["authors"][0]))
    if text(theirs["title"]):
        mine, other = text(ours["title"]), text(theirs["title"])
        note("title", ours["title"], theirs["title"], letters(mine) == letters(other), mojibake(mine, other))


def lost_addresses(note, measure, theirs, ours):
    """Each address of the oracle's counts for itself."""
    known = {address(url) for url in ours}
    for url in theirs:
        if url and url.strip():
            is_http = urlsplit_or_none(url) and urlsplit(url.strip()).scheme in ("", "http", "https")
            excuse = "" if is_http else "no address of the web"
            if ".gravatar.com/avatar/" in url:
                excuse = "the author's portrait, which is no picture of the entry"
            note(measure, ours, url, address(url) in known, excuse)


def squeezed(value):
    """White space is not told apart, nor are the two ways to write an é."""
    return " ".join(unicodedata.normalize("NFC", str(value or "")).split())


def text(value):
    """What a reader sees of HTML or of plain text: markup out, references resolved, white space squeezed."""
    value = re.sub(r"(?s)<!--.*?-->|<!\[CDATA\[|\]\]>", " ", value or "")
    value = re.sub(r"(?s)<[a-zA-Z/!?][^>]*>", " ", html.unescape(value))
    value = re.sub(r"(?s)<[a-zA-Z/!?][^>]*>", " ", html.unescape(value))
    return re.sub(r"\s+([.,;:!?)])", r"\1", squeezed(value))


def letters(value):
    """Without white space and control characters: where a tag stood, one side may have a space."""
    return "".join(c for c in value if not (c.isspace() or unicodedata.category(c) in ("Cc", "Cf")))


def person(value):
    """A name without its e-mail address: the project shows none."""
    value = re.sub(r"\S+@\S+", " ", text(value))
    return squeezed(re.sub(r"[()<>\[\]（）]", " ", value)).lower()


def address(url):
    """An address as browsers read it, for comparison only."""
    url = html.unescape((url or "").strip())
    parts = urlsplit_or_none(url)
    if parts is None or not parts.netloc:
        return quote(unquote(url), safe="/?&=#:;,+~")
    host = parts.netloc.lower()
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        pass
    host = host.removesuffix(":80" if parts.scheme.lower() == "http" else ":443")
    rest = (parts.path or "/") + ("?" + parts.query if parts.query else "") + ("#" + parts.fragment if parts.fragment else "")
    rest = quote(unquote(re.sub(r"[\t\n\r]", "", rest)), safe="/?&=#:;,+~")
    return f"{parts.scheme.lower()}://{host}{rest}"


def urlsplit_or_none(url):
    try:
        return urlsplit(url.strip())
    except ValueError:
        return None


def mojibake(ours, theirs):
    """The document itself says `FlÃ¼ch`, as we do; the oracle guesses `Flüch`."""
    for encoding in ("cp1252", "latin-1"):
        try:
            if squeezed(str(ours).encode(encoding).decode("utf-8")) == squeezed(theirs):
                return "mojibake that the oracle repairs"
        except UnicodeError:
            pass
    return ""


def other_id(ours, theirs):
    """An id is a string: it is neither resolved nor mended."""
    if ours and re.sub(r"&(\w+);", r"&\1", theirs) == ours:
        return "a bare & that the oracle breaks"
    if ours and not re.match(r"\w+:", ours) and theirs.endswith("/" + ours):
        return "a relative id that the oracle resolves"
    return mojibake(ours, theirs)


def no_address(theirs):
    """Feedparser takes a GUID or an Atom id for the link, whatever it is."""
    link = theirs["link"].strip()
    scheme = re.match(r"(?i)([a-z][a-z0-9+.-]*):", link)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return "a URN or the like as a link"
    if not scheme and theirs["id"] and link == theirs["id"].strip():
        return "a GUID that is no address as a link"
    return "" if scheme else "a word or a relative address as a link"


def other_link(theirs):
    host = (urlsplit_or_none(theirs["link"]) or urlsplit("")).netloc
    if re.search(r"(?i)feedproxy|feeds?\.|feedburner|feedsportal|rss\.", host):
        return "a feed service's redirect, where the feed tells the link itself"
    return ""
