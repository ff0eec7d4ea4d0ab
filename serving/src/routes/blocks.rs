//! Blocks: rooms set aside for somebody until a date; and the business date that ends them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use events::{BlockId, Command, Night, Reason};

use crate::app::App;
use crate::civil;
use crate::extract::{Segments, WaitFor, Write};
use crate::problem::Problem;
use crate::reading::{Reading, read_at};
use crate::respond;
use crate::routes::{ReadHeaders, WriteHeaders};
use crate::wire::answers::{Defined, Pending, ProblemBody};
use crate::wire::blocks::{
    self, Block, BlockReleaseRequest, BlockReleased, BlockRequest, BusinessDate,
    BusinessDateAdvanced, BusinessDateRequest,
};

/// How far ahead of today a business date may lie: it never goes back, so that a wrong year would
/// stay.
const DAYS_AHEAD_MAX: i32 = 366;

/// Sets rooms aside for somebody until a date, or says anew how a block is to be.
#[utoipa::path(
    put, path = "/v1/properties/{property}/blocks/{block}", tag = "manage",
    params(WriteHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
        ("block" = String, Path, description = "The caller's id of the block"),
    ),
    request_body = BlockRequest,
    responses(
        (status = 200, description = "As asked", body = Defined,
            headers(("Roomnight-Position" = String, description = "Just after this request"))),
        (status = 202, description = "Not decided yet", body = Pending),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    path: Segments,
    write: Write,
) -> Result<Response, Problem> {
    let command = blocks::set_block(path.get("property"), path.get("block"), &write.body)?;
    respond::write(&app, &write.key, Command::SetBlock(command)).await
}

/// Reads a block and what is picked up of it.
#[utoipa::path(
    get, path = "/v1/properties/{property}/blocks/{block}", tag = "manage",
    params(
        ReadHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
        ("block" = String, Path, description = "The caller's id of the block"),
    ),
    responses(
        (status = 200, description = "The block", body = Block,
            headers(("Roomnight-Position" = String, description = "What the answer reflects"))),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    path: Segments,
    wait_for: WaitFor,
) -> Result<Response, Problem> {
    let block = |reading: Reading<'_>| block_body(reading, path.get("property"), path.get("block"));
    read_at(&app, &wait_for, block).await
}

fn block_body(reading: Reading<'_>, property: &str, block: &str) -> Result<Block, Problem> {
    let property = reading.property(property)?.property;
    let block: BlockId = block.parse().map_err(|_| Reason::BlockUnknown)?;
    let row = reading.stored(reading.snapshot.block(&property, &block))?;
    Ok(blocks::block(&row.ok_or(Reason::BlockUnknown)?, reading.as_of()))
}

/// Gives back what nobody has picked up from a block; releasing twice is releasing once.
#[utoipa::path(
    post, path = "/v1/properties/{property}/blocks/{block}/release", tag = "manage",
    params(WriteHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
        ("block" = String, Path, description = "The caller's id of the block"),
    ),
    request_body = Option<BlockReleaseRequest>,
    responses(
        (status = 200, description = "Released", body = BlockReleased,
            headers(("Roomnight-Position" = String, description = "Just after this request"))),
        (status = 202, description = "Not decided yet", body = Pending),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn release(
    State(app): State<Arc<App>>,
    path: Segments,
    write: Write,
) -> Result<Response, Problem> {
    let command = blocks::release_block(path.get("property"), path.get("block"), &write.body)?;
    respond::write(&app, &write.key, Command::ReleaseBlock(command)).await
}

/// Ends a day of business: the business date moves forward, and the blocks whose cut-off date has
/// come are released.
#[utoipa::path(
    post, path = "/v1/properties/{property}/business-date", tag = "manage",
    params(WriteHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    request_body = BusinessDateRequest,
    responses(
        (status = 200, description = "As asked", body = BusinessDateAdvanced,
            headers(("Roomnight-Position" = String, description = "Just after this request"))),
        (status = 202, description = "Not decided yet", body = Pending),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn advance(
    State(app): State<Arc<App>>,
    path: Segments,
    write: Write,
) -> Result<Response, Problem> {
    let today = civil::date_in("UTC", app.clock.now()).unwrap_or(Night::MAX);
    let latest = today.plus(DAYS_AHEAD_MAX);
    let command = blocks::advance_business_date(path.get("property"), &write.body, latest)?;
    respond::write(&app, &write.key, Command::AdvanceBusinessDate(command)).await
}

/// Reads the business date of a property.
#[utoipa::path(
    get, path = "/v1/properties/{property}/business-date", tag = "manage",
    params(
        ReadHeaders,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    responses(
        (status = 200, description = "The date", body = BusinessDate,
            headers(("Roomnight-Position" = String, description = "What the answer reflects"))),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn business_date(
    State(app): State<Arc<App>>,
    path: Segments,
    wait_for: WaitFor,
) -> Result<Response, Problem> {
    read_at(&app, &wait_for, |reading| date_body(reading, path.get("property"))).await
}

fn date_body(reading: Reading<'_>, property: &str) -> Result<BusinessDate, Problem> {
    let property = reading.property(property)?.property;
    let date = reading.stored(reading.snapshot.business_date(&property))?;
    Ok(BusinessDate { as_of: reading.as_of(), date: date.map(|date| date.to_string()) })
}
