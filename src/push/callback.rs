//! The callback's address: one for each subscription, and nobody's guess (sections 5.1 and 8).

use data_encoding::{BASE32HEX_NOPAD, HEXLOWER};
use url::Url;

use crate::domain::Secret;

/// Bytes of chance in a token: 160 bits.
const TOKEN: usize = 20;
/// Bytes of chance in a secret; in hex it is 64 bytes long, and section 5.1 allows less than 200.
const SECRET: usize = 32;
/// A token's characters.
const LENGTH: usize = 32;

/// A token that nobody can guess.
///
/// # Errors
/// The system gives no random bytes.
pub fn fresh_token() -> Result<Secret, getrandom::Error> {
    let mut bytes = [0; TOKEN];
    getrandom::fill(&mut bytes)?;
    Ok(Secret::new(BASE32HEX_NOPAD.encode(&bytes).to_ascii_lowercase()))
}

/// A secret for a hub to sign with.
///
/// # Errors
/// The system gives no random bytes.
pub fn fresh_secret() -> Result<Secret, getrandom::Error> {
    let mut bytes = [0; SECRET];
    getrandom::fill(&mut bytes)?;
    Ok(Secret::new(HEXLOWER.encode(&bytes)))
}

/// Where a hub calls: the public address, which ends in a slash, and the token.
pub fn callback(public: &Url, token: &Secret) -> Url {
    let mut url = public.clone();
    url.set_path(&format!("{}{}", public.path(), token.reveal()));
    url
}

/// The token of a path that a hub called. What stands before it is the reverse proxy's affair: some keep the public address's
/// path and some take it off.
pub fn token_of(path: &str) -> Option<&str> {
    let token = path.rsplit('/').next()?;
    let is_token = token.len() == LENGTH && token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v'));
    is_token.then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_reads_back_to_its_token() {
        let token = fresh_token().unwrap();
        for public in ["https://planet.example/", "https://planet.example/wirepress/"] {
            let url = callback(&Url::parse(public).unwrap(), &token);
            assert!(url.as_str().starts_with(public));
            assert_eq!(token_of(url.path()), Some(token.reveal()));
        }
        for path in ["/", "/favicon.ico", "/wp-login.php", "", "/0123456789abcdef0123456789abcdeX"] {
            assert_eq!(token_of(path), None, "{path}");
        }
    }

    #[test]
    fn no_two_tokens_or_secrets_are_alike_and_a_secret_is_short_enough() {
        assert_ne!(fresh_token().unwrap(), fresh_token().unwrap());
        assert_ne!(fresh_secret().unwrap(), fresh_secret().unwrap());
        assert!(fresh_secret().unwrap().reveal().len() < 200);
    }
}
