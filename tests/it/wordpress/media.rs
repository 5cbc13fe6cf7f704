//! Pictures: uploaded once, found again, refused for good where WordPress doesn't take them.

use wirepress::http::Bytes;
use wirepress::publish::look_media;
use wirepress::wordpress::{Failure, Media, NewMedia};

use super::{Bench, key};
use crate::support::proxy::Fault;

/// A PNG of one red pixel, with a comment that makes its bytes unlike any other's.
pub fn png(comment: &[u8]) -> Bytes {
    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let body = [kind.as_slice(), data].concat();
        let crc = body.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
        });
        let length = u32::try_from(data.len()).expect("a small chunk");
        [&length.to_be_bytes(), body.as_slice(), &(!crc).to_be_bytes()].concat()
    }
    let header = chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
    // zlib: one stored block of a filter byte and a red pixel
    let pixels = chunk(b"IDAT", &[0x78, 1, 1, 4, 0, 0xfb, 0xff, 0, 0xff, 0, 0, 3, 0, 1, 0]);
    let comment = chunk(b"tEXt", &[b"Comment\0", comment].concat());
    Bytes::from([b"\x89PNG\r\n\x1a\n".as_slice(), &header, &comment, &pixels, &chunk(b"IEND", &[])].concat())
}

pub fn picture(key: &str) -> NewMedia {
    NewMedia {
        bytes: png(key.as_bytes()),
        mime: "image/png".into(),
        slug: format!("wpm-{key}"),
        alt: "A dot".into(),
        caption: String::new(),
        title: "Dot".into(),
    }
}

pub async fn upload(bench: &Bench, key: &str) -> Media {
    bench.site.upload(&picture(key)).await.expect("an upload")
}

#[tokio::test]
async fn a_picture_is_found_under_its_slug_before_it_would_go_up_again() {
    let bench = Bench::of("author").await;
    let key = key();
    assert_eq!(look_media(&bench.site, &format!("wpm-{key}")).await.expect("a look"), None);
    let media = upload(&bench, &key).await;
    assert_eq!((media.slug.as_str(), media.mime.as_str(), media.alt.as_str()), (format!("wpm-{key}").as_str(), "image/png", "A dot"));
    assert_eq!(look_media(&bench.site, &format!("wpm-{key}")).await.expect("a look"), Some(media));
}

#[tokio::test]
async fn an_upload_whose_answer_was_lost_is_found() {
    let bench = Bench::of("editor").await;
    for fault in [Fault::CutAfterCommit, Fault::DoneBut(200, "text/html", ""), Fault::DoneBut(500, "text/html", "")] {
        let key = key();
        let (site, _proxy) = bench.behind("editor", "POST", "/wp/v2/media", fault).await;
        let failure = site.upload(&picture(&key)).await.expect_err("no clear answer");
        assert!(failure.may_have_been_done(), "{failure}");
        let found = look_media(&bench.site, &format!("wpm-{key}")).await.expect("a look").expect("the picture");
        let attachments = bench.wp.test_route("attachments");
        let rows = attachments.as_array().expect("rows").iter().filter(|row| row["slug"].as_str().is_some_and(|slug| slug.contains(&key)));
        assert_eq!(rows.map(|row| row["id"].as_u64()).collect::<Vec<_>>(), [Some(found.id)]);
    }
}

#[tokio::test]
async fn a_file_that_wordpress_does_not_take_is_refused_for_good() {
    let bench = Bench::of("editor").await;
    for (mime, bytes) in
        [("image/svg+xml", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), ("image/jpeg", "<html><body>no picture</body></html>")]
    {
        let media = NewMedia { mime: mime.into(), bytes: Bytes::from_static(bytes.as_bytes()), ..picture(&key()) };
        let failure = bench.site.upload(&media).await.expect_err("refused");
        assert!(matches!(&failure, Failure::Refused(refusal) if refusal.code == "rest_upload_sideload_error"), "{failure}");
    }
    let contributor = Bench::of("contributor").await;
    let failure = contributor.site.upload(&picture(&key())).await.expect_err("no right");
    assert!(matches!(&failure, Failure::Refused(refusal) if refusal.code == "rest_cannot_create"), "{failure}");
}

#[tokio::test]
async fn long_alt_texts_and_titles_in_any_script_go_through() {
    let bench = Bench::of("editor").await;
    let media = NewMedia { alt: "写".repeat(2000), title: "& \"quoted\" <b>".repeat(100), ..picture(&key()) };
    let media = bench.site.upload(&media).await.expect("an upload");
    assert_eq!(media.alt, "写".repeat(250));
}
