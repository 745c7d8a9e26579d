use super::support::World;
use http::Method;
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
async fn a_ticket_says_where_and_who() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        let room = ada.room("Room").await;
        ada.invite(&room, &bob, "viewer").await;
        for body in [None, Some(json!({})), Some(json!({"reusable": null}))] {
            let ticket = bob.call(Method::POST, &format!("{room}/ticket"), body).await.expect(200);
            assert_eq!(ticket["url"], "wss://eu-1.example/v1/sync");
            assert_eq!(
                (&ticket["node"], &ticket["region"], &ticket["role"]),
                (&json!("eu-1"), &json!("eu-west"), &json!("viewer"))
            );
            assert_eq!(ticket["expires_at"], "2027-01-15T08:01:00.000Z");
            let claims = claims(&world, &ticket);
            assert_eq!((claims.scope, claims.role, claims.reusable), (Scope::Sync, Role::Viewer, false));
            assert_eq!((claims.name.as_str(), claims.sub.to_string()), ("Bob", bob.id.clone()));
            assert_eq!((claims.exp - claims.iat, claims.until - claims.iat), (60, 3600));
            assert_eq!(format!("/v1/rooms/{}", claims.room), room);
        }
    }
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

/// A removed member gets no ticket, and a role that changed is in the next one.
#[tokio::test]
async fn tickets_follow_the_membership() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        let room = ada.room("Room").await;
        ada.invite(&room, &bob, "viewer").await;
        let (ticket, member) = (format!("{room}/ticket"), format!("{room}/members/{}", bob.id));
        ada.put(&member, json!({"role": "editor"})).await.expect(200);
        assert_eq!(bob.post(&ticket, json!({})).await.expect(200)["role"], "editor");
        ada.delete(&member).await.expect(204);
        bob.post(&ticket, json!({})).await.refused(404, "room_not_found");
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
