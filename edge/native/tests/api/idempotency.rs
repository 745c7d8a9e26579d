use super::support::{Answer, Person, World, request};
use http::{HeaderValue, Method};
use serde_json::{Value, json};

async fn post(world: &World, person: &Person, path: &str, key: &str, body: Value) -> Answer {
    let mut request = request(Method::POST, path, Some(&person.access), Some(body));
    request.headers_mut().insert("idempotency-key", HeaderValue::from_str(key).expect("a key"));
    world.send(request).await
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
