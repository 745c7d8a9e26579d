//! The REST client against a scripted transport: what it sends, what it sends again, and what it makes of answers.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use meridian_redis::{
    Command, Redis, RedisError, Reply,
    rest::{InvalidEndpoint, RestClient, Transport, TransportError},
};
use proptest::prelude::*;

type Answer = Result<(u16, Vec<u8>), TransportError>;

/// Answers as scripted, the last one again and again; remembers what it was sent.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<Vec<Answer>>>,
    sent: Arc<Mutex<Vec<Request<Bytes>>>>,
    waits: Arc<Mutex<Vec<u64>>>,
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.sent.lock().unwrap().push(request);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        answer.map(|(status, body)| Response::builder().status(status).body(body.into()).unwrap())
    }

    async fn sleep(&self, ms: u64) {
        self.waits.lock().unwrap().push(ms);
    }
}

fn script(answers: &[Answer]) -> (Script, RestClient<Script>) {
    let script = Script::default();
    script.answers.lock().unwrap().extend_from_slice(answers);
    let client = RestClient::new("https://db.example/", "hush", script.clone()).unwrap();
    (script, client)
}

fn json(status: u16, body: &str) -> Answer {
    Ok((status, body.as_bytes().to_vec()))
}

fn lost() -> Answer {
    Err(TransportError::Lost("reset".into()))
}

fn not_sent() -> Answer {
    Err(TransportError::NotSent("refused".into()))
}

#[tokio::test]
async fn requests_look_as_upstash_documents_them() {
    let (script, client) = script(&[json(200, r#"{"result":"YmFy"}"#)]);
    assert_eq!(client.run(Command::get("foo")).await, Ok(Reply::Text("bar".into())));
    let request = script.sent.lock().unwrap().remove(0);
    assert_eq!(
        (request.method().as_str(), request.uri().to_string().as_str()),
        ("POST", "https://db.example/")
    );
    assert_eq!(request.headers()["authorization"], "Bearer hush");
    assert_eq!(request.headers()["upstash-encoding"], "base64");
    assert_eq!(request.body(), r#"["GET","foo"]"#);

    script.answers.lock().unwrap()[0] = json(200, r#"[{"result":"OK"},{"error":"ERR not a number"}]"#);
    let replies = client.pipeline(vec![Command::set("a", "ü"), Command::incr("a")]).await.unwrap();
    assert_eq!(replies, [Ok(Reply::Text("OK".into())), Err(RedisError::Refused("ERR not a number".into()))]);
    let request = script.sent.lock().unwrap().remove(0);
    assert_eq!(request.uri().path(), "/pipeline");
    assert_eq!(request.body(), r#"[["SET","a","ü"],["INCR","a"]]"#.as_bytes());

    script.answers.lock().unwrap()[0] = json(400, r#"{"error":"EXECABORT Transaction discarded"}"#);
    let refused = client.transaction(vec![Command::ping()]).await;
    assert_eq!(refused, Err(RedisError::Refused("EXECABORT Transaction discarded".into())));
    assert_eq!(script.sent.lock().unwrap().remove(0).uri().path(), "/multi-exec");
}

#[tokio::test]
async fn only_what_may_be_repeated_is_sent_again() {
    let ok = || json(200, r#"{"result":1}"#);
    let busy = || json(429, r#"{"error":"ERR slow down"}"#);
    let broken = || json(503, "");
    // What happens first, whether the command is repeatable, how often it is sent.
    for (first, repeatable, sent) in [
        (not_sent(), false, 2),
        (busy(), false, 2),
        (lost(), false, 1),
        (broken(), false, 1),
        (not_sent(), true, 2),
        (lost(), true, 2),
        (broken(), true, 2),
        (json(400, r#"{"error":"ERR syntax"}"#), true, 1),
        (json(401, r#"{"error":"Unauthorized"}"#), true, 1),
        (json(200, "<html>"), true, 1),
        (Err(TransportError::TimedOut), true, 1),
        (Err(TransportError::TooLarge), true, 1),
    ] {
        let (script, client) = script(&[first.clone(), ok()]);
        let command = if repeatable { Command::get("k") } else { Command::incr("k") };
        let reply = client.run(command).await;
        assert_eq!(script.sent.lock().unwrap().len(), sent, "{first:?} {repeatable}");
        assert_eq!(reply.is_ok(), sent == 2, "{first:?} {repeatable}");
    }
    // A pipeline is as repeatable as the least of its commands.
    let (script, client) = script(&[lost()]);
    client.pipeline(vec![Command::get("k"), Command::incr("k")]).await.unwrap_err();
    assert_eq!(script.sent.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn attempts_are_bounded_and_waits_are_short() {
    let (script, client) = script(&[not_sent()]);
    let error = client.run(Command::ping()).await.unwrap_err();
    assert!(matches!(error, RedisError::Unavailable(_)), "{error}");
    assert_eq!(script.sent.lock().unwrap().len(), 3);
    let waits = script.waits.lock().unwrap();
    assert_eq!(waits.len(), 2);
    assert!(waits[0] <= 50 && waits[1] <= 100, "{waits:?}");
}

#[tokio::test]
async fn answers_that_do_not_fit_are_errors() {
    for body in [r#"{"result":1}"#, "[]", r#"[{"result":1},{"result":1}]"#, "7", "null"] {
        let (_, client) = script(&[json(200, body)]);
        let error = client.pipeline(vec![Command::ping()]).await.unwrap_err();
        assert!(matches!(error, RedisError::Protocol(_)), "{body}: {error}");
    }
}

#[test]
fn the_token_is_shown_nowhere_and_bad_endpoints_are_told() {
    let (_, client) = script(&[not_sent()]);
    assert!(!format!("{client:?}").contains("hush"));
    for (url, token, expected) in [
        ("redis://h", "t", InvalidEndpoint::Url),
        ("https://", "t", InvalidEndpoint::Url),
        ("https://h?_token=x", "t", InvalidEndpoint::Url),
        ("", "t", InvalidEndpoint::Url),
        ("https://h", "", InvalidEndpoint::Token),
        ("https://h", "a\nb", InvalidEndpoint::Token),
    ] {
        assert_eq!(RestClient::new(url, token, Script::default()).unwrap_err(), expected, "{url} {token}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_reply_or_an_error(status in 200_u16..600, body: Vec<u8>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (_, client) = script(&[Ok((status, body))]);
            let _ = client.run(Command::ping()).await;
            let _ = client.pipeline(vec![Command::ping()]).await;
            let _ = client.transaction(vec![Command::ping()]).await;
        });
    }
}
