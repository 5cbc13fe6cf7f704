//! Whether two addresses are one picture in other sizes.

use url::Url;

/// What addresses of one picture have in common, whatever size they ask for: host and path without size, scheme and query.
pub(super) fn family(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return address.to_owned() };
    let mut host = url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
    let mut path = url.path().to_owned();
    // Jetpack's servers name the picture's own host in the path
    if matches!(host.as_str(), "i0.wp.com" | "i1.wp.com" | "i2.wp.com" | "i3.wp.com") {
        let own = path.trim_start_matches('/');
        let (own_host, own_path) = own.split_once('/').unwrap_or((own, ""));
        (host, path) = (own_host.trim_start_matches("www.").to_owned(), format!("/{own_path}"));
    }
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
    let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
    // an address whose query alone tells pictures apart
    if ending.is_empty() || matches!(ending, "php" | "aspx" | "ashx" | "cgi") {
        return format!("{host}{path}?{}", url.query().unwrap_or_default());
    }
    format!("{host}{folder}/{}", without_size(stem)).to_ascii_lowercase()
}

/// `photo-300x200`, `photo-scaled`, `photo@2x`: `photo`.
fn without_size(stem: &str) -> &str {
    let stem = stem.strip_suffix("@2x").or_else(|| stem.strip_suffix("-scaled")).unwrap_or(stem);
    let Some((before, size)) = stem.rsplit_once('-') else { return stem };
    let is_size = size.split_once('x').is_some_and(|(width, height)| {
        let is_side = |side: &str| (1..=4).contains(&side.len()) && side.bytes().all(|byte| byte.is_ascii_digit());
        is_side(width) && is_side(height)
    });
    if is_size { before } else { stem }
}

/// Both show the same picture, as far as their addresses tell.
pub fn is_same_picture(one: &str, other: &str) -> bool {
    one == other || family(one) == family(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_one_picture_are_one_picture() {
        let whole = "https://x.example/2026/ferry.jpg";
        for (other, same) in [
            ("http://www.x.example/2026/ferry-300x200.jpg?w=300", true),
            ("https://x.example/2026/ferry-scaled.jpg", true),
            ("https://i0.wp.com/x.example/2026/ferry.jpg?resize=300%2C200", true),
            ("https://x.example/2026/ferry.webp", true),
            ("https://x.example/2026/ferry-2.jpg", false),
            ("https://x.example/2025/ferry.jpg", false),
            ("https://y.example/2026/ferry.jpg", false),
        ] {
            assert_eq!(is_same_picture(whole, other), same, "{other}");
        }
        assert!(!is_same_picture("https://x.example/image.php?id=1", "https://x.example/image.php?id=2"));
        assert!(!is_same_picture("https://x.example/image/1", "https://x.example/image/2"));
    }
}
