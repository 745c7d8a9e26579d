//! `Meridian-Position`: what a caller has seen, and who may answer it (invariant 6).

use std::sync::{Arc, Mutex};

use super::support::{Answer, Options, Person, World, request};
use async_trait::async_trait;
use http::{HeaderValue, Method};
use meridian_database::SqlDatabase;
use meridian_shared::{
    database::{Database, DbError, Outcome, Statement},
    position::Position,
};
use serde_json::json;

/// What the reads of a replicated database were asked to have seen.
static AFTER: Mutex<Vec<Option<Position>>> = Mutex::new(Vec::new());

/// A database that says where it is: writes at 7, reads at 5.
struct Positioned(SqlDatabase);

#[async_trait]
impl Database for Positioned {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DbError> {
        self.0.batch(statements).await
    }

    async fn read(
        &self,
        statement: Statement,
        after: Option<Position>,
    ) -> Result<(Outcome, Option<Position>), DbError> {
        AFTER.lock().expect("no panic").push(after);
        Ok((self.0.run(statement).await?, Some(Position(5))))
    }

    async fn position(&self) -> Result<Option<Position>, DbError> {
        Ok(Some(Position(7)))
    }
}

async fn get(world: &World, person: &Person, path: &str, position: Option<&'static str>) -> Answer {
    let mut request = request(Method::GET, path, Some(&person.access), None);
    if let Some(position) = position {
        request.headers_mut().insert("meridian-position", HeaderValue::from_static(position));
    }
    world.send(request).await
}

#[tokio::test]
async fn calls_carry_positions_both_ways_and_reads_wait_for_them() {
    let world = World::with(Options { wrap: |db| Arc::new(Positioned(db)), ..Options::default() }).await;
    let ada = world.person("Ada").await;
    let created = ada.post("/v1/rooms", json!({"name": "Room"})).await;
    assert_eq!(created.header("meridian-position"), "0/7", "after a write");
    let room = format!("/v1/rooms/{}", created.json()["id"].as_str().expect("an id"));
    let refused = ada.post("/v1/rooms", json!({"name": ""})).await;
    assert_eq!(refused.header("meridian-position"), "", "nothing was written");

    let members = format!("{room}/members");
    for path in ["/v1/me", "/v1/rooms", &room, &members] {
        for (changed, claimed, after) in [
            (None, None, None),
            (Some(2), None, None),
            (None, Some("0/3"), None),
            (Some(2), Some("0/3"), Some(3)),
            (Some(4), Some("0/3"), Some(4)),
            (Some(4), Some("nonsense"), None),
        ] {
            *world.memory.changed.lock().expect("no panic") = changed.map(Position);
            AFTER.lock().expect("no panic").clear();
            let answer = get(&world, &ada, path, claimed).await;
            answer.expect(200);
            let asked = AFTER.lock().expect("no panic").clone();
            assert!(
                !asked.is_empty() && asked.iter().all(|a| *a == after.map(Position)),
                "{path}: {asked:?}"
            );
            assert_eq!(answer.header("meridian-position"), "0/5", "{path}");
        }
    }
    let answer = get(&world, &ada, "/v1/me", Some("0/9")).await;
    assert_eq!(answer.header("meridian-position"), "0/9", "never less than the caller knew");

    // What decides or hands out rights is never read elsewhere.
    AFTER.lock().expect("no panic").clear();
    ada.post(&format!("{room}/ticket"), json!({})).await.expect(200);
    ada.get(&format!("{room}/participants")).await.expect(200);
    ada.patch(&room, json!({"name": "New"})).await.expect(200);
    assert!(AFTER.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn without_replicas_nobody_hears_of_positions() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let answers = [
            ada.post("/v1/rooms", json!({"name": "Room"})).await,
            get(&world, &ada, "/v1/me", Some("0/3")).await,
        ];
        assert_eq!(answers[0].header("meridian-position"), "");
        // It may still mean something to another edge.
        assert_eq!(answers[1].header("meridian-position"), "0/3");
        assert_eq!(get(&world, &ada, "/v1/me", None).await.header("meridian-position"), "");
    }
}

/// A real primary, asked as `Replicated` asks it.
#[tokio::test]
async fn a_primary_tells_a_position_that_grows_with_every_change() {
    let wrap: fn(SqlDatabase) -> Arc<dyn Database> =
        |db| meridian_edge_native::with_replicas(db.clone(), vec![db]);
    let world = World::postgres_with(Options { wrap, ..Options::default() }).await;
    let ada = world.person("Ada").await;
    *world.memory.changed.lock().expect("no panic") = Some(Position(0));
    let mut last = Position(0);
    for name in ["A", "B", "C"] {
        let written = ada.patch("/v1/me", json!({"name": name})).await;
        let position: Position = written.header("meridian-position").parse().expect("a position");
        assert!(position > last && position.timeline() == 1, "{position}");
        last = position;
    }
    // What stands as its replica is none, and so is not used.
    let read = get(&world, &ada, "/v1/me", Some("100000/1")).await;
    assert_eq!(read.expect(200)["name"], "C");
    assert!(read.header("meridian-position").parse::<Position>().expect("a position") >= last);
}

/// Where rights changed is what the region's memory notes: at or after the change.
#[tokio::test]
async fn a_change_of_rights_is_noted_with_its_position() {
    let world = World::with(Options { wrap: |db| Arc::new(Positioned(db)), ..Options::default() }).await;
    let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
    let room = ada.room("Room").await;
    ada.invite(&room, &bob, "editor").await;
    ada.delete(&format!("{room}/members/{}", bob.id)).await.expect(204);
    world.post("/v1/auth/signout", json!({"refresh_token": bob.refresh})).await.expect(204);
    let noted = world.memory.noted.lock().expect("no panic").clone();
    assert_eq!(noted.len(), 3, "{noted:?}");
    assert!(noted.iter().all(|(_, at)| *at == Some(Position(7))), "{noted:?}");
}
