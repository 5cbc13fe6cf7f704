//! Pictures made for tests.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, RgbImage, Rgba, RgbaImage};

use super::super::format::Format;

pub fn kind(format: Format) -> ImageFormat {
    match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Gif => ImageFormat::Gif,
        Format::Webp => ImageFormat::WebP,
        Format::Avif => ImageFormat::Avif,
    }
}

/// A picture of two colours: its left half is red, its right half blue.
pub fn picture(format: Format, width: u32, height: u32) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, _| if x * 2 < width { [200, 20, 20].into() } else { [20, 20, 200].into() });
    written(format, &DynamicImage::ImageRgb8(image))
}

/// A picture that no format can make small.
pub fn noise(format: Format, width: u32, height: u32) -> Vec<u8> {
    let mut seed = 1_u32;
    let image = RgbImage::from_fn(width, height, |_, _| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [a, b, c, _] = seed.to_be_bytes();
        [a, b, c].into()
    });
    written(format, &DynamicImage::ImageRgb8(image))
}

/// One whose upper half can be seen through.
pub fn glass(format: Format, width: u32, height: u32) -> Vec<u8> {
    let image = RgbaImage::from_fn(width, height, |_, y| [10, 120, 10, if y * 2 < height { 0 } else { 255 }].into());
    written(format, &DynamicImage::ImageRgba8(image))
}

pub fn animated_gif(width: u32, height: u32, frames: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    {
        let mut encoder = GifEncoder::new(&mut bytes);
        let frame = |n: u8| Frame::new(RgbaImage::from_pixel(width, height, Rgba([n * 60, 0, 0, 255])));
        encoder.encode_frames((0..frames).map(frame)).expect("it can be written");
    }
    bytes
}

fn written(format: Format, image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), kind(format)).expect("it can be written");
    bytes
}

pub fn pixels(format: Format, bytes: &[u8]) -> RgbaImage {
    image::load_from_memory_with_format(bytes, kind(format)).expect("a picture").into_rgba8()
}

/// A TIFF file with one entry, the orientation, and a text behind it.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    tiff.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend_from_slice(b"GPS: 48.2 N");
    tiff
}

/// The same file with Exif and a comment in it.
pub fn with_metadata(format: Format, plain: &[u8], orientation: u8) -> Vec<u8> {
    let exif = exif(orientation);
    match format {
        Format::Jpeg => {
            let data = [b"Exif\0\0".as_slice(), &exif].concat();
            let mut all = plain[..2].to_vec();
            for (marker, data) in [(0xe1, data.as_slice()), (0xfe, b"GPS: 48.2 N too"), (0xed, b"Photoshop 3.0\0 GPS: 48.2 N")] {
                all.extend_from_slice(&[0xff, marker]);
                all.extend_from_slice(&u16::try_from(data.len() + 2).expect("short").to_be_bytes());
                all.extend_from_slice(data);
            }
            all.extend_from_slice(&plain[2..]);
            all
        }
        Format::Png => {
            let mut all = plain[..33].to_vec();
            for (name, data) in [(b"eXIf", exif.as_slice()), (b"tEXt", b"Comment\0GPS: 48.2 N")] {
                all.extend_from_slice(&u32::try_from(data.len()).expect("short").to_be_bytes());
                let body = [name.as_slice(), data].concat();
                all.extend_from_slice(&body);
                all.extend_from_slice(&crc32(&body).to_be_bytes());
            }
            all.extend_from_slice(&plain[33..]);
            all
        }
        Format::Webp => {
            let (width, height) = image::load_from_memory(plain).map(|image| (image.width() - 1, image.height() - 1)).expect("a picture");
            let mut all = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x0c\0\0\0".to_vec();
            all.extend_from_slice(&width.to_le_bytes()[..3]);
            all.extend_from_slice(&height.to_le_bytes()[..3]);
            all.extend_from_slice(&plain[12..]);
            for (name, mut data) in [(b"EXIF", exif), (b"XMP ", b"<x:xmpmeta>GPS: 48.2 N".to_vec())] {
                all.extend_from_slice(name);
                all.extend_from_slice(&u32::try_from(data.len()).expect("short").to_le_bytes());
                if data.len() % 2 == 1 {
                    data.push(0);
                }
                all.extend_from_slice(&data);
            }
            let size = u32::try_from(all.len() - 8).expect("short");
            all[4..8].copy_from_slice(&size.to_le_bytes());
            all
        }
        Format::Gif => {
            let end = plain.len() - 1;
            [&plain[..end], b"\x21\xfe\x0bGPS: 48.2 N\0\x21\xff\x0bXMP DataXMP\x0bGPS: 48.2 N\0;"].concat()
        }
        Format::Avif => plain.to_vec(),
    }
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0_u32, |mut sum, byte| {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
        sum
    })
}
