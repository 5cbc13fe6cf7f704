//! What isn't picture goes out of a file without touching the picture: EXIF, XMP, comments, thumbnails, what hangs behind its end.
//!
//! Walks the file's own structure (ITU T.81 annex B; PNG 3rd edition section 5; RFC 9649 section 2; GIF89a), so a file whose
//! structure ends early or makes no sense is told here, too. Colour profiles stay.

use std::borrow::Cow;

use super::super::format::Format;

/// A file without what is nobody's business.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stripped {
    pub bytes: Vec<u8>,
    /// The Exif data that went out, a TIFF file: it may say how the picture is to be turned.
    pub exif: Option<Vec<u8>>,
    pub is_animated: bool,
}

/// The file without metadata; `None` where its structure is damaged. AVIF is left as it is.
pub(super) fn strip(format: Format, bytes: &[u8]) -> Option<Stripped> {
    match format {
        Format::Jpeg => jpeg(bytes),
        Format::Png => png(bytes),
        Format::Gif => gif(bytes),
        Format::Webp => webp(bytes),
        Format::Avif => Some(Stripped { bytes: bytes.to_vec(), ..Stripped::default() }),
    }
}

fn jpeg(bytes: &[u8]) -> Option<Stripped> {
    let mut out = Stripped { bytes: Vec::with_capacity(bytes.len()), ..Stripped::default() };
    out.bytes.extend_from_slice(bytes.get(..2)?);
    let (mut at, mut scanned) = (2, false);
    loop {
        let Some(marker) = marker(bytes, &mut at) else {
            // many cameras and servers leave the end out; browsers show what is there
            out.bytes.extend_from_slice(&[0xff, 0xd9]);
            return scanned.then_some(out);
        };
        match marker {
            0xd9 => {
                out.bytes.extend_from_slice(&[0xff, 0xd9]);
                return scanned.then_some(out);
            }
            0x01 | 0xd0..=0xd8 => continue,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
        let Some(segment) = bytes.get(at..at + length.max(2)) else {
            out.bytes.extend_from_slice(&[0xff, 0xd9]);
            return scanned.then_some(out);
        };
        let data = &segment[2..];
        at += segment.len();
        let keeps = match marker {
            0xe0 => data.starts_with(b"JFIF\0"),
            0xe2 => data.starts_with(b"ICC_PROFILE\0"),
            0xee => data.starts_with(b"Adobe"),
            0xe1..=0xef | 0xfe => false,
            _ => true,
        };
        if marker == 0xe1
            && out.exif.is_none()
            && let Some(exif) = data.strip_prefix(b"Exif\0\0")
        {
            out.exif = Some(exif.to_vec());
        }
        if keeps {
            out.bytes.extend_from_slice(&[0xff, marker]);
            out.bytes.extend_from_slice(segment);
        }
        if marker == 0xda {
            scanned = true;
            let end = scan_end(bytes, at);
            out.bytes.extend_from_slice(&bytes[at..end]);
            at = end;
        }
    }
}

/// The next marker; `at` then stands behind it.
fn marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let found = *at + memchr::memchr(0xff, bytes.get(*at..)?)?;
        let marker = *bytes.get(found + 1)?;
        *at = found + 1;
        if marker != 0xff {
            *at += 1;
        }
        if !matches!(marker, 0x00 | 0xff) {
            return Some(marker);
        }
    }
}

/// Where the entropy-coded data that begins at `from` ends: at a marker that is neither a restart nor a stuffed byte.
fn scan_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(0xff, rest)).map(|found| at + found) {
        match bytes.get(found + 1) {
            Some(0x00 | 0xd0..=0xd7) => at = found + 2,
            Some(0xff) => at = found + 1,
            _ => return found,
        }
    }
    bytes.len()
}

/// Chunks that make the picture; all others are texts, times and data of programs.
const PNG: [&[u8; 4]; 20] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL",
    b"fcTL", b"fdAT", b"cICP", b"mDCV", b"cLLI",
];

fn png(bytes: &[u8]) -> Option<Stripped> {
    let mut out = Stripped { bytes: bytes.get(..8)?.to_vec(), ..Stripped::default() };
    let (mut at, mut has_data) = (8, false);
    loop {
        let length = usize::try_from(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()?;
        let name: &[u8; 4] = bytes.get(at + 4..at + 8)?.try_into().ok()?;
        let chunk = bytes.get(at..at.checked_add(length)?.checked_add(12)?)?;
        if PNG.contains(&name) {
            out.bytes.extend_from_slice(chunk);
        }
        match name {
            b"eXIf" => out.exif = Some(chunk[8..8 + length].to_vec()),
            b"acTL" => out.is_animated = true,
            b"IDAT" => has_data = true,
            b"IEND" => return has_data.then_some(out),
            _ => {}
        }
        at += chunk.len();
    }
}

fn webp(bytes: &[u8]) -> Option<Stripped> {
    let size = usize::try_from(u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?)).ok()?;
    let end = size.checked_add(8)?;
    let bytes = bytes.get(..end).or_else(|| (end == bytes.len() + 1).then_some(bytes))?;
    let mut out = Stripped { bytes: bytes[..12].to_vec(), ..Stripped::default() };
    let (mut at, mut has_data) = (12, false);
    while at + 8 <= bytes.len() {
        let length = usize::try_from(u32::from_le_bytes(bytes[at + 4..at + 8].try_into().ok()?)).ok()?;
        let data = bytes.get(at + 8..(at + 8).checked_add(length)?)?;
        let name = &bytes[at..at + 4];
        let keeps = matches!(name, b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP");
        if keeps {
            let mut data = Cow::Borrowed(data);
            if name == b"VP8X" {
                let flags = data.to_mut().first_mut()?;
                out.is_animated = *flags & 0x02 != 0;
                // no Exif, no XMP
                *flags &= !0x0c;
            }
            out.bytes.extend_from_slice(&bytes[at..at + 8]);
            out.bytes.extend_from_slice(&data);
            if length % 2 == 1 {
                out.bytes.push(0);
            }
            has_data |= matches!(name, b"VP8 " | b"VP8L" | b"ANMF");
        } else if name == b"EXIF" {
            out.exif = Some(data.strip_prefix(b"Exif\0\0").unwrap_or(data).to_vec());
        }
        at += 8 + length + length % 2;
    }
    let size = u32::try_from(out.bytes.len() - 8).ok()?;
    out.bytes[4..8].copy_from_slice(&size.to_le_bytes());
    has_data.then_some(out)
}

fn gif(bytes: &[u8]) -> Option<Stripped> {
    let colours = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 0x07) + 1) };
    let mut at = 13 + colours(*bytes.get(10)?);
    let mut out = Stripped { bytes: bytes.get(..at)?.to_vec(), ..Stripped::default() };
    let mut frames = 0;
    // what is whole is kept; a last frame that was cut off is not
    while let Some((end, keeps, is_frame)) = gif_block(bytes, at, &colours) {
        if keeps {
            out.bytes.extend_from_slice(&bytes[at..end]);
        }
        frames += u32::from(is_frame);
        at = end;
    }
    out.bytes.push(0x3b);
    out.is_animated = frames > 1;
    (frames > 0).then_some(out)
}

/// Where the block ends that begins at `at`, whether it is kept, and whether it is a frame.
fn gif_block(bytes: &[u8], at: usize, colours: &impl Fn(u8) -> usize) -> Option<(usize, bool, bool)> {
    match *bytes.get(at)? {
        0x2c => {
            let data = at + 10 + colours(*bytes.get(at + 9)?) + 1;
            Some((sub_blocks(bytes, data)?, true, true))
        }
        0x21 => {
            let label = *bytes.get(at + 1)?;
            let end = sub_blocks(bytes, at + 2)?;
            let name = bytes.get(at + 3..at + 14).unwrap_or_default();
            let loops = matches!(name, b"NETSCAPE2.0" | b"ANIMEXTS1.0");
            Some((end, label == 0xf9 || label == 0x01 || (label == 0xff && loops), false))
        }
        _ => None,
    }
}

fn sub_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::made;
    use super::*;

    /// `needle` stands in `hay`.
    fn holds(hay: &[u8], needle: &[u8]) -> bool {
        memchr::memmem::find(hay, needle).is_some()
    }

    #[test]
    fn what_a_camera_and_an_editor_wrote_goes_out_and_the_picture_stays_bit_for_bit() {
        for format in [Format::Jpeg, Format::Png, Format::Webp, Format::Gif] {
            let plain = made::picture(format, 40, 30);
            let talkative = made::with_metadata(format, &plain, 1);
            assert!(holds(&talkative, b"GPS: 48.2 N"), "{format:?}");
            let stripped = strip(format, &talkative).unwrap_or_else(|| panic!("{format:?} is damaged"));
            assert!(!holds(&stripped.bytes, b"GPS: 48.2 N"), "{format:?}");
            assert_eq!(made::pixels(format, &stripped.bytes), made::pixels(format, &plain), "{format:?}");
            assert_eq!(strip(format, &stripped.bytes).map(|again| again.bytes), Some(stripped.bytes), "{format:?}");
        }
    }

    #[test]
    fn what_hangs_behind_the_end_of_a_picture_goes() {
        for format in [Format::Jpeg, Format::Png, Format::Webp, Format::Gif] {
            let plain = made::picture(format, 20, 20);
            let clean = strip(format, &plain).expect("whole").bytes;
            let hidden = [plain.as_slice(), b"<script>alert(1)</script>PK\x03\x04"].concat();
            assert_eq!(strip(format, &hidden).expect("whole").bytes, clean, "{format:?}");
        }
    }

    #[test]
    fn files_cut_anywhere_and_bytes_changed_at_random_do_no_harm() {
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        for format in [Format::Jpeg, Format::Png, Format::Webp, Format::Gif] {
            let whole = made::with_metadata(format, &made::picture(format, 16, 12), 6);
            for end in 0..whole.len() {
                strip(format, &whole[..end]);
            }
            for _ in 0..2_000 {
                seed ^= seed >> 12;
                seed ^= seed << 25;
                seed ^= seed >> 27;
                let mut broken = whole.clone();
                let at = usize::try_from(seed >> 40).expect("24 bits") % broken.len();
                broken[at] = seed.to_le_bytes()[0];
                strip(format, &broken);
            }
            assert_eq!(strip(format, &whole[..14]), None, "{format:?}");
        }
    }

    #[test]
    fn animations_are_known() {
        assert!(strip(Format::Gif, &made::animated_gif(8, 8, 3)).expect("whole").is_animated);
        assert!(!strip(Format::Gif, &made::animated_gif(8, 8, 1)).expect("whole").is_animated);
    }
}
