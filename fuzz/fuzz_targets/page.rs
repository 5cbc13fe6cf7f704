//! A web page that is asked for its feeds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use url::Url;
use wirepress::poll::feeds_of_page;

fuzz_target!(|html: &str| {
    let base = Url::parse("https://www.example.org/").unwrap();
    for found in feeds_of_page(html, &base) {
        assert!(matches!(found.url.as_str().split_once(':'), Some(("http" | "https", _))), "{}", found.url);
    }
});
