//! A hotel to sell rooms of, made over the API.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::api::{Answer, Api};

/// A property that stands on the server.
#[derive(Clone)]
pub struct Hotel {
    /// Speaks to its server.
    pub api: Api,
    /// Its id.
    pub property: String,
}

impl Hotel {
    /// Opens a hotel with rooms of some types, each by its id and how many there are, in 2027.
    pub async fn open(api: &Api, property: &str, room_types: &[(&str, u16)]) -> Self {
        let hotel = Self { api: api.clone(), property: property.to_owned() };
        let define = json!({
            "name": property, "city": "Lisbon", "country": "PT",
            "location": {"lat": 38.71, "lon": -9.14}, "time_zone": "Europe/Lisbon",
            "currency": "EUR", "stars": 4, "amenities": [],
        });
        hotel.define("", &define).await;
        for (room_type, _) in room_types {
            let body = json!({"name": room_type, "max_guests": 4});
            hotel.define(&format!("/room-types/{room_type}"), &body).await;
        }
        let names: Vec<&str> = room_types.iter().map(|(name, _)| *name).collect();
        let plan = json!({
            "name": "Flexible", "room_types": names,
            "base_price": {"amount": 12_000, "currency": "EUR"},
        });
        hotel.define("/rate-plans/flexible", &plan).await;
        for (room_type, rooms) in room_types {
            hotel.supply(room_type, *rooms).await;
        }
        hotel
    }

    async fn define(&self, path: &str, body: &Value) {
        let key = format!("{}{path}", self.property).replace('/', "-");
        let path = format!("/v1/properties/{}{path}", self.property);
        self.api.settle(Method::PUT, &path, &key, body).await.expect(200);
    }

    /// Says how many rooms of a type there are in 2027.
    pub async fn supply(&self, room_type: &str, rooms: u16) -> Answer {
        let body = json!({
            "room_type": room_type, "from": "2027-01-01", "to": "2028-01-01",
            "rooms": rooms, "blocked": 0,
        });
        let key = format!("{}-{room_type}-{rooms}", self.property);
        let path = format!("/v1/properties/{}/inventory", self.property);
        self.api.settle(Method::PUT, &path, &key, &body).await.expect(200)
    }

    /// The body that asks for rooms.
    pub fn hold_body(&self, room_type: &str, stay: (&str, &str), rooms: u16) -> Value {
        json!({
            "property": self.property, "ttl_seconds": 900,
            "lines": [{
                "room_type": room_type, "rate_plan": "flexible",
                "check_in": stay.0, "check_out": stay.1, "rooms": rooms,
                "guests": {"adults": 1, "children": []},
            }],
        })
    }

    /// Asks for one room.
    pub async fn hold(&self, key: &str, room_type: &str, stay: (&str, &str)) -> Answer {
        self.api.post("/v1/holds", key, &self.hold_body(room_type, stay, 1)).await
    }

    /// Makes a booking of a hold.
    pub async fn confirm(&self, key: &str, hold: &str) -> Answer {
        let path = format!("/v1/holds/{hold}/confirm");
        self.api.post(&path, key, &json!({"guest": "guest-1"})).await
    }

    /// Availability at that position or later; of one room type.
    pub async fn availability(&self, room_type: &str, stay: (&str, &str), position: &str) -> Value {
        let path = format!(
            "/v1/properties/{}/availability?check_in={}&check_out={}&rooms=1&guests=1",
            self.property, stay.0, stay.1
        );
        let answer = self.api.get_at(&path, position).await.expect(200);
        let types = answer.body["room_types"].as_array().cloned().unwrap_or_default();
        let found = types.into_iter().find(|each| each["room_type"] == room_type);
        found.unwrap_or_else(|| panic!("{room_type} is missing in {:?}", answer.body))
    }

    /// What is left of one room type on each night of a stay.
    pub async fn left(&self, room_type: &str, stay: (&str, &str), position: &str) -> Vec<i64> {
        let row = self.availability(room_type, stay, position).await;
        let nights = row["nights"].as_array().cloned().unwrap_or_default();
        nights.iter().map(|night| night["left"].as_i64().expect("a number")).collect()
    }
}
