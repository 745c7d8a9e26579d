//! Access tokens that must not pass (ASVS 5.0 V9).

use super::support::{World, request};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use http::Method;
use meridian_edge_api::ports::Clock;
use meridian_shared::{
    keys::{PrivateJwk, SigningKeys},
    token::AccessClaims,
};
use serde_json::{Value, json};

async fn refused(world: &World, token: &str) {
    for path in ["/v1/me", "/v1/rooms"] {
        world.send(request(Method::GET, path, Some(token), None)).await.refused(401, "unauthorized");
    }
}

/// A token with a chosen header and body, signed with the seed.
fn forge(seed: u8, header: &Value, body: &Value) -> String {
    let part = |v: &Value| URL_SAFE_NO_PAD.encode(v.to_string());
    let message = format!("{}.{}", part(header), part(body));
    let signature = SigningKey::from_bytes(&[seed; 32]).sign(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let world = World::sqlite().await;
    let ada = world.person("Ada").await;
    let claims: AccessClaims = world.keys.public().verify(&ada.access, world.clock.now()).expect("ours");
    let mut body = json!({"aud": "meridian-api", "sub": claims.sub, "sid": claims.sid, "iat": claims.iat, "exp": claims.exp});
    let header = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "test"});
    world.send(request(Method::GET, "/v1/me", Some(&forge(7, &header, &body)), None)).await.expect(200);

    refused(&world, &forge(8, &header, &body)).await;
    for (field, value) in [("alg", "none"), ("alg", "HS256"), ("typ", "ticket+jwt"), ("kid", "other")] {
        let mut header = header.clone();
        header[field] = value.into();
        refused(&world, &forge(7, &header, &body)).await;
    }
    let with_jku =
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "other", "jku": "https://evil.example/jwks.json"});
    refused(&world, &forge(8, &with_jku, &body)).await;
    for exp in [json!("x"), json!(9.9e12), Value::Null, json!([1]), json!(0)] {
        body["exp"] = exp;
        refused(&world, &forge(7, &header, &body)).await;
    }
    let (head, _) = ada.access.rsplit_once('.').expect("three parts");
    for broken in [head, &format!("{head}."), "", "a.b.c", &ada.refresh, &"x".repeat(9000)] {
        refused(&world, broken).await;
    }
}

/// Tokens of another deployment, tickets, and tokens past their ten minutes.
#[tokio::test]
async fn foreign_expired_and_repurposed_tokens_are_refused() {
    let world = World::sqlite().await;
    let ada = world.person("Ada").await;
    let claims: AccessClaims = world.keys.public().verify(&ada.access, world.clock.now()).expect("ours");
    let foreign = SigningKeys::new(&[PrivateJwk::from_seed("test", [9; 32])]).expect("keys");
    refused(&world, &foreign.sign(&claims).expect("signs")).await;
    let room = ada.room("Room").await;
    let ticket = ada.post(&format!("{room}/ticket"), json!({})).await.expect(200);
    refused(&world, ticket["ticket"].as_str().expect("a ticket")).await;
    world.clock.advance(599_999);
    ada.get("/v1/me").await.expect(200);
    world.clock.advance(1);
    refused(&world, &ada.access).await;
}

/// Of a session that is not the user's.
#[tokio::test]
async fn a_session_of_someone_else_is_refused() {
    let world = World::sqlite().await;
    let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
    let of =
        |token: &str| world.keys.public().verify::<AccessClaims>(token, world.clock.now()).expect("ours");
    let mixed = AccessClaims { sub: of(&ada.access).sub, ..of(&bob.access) };
    refused(&world, &world.keys.sign(&mixed).expect("signs")).await;
}

#[tokio::test]
async fn other_schemes_are_refused() {
    let world = World::sqlite().await;
    let ada = world.person("Ada").await;
    for value in
        ["Basic YTpi".to_owned(), ada.access.clone(), "Bearer".into(), format!("Token {}", ada.access)]
    {
        let mut request = request(Method::GET, "/v1/me", None, None);
        request.headers_mut().insert("authorization", value.parse().expect("a header"));
        world.send(request).await.refused(401, "unauthorized");
    }
    let mut lower = request(Method::GET, "/v1/me", None, None);
    lower.headers_mut().insert("authorization", format!("bearer {}", ada.access).parse().expect("a header"));
    world.send(lower).await.expect(200);
}

#[tokio::test]
async fn the_published_keys_hold_nothing_private() {
    let world = World::sqlite().await;
    let answer = world.call(Method::GET, "/.well-known/jwks.json", None).await;
    let keys = answer.expect(200);
    assert_eq!(keys["keys"][0]["kid"], "test");
    assert!(keys["keys"][0].get("d").is_none());
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
}
