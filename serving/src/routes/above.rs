//! Sales above the physical rooms, each with the limit that allowed it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use events::{Position, PropertyId, Reason, Slot};
use storage::Snapshot;

use crate::app::App;
use crate::extract::{Segments, WaitFor};
use crate::problem::Problem;
use crate::reading::{Reading, read_at};
use crate::routes::ReadHeaders;
use crate::status::instant;
use crate::wire::answers::ProblemBody;
use crate::wire::policies::{AbovePhysical, SaleAbove};

/// Reads the open holds and the bookings of a property that were admitted above its physical rooms,
/// and what allowed each on which nights. It speaks of the moment of the sale.
#[utoipa::path(
    get, path = "/v1/properties/{property}/above-physical", tag = "operate",
    params(ReadHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    responses(
        (status = 200, description = "The sales", body = AbovePhysical,
            headers(("Roomnight-Position" = String, description = "What the answer reflects"))),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    path: Segments,
    wait_for: WaitFor,
) -> Result<Response, Problem> {
    let sales = |reading: Reading<'_>| sales(&app, reading.snapshot, path.get("property"));
    read_at(&app, &wait_for, sales).await
}

fn sales(app: &App, snapshot: &Snapshot<'_>, property: &str) -> Result<AbovePhysical, Problem> {
    let failed = |error: storage::Error| app.storage_failed(&error);
    let property: PropertyId = property.parse().map_err(|_| Reason::PropertyUnknown)?;
    snapshot.property(&property).map_err(failed)?.ok_or(Reason::PropertyUnknown)?;
    let partition = Slot::of(&property).partition(app.log.partitions());
    let position = |next_offset| Position::from_iter([(partition, next_offset)]).to_string();
    let rows = snapshot.above(&property).map_err(failed)?;
    let sales = rows.iter().map(|row| {
        let is_booked = snapshot.booking(row.hold.booking()).map_err(failed)?.is_some();
        Ok(SaleAbove::of(row, is_booked, position))
    });
    let sales = sales.collect::<Result<_, Problem>>()?;
    Ok(AbovePhysical { as_of: instant(snapshot.stamp()), sales })
}
