//! The real WordPress that `scripts/test` starts, seen through its own database and not through our client.

use serde_json::Value;

/// A running WordPress and its accounts.
#[derive(Debug, Clone)]
pub struct Wordpress {
    pub url: String,
    about: Value,
}

/// The WordPress 6.8 that most tests use.
pub fn wordpress() -> Wordpress {
    wordpress_at("WIREPRESS_TEST_WP")
}

/// The same 6.8 once more, where thousands of posts are in nobody's way: other tests walk through all posts of theirs.
pub fn wordpress_of_kills() -> Wordpress {
    match std::env::var_os("WIREPRESS_TEST_WP_KILLS") {
        Some(_) => wordpress_at("WIREPRESS_TEST_WP_KILLS"),
        None => wordpress(),
    }
}

/// The WordPress that an environment variable names.
pub fn wordpress_at(variable: &str) -> Wordpress {
    let path =
        std::env::var(variable).unwrap_or_else(|_| panic!("${variable} is not set: `scripts/test` starts a real WordPress and sets it"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let about: Value = serde_json::from_str(&text).expect("JSON from tests/wordpress/up");
    Wordpress { url: about["url"].as_str().expect("an address").to_owned(), about }
}

impl Wordpress {
    pub fn password(&self, user: &str) -> String {
        self.about["users"][user]["app_password"].as_str().expect("an application password").to_owned()
    }

    /// The one that the login page takes.
    pub fn login_password(&self, user: &str) -> String {
        self.about["users"][user]["password"].as_str().expect("a password").to_owned()
    }

    pub fn user_id(&self, user: &str) -> u64 {
        self.about["users"][user]["id"].as_u64().expect("a user id")
    }

    /// `127.0.0.1:8068`
    pub fn address(&self) -> String {
        self.url.trim_start_matches("http://").trim_end_matches('/').to_owned()
    }

    /// All posts that the database holds, of any status, oldest first.
    pub fn database(&self) -> Value {
        self.test_route("posts")
    }

    /// A site of which only the address matters.
    pub fn at(url: &str) -> Self {
        Self { url: url.to_owned(), about: Value::Null }
    }

    /// A person's edit, over REST as wp-admin does it.
    pub fn edit(&self, post: u64, user: &str, title: &str) {
        let output = std::process::Command::new("curl")
            .args(["-sS", "--fail", "--max-time", "60", "-u", &format!("{user}:{}", self.password(user))])
            .args(["--data-urlencode", &format!("title={title}")])
            .arg(format!("{}/wp-json/wp/v2/posts/{post}", self.url))
            .output()
            .expect("curl");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Asks a route of the test plug-in.
    pub fn test_route(&self, route: &str) -> Value {
        let output = std::process::Command::new("curl")
            .args(["-sS", "--max-time", "60", "-H", "Accept: application/json"])
            .arg(format!("{}/wp-json/wirepress-test/v1/{route}", self.url))
            .output()
            .expect("curl");
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{route}: {error}: {}", String::from_utf8_lossy(&output.stdout)))
    }

    /// What REST says on a route, as `user` sees it.
    pub fn rest(&self, route: &str, user: &str) -> Value {
        let output = std::process::Command::new("curl")
            .args(["-sS", "--fail", "--max-time", "60", "-u", &format!("{user}:{}", self.password(user))])
            .arg(format!("{}/wp-json/{route}", self.url))
            .output()
            .expect("curl");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{route}: {error}"))
    }

    /// A page as a visitor gets it.
    pub fn visit(&self, url: &str) -> String {
        let output = std::process::Command::new("curl").args(["-sSL", "--fail", "--max-time", "60", url]).output().expect("curl");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Shows a route of the test plug-in a text.
    pub fn post_test_route(&self, route: &str, text: &str) -> Value {
        let mut curl = std::process::Command::new("curl")
            .args(["-sS", "--max-time", "60", "-H", "Content-Type: text/plain", "--data-binary", "@-"])
            .arg(format!("{}/wp-json/wirepress-test/v1/{route}", self.url))
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("curl");
        std::io::Write::write_all(&mut curl.stdin.take().expect("piped"), text.as_bytes()).expect("it reads");
        let output = curl.wait_with_output().expect("curl");
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{route}: {error}: {}", String::from_utf8_lossy(&output.stdout)))
    }

    /// The rows of `posts` or `attachments` whose title begins with `prefix`.
    pub fn rows_titled(&self, route: &str, prefix: &str) -> Vec<Value> {
        let prefix: String = prefix.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.test_route(&format!("{route}?titled={prefix}")).as_array().expect("a list of rows").clone()
    }

    /// The posts (not attachments, not pages) whose title begins with `prefix`, of any status, trash too.
    pub fn posts_titled(&self, prefix: &str) -> Vec<Value> {
        self.rows_titled("posts", prefix)
    }
}

impl Wordpress {
    /// Does what a person does with the delete button: DELETE on a REST route.
    pub fn delete(&self, route: &str, user: &str) {
        let status = std::process::Command::new("curl")
            .args(["-sS", "-f", "-o", "/dev/null", "--max-time", "60", "-X", "DELETE", "-u"])
            .arg(format!("{user}:{}", self.password(user)))
            .arg(format!("{}/wp-json/{route}", self.url))
            .status()
            .expect("curl");
        assert!(status.success(), "DELETE {route}");
    }
}
