//! Dates: the first line is the operator's pattern, the rest is what a feed wrote.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wirepress::poll::{Reading, check_date_format, doors};

fuzz_target!(|input: &str| {
    let (pattern, text) = input.split_once('\n').unwrap_or(("", input));
    let is_usable = check_date_format(pattern).is_ok();
    let reading = Reading { date_format: is_usable.then(|| pattern.to_owned()), ..Reading::default() };
    // 1900 to 2100
    if let Some(date) = doors::date(text, &reading).filter(|date| (-2_208_988_800..4_133_980_800).contains(&date.unix())) {
        // what is written in the form of the standard is read the same way
        assert_eq!(doors::date(&date.to_string(), &Reading::default()), Some(date), "{text}");
    }
});
