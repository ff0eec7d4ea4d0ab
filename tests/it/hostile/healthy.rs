//! A client who behaves: looks and books at an even pace, over kept and over new connections.

use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use crate::support::hotel::Hotel;

/// How long this client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long it thinks between two requests.
const THOUGHT: Duration = Duration::from_millis(10);

/// How this client fared.
#[derive(Debug, Default)]
pub struct Health {
    /// How much it asked.
    pub asked_count: u32,
    /// How much of that was done.
    pub done_count: u32,
    /// How long the slowest answer took.
    pub slowest: Duration,
    /// What else it was told, for messages.
    pub faults: Vec<String>,
}

impl Health {
    /// The share of what was asked that was done.
    pub fn percent(&self) -> f64 {
        100.0 * f64::from(self.done_count) / f64::from(self.asked_count.max(1))
    }
}

/// Looks and books until then.
pub async fn watch(hotel: &Hotel, until: Instant) -> Health {
    let mut health = Health::default();
    let kept = client();
    while Instant::now() < until {
        let number = health.asked_count;
        // Every fifth time as somebody who comes for the first time.
        let new = number.is_multiple_of(5).then(client);
        let request = request(new.as_ref().unwrap_or(&kept), hotel, number);
        let asked = Instant::now();
        health.asked_count += 1;
        match request.send().await {
            Ok(answer) if matches!(answer.status().as_u16(), 200 | 201) => health.done_count += 1,
            Ok(answer) => health.fault(format!("{} to {number}", answer.status())),
            Err(error) => health.fault(format!("{error:?} to {number}")),
        }
        health.slowest = health.slowest.max(asked.elapsed());
        tokio::time::sleep(THOUGHT).await;
    }
    health
}

impl Health {
    fn fault(&mut self, fault: String) {
        if self.faults.len() < 10 {
            self.faults.push(fault);
        }
    }
}

fn client() -> Client {
    let client = Client::builder().timeout(PATIENCE).no_proxy().build();
    client.expect("a client needs nothing")
}

fn request(client: &Client, hotel: &Hotel, number: u32) -> RequestBuilder {
    let (check_in, check_out) = ("2027-03-01", "2027-03-03");
    let address = hotel.api.address();
    if number.is_multiple_of(2) {
        let property = &hotel.property;
        let query = format!("check_in={check_in}&check_out={check_out}");
        return client.get(format!("{address}/v1/properties/{property}/availability?{query}"));
    }
    let body: Value = hotel.hold_body("double", (check_in, check_out), 1);
    let key = format!("healthy-{:?}-{number}", Instant::now()).replace(' ', "");
    client.post(format!("{address}/v1/holds")).header("Idempotency-Key", key).json(&body)
}
