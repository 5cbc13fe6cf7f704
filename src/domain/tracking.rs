//! Parameters of links that only count readers.

/// Whether a query parameter (`name=value`) says where a reader came from, not what is shown.
pub fn is_tracking(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let name = name.to_ascii_lowercase();
    let is_cruft = TRACKING.iter().any(|known| match known.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == *known,
    });
    let from_feed = || {
        let value = value.to_ascii_lowercase();
        let says = |feed: &str| value.strip_prefix(feed).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()));
        ORIGIN.contains(&name.as_str()) && FEEDS.iter().any(|feed| says(feed))
    };
    is_cruft || from_feed()
}

/// Query parameters that say where a reader came from, not what is shown. Prefixes end in `*`.
const TRACKING: &[&str] = &[
    "utm_*",
    "mtm_*",
    "pk_*",
    "piwik_*",
    "matomo_*",
    "hsa_*",
    "at_*",
    "ns_*",
    "wt_*",
    "wt.*",
    "itm_*",
    "trk_*",
    "guce_*",
    "_hs*",
    "__hs*",
    "vero_*",
    "dicbo*",
    "asc_*",
    "fbclid",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "gclsrc",
    "msclkid",
    "yclid",
    "ysclid",
    "twclid",
    "ttclid",
    "li_fat_id",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "oly_anon_id",
    "oly_enc_id",
    "rb_clickid",
    "s_cid",
    "wickedid",
    "ncid",
    "cmpid",
    "ocid",
    "xtor",
    "_openstat",
    "spm",
    "scm",
    "srsltid",
    "fb_action_ids",
    "fb_action_types",
    "fb_source",
    "fb_ref",
    "guccounter",
    "cmp",
    "ito",
    "smid",
    "ftag",
    "sref",
    "epik",
    "gad_source",
    "gclaw",
    "irclickid",
    "sc_cid",
    "sc_campaign",
    "__twitter_impression",
    "_ga",
    "_gl",
    "_branch_match_id",
    "trackingid",
    "feedtype",
    "feedname",
    "phpsessid",
    "jsessionid",
];

/// Parameters that are cruft only where they say that the reader came from a feed: `source=rss----4`.
const ORIGIN: &[&str] = &["source", "src", "ref", "from", "via", "partner", "emc", "mod", "cid", "origin", "medium", "sr_share"];
/// How such a value begins.
const FEEDS: &[&str] = &["rss", "atom", "feed"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_counts_readers_is_told_from_what_chooses_the_page() {
        for (pair, tracks) in [
            ("utm_source=rss", true),
            ("UTM_Medium=feed", true),
            ("fbclid=1", true),
            ("source=rss----4", true),
            ("ref=feed", true),
            ("p=12", false),
            ("source=reuters", false),
            ("feedback=1", false),
            ("", false),
        ] {
            assert_eq!(is_tracking(pair), tracks, "{pair}");
        }
    }
}
