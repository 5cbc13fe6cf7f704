//! Feeds and pictures made for a test: real RSS, real PNG bytes, each different from the other.

use super::server::{Answer, Server};

/// A feed of `count` illustrated items; titles begin with `prefix`, so that tests that share a site don't meet.
#[derive(Debug, Clone)]
pub struct Illustrated {
    pub prefix: String,
    pub count: usize,
    /// Two of these for each item, in turn.
    pub categories: Vec<String>,
    pub images: bool,
    /// Only each so-manyth item has its picture.
    pub images_every: usize,
    /// The first so many have two pictures in their text.
    pub with_pictures: usize,
}

impl Illustrated {
    pub fn new(prefix: &str, count: usize) -> Self {
        let categories = (0..5).map(|n| format!("{prefix} topic {n}")).collect();
        Self { prefix: prefix.to_owned(), count, categories, images: true, images_every: 1, with_pictures: 0 }
    }

    /// Serves `/feed.xml` and `/image/N.png`.
    pub fn serve(self) -> Server {
        let base = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
        let known = base.clone();
        let server = Server::start(move |request| {
            let base = known.get().expect("the address is set before the first request");
            if request.target == "/feed.xml" {
                return Answer::new(200, "application/rss+xml", self.rss(base));
            }
            let number = request.target.strip_prefix("/image/").and_then(|rest| rest.strip_suffix(".png")).and_then(|n| n.parse().ok());
            match number {
                Some(number) => Answer::new(200, "image/png", png(&self.prefix, number)),
                None => Answer::new(404, "text/plain", "not here"),
            }
        });
        base.set(server.url("")).expect("set once");
        server
    }

    fn rss(&self, base: &str) -> String {
        let mut items = String::new();
        for n in 0..self.count {
            let first = &self.categories[n % self.categories.len()];
            let second = &self.categories[(n + 1) % self.categories.len()];
            let image = if self.images && n % self.images_every == 0 {
                format!("<enclosure url=\"{base}/image/{n}.png\" type=\"image/png\" length=\"300\"/>")
            } else {
                String::new()
            };
            let picture = |kind: usize| {
                let shot = format!(
                    "<p>It looked so.</p><figure><img src=\"{base}/image/{}.png\" alt=\"{} shot\"></figure>",
                    kind * 1000 + n,
                    self.prefix
                );
                format!("{shot}<p>Some more words stand between one and the next.</p>")
            };
            let text = match n < self.with_pictures {
                true => format!("<content:encoded><![CDATA[{}{}]]></content:encoded>", picture(1), picture(2)),
                false => String::new(),
            };
            items.push_str(&format!(
                "<item><title>{prefix} number {n}</title><link>https://news.example/{slug}/{n}</link>\
                 <guid isPermaLink=\"false\">{slug}-{n}</guid><category>{first}</category><category>{second}</category>{image}{text}\
                 <description>&lt;p&gt;Story {n} of {prefix} tells of things that happened, in a few plain words.&lt;/p&gt;</description></item>\n",
                prefix = self.prefix,
                slug = self.prefix.replace(' ', "-"),
            ));
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>{} feed</title>\
             <link>https://news.example/</link><description>made for a test</description>\n{items}</channel></rss>",
            self.prefix
        )
    }
}

/// A PNG of 64 by 48 pixels whose bytes depend on `prefix` and `number`.
pub fn png(prefix: &str, number: usize) -> Vec<u8> {
    const WIDTH: u32 = 64;
    const HEIGHT: u32 = 48;
    let seed = prefix.bytes().fold(number as u32 + 1, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let colour = seed.wrapping_mul(2_654_435_761).to_be_bytes();
    let mut pixels = Vec::new();
    for y in 0..HEIGHT {
        pixels.push(0);
        for x in 0..WIDTH {
            pixels.extend_from_slice(&[colour[0] ^ x as u8, colour[1] ^ y as u8, colour[2] ^ colour[3]]);
        }
    }
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = Vec::new();
    head.extend_from_slice(&WIDTH.to_be_bytes());
    head.extend_from_slice(&HEIGHT.to_be_bytes());
    head.extend_from_slice(&[8, 2, 0, 0, 0]);
    chunk(&mut bytes, b"IHDR", &head);
    chunk(&mut bytes, b"IDAT", &stored(&pixels));
    chunk(&mut bytes, b"IEND", &[]);
    bytes
}

fn chunk(bytes: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    bytes.extend_from_slice(&u32::try_from(data.len()).expect("a small chunk").to_be_bytes());
    let start = bytes.len();
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(data);
    let sum = crc32(&bytes[start..]);
    bytes.extend_from_slice(&sum.to_be_bytes());
}

/// A zlib stream of one stored block (RFC 1950, RFC 1951 section 3.2.4).
fn stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).expect("one block");
    let mut bytes = vec![0x78, 0x01, 0x01];
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&(!length).to_le_bytes());
    bytes.extend_from_slice(data);
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    bytes.extend_from_slice(&((b << 16) | a).to_be_bytes());
    bytes
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0_u32, |mut sum, byte| {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
        sum
    })
}
