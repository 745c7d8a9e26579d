use super::support::World;
use meridian_edge_api::ports::Clock;
use meridian_shared::{
    role::Role,
    token::{Scope, TicketClaims},
};
use serde_json::{Value, json};

fn claims(world: &World, ticket: &Value) -> TicketClaims {
    let token = ticket["ticket"].as_str().expect("a ticket");
    world.keys.public().verify(token, world.clock.now()).expect("signed by us")
}

#[tokio::test]
async fn a_reusable_ticket_lives_an_hour_but_never_longer_than_its_session() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let room = ada.room("Room").await;
        let path = format!("{room}/ticket");
        let first = ada.post(&path, json!({"reusable": true})).await.expect(200);
        let (first, second) = (
            claims(&world, &first),
            claims(&world, &ada.post(&path, json!({"reusable": true})).await.expect(200)),
        );
        assert!(first.reusable && first.exp - first.iat == 3600 && first.until == first.exp);
        assert_ne!(first.jti, second.jti);

        // A session of which half an hour is left.
        world.clock.advance(30 * 24 * 3_600_000 - 1_800_000);
        let fresh = world.post("/v1/auth/refresh", json!({"refresh_token": ada.refresh})).await.expect(200);
        let mut ada = ada;
        ada.access = fresh["access_token"].as_str().expect("a token").into();
        let late = claims(&world, &ada.post(&path, json!({"reusable": true})).await.expect(200));
        assert_eq!(late.exp - late.iat, 1800);
        let late = claims(&world, &ada.post(&path, json!({})).await.expect(200));
        assert_eq!((late.exp - late.iat, late.until - late.iat), (60, 1800));
    }
}

#[tokio::test]
async fn participants_are_asked_of_the_node_in_the_callers_name() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let room = ada.room("Room").await;
        assert_eq!(ada.get(&format!("{room}/participants")).await.expect(200), json!({"items": []}));
        let claims = world.node.last.lock().expect("no panic").take().expect("a call");
        assert_eq!(
            (claims.scope, claims.role, claims.sub.to_string()),
            (Scope::Call, Role::Owner, ada.id.clone())
        );
        assert_eq!(claims.exp - claims.iat, 30);
    }
}

/// A ticket is the hot path of every join: one question to the region's memory, one query. `Server-Timing` counts at the ports.
#[tokio::test]
async fn a_ticket_costs_one_question_and_one_query() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let room = ada.room("Room").await;
        let ticket = ada.post(&format!("{room}/ticket"), json!({})).await;
        let timing =
            ticket.headers.get("server-timing").expect("a header").to_str().expect("text").to_owned();
        assert_eq!(timing, r#"memory;dur=0;desc="1 call", database;dur=0;desc="1 call""#);
        let anonymous = world.post("/v1/auth/signin", json!({"email": ada.email, "password": "wrong"})).await;
        assert!(!anonymous.headers.contains_key("server-timing"));
    }
}
