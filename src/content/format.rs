//! What bytes are: the picture formats that WordPress takes, by their first bytes, with their size in pixels.

/// A picture format that WordPress takes (AVIF from 6.5 on).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    Gif,
    Webp,
    Avif,
}

impl Format {
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
        }
    }
}

/// What some bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// With width and height, where they are easily read.
    Picture(Format, Option<(u32, u32)>),
    /// In a person's words.
    Other(&'static str),
}

/// Tells bytes by what they are, whatever they are called.
pub(super) fn look(bytes: &[u8]) -> Look {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Look::Picture(Format::Jpeg, jpeg(bytes)),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Look::Picture(Format::Png, pair(bytes, 16, big)),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Look::Picture(Format::Gif, gif(bytes)),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Look::Picture(Format::Webp, webp(bytes)),
        [_, _, _, _, b'f', b't', b'y', b'p', rest @ ..] if is_avif(rest) => Look::Picture(Format::Avif, avif(bytes)),
        [] => Look::Other("empty"),
        _ => Look::Other(other(bytes)),
    }
}

fn other(bytes: &[u8]) -> &'static str {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]).to_ascii_lowercase();
    let start = start.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    if start.contains("<svg") {
        "SVG"
    } else if start.starts_with("<!doctype html") || start.starts_with("<html") || start.contains("<head") {
        "HTML"
    } else {
        "something else"
    }
}

fn big(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?))
}

fn pair(bytes: &[u8], at: usize, read: fn(&[u8]) -> Option<u32>) -> Option<(u32, u32)> {
    Some((read(bytes.get(at..)?)?, read(bytes.get(at + 4..)?)?))
}

fn short(bytes: &[u8], at: usize, from: fn([u8; 2]) -> u16) -> Option<u32> {
    Some(u32::from(from(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn gif(bytes: &[u8]) -> Option<(u32, u32)> {
    Some((short(bytes, 6, u16::from_le_bytes)?, short(bytes, 8, u16::from_le_bytes)?))
}

/// Walks the segments to the frame header (ITU T.81, annex B).
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let marker = match bytes.get(at..at + 2)? {
            [0xff, 0xff] => {
                at += 1;
                continue;
            }
            [0xff, marker] => *marker,
            _ => return None,
        };
        let frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if frame {
            return Some((short(bytes, at + 7, u16::from_be_bytes)?, short(bytes, at + 5, u16::from_be_bytes)?));
        }
        at += 2 + short(bytes, at + 2, u16::from_be_bytes)?.max(2) as usize;
    }
}

/// RFC 9649, sections 2.5 to 2.7.
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    let three = |at: usize| Some(u32::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?, *bytes.get(at + 2)?, 0]));
    match bytes.get(12..16)? {
        b"VP8X" => Some((three(24)? + 1, three(27)? + 1)),
        b"VP8 " => Some((short(bytes, 26, u16::from_le_bytes)? & 0x3fff, short(bytes, 28, u16::from_le_bytes)? & 0x3fff)),
        b"VP8L" => {
            let bits = u32::from_le_bytes(bytes.get(21..25)?.try_into().ok()?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        _ => None,
    }
}

/// The first `ispe` (ISO 23008-12, section 6.5.3): the size of the picture, or of a thumbnail that stands before it.
fn avif(bytes: &[u8]) -> Option<(u32, u32)> {
    let head = &bytes[..bytes.len().min(64 * 1024)];
    pair(bytes, memchr::memmem::find(head, b"ispe")? + 8, big)
}

/// One of the brands is AVIF's (ISO 14496-12, section 4.3).
fn is_avif(brands: &[u8]) -> bool {
    brands.chunks_exact(4).take(16).any(|brand| matches!(brand, b"avif" | b"avis"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_told_by_their_bytes() {
        let table: [(&[u8], Look); 12] = [
            (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x01\x00\x02\x00", Look::Picture(Format::Jpeg, Some((512, 256)))),
            (b"\xff\xd8\xff", Look::Picture(Format::Jpeg, None)),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x20", Look::Picture(Format::Png, Some((64, 32)))),
            (b"GIF87a\x01\x00\x02\x00", Look::Picture(Format::Gif, Some((1, 2)))),
            (b"RIFF....WEBPVP8X\0\0\0\0\0\0\0\0\x3f\x00\x00\x1f\x00\x00", Look::Picture(Format::Webp, Some((64, 32)))),
            (b"RIFF....WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x40\x00\x20\x00", Look::Picture(Format::Webp, Some((64, 32)))),
            (b"RIFF....WEBPVP8L\0\0\0\0\x2f\x3f\xc0\x07\x00", Look::Picture(Format::Webp, Some((64, 32)))),
            (b"\0\0\0\x20ftypavif\0\0\0\0avif", Look::Picture(Format::Avif, None)),
            (b"\0\0\0\x20ftypmp42\0\0\0\0isom", Look::Other("something else")),
            (b"<svg xmlns=", Look::Other("SVG")),
            (b" <!DOCTYPE html>", Look::Other("HTML")),
            (b"", Look::Other("empty")),
        ];
        for (bytes, want) in table {
            assert_eq!(look(bytes), want, "{}", bytes.escape_ascii());
        }
    }
}
