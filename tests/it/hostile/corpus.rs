//! Bodies that nobody who means well sends: each is refused by name, and the server goes on.

use reqwest::{Client, Method};
use serde_json::Value;

use crate::support::api::Api;
use crate::support::hotel::Hotel;
use crate::support::server::Server;

const HOLDS: &str = "/v1/holds";
const INVENTORY: &str = "/v1/properties/corpus/inventory";
const RATE_PLAN: &str = "/v1/properties/corpus/rate-plans/dear";

/// A hold in which one value is replaced.
fn hold(rooms: &str, adults: &str, check_out: &str) -> String {
    format!(
        "{{\"property\":\"corpus\",\"lines\":[{{\"room_type\":\"double\",\"rate_plan\":\
         \"flexible\",\"check_in\":\"2027-03-01\",\"check_out\":{check_out},\"rooms\":{rooms},\
         \"guests\":{{\"adults\":{adults}}}}}]}}"
    )
}

fn rooms(rooms: &str) -> String {
    hold(rooms, "1", "\"2027-03-02\"")
}

fn inventory(to: &str, rooms: &str) -> String {
    format!("{{\"room_type\":\"double\",\"from\":\"2027-01-01\",\"to\":{to},\"rooms\":{rooms}}}")
}

fn price(amount: &str) -> String {
    format!(
        "{{\"name\":\"Dear\",\"room_types\":[\"double\"],\"base_price\":{{\"amount\":{amount},\
         \"currency\":\"EUR\"}}}}"
    )
}

/// A name, where it is sent, the body, and the status of the refusal.
type Case = (&'static str, &'static str, Vec<u8>, u16);

/// What is no JSON.
fn malformed() -> Vec<Case> {
    let mut control = b"{\"property\":\"a".to_vec();
    control.push(1);
    control.extend_from_slice(b"\"}");
    let wide = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [(&str, Vec<u8>); 14] = [
        ("half an object", b"{\"property\":".to_vec()),
        ("a trailing comma", b"{\"property\":\"corpus\",}".to_vec()),
        ("a comment", b"{/* */}".to_vec()),
        ("two values", b"{}{}".to_vec()),
        ("single quotes", b"{'property':'corpus'}".to_vec()),
        ("NaN", rooms("NaN").into_bytes()),
        ("Infinity", rooms("-Infinity").into_bytes()),
        ("a leading zero", rooms("01").into_bytes()),
        ("hexadecimal", rooms("0x1").into_bytes()),
        ("a byte order mark", b"\xef\xbb\xbf{}".to_vec()),
        ("UTF-16", wide),
        ("bytes that are no UTF-8", b"{\"property\":\"\xff\xfe\"}".to_vec()),
        ("a control character", control),
        ("a depth of 100,000", b"[".repeat(100_000)),
    ];
    cases.map(|(name, body)| (name, HOLDS, body, 400)).into()
}

/// What is JSON and cannot be meant.
fn impossible() -> Vec<Case> {
    let line = "{\"room_type\":\"double\"},";
    let many_lines = format!("{{\"property\":\"corpus\",\"lines\":[{}1]}}", line.repeat(40_000));
    let unknown: String = (0..40_000).map(|number| format!("\"x{number}\":0,")).collect();
    let nested = format!("{{\"lines\":{}{}}}", "[".repeat(100), "]".repeat(100));
    let holds: [(&str, String); 16] = [
        ("a lone surrogate", rooms("\"\\ud800\"")),
        ("a million rooms", rooms("1000000")),
        ("minus one room", rooms("-1")),
        ("1.5 rooms", rooms("1.5")),
        ("1e2 rooms", rooms("1e2")),
        ("2^64 rooms", rooms("18446744073709551616")),
        ("10^400 rooms", rooms("1e400")),
        ("rooms in quotes", rooms("\"1\"")),
        ("10^1000 adults", hold("1", &"9".repeat(1_000), "\"2027-03-02\"")),
        ("a stay of 100,000 nights", hold("1", "1", "\"2300-12-15\"")),
        ("a stay that ends before", hold("1", "1", "\"2027-02-01\"")),
        ("the 30th of February", hold("1", "1", "\"2027-02-30\"")),
        ("a name with a zero", hold("1", "1", "\"2027-03-02\\u0000\"")),
        ("40,000 lines", many_lines),
        ("40,000 unknown fields", format!("{{{unknown}\"property\":\"corpus\"}}")),
        ("a depth of 100", nested),
    ];
    let holds = holds.map(|(name, body)| (name, HOLDS, body.into_bytes(), 422));
    let others = [
        ("a range of 100,000 nights", INVENTORY, inventory("\"2300-12-15\"", "1")),
        ("a range up to the year 9999", INVENTORY, inventory("\"9999-12-31\"", "1")),
        ("65,536 rooms of a type", INVENTORY, inventory("\"2027-02-01\"", "65536")),
        ("a price beyond 64 bits", RATE_PLAN, price("99999999999999999999999999999999")),
        ("a price at the end of 64 bits", RATE_PLAN, price("9223372036854775807")),
        ("a price below nothing", RATE_PLAN, price("-1")),
        ("a price in fractions", RATE_PLAN, price("120.00")),
    ];
    let others = others.map(|(name, path, body)| (name, path, body.into_bytes(), 422));
    holds.into_iter().chain(others).collect()
}

/// A name that stands twice, of which readers take one or the other.
fn ambiguous() -> Case {
    let body = rooms("1").replacen("\"rooms\":1", "\"rooms\":1,\"rooms\":200", 1);
    ("a name that stands twice", HOLDS, body.into_bytes(), 422)
}

/// More than a body may have.
fn too_large() -> Case {
    ("two megabytes", HOLDS, vec![b' '; 2 << 20], 413)
}

#[tokio::test]
async fn every_impossible_body_is_refused_by_name() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let server = Server::start(data.path());
    let api = Api::new(&server.address);
    let hotel = Hotel::open(&api, "corpus", &[("double", 20)]).await;
    let mut cases = malformed();
    cases.extend(impossible());
    cases.extend([ambiguous(), too_large()]);
    let mut faults = Vec::new();
    for (number, (name, path, body, status)) in (0..).zip(cases) {
        let told = send(&server.address, path, number, body).await;
        let (told_status, media_type, answer) = &told;
        let is_refused = *told_status == status
            && media_type == "application/problem+json"
            && answer["status"] == status
            && answer["detail"].is_string()
            && (status != 422 || answer["errors"].is_array() || answer["rejection"].is_string());
        if !is_refused {
            faults.push(format!("{name}: {status} was expected, and it was {told:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // None of it has taken a room or hurt the server.
    let held = hotel.hold("after-all", "double", ("2027-03-01", "2027-03-02")).await.expect(201);
    let left = hotel.left("double", ("2027-03-01", "2027-03-02"), &held.position).await;
    assert_eq!(left, [19]);
}

async fn send(address: &str, path: &str, number: u32, body: Vec<u8>) -> (u16, String, Value) {
    let client = Client::builder().no_proxy().build().expect("a client needs nothing");
    let method = if path == HOLDS { Method::POST } else { Method::PUT };
    let request = client
        .request(method, format!("{address}{path}"))
        .header("Idempotency-Key", format!("corpus-{number}"))
        .header("Content-Type", "application/json")
        .body(body);
    let mut answer = None;
    // Who refuses a body early closes, and a client that still writes may miss the answer.
    for _ in 0..50 {
        let request = request.try_clone().expect("a body in memory");
        answer = request.send().await.ok();
        if answer.is_some() {
            break;
        }
    }
    let answer = answer.expect("it is answered");
    let status = answer.status().as_u16();
    let media_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().to_owned();
    let text = answer.text().await.unwrap_or_default();
    (status, media_type, serde_json::from_str(&text).unwrap_or(Value::Null))
}
