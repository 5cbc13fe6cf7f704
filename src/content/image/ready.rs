//! A picture's bytes made ready for a site: without metadata, upright, and no larger than it shall be.
//!
//! What is within its limits is never coded again. What isn't, or lies on its side, is decoded, two pictures at a time in the whole
//! process and a large one alone: 32 million pixels are 100 MB, and a progressive JPEG of that size three times as much.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader};
use tokio::sync::Semaphore;

use super::super::format::{Format, Look, look};
use super::strip::strip;

/// How large a picture may be on a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageLimits {
    /// Its longer side, in pixels.
    pub side: u32,
    /// Of its file.
    pub bytes: u64,
}

impl Default for ImageLimits {
    /// WordPress scales down what is wider than 2,560 pixels.
    fn default() -> Self {
        Self { side: 2560, bytes: 2_000_000 }
    }
}

/// A picture that may go up.
#[derive(Debug, PartialEq)]
pub(super) struct Ready {
    pub format: Format,
    pub bytes: Vec<u8>,
    /// In pixels; 0: not known.
    pub width: u32,
    pub height: u32,
}

/// Nothing with more pixels is decoded, or given to a site that would do so.
const PIXELS: u64 = 32_000_000;
/// Nor with a longer side.
const SIDE: u32 = 16_384;
/// What decoding may allocate.
const MEMORY: u64 = 256 * 1024 * 1024;
/// From so many pixels on, nothing else is decoded beside it.
const LARGE: u64 = 8_000_000;
/// A picture isn't made smaller than this to fit into its bytes.
const SMALLEST: u32 = 320;

const AT_ONCE: u32 = 2;
static DECODING: Semaphore = Semaphore::const_new(AT_ONCE as usize);

/// Makes a picture ready, or says in a person's words why it can't be one.
pub(super) async fn ready(bytes: Vec<u8>, limits: ImageLimits) -> Result<Ready, String> {
    let (format, size) = match look(&bytes) {
        Look::Picture(format, size) => (format, size),
        Look::Other(what) => return Err(format!("is {what}, not a picture that WordPress takes")),
    };
    let mime = format.mime();
    let (width, height) = match (format, size) {
        (_, Some(size)) => size,
        (Format::Avif, None) => (0, 0),
        (_, None) => return Err(format!("is a damaged {mime}")),
    };
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PIXELS || width.max(height) > SIDE {
        return Err(format!("is a {mime} of {width} x {height} pixels, which is more than is ever decoded"));
    }
    if format == Format::Avif {
        return avif(bytes, (width, height), limits);
    }
    let stripped = strip(format, &bytes).ok_or_else(|| format!("is a damaged {mime}"))?;
    drop(bytes);
    let fits = stripped.bytes.len() as u64 <= limits.bytes;
    if stripped.is_animated && fits {
        return Ok(Ready { format, bytes: stripped.bytes, width, height });
    }
    let turn = stripped.exif.as_deref().and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    if fits && width.max(height) <= limits.side && turn == Orientation::NoTransforms {
        return Ok(Ready { format, bytes: stripped.bytes, width, height });
    }
    let turns = if pixels >= LARGE { AT_ONCE } else { 1 };
    let _turn = DECODING.acquire_many(turns).await.expect("it is never closed");
    let again = tokio::task::spawn_blocking(move || code_again(format, &stripped.bytes, turn, limits)).await;
    again.unwrap_or_else(|_| Err(format!("is a {mime} that the decoder fails on")))
}

/// We have no decoder for it: it goes as it is, or not at all.
fn avif(bytes: Vec<u8>, (width, height): (u32, u32), limits: ImageLimits) -> Result<Ready, String> {
    if bytes.len() as u64 > limits.bytes || width.max(height) > limits.side {
        return Err(format!("is an AVIF of {} KB, which is too large and can't be made smaller here", bytes.len() / 1000));
    }
    // the type of an item (ISO 23008-12, section A.2), in the boxes before the picture
    let head = &bytes[..bytes.len().min(64 * 1024)];
    if memchr::memmem::find(head, b"Exif").is_some() || memchr::memmem::find(head, b"application/rdf+xml").is_some() {
        return Err("is an AVIF with a camera's or an editor's data, which can't be taken out here".to_owned());
    }
    Ok(Ready { format: Format::Avif, bytes, width, height })
}

fn code_again(format: Format, bytes: &[u8], turn: Orientation, limits: ImageLimits) -> Result<Ready, String> {
    let wrong = |error: image::ImageError| format!("is a {} that can't be decoded: {error}", format.mime());
    let (mut image, profile) = decode(format, bytes).map_err(wrong)?;
    image.apply_orientation(turn);
    image = within(image, limits.side);
    loop {
        if let Some(ready) = encode(&image, format, profile.as_deref(), limits.bytes).map_err(wrong)? {
            return Ok(ready);
        }
        let side = image.width().max(image.height()) * 4 / 5;
        if side < SMALLEST {
            return Err(format!("is a {} that can't be made smaller than {} KB", format.mime(), limits.bytes / 1000));
        }
        image = image.thumbnail(side, side);
    }
}

fn decode(format: Format, bytes: &[u8]) -> Result<(DynamicImage, Option<Vec<u8>>), image::ImageError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), kind(format));
    let mut caps = image::Limits::default();
    (caps.max_image_width, caps.max_image_height, caps.max_alloc) = (Some(SIDE), Some(SIDE), Some(MEMORY));
    reader.limits(caps);
    let mut decoder = reader.into_decoder()?;
    let profile = decoder.icc_profile().ok().flatten();
    let image = DynamicImage::from_decoder(decoder)?;
    // 8 bits a channel: nothing on a web page shows more
    let image = match (image.color().has_alpha() && is_glass(&image), image.color().has_color()) {
        (true, _) => DynamicImage::ImageRgba8(image.into_rgba8()),
        (false, true) => DynamicImage::ImageRgb8(image.into_rgb8()),
        (false, false) => DynamicImage::ImageLuma8(image.into_luma8()),
    };
    // the decoder turned the inks of a CMYK picture into light: their profile says nothing any more
    let space: &[u8] = if image.color().has_color() { b"RGB " } else { b"GRAY" };
    Ok((image, profile.filter(|profile| profile.get(16..20) == Some(space))))
}

const fn kind(format: Format) -> ImageFormat {
    match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Gif => ImageFormat::Gif,
        Format::Webp => ImageFormat::WebP,
        Format::Avif => ImageFormat::Avif,
    }
}

/// Something can be seen through it.
fn is_glass(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageRgba8(image) => image.pixels().any(|pixel| pixel[3] < 255),
        DynamicImage::ImageLumaA8(image) => image.pixels().any(|pixel| pixel[1] < 255),
        DynamicImage::ImageRgba16(image) => image.pixels().any(|pixel| pixel[3] < u16::MAX),
        DynamicImage::ImageLumaA16(image) => image.pixels().any(|pixel| pixel[1] < u16::MAX),
        _ => true,
    }
}

fn within(image: DynamicImage, side: u32) -> DynamicImage {
    if image.width().max(image.height()) <= side { image } else { image.thumbnail(side, side) }
}

/// The smallest loss that fits into `most` bytes: what can be seen through stays lossless, drawings too where they fit, all
/// else becomes JPEG.
fn encode(image: &DynamicImage, from: Format, profile: Option<&[u8]>, most: u64) -> Result<Option<Ready>, image::ImageError> {
    let mut tries: Vec<(Format, u8)> = Vec::new();
    match (image.color().has_alpha(), from) {
        (true, Format::Webp) => tries.push((Format::Webp, 0)),
        (true, _) => tries.push((Format::Png, 0)),
        (false, Format::Png | Format::Gif) => tries.push((Format::Png, 0)),
        (false, _) => {}
    }
    if !image.color().has_alpha() {
        tries.extend([85, 75, 65].map(|quality| (Format::Jpeg, quality)));
    }
    for (format, quality) in tries {
        let bytes = written(image, format, quality, profile)?;
        if bytes.len() as u64 <= most {
            return Ok(Some(Ready { format, bytes, width: image.width(), height: image.height() }));
        }
    }
    Ok(None)
}

fn written(image: &DynamicImage, format: Format, quality: u8, profile: Option<&[u8]>) -> Result<Vec<u8>, image::ImageError> {
    fn with<E: ImageEncoder>(mut encoder: E, profile: Option<&[u8]>) -> E {
        if let Some(profile) = profile {
            // an encoder that can't hold one loses only a shade
            encoder.set_icc_profile(profile.to_vec()).ok();
        }
        encoder
    }
    let mut bytes = Vec::new();
    match format {
        Format::Jpeg => image.write_with_encoder(with(JpegEncoder::new_with_quality(&mut bytes, quality), profile))?,
        Format::Webp => image.write_with_encoder(with(WebPEncoder::new_lossless(&mut bytes), profile))?,
        _ => image.write_with_encoder(with(PngEncoder::new(&mut bytes), profile))?,
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::made;
    use super::*;

    const SMALL: ImageLimits = ImageLimits { side: 100, bytes: 60_000 };

    #[tokio::test]
    async fn what_is_within_its_limits_is_never_coded_again() {
        for format in [Format::Jpeg, Format::Png, Format::Gif, Format::Webp] {
            let plain = made::picture(format, 100, 60);
            let ready = ready(made::with_metadata(format, &plain, 1), SMALL).await.expect("a picture");
            assert_eq!((ready.format, ready.width, ready.height), (format, 100, 60));
            assert_eq!(made::pixels(format, &ready.bytes), made::pixels(format, &plain), "{format:?}");
            assert_eq!(memchr::memmem::find(&ready.bytes, b"GPS"), None, "{format:?}");
        }
    }

    #[tokio::test]
    async fn a_picture_that_lies_on_its_side_is_turned_before_its_exif_goes() {
        for format in [Format::Jpeg, Format::Png, Format::Webp] {
            // red left, blue right; 6: its right side is its bottom
            let bytes = made::with_metadata(format, &made::picture(format, 60, 40), 6);
            let ready = ready(bytes, SMALL).await.expect("a picture");
            assert_eq!((ready.width, ready.height), (40, 60), "{format:?}");
            let pixels = made::pixels(ready.format, &ready.bytes);
            assert!(pixels.get_pixel(20, 5)[0] > 150 && pixels.get_pixel(20, 55)[2] > 150, "{format:?}");
            assert_eq!(memchr::memmem::find(&ready.bytes, b"GPS"), None, "{format:?}");
        }
    }

    #[tokio::test]
    async fn what_is_too_large_is_made_smaller_in_pixels_and_in_bytes() {
        let wide = ready(made::picture(Format::Jpeg, 400, 100), SMALL).await.expect("a picture");
        assert_eq!((wide.format, wide.width, wide.height), (Format::Jpeg, 100, 25));
        let heavy = ImageLimits { side: 1000, bytes: 150_000 };
        let noise = made::noise(Format::Png, 400, 400);
        assert!(noise.len() > 400_000);
        let light = ready(noise, heavy).await.expect("a picture");
        assert!(
            light.format == Format::Jpeg && light.bytes.len() <= 150_000 && light.width >= 300,
            "{} {}",
            light.bytes.len(),
            light.width
        );
        let glass = ready(made::glass(Format::Webp, 300, 200), SMALL).await.expect("a picture");
        assert_eq!((glass.format, glass.width), (Format::Webp, 100));
        assert_eq!(made::pixels(glass.format, &glass.bytes).get_pixel(50, 5)[3], 0);
        let drawing = ready(made::picture(Format::Gif, 300, 200), SMALL).await.expect("a picture");
        assert_eq!(drawing.format, Format::Png);
        let none = ready(made::noise(Format::Png, 330, 330), ImageLimits { side: 1000, bytes: 1_000 }).await.expect_err("too large");
        assert_eq!(none, "is a image/png that can't be made smaller than 1 KB");
    }

    #[tokio::test]
    async fn animations_stay_as_they_are_and_become_stills_when_they_are_too_large() {
        let moving = made::animated_gif(200, 50, 3);
        let kept = ready(moving.clone(), SMALL).await.expect("a picture");
        assert_eq!((kept.format, kept.width, kept.bytes.len()), (Format::Gif, 200, moving.len()));
        let still = ready(moving, ImageLimits { side: 1000, bytes: 400 }).await.expect("a picture");
        assert_eq!((still.format, still.width), (Format::Png, 200));
    }

    #[tokio::test]
    async fn bombs_are_refused_before_they_are_decoded() {
        let mut bomb = made::picture(Format::Png, 4, 4);
        bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        let why = ready(bomb, SMALL).await.expect_err("a bomb");
        assert_eq!(why, "is a image/png of 65535 x 65535 pixels, which is more than is ever decoded");
        let mut long = made::picture(Format::Gif, 4, 4);
        long[6..10].copy_from_slice(&[0xff, 0xff, 1, 0]);
        assert!(ready(long, SMALL).await.expect_err("too long").contains("65535 x 1"));
        // its head tells less than its body holds
        let mut liar = made::picture(Format::Jpeg, 200, 200);
        let frame = memchr::memmem::find(&liar, &[0xff, 0xc0]).expect("a frame");
        liar[frame + 5..frame + 9].copy_from_slice(&[0, 101, 0, 1]);
        ready(liar, SMALL).await.ok();
    }

    #[tokio::test]
    async fn what_is_no_picture_says_what_it_is() {
        for (bytes, why) in [
            (&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], "is SVG, not a picture that WordPress takes"),
            (b"<!doctype html><p>no", "is HTML, not a picture that WordPress takes"),
            (b"\xff\xd8\xff\xe0", "is a damaged image/jpeg"),
            (b"GIF89a\x10\x00\x10\x00\x00\x00\x00;", "is a damaged image/gif"),
        ] {
            assert_eq!(ready(bytes.to_vec(), SMALL).await.expect_err("none"), why);
        }
        let avif = b"\0\0\0\x20ftypavif\0\0\0\0avif\0\0\0\x14ispe\0\0\0\0\0\0\0\x40\0\0\0\x20rest".to_vec();
        let small = ready(avif.clone(), SMALL).await.expect("a picture");
        assert_eq!((small.format, small.width, small.height), (Format::Avif, 64, 32));
        let camera = [avif.as_slice(), b"infe\x02\0\0\0\0\x02\0\0Exif"].concat();
        assert!(ready(camera, SMALL).await.expect_err("with data").contains("AVIF"));
        assert!(ready(avif, ImageLimits { side: 50, ..SMALL }).await.expect_err("too wide").contains("AVIF"));
    }
}
