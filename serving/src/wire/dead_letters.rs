//! What is asked of dead letters.

use ingest::Topic;
use serde_json::Value;

use super::commands::Faults;
use super::read::{self, Report};

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 1000;

/// What `GET /v1/dead-letters` is asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DeadLettersQuery {
    pub(crate) topic: Option<Topic>,
    pub(crate) limit: usize,
}

/// The query of `GET /v1/dead-letters`.
pub(crate) fn query(pairs: &[(String, String)]) -> Result<DeadLettersQuery, Faults> {
    let mut report = Report::default();
    let [topic, limit] = read::parameters(["topic", "limit"], pairs, &mut report);
    let known = topic.map(Topic::from_name);
    if known == Some(None) {
        let names: Vec<_> = Topic::ALL.iter().map(|topic| topic.name()).collect();
        report.fault_of("topic", format!("is no topic; there are: {}", names.join(", ")));
    }
    let limit = limit.map_or(Some(LIMIT_DEFAULT), |text| text.parse().ok());
    let limit = limit.filter(|limit| (1..=LIMIT_MAX).contains(limit));
    if limit.is_none() {
        report.fault_of("limit", format!("expected a whole number from 1 to {LIMIT_MAX}"));
    }
    let query = limit.map(|limit| DeadLettersQuery { topic: known.flatten(), limit });
    report.conclude(query)
}

/// The body of a request that says everything in its path.
pub(crate) fn no_fields(body: &Value) -> Result<(), Faults> {
    read::body(body, Report::default(), |_, _| Some(()))
}

#[cfg(test)]
mod tests {
    use super::{DeadLettersQuery, query};

    #[test]
    fn a_query_is_read_or_its_faults_are_named() {
        let asked = |pairs: &[(&str, &str)]| {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            query(&pairs.iter().map(owned).collect::<Vec<_>>())
        };
        assert_eq!(asked(&[]), Ok(DeadLettersQuery { topic: None, limit: 100 }));
        let some = asked(&[("topic", "searches"), ("limit", "1000")]).expect("a query");
        assert_eq!((some.topic, some.limit), (Some(ingest::Topic::Searches), 1000));
        for wrong in [("topic", "search"), ("limit", "0"), ("limit", "1001"), ("from", "0")] {
            assert_eq!(asked(&[wrong]).expect_err("a fault").len(), 1, "{wrong:?}");
        }
        assert_eq!(asked(&[("limit", "1"), ("limit", "1")]).expect_err("a fault").len(), 1);
    }
}
