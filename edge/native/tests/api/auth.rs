use super::support::{PASSWORD, World};
use http::Method;
use meridian_edge_api::passwords::PasswordCost;
use meridian_shared::{database::Database, database::Statement, event::Event};
use serde_json::json;

/// A hash made with other parameters is replaced at the next sign-in, and only then.
#[tokio::test]
async fn signin_rehashes_what_is_outdated() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let stronger = PasswordCost { memory_kib: 16, iterations: 2, parallelism: 1 };
        use meridian_edge_api::ports::PasswordHasher;
        let other =
            meridian_edge_native::Argon2Passwords::new(stronger).hash(PASSWORD).await.expect("hashes");
        let update = Statement::new("UPDATE users SET password_hash = $1").bind(other);
        world.database.run(update).await.expect("updates");
        let stored = async || {
            let found =
                world.database.run(Statement::new("SELECT password_hash FROM users")).await.expect("selects");
            found.rows[0].text(0).expect("a hash").to_owned()
        };
        world.post("/v1/auth/signin", json!({"email": ada.email, "password": "wrong!"})).await.expect(401);
        assert!(stored().await.contains("m=16,t=2"));
        world.post("/v1/auth/signin", json!({"email": ada.email, "password": PASSWORD})).await.expect(200);
        assert!(stored().await.contains("m=8,t=1"));
        world.post("/v1/auth/signin", json!({"email": ada.email, "password": PASSWORD})).await.expect(200);
    }
}

/// A signed-out session can do nothing any more, although its access token has not expired; signing out twice is fine.
#[tokio::test]
async fn signout_ends_the_session_at_once() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let room = ada.room("Room").await;
        for _ in 0..2 {
            world.post("/v1/auth/signout", json!({"refresh_token": ada.refresh})).await.expect(204);
        }
        assert!(matches!(world.events()[..], [Event::SessionEnded { .. }]), "published once");
        for (method, template, signed_in) in meridian_edge_api::operations() {
            if !signed_in {
                continue;
            }
            let path = template.replace("/v1/rooms/{room}", &room).replace("{user}", &ada.id);
            let path = path.replace("{sha256}", &"0".repeat(64)).replace("{code}", "code");
            let body = match (&method, template) {
                (&Method::POST, t) if t.ends_with("/invites") => Some(json!({"role": "editor"})),
                (&Method::PUT, t) if t.contains("members") => Some(json!({"role": "editor"})),
                (&Method::POST | &Method::PATCH, _) => Some(json!({"name": "x"})),
                _ => None,
            };
            let body =
                if template.ends_with("/ticket") || template.ends_with("/accept") { None } else { body };
            ada.call(method, &path, body).await.refused(401, "unauthorized");
        }
        world
            .post("/v1/auth/refresh", json!({"refresh_token": ada.refresh}))
            .await
            .refused(401, "invalid_refresh_token");
    }
}

#[tokio::test]
async fn signout_with_an_unknown_token_is_answered_alike() {
    for world in World::both().await {
        world.post("/v1/auth/signout", json!({"refresh_token": "unknown"})).await.expect(204);
        assert!(world.events().is_empty());
    }
}

/// Neither passwords nor tokens nor codes are in the database in a form that can be used.
#[tokio::test]
async fn secrets_are_stored_as_hashes() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let room = ada.room("Room").await;
        let invite = ada.post(&format!("{room}/invites"), json!({"role": "viewer"})).await.expect(201);
        let dump = Statement::new(
        "SELECT password_hash FROM users UNION ALL SELECT hash FROM refresh_tokens UNION ALL SELECT code_hash FROM invites
         UNION ALL SELECT body FROM idempotency",
    );
        let rows = world.database.run(dump).await.expect("selects").rows;
        let all: String = rows.iter().map(|r| r.text(0).expect("text").to_owned() + "\n").collect();
        for secret in [PASSWORD, &ada.refresh, &ada.access, invite["code"].as_str().expect("a code")] {
            assert!(!all.contains(secret), "{secret}");
        }
    }
}
