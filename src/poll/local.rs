//! A feed that is a file on this machine, or comes on standard input: only where the operator typed it.

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

use url::Url;

use super::{Answer, Error, Fresh, Got, Raw, Signals, Source};
use crate::domain::Validators;
use crate::http::Limits;

/// The address that stands for standard input.
pub const STDIN: &str = "stdin:-";

/// The address is a file's or standard input's: nobody on the network is asked.
pub(super) fn is_local(url: &Url) -> bool {
    matches!(url.scheme(), "file" | "stdin")
}

/// Reads it under the caps of a fetch.
pub(super) async fn get(source: &Source) -> Result<Got, Error> {
    let (url, known) = (source.url.clone(), source.validators.etag.clone());
    let place = if url.scheme() == "stdin" { "standard input".to_owned() } else { url.path().to_owned() };
    let told = |why: String| Error::Local { place: place.clone(), why };
    let read = tokio::task::spawn_blocking(move || read(&url, known.as_deref())).await;
    let (signals, moved_to, answer) = (Signals::default(), None, Answer::default());
    Ok(match read.map_err(|error| told(error.to_string()))?.map_err(told)? {
        None => Got::NotModified { validators: source.validators.clone(), signals, moved_to, answer },
        Some((body, mark)) => {
            let raw = Raw { url: source.url.clone(), content_type: None, body };
            let validators = Validators { etag: mark, last_modified: None };
            Got::Fresh(Box::new(Fresh { raw, validators, signals, moved_to, links: Vec::new(), answer }))
        }
    })
}

/// The bytes, and the mark by which they are known next time; `None` where the mark is the known one.
type Bytes = Option<(Vec<u8>, Option<String>)>;

fn read(url: &Url, known: Option<&str>) -> Result<Bytes, String> {
    if url.scheme() == "stdin" {
        return stdin().map(|bytes| Some((bytes, None)));
    }
    let path = url.to_file_path().map_err(|()| "this is no path of this machine".to_owned())?;
    file(&path, known)
}

/// A file's bytes and its mark (time of change and length); `None` where the mark is the known one.
fn file(path: &Path, known: Option<&str>) -> Result<Bytes, String> {
    let told = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => error.to_string(),
    };
    // a pipe or a device could keep its reader waiting for ever: it is looked at before it is opened
    if !std::fs::metadata(path).map_err(told)?.is_file() {
        return Err("it is no regular file".to_owned());
    }
    let file = std::fs::File::open(path).map_err(told)?;
    let facts = file.metadata().map_err(told)?;
    let changed = facts.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let mark = format!("{}.{:09}-{}", changed.as_secs(), changed.subsec_nanos(), facts.len());
    if known == Some(mark.as_str()) {
        return Ok(None);
    }
    capped(file).map(|bytes| Some((bytes, Some(mark))))
}

/// Standard input: read once, and the same for everyone who asks again.
fn stdin() -> Result<Vec<u8>, String> {
    static READ: OnceLock<Result<Vec<u8>, String>> = OnceLock::new();
    READ.get_or_init(|| capped(std::io::stdin().lock())).clone()
}

fn capped(from: impl Read) -> Result<Vec<u8>, String> {
    let most = Limits::FEED.decoded;
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > most { Err(format!("it is larger than {} MB", most / 1_048_576)) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_when_it_has_changed_and_only_if_it_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a feed.xml");
        std::fs::write(&path, "<rss/>").unwrap();
        let url = Url::from_file_path(&path).unwrap();
        let (bytes, mark) = read(&url, None).unwrap().unwrap();
        assert_eq!(bytes, b"<rss/>");
        assert_eq!(read(&url, mark.as_deref()), Ok(None));
        std::fs::write(&path, "<rss />").unwrap();
        assert_ne!(read(&url, mark.as_deref()), Ok(None));
        for (name, why) in [("", "it is no regular file"), ("missing.xml", "there is no such file")] {
            let url = Url::from_file_path(folder.path().join(name)).unwrap();
            assert_eq!(read(&url, None), Err(why.to_owned()));
        }
        assert_eq!(read(&Url::parse("file:///dev/zero").unwrap(), None), Err("it is no regular file".to_owned()));
        assert_eq!(read(&Url::parse("file://other.example/x").unwrap(), None), Err("this is no path of this machine".to_owned()));
    }
}
