//! The HTTP API, as far as a crowd needs it to get in.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// A person who is signed in.
pub(crate) struct Person {
    agent: ureq::Agent,
    base: String,
    token: String,
}

/// What opens a room's socket: any number of times.
#[derive(Clone)]
pub(crate) struct Pass {
    /// The full address, ticket included.
    pub(crate) url: String,
}

impl Person {
    /// Signs up.
    pub(crate) fn sign_up(base: &str, number: usize) -> Result<Self> {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut person = Self { agent, base: base.trim_end_matches('/').to_owned(), token: String::new() };
        // The time keeps repeated runs against one server apart.
        let now = std::time::UNIX_EPOCH.elapsed().context("clock before 1970")?.as_micros();
        let email = format!("load-{now}-{number}@example.org");
        let body =
            json!({"email": email, "name": format!("Person {number}"), "password": "correct horse battery"});
        person.token = text(&person.post("/v1/auth/signup", &body)?, "access_token")?;
        Ok(person)
    }

    /// Creates a room; answers its id.
    pub(crate) fn create_room(&self, number: usize) -> Result<String> {
        text(&self.post("/v1/rooms", &json!({"name": format!("Load {number}")}))?, "id")
    }

    /// Brings another person into a room.
    pub(crate) fn bring(&self, other: &Person, room: &str) -> Result<()> {
        let invite = self.post(&format!("/v1/rooms/{room}/invites"), &json!({"role": "editor"}))?;
        other.post(&format!("/v1/invites/{}/accept", text(&invite, "code")?), &json!({}))?;
        Ok(())
    }

    /// A reusable ticket for a room.
    pub(crate) fn pass(&self, room: &str) -> Result<Pass> {
        let answer = self.post(&format!("/v1/rooms/{room}/ticket"), &json!({"reusable": true}))?;
        Ok(Pass { url: format!("{}/{room}?ticket={}", text(&answer, "url")?, text(&answer, "ticket")?) })
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let mut request = self.agent.post(format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let mut answer = request.send_json(body).with_context(|| format!("POST {path}"))?;
        let status = answer.status();
        let text = answer.body_mut().read_to_string()?;
        if !status.is_success() {
            bail!("POST {path}: {status} {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("POST {path}: {text}"))
    }
}

fn text(answer: &Value, field: &str) -> Result<String> {
    Ok(answer[field].as_str().with_context(|| format!("no {field} in {answer}"))?.to_owned())
}
