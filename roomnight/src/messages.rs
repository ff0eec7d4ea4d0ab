//! What the process says about itself: JSON lines on standard error, and its last words.

use std::error::Error;
use std::fmt::Write;

use tracing_subscriber::EnvFilter;

/// Why messages cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum MessagesError {
    /// The filter is not one.
    #[error("`messages.filter` is `{filter}`: use a level such as info, or target=level pairs")]
    Filter {
        /// What it says.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// Somebody has set them up before.
    #[error("messages are set up already")]
    Twice,
}

/// From now on messages go to standard error, one JSON object a line, and a panic of any thread
/// ends the process: what its other threads would do without it nobody knows.
pub fn set_up(filter: &str) -> Result<(), MessagesError> {
    let parsed = EnvFilter::try_new(filter)
        .map_err(|source| MessagesError::Filter { filter: filter.to_owned(), source })?;
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(parsed)
        .with_writer(std::io::stderr)
        .try_init()
        .map_err(|_| MessagesError::Twice)?;
    abort_on_panic();
    Ok(())
}

fn abort_on_panic() {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no reason given");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        let backtrace = std::backtrace::Backtrace::capture().to_string();
        tracing::error!(text, place, thread, backtrace, "a panic: the process aborts");
        std::process::abort();
    }));
}

/// An error and everything that caused it, for people.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        // Some errors print their source themselves.
        if !text.ends_with(&cause) {
            // Writing to a string does not fail.
            let _ = write!(text, "\n  because: {cause}");
        }
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::chain;
    use crate::config::ConfigError;

    #[test]
    fn an_error_is_told_with_its_causes() {
        let source = std::io::Error::new(std::io::ErrorKind::NotFound, "no such file");
        let error = ConfigError::Unreadable { path: "/etc/x.toml".into(), source };
        assert_eq!(
            chain(&error),
            "cannot read the configuration /etc/x.toml: name a file that exists with --config\n  \
             because: no such file"
        );
    }
}
