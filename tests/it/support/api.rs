//! A client of the HTTP API that knows nothing but JSON and headers.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

/// For how long a client comes again that is told to.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server's API as one client sees it.
#[derive(Clone)]
pub struct Api {
    client: Client,
    address: String,
}

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header `Roomnight-Position`; empty if there is none.
    pub position: String,
    /// The body, `Null` if it is no JSON.
    pub body: Value,
}

impl Answer {
    /// A member of the body as text; empty if it is none.
    pub fn text(&self, member: &str) -> &str {
        self.body[member].as_str().unwrap_or_default()
    }

    /// The same answer, insisting on its status.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

impl Api {
    /// A client of the server at that address.
    pub fn new(address: &str) -> Self {
        let client = Client::builder().timeout(Duration::from_secs(20)).no_proxy().build();
        Self { client: client.expect("a client needs nothing"), address: address.to_owned() }
    }

    /// Where the server answers, without a slash at the end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Writes with that key.
    pub async fn write(&self, method: Method, path: &str, key: &str, body: &Value) -> Answer {
        self.try_write(method, path, key, body).await.expect("the server answers")
    }

    /// Writes with that key; an error if no answer came.
    pub async fn try_write(
        &self,
        method: Method,
        path: &str,
        key: &str,
        body: &Value,
    ) -> Result<Answer, reqwest::Error> {
        let request = self.request(method, path).header("Idempotency-Key", key).json(body);
        answer(request).await
    }

    /// Writes with that key until it is settled, as a client does that is told to come again.
    pub async fn settle(&self, method: Method, path: &str, key: &str, body: &Value) -> Answer {
        let request = self.request(method, path).header("Idempotency-Key", key).json(body);
        patiently(request).await
    }

    /// `POST` with that key.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.write(Method::POST, path, key, body).await
    }

    /// `PUT` with that key.
    pub async fn put(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.write(Method::PUT, path, key, body).await
    }

    /// `PUT` of a document with that key.
    pub async fn put_document(&self, path: &str, key: &str, text: &str) -> Answer {
        let request = self.request(Method::PUT, path).header("Idempotency-Key", key);
        let request = request.header("Content-Type", "application/toml").body(text.to_owned());
        answer(request).await.expect("the server answers")
    }

    /// Reads whatever is known.
    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await.expect("the server answers")
    }

    /// Reads whatever is known, once the server is ready to say.
    pub async fn read(&self, path: &str) -> Answer {
        patiently(self.request(Method::GET, path)).await
    }

    /// Reads what is known at that position or later, once it is known.
    pub async fn get_at(&self, path: &str, position: &str) -> Answer {
        patiently(self.at(path, position)).await
    }

    /// Asks once for what is known at that position or later.
    pub async fn ask_at(&self, path: &str, position: &str) -> Answer {
        answer(self.at(path, position)).await.expect("the server answers")
    }

    fn at(&self, path: &str, position: &str) -> RequestBuilder {
        self.request(Method::GET, path).header("Roomnight-Wait-For", position)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address))
    }
}

/// Asks again as long as it is told to come again: that a machine is busy is no fault of a server.
async fn patiently(request: RequestBuilder) -> Answer {
    let begun = Instant::now();
    loop {
        let again = request.try_clone().expect("a body in memory");
        let answer = answer(again).await.expect("the server answers");
        if !matches!(answer.status, 202 | 429 | 503) || begun.elapsed() > PATIENCE {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn answer(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let status = response.status().as_u16();
    let position = response.headers().get("Roomnight-Position");
    let position = position.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Ok(Answer { status, position, body })
}
