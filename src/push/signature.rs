//! What is to be believed of a push (sections 7 and 7.1).

use data_encoding::HEXLOWER_PERMISSIVE;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::domain::{Subscription, SubscriptionState as State};
use crate::http::HeaderMap;

/// What a POST to a callback is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// Signed by the hub: what it says counts.
    Signed,
    /// Not signed, or not by the hub: acknowledged and ignored, so that nobody learns from the answer (section 7.1.2).
    Forged(&'static str),
    /// Not wanted any more: 410, and the hub may forget us (section 7).
    Unwanted,
}

/// Judges a push by its state and its `X-Hub-Signature`, which is over the body as it came.
pub fn judge(known: &Subscription, headers: &HeaderMap, body: &[u8]) -> Judged {
    if !is_wanted(known) {
        return Judged::Unwanted;
    }
    let Some(signature) = headers.get("x-hub-signature").and_then(|value| value.to_str().ok()) else {
        return Judged::Forged("it is not signed");
    };
    let Some((method, digits)) = signature.trim().split_once('=') else {
        return Judged::Forged("its signature can't be read");
    };
    let Ok(told) = HEXLOWER_PERMISSIVE.decode(digits.trim().as_bytes()) else {
        return Judged::Forged("its signature can't be read");
    };
    let secret = known.secret.reveal().as_bytes();
    let is_right = match method.trim().to_ascii_lowercase().as_str() {
        "sha1" => is_right::<Hmac<Sha1>>(secret, body, &told),
        "sha256" => is_right::<Hmac<Sha256>>(secret, body, &told),
        "sha384" => is_right::<Hmac<Sha384>>(secret, body, &told),
        "sha512" => is_right::<Hmac<Sha512>>(secret, body, &told),
        _ => return Judged::Forged("the method of its signature is not known"),
    };
    if is_right { Judged::Signed } else { Judged::Forged("its signature is wrong") }
}

/// Whether anything that is pushed to it may count; if not, its body needn't be read.
pub fn is_wanted(known: &Subscription) -> bool {
    !matches!(known.state, State::Denied | State::Leaving)
}

/// Compares in constant time; a signature of another length is wrong.
fn is_right<M: Mac + KeyInit>(secret: &[u8], body: &[u8], told: &[u8]) -> bool {
    let mut mac = <M as KeyInit>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(body);
    mac.verify_slice(told).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Secret;
    use crate::http::HeaderValue;
    use crate::push::tests::subscription;

    /// RFC 2202 and RFC 4231, test case 2: key "Jefe", data "what do ya want for nothing?".
    const SHA1: &str = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
    const SHA256: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    const SHA384: &str = "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649";
    const SHA512: &str =
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
    const BODY: &[u8] = b"what do ya want for nothing?";

    fn judged(state: State, signature: &str, body: &[u8]) -> Judged {
        let known = Subscription { state, secret: Secret::new("Jefe"), ..subscription() };
        let mut headers = HeaderMap::new();
        if !signature.is_empty() {
            headers.insert("x-hub-signature", HeaderValue::from_str(signature).unwrap());
        }
        judge(&known, &headers, body)
    }

    #[test]
    fn the_four_methods_of_section_7_1_are_checked() {
        for (method, digits) in [("sha1", SHA1), ("sha256", SHA256), ("sha384", SHA384), ("sha512", SHA512)] {
            let right = format!("{method}={digits}");
            assert_eq!(judged(State::Verified, &right, BODY), Judged::Signed, "{method}");
            assert_eq!(judged(State::Verified, &right.to_uppercase(), BODY), Judged::Signed, "{method}");
            assert_eq!(judged(State::Verified, &right, b"what do you want for nothing?"), Judged::Forged("its signature is wrong"));
            let short = &right[..right.len() - 2];
            assert_eq!(judged(State::Verified, short, BODY), Judged::Forged("its signature is wrong"), "{method} cut");
        }
        assert_eq!(judged(State::Verified, &format!("sha256={SHA1}"), BODY), Judged::Forged("its signature is wrong"));
    }

    #[test]
    fn a_push_without_a_readable_signature_is_forged() {
        for signature in ["", "sha256", "sha256=", &format!("md5={SHA1}"), "sha256=xyz", SHA256] {
            assert!(matches!(judged(State::Verified, signature, BODY), Judged::Forged(_)), "{signature}");
        }
    }

    #[test]
    fn a_push_to_a_subscription_that_is_not_wanted_is_told_so() {
        let right = format!("sha256={SHA256}");
        for (state, expected) in [
            (State::Wanted, Judged::Signed),
            (State::Asked, Judged::Signed),
            (State::Denied, Judged::Unwanted),
            (State::Leaving, Judged::Unwanted),
        ] {
            assert_eq!(judged(state, &right, BODY), expected, "{state:?}");
        }
    }
}
