//! The civil date at a property: nights are dates of its zone, and the ledger knows no zone.

use events::{Night, PropertyId, Slot, Stamp};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::app::App;
use crate::guard::Deadline;
use crate::problem::{Kind, Problem};

/// The date at a property now; `None` where there is no such property. Storage may be behind what
/// was answered already, so that whatever it does not know is waited for.
pub(crate) async fn today_at(
    app: &App,
    property: &PropertyId,
    deadline: Deadline,
) -> Result<Option<Night>, Problem> {
    let stored = || app.store.property(property).map_err(|error| app.storage_failed(&error));
    let mut row = stored()?;
    let partition = Slot::of(property).partition(app.log.partitions());
    if let (None, Some(heard)) = (&row, app.waiters.heard(partition)) {
        if !app.progress.reached(&heard, deadline.left()).await {
            return Err(Problem::new(Kind::NotThereYet));
        }
        row = stored()?;
    }
    Ok(row.and_then(|row| date_in(&row.command.time_zone, app.clock.now())))
}

/// The date of an instant in an IANA time zone.
pub(crate) fn date_in(time_zone: &str, stamp: Stamp) -> Option<Night> {
    let instant = Timestamp::from_millisecond(stamp.0).ok()?;
    Night::from_date(instant.to_zoned(TimeZone::get(time_zone).ok()?).date())
}

#[cfg(test)]
mod tests {
    use super::date_in;
    use events::Stamp;

    #[test]
    fn a_new_day_begins_at_the_property() {
        // 2027-01-15T23:30:00Z
        let late = Stamp(1_800_055_800_000);
        let date = |zone| date_in(zone, late).map(|night| night.to_string());
        assert_eq!(date("Europe/Lisbon").as_deref(), Some("2027-01-15"));
        assert_eq!(date("Europe/Paris").as_deref(), Some("2027-01-16"));
        assert_eq!(date("America/Los_Angeles").as_deref(), Some("2027-01-15"));
        assert_eq!(date("Nowhere/Atlantis"), None);
    }
}
