//! The client: requests, attempts, answers.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, Uri, header};
use serde_json::Value;

use super::{
    retry::{Failure, wait_ms},
    transport::{RESPONSE_LIMIT, Transport},
    wire::{Encoding, read_answer, write_command},
};
use crate::{Command, Redis, RedisError, Reply};

/// URL or token of a REST endpoint that can't be used. Shows neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    /// Not the URL of a server.
    #[error("the REST URL must be http:// or https://, a host, and no query")]
    Url,
    /// Not fit for a header.
    #[error("the REST token must be visible ASCII")]
    Token,
}

/// Redis over Upstash's REST protocol.
///
/// A request that failed is sent again, at most twice and after a random wait: always when it was not carried out (no connection, status 429), and when it may have been
/// (connection lost, 5xx) only if all its commands are [repeatable](Command::repeatable).
pub struct RestClient<T> {
    /// Without a slash at the end.
    base: String,
    authorization: HeaderValue,
    transport: T,
}

impl<T: Transport> RestClient<T> {
    /// A client of the endpoint (`UPSTASH_REDIS_REST_URL`, `UPSTASH_REDIS_REST_TOKEN`).
    pub fn new(url: &str, token: &str, transport: T) -> Result<Self, InvalidEndpoint> {
        let base = url.trim_end_matches('/').to_owned();
        let uri: Uri = base.parse().map_err(|_| InvalidEndpoint::Url)?;
        let known = matches!(uri.scheme_str(), Some("http" | "https"));
        if !known || uri.host().is_none_or(str::is_empty) || uri.query().is_some() {
            return Err(InvalidEndpoint::Url);
        }
        let visible = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        let mut authorization = HeaderValue::from_str(&format!("Bearer {token}"))
            .ok()
            .filter(|_| visible)
            .ok_or(InvalidEndpoint::Token)?;
        authorization.set_sensitive(true);
        Ok(Self { base, authorization, transport })
    }

    /// Sends until there is an answer, or no further attempt is allowed.
    async fn ask(&self, path: &str, body: Value, repeatable: bool) -> Result<Value, RedisError> {
        let body = Bytes::from(body.to_string());
        let mut attempt = 1;
        loop {
            let outcome = match self.transport.send(self.request(path, body.clone())?).await {
                Ok(response) => read(response),
                Err(error) => Err(Failure::of_transport(error)),
            };
            let failure = match outcome {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            if let Some(error) = failure.give_up(attempt, repeatable) {
                return Err(error);
            }
            self.transport.sleep(wait_ms(attempt, self.transport.jitter())).await;
            attempt += 1;
        }
    }

    fn request(&self, path: &str, body: Bytes) -> Result<Request<Bytes>, RedisError> {
        Request::builder()
            .method(Method::POST)
            .uri(format!("{}/{path}", self.base))
            .header(header::AUTHORIZATION, self.authorization.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header("upstash-encoding", "base64")
            .body(body)
            .map_err(|error| RedisError::Protocol(error.to_string()))
    }

    /// Several commands in one request; the answer is one object for each, or one for all.
    async fn ask_all(&self, path: &str, commands: &[Command]) -> Result<Vec<Value>, RedisError> {
        let body = commands.iter().map(write_command).collect::<Result<Value, _>>()?;
        let repeatable = commands.iter().all(Command::is_repeatable);
        match self.ask(path, body, repeatable).await? {
            Value::Array(answers) if answers.len() == commands.len() => Ok(answers),
            Value::Array(_) => Err(RedisError::Protocol("not one answer for each command".into())),
            one => Err(read_answer(one, Encoding::Base64)
                .err()
                .unwrap_or_else(|| RedisError::Protocol("one answer for several commands".into()))),
        }
    }
}

/// The JSON of a success, or what kind of failure it is.
fn read(response: Response<Bytes>) -> Result<Value, Failure> {
    let (parts, body) = response.into_parts();
    if body.len() > RESPONSE_LIMIT {
        return Err(Failure::Final(RedisError::Protocol("the response is too large".into())));
    }
    let value = serde_json::from_slice::<Value>(&body);
    if parts.status.is_success() {
        return value.map_err(|error| {
            Failure::Final(RedisError::Protocol(format!("the response is not JSON: {error}")))
        });
    }
    let said = value.ok().and_then(|value| Some(value.get("error")?.as_str()?.to_owned()));
    Err(Failure::of_status(parts.status, said))
}

#[async_trait]
impl<T: Transport> Redis for RestClient<T> {
    async fn run(&self, command: Command) -> Result<Reply, RedisError> {
        let answer = self.ask("", write_command(&command)?, command.is_repeatable()).await?;
        read_answer(answer, Encoding::Base64)
    }

    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply, RedisError>>, RedisError> {
        if commands.is_empty() {
            return Ok(vec![]);
        }
        let answers = self.ask_all("pipeline", &commands).await?;
        Ok(answers.into_iter().map(|answer| read_answer(answer, Encoding::Base64)).collect())
    }

    async fn transaction(&self, commands: Vec<Command>) -> Result<Vec<Reply>, RedisError> {
        if commands.is_empty() {
            return Ok(vec![]);
        }
        let answers = self.ask_all("multi-exec", &commands).await?;
        answers.into_iter().map(|answer| read_answer(answer, Encoding::Base64)).collect()
    }
}

/// Neither token nor path: hosted databases carry secrets in neither, but who knows.
impl<T> fmt::Debug for RestClient<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.base.parse::<Uri>().ok();
        f.debug_struct("RestClient").field("host", &uri.as_ref().and_then(Uri::host)).finish_non_exhaustive()
    }
}
