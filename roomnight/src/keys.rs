//! Makes an API key: shown once, kept nowhere.

use serving::keys::{KeysError, check_name};
use serving::{ApiKey, Scope, Secret};

/// Why no key is made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The name cannot be one.
    #[error(transparent)]
    Name(#[from] KeysError),
    /// The system has no randomness to give.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

/// A new key and the lines that make it known, to be printed.
pub(crate) fn create(name: &str, scopes: &[Scope]) -> Result<String, KeyError> {
    check_name(name)?;
    let secret = Secret::draw()?;
    let mut distinct: Vec<Scope> = Vec::new();
    for scope in scopes {
        if !distinct.contains(scope) {
            distinct.push(*scope);
        }
    }
    let configured = ApiKey::of(name, &distinct, &secret).to_toml();
    let secret = secret.as_str();
    Ok(format!(
        "# The key, shown this once. Send it as `Authorization: Bearer ...`:\n# {secret}\n\
         # Put these lines into roomnight.toml and start again; without them it is not known:\n\
         {configured}"
    ))
}

#[cfg(test)]
mod tests {
    use serving::Scope;

    use super::create;
    use crate::config::{Effective, Sources};

    #[test]
    fn what_is_printed_can_be_pasted() {
        let printed = create("web", &[Scope::Shop, Scope::Shop]).expect("a key");
        let sources =
            Sources { file: Some(("roomnight.toml".into(), printed)), ..Sources::default() };
        let effective = Effective::load(&sources).expect("it is a configuration");
        let [key] = &effective.config.api_keys[..] else { panic!("one key: {effective}") };
        assert_eq!((key.name.as_str(), &key.scopes[..]), ("web", &[Scope::Shop][..]));
        assert!(create("We b", &[Scope::Shop]).is_err());
    }
}
