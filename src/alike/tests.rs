use super::*;

const WIRE: &str = "The harbour authority of Port Ellen said on Tuesday that the ferry Isle of Arran will be out of service until March, after \
    divers found cracks in both propeller shafts. Islanders who depend on the crossing were offered seats on a smaller boat that sails twice \
    a day. The mayor, Morag Campbell, called the news a heavy blow for the 3,200 people of the island, whose shops ran short of milk and \
    bread last winter. The operator will pay for hotel nights where passengers miss the last train from Kennacraig. Repairs are expected \
    to cost 4.7 million pounds, said its director James Lamont.";

fn alike(one: (&str, &str), other: (&str, &str)) -> Option<u8> {
    let of = |(title, text): (&str, &str)| likeness(title, text, "en", 1);
    let (one, other) = (of(one)?, of(other)?);
    let share = one.bands.iter().any(|band| other.bands.contains(band));
    (one.judge)(&one.sketch, &other.sketch).filter(|_| share).map(|alike| alike.percent)
}

#[test]
fn an_agencys_story_is_known_again_in_another_papers_dress() {
    let edited = format!(
        "PORT ELLEN (Agency) – {} Read more of our coverage on the front page and follow us for updates.",
        WIRE.replace("a heavy blow", "a hard blow").replace(" Repairs are expected", " The repairs are expected")
    );
    let found = alike(("Ferry out of service until March", WIRE), ("Island ferry out of service until March", &edited));
    assert!(found.is_some_and(|percent| percent >= 60), "{found:?}");
}

#[test]
fn a_teaser_is_known_again_in_the_whole() {
    let teaser: String = WIRE.split_inclusive(' ').take(62).collect();
    assert!(alike(("Ferry out until March", WIRE), ("Ferry out until March", &teaser)).is_some());
}

#[test]
fn a_form_that_is_filled_in_anew_is_another_story() {
    let form = |team: &str, other: &str, goals: &str, player: &str, town: &str, day: &str| {
        format!(
            "{team} beat {other} {goals} on {day} evening in front of a full house in {town}. The hosts started well and had the better \
             chances in the first half, in which {player} hit the post twice. After the break the visitors came back into the match, but \
             {player} scored the winner in the last minute. The coach of {other} said after the final whistle that his side had deserved \
             at least a point, while {team} now look forward to the next round."
        )
    };
    let one = form("Rovers", "Athletic", "2:1", "Smith", "Bristol", "Monday");
    let other = form("United", "Wanderers", "3:2", "Kowalski", "Leeds", "Friday");
    assert_eq!(alike(("Rovers beat Athletic", &one), ("United beat Wanderers", &other)), None);
}

#[test]
fn short_texts_are_never_compared_and_languages_never_meet() {
    assert!(likeness("Title", "Read more on our site about this and everything else that happened today.", "en", 1).is_none());
    assert!(likeness("Title", "", "en", 1).is_none());
    let (one, other) = (likeness("T", WIRE, "en-GB", 1).unwrap(), likeness("T", WIRE, "de", 1).unwrap());
    assert!((one.judge)(&one.sketch, &other.sketch).is_none());
    assert_eq!(one.bands, likeness("T", WIRE, "en-US", 1).unwrap().bands);
}

#[test]
fn bands_of_different_sites_never_meet() {
    let (one, other) = (likeness("T", WIRE, "en", 1).unwrap(), likeness("T", WIRE, "en", 2).unwrap());
    assert!(one.bands.iter().all(|band| *band >= 0 && !other.bands.contains(band)));
    assert_eq!(one.sketch, other.sketch);
}

#[test]
fn scripts_without_spaces_are_compared_by_their_letters() {
    let text = "中国国家航天局周二宣布，探测器已经成功进入火星轨道，并开始传回第一批照片。科学家们表示，这是一个重要的里程碑。";
    let edited = format!("新华社北京电　{text}更多报道请见本网站。");
    assert!(alike(("探测器进入火星轨道", text), ("探测器成功进入火星轨道", &edited)).is_some());
}

#[test]
fn a_sketch_is_read_as_it_was_written_and_nothing_else_is() {
    let sketch = Sketch::of("A title of some words", WIRE, "en").unwrap();
    assert_eq!(Sketch::parse(&sketch.to_text()), Some(sketch));
    assert_eq!(Sketch::parse("AAAA"), None);
    assert_eq!(Sketch::parse("?"), None);
    assert!(judge("", "").is_none());
}
