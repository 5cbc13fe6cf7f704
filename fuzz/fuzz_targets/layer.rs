//! The pass before feed-rs: whatever comes, what it hands on is well-formed, flat and bounded.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quick_xml::events::Event;
use wirepress::poll::doors;

fuzz_target!(|document: &str| {
    let Some(xml) = doors::canonical(document) else { return };
    assert!(xml.len() <= 32 * document.len() + 4096, "{} of {}", xml.len(), document.len());
    let mut reader = quick_xml::Reader::from_str(&xml);
    reader.config_mut().check_comments = true;
    let mut depth = 0_u32;
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                depth += 1;
                attributes(&start);
            }
            Ok(Event::Empty(start)) => attributes(&start),
            Ok(Event::End(_)) => depth -= 1,
            Ok(Event::GeneralRef(name)) => {
                let name: &str = name.as_ref();
                assert!(matches!(name, "amp" | "lt" | "gt" | "quot" | "apos") || name.starts_with('#'), "{xml}");
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => panic!("{error}\n{xml}"),
        }
        assert!(depth < 16, "{xml}");
    }
    assert_eq!(depth, 0, "{xml}");
});

fn attributes(start: &quick_xml::events::BytesStart<'_>) {
    for attribute in start.attributes() {
        attribute.expect("attributes are written whole and once");
    }
}
