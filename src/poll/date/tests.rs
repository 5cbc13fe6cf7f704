use super::*;

fn unix(text: &str) -> Option<i64> {
    read(text, &Reading::default()).filter(|at| is_plausible(*at)).map(Timestamp::unix)
}

/// 2003-06-10T04:00:00Z
const FOUR: i64 = 1_055_217_600;
/// 2003-06-10T00:00:00Z
const MIDNIGHT: i64 = 1_055_203_200;
const HOUR: i64 = 3600;

#[test]
fn one_moment_is_read_in_all_the_ways_that_feeds_write_it() {
    let mut wrong = Vec::new();
    for (text, expected) in [
        // the standards', and their broken forms
        ("Tue, 10 Jun 2003 04:00:00 GMT", FOUR),
        ("Tue, 10 Jun 2003 04:00:00 Z", FOUR),
        ("Tue, 10 Jun 2003 04:00:00 UT", FOUR),
        ("Tue, 10 Jun 2003 04:00:00", FOUR),
        ("  Tue,  10  Jun  2003  04:00:00   GMT ", FOUR),
        ("Tue, 10 Jun 2003 04:00:00 EST", FOUR + 5 * HOUR),
        ("Tue, 10 Jun 2003 04:00:00 PDT", FOUR + 7 * HOUR),
        ("10 Jun 2003 04:00:00 CEST", FOUR - 2 * HOUR),
        ("Tue, 10 Jun 2003 04:00:00 +0200", FOUR - 2 * HOUR),
        ("Tue, 10 Jun 2003 04:00:00 +02:00", FOUR - 2 * HOUR),
        ("Tue, 10 Jun 2003 04:00:00 \u{2212}0330", FOUR + 3 * HOUR + 1800),
        ("Tue, 10 Jun 2003 04:00:00 GMT+0200", FOUR - 2 * HOUR),
        ("Tue, 10 Jun 2003 04:00:00 UTC-5", FOUR + 5 * HOUR),
        ("Tue, 10 Jun 2003 04:00:00 -0500 (EST)", FOUR + 5 * HOUR),
        ("Tue, 10 Jun 2003 04:00:00 +9999", FOUR),
        ("Tue, 10 Jun 2003 04:00:00 America/New_York", FOUR + 4 * HOUR),
        ("2003-06-10T04:00:00[Europe/Berlin]", FOUR - 2 * HOUR),
        ("Tue, 10 Jun 2003 04:00:00 ET", FOUR + 4 * HOUR),
        ("Tue, 10 Jun 2003 04:00 GMT", FOUR),
        ("Tue, 10 Jun 2003 4:00:00 GMT", FOUR),
        ("Tue, 10 Jun 2003 04:00:00.25 GMT", FOUR),
        ("Tue, 10 Jun 03 04:00:00 GMT", FOUR),
        ("Tue, 10 Jun 103 04:00:00 GMT", FOUR),
        ("Tue,10 Jun 2003 04:00:00 GMT", FOUR),
        ("Tue 10 Jun 2003 04:00:00 GMT", FOUR),
        ("Tuesday, 10 June 2003 04:00:00 GMT", FOUR),
        ("Tuesday, 10-Jun-03 04:00:00 GMT", FOUR),
        ("10-Jun-2003", MIDNIGHT),
        ("10 Jun 2003", MIDNIGHT),
        ("Mon, 09 Jun 2003 24:00:00 GMT", MIDNIGHT),
        ("Mon, 09 Jun 2003 23:59:60 GMT", MIDNIGHT),
        ("2003-06-10T04:00:00Z", FOUR),
        ("2003-06-10t04:00:00z", FOUR),
        ("2003-06-10T04:00Z", FOUR),
        ("2003-06-10T04:00:00.123456+02:00", FOUR - 2 * HOUR),
        ("2003-06-10T04:00:00,123+0200", FOUR - 2 * HOUR),
        ("2003-06-10T04:00:00+00:0", FOUR),
        ("2003-06-10T04:00:0+00:00", FOUR),
        ("2003-06-10T04:00:00", FOUR),
        ("2003-06-10 04:00:00", FOUR),
        ("2003-06-10 04:00:00 +0200", FOUR - 2 * HOUR),
        ("2003-06-10 04:00:00 UTC", FOUR),
        ("2003-06-10T04:00:00 EDT", FOUR + 4 * HOUR),
        ("2003-06-10", MIDNIGHT),
        ("2003-6-10 4:00", FOUR),
        ("20030610T040000Z", FOUR),
        ("20030610T0400Z", FOUR),
        ("20030610", MIDNIGHT),
        ("030610", MIDNIGHT),
        ("20030610040000", FOUR),
        ("200306100400", FOUR),
        ("2003-W24-2", MIDNIGHT),
        ("2003W242", MIDNIGHT),
        ("2003-W24-2T04:00:00Z", FOUR),
        ("2003-161", MIDNIGHT),
        ("2003161", MIDNIGHT),
        ("2003-06", MIDNIGHT - 9 * 24 * HOUR),
        // programs'
        ("Tue Jun 10 04:00:00 2003", FOUR),
        ("Tue Jun 10 04:00:00 PDT 2003", FOUR + 7 * HOUR),
        ("Tue Jun 10 04:00:00 +0200 2003", FOUR - 2 * HOUR),
        ("10/Jun/2003:04:00:00 +0200", FOUR - 2 * HOUR),
        ("1055217600", FOUR),
        ("1055217600.5", FOUR),
        ("1055217600000", FOUR),
        ("1055217600000000", FOUR),
        // people's
        ("Tuesday, June 10, 2003 4:00 AM", FOUR),
        ("Tuesday, June 10, 2003 - 4:00 p.m.", FOUR + 12 * HOUR),
        ("Jun 10, 2003", MIDNIGHT),
        ("June 10th, 2003 at 4 AM", FOUR),
        ("June 2003", MIDNIGHT - 9 * 24 * HOUR),
        ("Tue, Jun 10 2003 04:00:02 PM", FOUR + 12 * HOUR + 2),
        ("Mon, 21 Jan 2008 8:56 am PST", 1_200_934_560),
        ("06/10/2003 04:00:00", FOUR),
        ("6/10/2003 4:00:00 AM", FOUR),
        ("6/10/2003 12:00:00 AM", MIDNIGHT),
        ("13/6/2003", MIDNIGHT + 3 * 24 * HOUR),
        ("Tue, 06/10/2003 - 04:00", FOUR),
        ("Tue, 10/06/2003 - 04:00", FOUR),
        ("2003/6/10 04:00:00", FOUR),
        ("10.06.2003 04:00:00", FOUR),
        ("10.06.2003 04.00", FOUR),
        ("10.6.03", MIDNIGHT),
        ("10-06-2003", MIDNIGHT),
        ("03-06-10 04:00", FOUR),
        ("published: 10 Jun 2003 @ 04:00", FOUR),
    ] {
        wrong.extend((unix(text) != Some(expected)).then(|| (text, unix(text).map(|read| read - expected))));
    }
    assert_eq!(wrong, []);
}

#[test]
fn months_are_read_in_the_languages_of_the_world() {
    let mut wrong = Vec::new();
    for text in [
        "Di, 10 Jun 2003 04:00:00 +0000",
        "Dienstag, 10. Juni 2003, 04:00 Uhr",
        "am 10. Juni 2003 um 4 Uhr",
        "mar., 10 juin 2003 04:00:00 +0000",
        "mardi 10 juin 2003 à 04h00",
        "martes, 10 de junio de 2003 04:00",
        "martes 10 de junio de 2003 04:00",
        "Mar, 10 Jun 2003 04:00:00 GMT",
        "martedì 10 giugno 2003 04:00",
        "mar, 10 giu 2003 04:00:00 +0000",
        "Ter, 10 Jun 2003 04:00:00 +0000",
        "terça-feira, 10 de junho de 2003 04:00",
        "di, 10 jun 2003 04:00:00 +0000",
        "dinsdag 10 juni 2003 04:00",
        "wt., 10 cze 2003 04:00:00 +0000",
        "10 czerwca 2003 04:00",
        "Вт, 10 июн 2003 04:00:00 +0000",
        "вторник, 10 июня 2003 г. 04:00",
        "вт, 10 чер 2003 04:00:00 +0000",
        "10 червня 2003 04:00",
        "Út, 10 čer 2003 04:00:00 +0000",
        "úterý 10. června 2003 4:00",
        "tis, 10 jun 2003 04:00:00 +0000",
        "tirsdag 10. juni 2003 04.00",
        "ti, 10 kesä 2003 04:00:00 +0000",
        "10. kesäkuuta 2003 klo 4.00",
        "K, 10 jún. 2003 04:00:00 +0000",
        "2003-június-10T4:00-00:00",
        "2003. június 10. 04:00",
        "Sal, 10 Haz 2003 04:00:00 +0000",
        "10 Haziran 2003 Salı 04:00",
        "Τρι, 10 Ιούν 2003 04:00:00 GMT",
        "10 Ιουνίου 2003 4:00 π.μ.",
        "火, 10 6月 2003 04:00:00 +0000",
        "2003年6月10日 04:00",
        "2003年06月10日(火) 4時00分",
        "平成15年6月10日 午前4:00",
        "2003年6月10日 上午4:00",
        "六月 10, 2003 04:00",
        "2003년 06월 10일  04:00:00",
        "2003-06-10 오전 4:00:00",
        "mar, 10 iun. 2003 04:00:00 +0000",
        "10 Tháng 6, 2003 04:00",
        "الثلاثاء, 10 يونيو 2003 04:00:00 +0000",
        "יום שלישי, 10 ביוני 2003 04:00",
        "10 जून 2003 04:00",
        "10 มิถุนายน 2546 04:00",
        "१० जून २००३ 04:00",
        "10. júna 2003 04:00",
        "10. junij 2003 04:00",
        "10 birželio 2003 04:00",
        "Сря, 10 юни 2003 04:00:00 +0000",
        "Уто, 10 јун 2003 04:00:00 +0000",
        "Sel, 10 Jun 2003 04:00:00 +0000",
    ] {
        wrong.extend((unix(text) != Some(FOUR)).then(|| (text, unix(text).map(|read| read - FOUR))));
    }
    assert_eq!(wrong, []);
}

#[test]
fn each_month_is_told_from_its_neighbours() {
    let mut wrong = Vec::new();
    for (names, month) in [
        ("červenec července čvc července lipca Июл липня juillet Lug Tem heinäkuuta", 7),
        ("červen června čvn czerwca червня juin Giu kesäkuuta", 6),
        ("Mär märz mars marzo março Марта března marca maaliskuuta mrt μαρτίου μάώ márc", 3),
        ("mai maja мая květen toukokuuta mei may mag mayıs μαΐου máj", 5),
        ("marraskuuta listopadu listopada листопада Kas nov. ноября", 11),
        ("syyskuuta září września вересня eylül set. sept Σεπ septiembre", 9),
        ("loka lokakuuta říjen października жовтня ekim out. ott okt", 10),
        ("joulukuuta prosince grudnia грудня aralık dez dic déc Δεκ 十二月", 12),
        ("elo elokuuta srpna sierpnia серпня ağustos août ago. Αύγ", 8),
        ("tammikuuta leden stycznia січня ocak janv. ene gen. ιαν", 1),
        ("helmikuuta února lutego лютого şubat févr feb φεβ", 2),
        ("huhtikuuta dubna kwietnia квітня nisan avr abr απρ ápr", 4),
    ] {
        for name in names.split(' ') {
            let read = unix(&format!("10 {name} 2003"));
            wrong.extend(
                (read != Some(days(2003, month, 10) * 86_400)).then(|| (name, read.map(|read| Timestamp::from_unix(read).to_gmt()))),
            );
        }
    }
    assert_eq!(wrong, []);
}

#[test]
fn a_day_that_the_month_lacks_is_its_last() {
    assert_eq!(unix("Thu, 31 Feb 2003 04:00:00 GMT"), unix("2003-02-28T04:00:00Z"));
    assert_eq!(unix("Sun, 31 Nov 2003 04:00:00 GMT"), unix("2003-11-30T04:00:00Z"));
    assert_eq!(unix("2004-02-31"), unix("2004-02-29"));
}

#[test]
fn what_is_no_date_or_an_absurd_one_is_none() {
    let mut wrong = Vec::new();
    for text in [
        "",
        "yesterday",
        "10 Jun",
        "4:00",
        "12",
        "2003-13-45",
        "40 Jun 2003",
        "Tue, 10 Jun 2003 25:61:00 GMT",
        "10 Jun 2003 11 12 13 14 15",
        "version 1.2.3 of the software came with 4 of 5 things",
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00Z",
        "Mon, 01 Jan 0001 00:00:00 +0000",
        "1055-06-10",
        "1601-01-01T00:00:00Z",
        "1899-12-30T00:00:00Z",
        "1900-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 00:00:00 +0000",
        "Wed, 31 Dec 1969 19:00:00 EST",
        "Wed, 31 Dec 1969 16:00:00 GMT",
        "0",
        "9999-12-31T23:59:59Z",
        "99999999999999999999999999999999999",
        "99999999999999999999-01-01",
        "2003-W99-9",
        "2003-999",
        "99:99:99",
    ] {
        wrong.extend(unix(text).map(|read| (text, read)));
    }
    assert_eq!(wrong, []);
    assert_eq!(unix("Fri, 24 Oct 1969 22:00:00 GMT"), Some(-5_882_400));
}

#[test]
fn the_operators_format_is_tried_first() {
    let british = Reading { date_format: Some("%d/%m/%Y %H:%M".to_owned()), ..Reading::default() };
    assert_eq!(read("10/06/2003 04:00", &british), Some(Timestamp::from_unix(FOUR)));
    assert_eq!(read("2003-06-10T04:00:00Z", &british), Some(Timestamp::from_unix(FOUR)));
    let zoned = Reading { date_format: Some("%d.%m.%y um %H.%M %z".to_owned()), ..Reading::default() };
    assert_eq!(read("10.06.03 um 06.00 +0200", &zoned), Some(Timestamp::from_unix(FOUR)));
    let day = Reading { date_format: Some("%d/%m/%y".to_owned()), ..Reading::default() };
    assert_eq!(read("10/06/03", &day), Some(Timestamp::from_unix(MIDNIGHT)));
}

#[test]
fn summer_time_begins_and_ends_where_the_zone_is() {
    for (text, utc) in [
        ("2024-03-10 01:59:00 America/New_York", "2024-03-10T06:59:00Z"),
        ("2024-03-10 03:00:00 America/New_York", "2024-03-10T07:00:00Z"),
        ("2024-11-03 03:00:00 America/New_York", "2024-11-03T08:00:00Z"),
        ("2006-04-01 12:00:00 America/New_York", "2006-04-01T17:00:00Z"),
        ("2006-10-28 12:00:00 America/New_York", "2006-10-28T16:00:00Z"),
        ("2024-03-30 12:00:00 Europe/Berlin", "2024-03-30T11:00:00Z"),
        ("2024-03-31 12:00:00 Europe/Berlin", "2024-03-31T10:00:00Z"),
        ("2024-10-26 12:00:00 Europe/Berlin", "2024-10-26T10:00:00Z"),
        ("2024-10-27 12:00:00 Europe/Berlin", "2024-10-27T11:00:00Z"),
        ("2024-01-10 12:00:00 Australia/Sydney", "2024-01-10T01:00:00Z"),
        ("2024-07-10 12:00:00 Australia/Sydney", "2024-07-10T02:00:00Z"),
    ] {
        assert_eq!(unix(text), unix(utc), "{text}");
    }
}

#[test]
fn a_format_must_say_a_day() {
    for pattern in [
        "%d/%m/%Y %H:%M",
        "%s",
        "%Y-%j",
        "%-d. %B %Y",
        "%A, %d %b %y um %I:%M %p",
        "100 %% am %d.%m.%Y",
        "%Y-%m-%dT%H:%M:%S%:z",
        "%d.%m.%Y %H:%M%#z",
    ] {
        assert_eq!(check_format(pattern), Ok(()), "{pattern}");
    }
    for pattern in ["%H:%M", "", "%Y", "heute", "%m/%d"] {
        assert_eq!(check_format(pattern), Err(DateFormatError::NoDay), "{pattern}");
    }
    assert_eq!(check_format("%d/%m/%Q"), Err(DateFormatError::Field("%Q".to_owned())));
    assert_eq!(check_format("%d/%m/%"), Err(DateFormatError::Field("%".to_owned())));
}
