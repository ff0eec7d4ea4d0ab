//! What another policy would change, as JSON: what is answered, and how a caller of ours reads it.

use events::{Night, RoomTypeId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What would be another price, or another limit, if a staged version were in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyDiff {
    /// The time that the answer reflects.
    pub as_of: String,
    /// `pricing` or `overbooking`.
    #[schema(example = "pricing")]
    pub kind: String,
    /// The version in force; null while none is.
    #[schema(example = "2026-11-calm")]
    pub active: Option<String>,
    /// The version that is compared with it.
    #[schema(example = "2026-12-bold")]
    pub candidate: String,
    /// What the values are: minor units of a currency, named by its code, or `rooms` that may be
    /// sold beyond those there are.
    #[schema(example = "EUR")]
    pub unit: String,
    /// How many nights of room types were compared.
    pub compared: u64,
    /// Of how many the value would be higher.
    pub raised: u64,
    /// Of how many it would be lower.
    pub lowered: u64,
    /// The sum of all compared values as they are: one room of each type on each night.
    pub total_now: i64,
    /// The same sum as it would be.
    pub total_then: i64,
    /// Those that would be another, by room type and night.
    pub changes: Vec<NightDiff>,
}

/// A night of a room type of which another value would hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NightDiff {
    /// The room type.
    #[schema(example = "double")]
    pub room_type: String,
    /// The night.
    #[schema(example = "2027-03-01")]
    pub night: String,
    /// What holds now; null where nothing is recommended.
    #[schema(example = 13_900)]
    pub now: Option<i64>,
    /// What would hold.
    #[schema(example = 14_400)]
    pub then: Option<i64>,
}

impl PolicyDiff {
    /// Takes a night of a room type into account.
    pub(crate) fn compare(
        &mut self,
        room_type: &RoomTypeId,
        night: Night,
        (now, then): (Option<i64>, Option<i64>),
    ) {
        self.compared += 1;
        self.total_now = self.total_now.saturating_add(now.unwrap_or(0));
        self.total_then = self.total_then.saturating_add(then.unwrap_or(0));
        if now == then {
            return;
        }
        self.raised += u64::from(then > now);
        self.lowered += u64::from(then < now);
        let (room_type, night) = (room_type.to_string(), night.to_string());
        self.changes.push(NightDiff { room_type, night, now, then });
    }

    /// Reads an answer; `None` where it is none.
    pub fn read(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }
}

/// The candidate that a list of versions names, if it names one.
pub fn candidate_in(body: &str) -> Option<String> {
    let list = serde_json::from_str::<Value>(body).ok()?;
    list["candidate"].as_str().map(str::to_owned)
}

/// What a problem says, for people: its detail, then everything that is wrong.
pub fn problem_in_words(body: &str) -> String {
    let Ok(problem) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let mut words = format!("{}: {}", text(&problem, "title"), text(&problem, "detail"));
    for error in problem["errors"].as_array().into_iter().flatten() {
        let place = match (error["line"].as_u64(), error["column"].as_u64()) {
            (Some(line), Some(column)) => format!("line {line}, column {column}: "),
            _ => String::new(),
        };
        let (pointer, detail) = (text(error, "pointer"), text(error, "detail"));
        words.push_str(&format!("\n{place}`{pointer}`: {detail}"));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> PolicyDiff {
        PolicyDiff {
            as_of: String::new(),
            kind: "overbooking".to_owned(),
            active: None,
            candidate: "bold".to_owned(),
            unit: "rooms".to_owned(),
            compared: 0,
            raised: 0,
            lowered: 0,
            total_now: 0,
            total_then: 0,
            changes: Vec::new(),
        }
    }

    #[test]
    fn only_what_would_be_another_is_listed_and_all_is_counted() {
        let mut diff = empty();
        let double: RoomTypeId = "double".parse().expect("an id");
        let values = [(Some(3), Some(3)), (Some(3), Some(5)), (Some(2), Some(1)), (None, Some(4))];
        for (number, values) in (0..).zip(values) {
            diff.compare(&double, Night::from_number(number).expect("a night"), values);
        }
        assert_eq!((diff.compared, diff.raised, diff.lowered), (4, 2, 1));
        assert_eq!((diff.total_now, diff.total_then), (8, 13));
        let told: Vec<_> = diff.changes.iter().map(|change| (change.now, change.then)).collect();
        assert_eq!(told, values[1..]);
        let body = serde_json::to_string(&diff).expect("it can be written");
        assert_eq!(PolicyDiff::read(&body), Some(diff));
    }

    #[test]
    fn a_problem_is_told_with_the_place_of_each_fault() {
        let body = r#"{"title": "Invalid", "detail": "See errors.", "errors": [
            {"pointer": "/factors/pace", "detail": "is wrong", "line": 3, "column": 7}]}"#;
        let words = "Invalid: See errors.\nline 3, column 7: `/factors/pace`: is wrong";
        assert_eq!(problem_in_words(body), words);
        assert_eq!(problem_in_words("no JSON"), "no JSON");
    }
}
