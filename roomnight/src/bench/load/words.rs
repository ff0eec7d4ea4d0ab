//! Requests as they go over the wire, written straight into a buffer.

use std::fmt::Arguments;
use std::io::Write as _;

use events::Night;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::bench::world::NIGHTS_COUNT;

/// A room that somebody wants.
#[derive(Debug, Clone, Copy)]
pub(in crate::bench) struct Wish {
    pub(in crate::bench) hotel: usize,
    pub(in crate::bench) check_in: Night,
    pub(in crate::bench) check_out: Night,
}

impl Wish {
    /// Up to three nights somewhere in the year.
    pub(in crate::bench) fn draw(hotel: usize, first: Night, random: &mut ChaCha8Rng) -> Self {
        let check_in = first.plus(random.random_range(0..NIGHTS_COUNT - 3));
        Self { hotel, check_in, check_out: check_in.plus(random.random_range(1..=3)) }
    }
}

/// `POST /v1/holds`.
pub(in crate::bench) fn hold(request: &mut Vec<u8>, key: u128, wish: &Wish) {
    let Wish { hotel, check_in, check_out } = wish;
    let body = format_args!(
        "{{\"property\":\"hotel-{hotel}\",\"ttl_seconds\":900,\"lines\":[{{\"room_type\":\
         \"double\",\"rate_plan\":\"flexible\",\"check_in\":\"{check_in}\",\"check_out\":\
         \"{check_out}\",\"rooms\":1,\"guests\":{{\"adults\":2,\"children\":[]}}}}]}}"
    );
    write(request, format_args!("POST /v1/holds"), key, body);
}

/// `POST /v1/holds/{hold}/confirm`.
pub(in crate::bench) fn confirm(request: &mut Vec<u8>, key: u128, hold: &str) {
    let what = format_args!("POST /v1/holds/{hold}/confirm");
    write(request, what, key, format_args!("{{\"guest\":\"guest-1\"}}"));
}

/// `POST /v1/bookings/{booking}/cancel`.
pub(in crate::bench) fn cancel(request: &mut Vec<u8>, key: u128, booking: &str) {
    let what = format_args!("POST /v1/bookings/{booking}/cancel");
    write(request, what, key, format_args!("{{}}"));
}

/// `GET /v1/properties/{property}/availability`.
pub(in crate::bench) fn look(request: &mut Vec<u8>, wish: &Wish) {
    let Wish { hotel, check_in, check_out } = wish;
    put(
        request,
        format_args!(
            "GET /v1/properties/hotel-{hotel}/availability?check_in={check_in}&check_out=\
             {check_out}&rooms=1&guests=2 HTTP/1.1\r\nhost: roomnight\r\n\r\n"
        ),
    );
}

/// A request with a key and a body.
pub(in crate::bench) fn write(
    request: &mut Vec<u8>,
    what: Arguments<'_>,
    key: u128,
    body: Arguments<'_>,
) {
    put(
        request,
        format_args!(
            "{what} HTTP/1.1\r\nhost: roomnight\r\ncontent-type: application/json\r\n\
             idempotency-key: {key:032x}\r\ncontent-length:      "
        ),
    );
    // The length is known once the body stands there; blanks before it are allowed.
    let digits_from = request.len() - 5;
    put(request, format_args!("\r\n\r\n"));
    let body_from = request.len();
    put(request, body);
    let length = format!("{:>5}", request.len() - body_from);
    request[digits_from..digits_from + 5].copy_from_slice(&length.as_bytes()[..5]);
}

fn put(request: &mut Vec<u8>, words: Arguments<'_>) {
    request.write_fmt(words).expect("memory takes whatever is written to it");
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_length_is_that_of_the_body() {
        let mut request = Vec::new();
        super::write(&mut request, format_args!("PUT /it"), 1, format_args!("{{\"one\":1}}"));
        let text = String::from_utf8(request).expect("text");
        assert!(text.starts_with("PUT /it HTTP/1.1\r\n"), "{text}");
        assert!(text.contains("content-length:     9\r\n\r\n{\"one\":1}"), "{text}");
    }
}
