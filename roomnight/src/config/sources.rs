//! File, environment and flags as figment reads them, each under a name that people understand.

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider, util};

use super::{ConfigError, ENVIRONMENT_PREFIX, Sources};

/// The values of one source.
pub(super) struct Source {
    /// What people call it.
    pub(super) place: String,
    /// What it sets.
    pub(super) dict: Dict,
}

impl Provider for Source {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.place.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.dict.clone())]))
    }
}

/// The weakest source.
pub(super) fn defaults(value: Value) -> Source {
    Source { place: "default".to_owned(), dict: value.into_dict().unwrap_or_default() }
}

/// Every other source that sets something, the weakest first.
pub(super) fn all(sources: &Sources) -> Result<Vec<Source>, ConfigError> {
    let mut all = Vec::new();
    if let Some((path, text)) = &sources.file {
        let place = path.display().to_string();
        let named = |mut error: figment::Error| {
            error.metadata = Some(Metadata::named(place.clone()));
            error
        };
        let data = Toml::string(text).data().map_err(named)?;
        let dict = data.get(&Profile::Default).cloned().unwrap_or_default();
        all.push(Source { place, dict });
    }
    for (name, text) in &sources.environment {
        if let Some(key) = name.strip_prefix(ENVIRONMENT_PREFIX) {
            let key = key.to_ascii_lowercase().replace("__", ".");
            let Ok(value) = text.parse::<Value>();
            all.push(Source { place: format!("the environment ({name})"), dict: at(&key, value) });
        }
    }
    for (key, value) in &sources.flags {
        all.push(Source { place: "the command line".to_owned(), dict: at(key, value.clone()) });
    }
    Ok(all)
}

/// A table in which that key has that value.
fn at(key: &str, value: Value) -> Dict {
    util::nest(key, value).into_dict().unwrap_or_default()
}
