//! Keys: drawn, told from slips of the pen, found by their hash alone.

use axum::http::{HeaderMap, HeaderValue, header};

use super::{ApiKey, Keys, KeysError, NotKnown, Scope, Secret, secret};

fn secret_of(number: u8) -> Secret {
    Secret::of_random([number; 20])
}

fn bearer(text: &str) -> HeaderMap {
    let value = HeaderValue::try_from(text).expect("a header");
    HeaderMap::from_iter([(header::AUTHORIZATION, value)])
}

fn web() -> Keys {
    let keys = [
        ApiKey::of("web", &[Scope::Shop], &secret_of(1)),
        ApiKey::of("desk", &[Scope::Shop, Scope::Manage], &secret_of(2)),
    ];
    Keys::new(&keys).expect("they are in order")
}

#[test]
fn a_key_is_long_and_every_slip_is_told() {
    let drawn = Secret::draw().expect("randomness");
    assert_ne!(drawn, Secret::draw().expect("randomness"));
    let text = drawn.as_str();
    assert_eq!((text.len(), &text[..3]), (41, "rn_"));
    assert_eq!(secret::check(text), Ok(()));
    for place in 3..text.len() {
        let mut letters = text.as_bytes().to_vec();
        letters[place] = if letters[place] == b'0' { b'1' } else { b'0' };
        let slip = String::from_utf8(letters).expect("ASCII");
        assert!(secret::check(&slip).is_err(), "{slip}");
    }
    assert!(secret::check(&text[..40]).is_err());
    assert_eq!(format!("{drawn:?}"), "Secret", "it is never written by chance");
}

#[test]
fn a_caller_is_found_by_its_key() {
    let keys = web();
    let of = |text: &str| keys.caller(&bearer(text));
    let caller = of(&format!("Bearer {}", secret_of(2).as_str())).expect("it is known");
    assert_eq!(caller.name.as_deref(), Some("desk"));
    assert!(caller.may(&[Scope::Manage]) && !caller.may(&[Scope::Operate]) && !caller.may(&[]));
    assert_eq!(keys.caller(&HeaderMap::new()), Err(NotKnown::Missing));
    assert_eq!(of("Basic abc"), Err(NotKnown::Malformed));
    assert_eq!(of("Bearer rn_abc"), Err(NotKnown::Mistyped));
    assert_eq!(of(&format!("Bearer {}", secret_of(3).as_str())), Err(NotKnown::Unknown));
    let mut twice = bearer(&format!("Bearer {}", secret_of(1).as_str()));
    twice.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"));
    assert_eq!(keys.caller(&twice), Err(NotKnown::Malformed));
}

#[test]
fn where_there_are_no_keys_nobody_is_asked() {
    let nobody = Keys::default().caller(&HeaderMap::new()).expect("all may ask");
    assert!(nobody.name.is_none() && nobody.may(&[Scope::Operate]));
}

#[test]
fn what_is_configured_is_checked() {
    let key = |name: &str, number| ApiKey::of(name, &[Scope::Shop], &secret_of(number));
    let refused = |keys: &[ApiKey]| Keys::new(keys).expect_err("they are wrong");
    assert_eq!(refused(&[key("We b", 1)]), KeysError::Name("We b".to_owned()));
    assert_eq!(refused(&[key("a", 1), key("a", 2)]), KeysError::NameTwice("a".to_owned()));
    let same = refused(&[key("a", 1), key("b", 1)]);
    assert_eq!(same, KeysError::HashTwice("a".to_owned(), "b".to_owned()));
    let short = ApiKey { sha256: "ab".to_owned(), ..key("a", 1) };
    assert_eq!(refused(&[short]), KeysError::Hash("a".to_owned()));
    let idle = ApiKey { scopes: Vec::new(), ..key("a", 1) };
    assert_eq!(refused(&[idle]), KeysError::NoScope("a".to_owned()));
}

#[test]
fn what_is_printed_is_what_is_configured() {
    let key = ApiKey::of("web", &[Scope::Shop, Scope::Operate], &secret_of(1));
    let toml = key.to_toml();
    assert!(toml.starts_with("[[api_keys]]\nname = \"web\"\nscopes = [\"shop\", \"operate\"]\n"));
    assert!(toml.contains(&key.sha256) && !toml.contains(secret_of(1).as_str()));
}
