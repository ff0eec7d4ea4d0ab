//! Hotels to sell, opened over HTTP as their owners would.

use std::cell::Cell;
use std::net::SocketAddr;
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use super::connection::Connection;
use super::{Keys, ended, words};
use crate::bench::BenchError;
use crate::bench::world::{NIGHTS_COUNT, World};

/// How many owners write at a time.
const OWNERS: usize = 16;

/// How long to wait before asking again a server that has no room.
const PAUSE: Duration = Duration::from_millis(20);

/// Opens hotels with that many rooms a night and waits until all of it is decided.
pub(in crate::bench) async fn open(
    address: SocketAddr,
    hotels: Range<usize>,
    rooms: u16,
) -> Result<(), BenchError> {
    let next = Rc::new(Cell::new(hotels.start));
    let keys = Rc::new(Keys::new());
    let owner = |_| {
        let (next, keys) = (Rc::clone(&next), Rc::clone(&keys));
        tokio::task::spawn_local(async move {
            let mut connection = Connection::to(address);
            while next.get() < hotels.end {
                let number = next.replace(next.get() + 1);
                for (path, body) in definitions(number, rooms)? {
                    put(&mut connection, keys.next(), &path, &body).await?;
                }
            }
            Ok(())
        })
    };
    let owners: Vec<_> = (0..OWNERS).map(owner).collect();
    for owner in owners {
        ended(owner).await?;
    }
    Ok(())
}

async fn put(
    connection: &mut Connection,
    key: u128,
    path: &str,
    body: &str,
) -> Result<(), BenchError> {
    loop {
        let write = |request: &mut Vec<u8>| {
            words::write(request, format_args!("PUT {path}"), key, format_args!("{body}"));
        };
        let answer = connection.ask(write).await;
        let answer = answer.map_err(BenchError::io("opening a hotel over HTTP"))?;
        match answer.status {
            200 => return Ok(()),
            202 | 429 | 503 => tokio::time::sleep(PAUSE).await,
            status => {
                let said = String::from_utf8_lossy(answer.body);
                let fault = format!("PUT {path} was answered {status}: {said}");
                return Err(BenchError::Unexpected(fault));
            }
        }
    }
}

/// The paths and bodies that make the hotel of that number ready for sale.
fn definitions(number: usize, rooms: u16) -> Result<[(String, String); 4], BenchError> {
    let first = World::of_the_coming_year(rooms)?.first_night();
    let end = first.plus(NIGHTS_COUNT);
    let path = format!("/v1/properties/hotel-{number}");
    let property = format!(
        "{{\"name\":\"Hotel {number}\",\"city\":\"Lisbon\",\"country\":\"PT\",\"location\":\
         {{\"lat\":38.71,\"lon\":-9.14}},\"time_zone\":\"Europe/Lisbon\",\"currency\":\"EUR\"}}"
    );
    let room_type = "{\"name\":\"Double\",\"max_guests\":2}";
    let rate_plan = "{\"name\":\"Flexible\",\"room_types\":[\"double\"],\
                     \"base_price\":{\"amount\":12000,\"currency\":\"EUR\"}}";
    let inventory = format!(
        "{{\"room_type\":\"double\",\"from\":\"{first}\",\"to\":\"{end}\",\"rooms\":{rooms}}}"
    );
    Ok([
        (path.clone(), property),
        (format!("{path}/room-types/double"), room_type.to_owned()),
        (format!("{path}/rate-plans/flexible"), rate_plan.to_owned()),
        (format!("{path}/inventory"), inventory),
    ])
}
