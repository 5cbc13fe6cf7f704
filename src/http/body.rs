//! A response's body: gathered under one cap, unpacked under another.

use async_compression::tokio::bufread::{BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use tokio::io::{AsyncRead, AsyncReadExt};
use url::Url;

use super::error::{Error, Size, deepest, shown};
use super::limits::Limits;
use super::serve::BodyError;

/// Codings that one response may stack.
const CODINGS: usize = 3;
/// The largest zstd window that is unpacked: 2^23 = 8 MB (RFC 9659 asks for no more).
const ZSTD_WINDOW_LOG: u32 = 23;
/// Unpacking gives other tasks a turn after this many bytes.
const STEP: usize = 64 * 1024;

/// The whole body, unpacked, and how many bytes came over the line.
pub(super) async fn read(mut response: reqwest::Response, url: &Url, limits: &Limits) -> Result<(Vec<u8>, u64), Error> {
    let codings = codings(response.headers());
    let too_large = |size, cap| Error::TooLarge { url: shown(url), size, cap };
    let announced = response.content_length().unwrap_or(0);
    if announced > limits.wire {
        return Err(too_large(Size::Wire, limits.wire));
    }
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0).min(STEP));
    loop {
        let chunk = response.chunk().await.map_err(|error| Error::Cut { url: shown(url), why: deepest(&error) })?;
        let Some(chunk) = chunk else { break };
        if (body.len() + chunk.len()) as u64 > limits.wire {
            return Err(too_large(Size::Wire, limits.wire));
        }
        body.extend_from_slice(&chunk);
    }
    let wire = body.len() as u64;
    if codings.len() > CODINGS {
        let why = format!("{} codings are stacked", codings.len());
        return Err(Error::Coding { url: shown(url), coding: codings.join(", "), why });
    }
    for coding in codings.iter().rev() {
        body = undo(coding, &body, limits.decoded).await.map_err(|fault| match fault {
            Fault::TooLarge => too_large(Size::Decoded, limits.decoded),
            Fault::Broken(why) => Error::Coding { url: shown(url), coding: coding.clone(), why },
        })?;
    }
    if body.len() as u64 > limits.decoded {
        return Err(too_large(Size::Decoded, limits.decoded));
    }
    Ok((body, wire))
}

/// A caller's body, unpacked; `None` where nothing was to be undone.
pub(super) async fn unpack(headers: &reqwest::header::HeaderMap, body: &[u8], cap: u64) -> Result<Option<Vec<u8>>, BodyError> {
    let codings = codings(headers);
    if codings.len() > CODINGS {
        return Err(BodyError::Coding);
    }
    let mut unpacked: Option<Vec<u8>> = None;
    for coding in codings.iter().rev() {
        let undone = undo(coding, unpacked.as_deref().unwrap_or(body), cap).await;
        unpacked = Some(undone.map_err(|fault| match fault {
            Fault::TooLarge => BodyError::TooLarge,
            Fault::Broken(_) => BodyError::Coding,
        })?);
    }
    Ok(unpacked)
}

/// Unpacks a file that was packed with gzip (RFC 1952), as far as `cap` bytes.
pub async fn gunzip(packed: &[u8], cap: u64) -> Result<Vec<u8>, String> {
    undo("gzip", packed, cap).await.map_err(|fault| match fault {
        Fault::TooLarge => format!("it unpacks to more than {} MB", cap / 1_048_576),
        Fault::Broken(why) => why,
    })
}

/// The codings in the order in which they were applied, lower case, without `identity`.
fn codings(headers: &reqwest::header::HeaderMap) -> Vec<String> {
    headers
        .get_all(reqwest::header::CONTENT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect()
}

enum Fault {
    TooLarge,
    Broken(String),
}

/// Undoes one coding (RFC 9110, section 8.4.1). A body that plainly isn't packed, though its header says so, is left as it is.
async fn undo(coding: &str, body: &[u8], cap: u64) -> Result<Vec<u8>, Fault> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    match coding {
        "gzip" | "x-gzip" if !body.starts_with(&[0x1f, 0x8b]) => Ok(body.to_vec()),
        "gzip" | "x-gzip" => {
            let mut reader = GzipDecoder::new(body);
            reader.multiple_members(true);
            drain(reader, cap).await
        }
        "deflate" if is_zlib(body) => drain(ZlibDecoder::new(body), cap).await,
        // what some servers mean by it: the bare RFC 1951 stream
        "deflate" => drain(DeflateDecoder::new(body), cap).await,
        "br" => drain(BrotliDecoder::new(body), cap).await,
        "zstd" if !body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) => Ok(body.to_vec()),
        "zstd" => drain(ZstdDecoder::with_params(body, &[DParameter::window_log_max(ZSTD_WINDOW_LOG)]), cap).await,
        _ => Err(Fault::Broken("it is not known here".to_owned())),
    }
}

/// RFC 1950: method 8, and the first two bytes divide by 31.
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [first, second, ..] if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0)
}

async fn drain(mut reader: impl AsyncRead + Unpin, cap: u64) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    loop {
        out.reserve(STEP);
        let count = reader.read_buf(&mut out).await.map_err(|error| Fault::Broken(error.to_string()))?;
        if count == 0 {
            return Ok(out);
        }
        if out.len() as u64 > cap {
            return Err(Fault::TooLarge);
        }
        // a reader over memory never waits, so that a bomb would hold the thread until the cap
        tokio::task::consume_budget().await;
    }
}
