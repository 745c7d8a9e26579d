use super::support::{Answer, Person, World, request};
use http::{HeaderValue, Method};
use meridian_shared::database::{Database, Statement};
use serde_json::{Value, json};
use std::sync::Arc;

async fn post(world: &World, person: &Person, path: &str, key: &str, body: Value) -> Answer {
    let mut request = request(Method::POST, path, Some(&person.access), Some(body));
    request.headers_mut().insert("idempotency-key", HeaderValue::from_str(key).expect("a key"));
    world.send(request).await
}

/// Twenty calls with one key at once: one row, and everyone gets the same body.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_calls_with_one_key_create_one_thing() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let room = ada.room("Existing").await;
        let world = Arc::new(world);
        for (path, body) in [
            ("/v1/rooms".to_owned(), json!({"name": "Once"})),
            (format!("{room}/invites"), json!({"role": "editor"})),
        ] {
            let calls: Vec<_> = (0..20)
                .map(|_| {
                    let (world, ada, path, body) = (world.clone(), ada.clone(), path.clone(), body.clone());
                    tokio::spawn(async move { post(&world, &ada, &path, &path, body).await })
                })
                .collect();
            let mut bodies = Vec::new();
            for call in calls {
                bodies.push(call.await.expect("finishes").expect(201));
            }
            bodies.dedup();
            assert_eq!(bodies.len(), 1);
        }
        for (sql, rows) in [("SELECT COUNT(*) FROM rooms", 2), ("SELECT COUNT(*) FROM invites", 1)] {
            let found = world.database.run(Statement::new(sql)).await.expect("counts");
            assert_eq!(found.rows[0].int(0), Ok(rows), "{sql}");
        }
    }
}

#[tokio::test]
async fn a_key_stands_for_one_request_of_one_user() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        let room = ada.room("Other path").await;
        let first = post(&world, &ada, "/v1/rooms", "key", json!({"name": "A"})).await.expect(201);
        let again = post(&world, &ada, "/v1/rooms", "key", json!({"name": "A"})).await;
        assert_eq!((again.expect(201), again.header("idempotency-replayed")), (first.clone(), "true"));
        post(&world, &ada, "/v1/rooms", "key", json!({"name": "B"}))
            .await
            .refused(422, "idempotency_key_reused");
        let invites = format!("{room}/invites");
        post(&world, &ada, &invites, "key", json!({"role": "editor"}))
            .await
            .refused(422, "idempotency_key_reused");
        assert_ne!(post(&world, &bob, "/v1/rooms", "key", json!({"name": "A"})).await.expect(201), first);
    }
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let first = post(&world, &ada, "/v1/rooms", "key", json!({"name": "A"})).await.expect(201);
        let fresh = async |ms: i64| {
            world.clock.advance(ms);
            let tokens = world
                .post("/v1/auth/signin", json!({"email": ada.email, "password": super::support::PASSWORD}))
                .await;
            Person::new(world.router.clone(), ada.email.clone(), &tokens.expect(200))
        };
        let later = fresh(24 * 3_600_000).await;
        assert_eq!(post(&world, &later, "/v1/rooms", "key", json!({"name": "A"})).await.expect(201), first);
        let later = fresh(1).await;
        assert_ne!(post(&world, &later, "/v1/rooms", "key", json!({"name": "A"})).await.expect(201), first);
    }
}

/// A call that failed has used up nothing.
#[tokio::test]
async fn a_refused_call_leaves_its_key_free() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        post(&world, &ada, "/v1/rooms", "key", json!({"name": ""})).await.refused(400, "validation_failed");
        post(&world, &ada, "/v1/rooms", "key", json!({"name": "A"})).await.expect(201);
        let problem = post(&world, &ada, "/v1/rooms", &"k".repeat(256), json!({"name": "A"})).await;
        assert_eq!(problem.refused(400, "validation_failed")["errors"][0]["field"], "header.Idempotency-Key");
    }
}
