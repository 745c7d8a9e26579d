use super::support::{Options, PASSWORD, World};
use http::Method;
use meridian_edge_api::passwords::PasswordCost;
use meridian_shared::{database::Database, database::Statement, event::Event};
use serde_json::json;

/// Signing up gives tokens of the form that API.md fixes.
#[tokio::test]
async fn signup_signs_in() {
    for world in World::both().await {
        let body = json!({"email": "Ada@Example.com", "name": " Ada ", "password": PASSWORD});
        let answer = world.post("/v1/auth/signup", body).await.expect(201);
        assert_eq!(answer["user"]["email"], "Ada@Example.com");
        assert_eq!(answer["user"]["name"], "Ada");
        assert_eq!(answer["token_type"], "Bearer");
        assert_eq!(answer["expires_in"], 600);
    }
}

/// An address is taken whatever its case, and two who sign up at once can't both get it.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_one_account() {
    for world in World::both().await {
        let world = std::sync::Arc::new(world);
        let signups: Vec<_> = (0..10)
            .map(|i| {
                let (world, email) =
                    (world.clone(), if i % 2 == 0 { "ada@example.com" } else { "ADA@example.com" });
                let body = json!({"email": email, "name": "Ada", "password": PASSWORD});
                tokio::spawn(async move { world.post("/v1/auth/signup", body).await })
            })
            .collect();
        let mut created = 0;
        for signup in signups {
            let answer = signup.await.expect("finishes");
            match answer.status.as_u16() {
                201 => created += 1,
                _ => drop(answer.refused(409, "email_taken")),
            }
        }
        assert_eq!(created, 1);
    }
}

/// Known and unknown addresses get the same answer, byte for byte and header for header.
#[tokio::test]
async fn signin_does_not_tell_who_has_an_account() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let known = world.post("/v1/auth/signin", json!({"email": ada.email, "password": "wrong"})).await;
        let unknown =
            world.post("/v1/auth/signin", json!({"email": "nobody@example.com", "password": "wrong"})).await;
        known.refused(401, "invalid_credentials");
        assert_eq!((known.status, &known.bytes), (unknown.status, &unknown.bytes));
        let comparable = |answer: &super::support::Answer| {
            let mut headers = answer.headers.clone();
            for differs in ["x-request-id", "ratelimit"] {
                headers.remove(differs);
            }
            headers
        };
        assert_eq!(comparable(&known), comparable(&unknown));
    }
}

/// An unknown address costs the same work as a known one: without a hash to compare with it would be hundreds of times faster.
#[tokio::test(flavor = "multi_thread")]
async fn signin_takes_the_same_work_for_everyone() {
    let cost = PasswordCost { memory_kib: 16 * 1024, iterations: 2, parallelism: 1 };
    let world = World::with(Options { cost, ..Options::default() }).await;
    let ada = world.person("Ada").await;
    let mut times = [vec![], vec![]];
    for _ in 0..7 {
        for (i, email) in [ada.email.as_str(), "nobody@example.com"].into_iter().enumerate() {
            let begin = std::time::Instant::now();
            world.post("/v1/auth/signin", json!({"email": email, "password": "wrong"})).await.expect(401);
            times[i].push(begin.elapsed());
        }
    }
    let [known, unknown] = times.map(|mut t| {
        t.sort();
        t[t.len() / 2].as_secs_f64()
    });
    let ratio = known / unknown;
    assert!((0.2..5.0).contains(&ratio), "known {known} s, unknown {unknown} s");
}

#[tokio::test]
async fn signin_works_with_any_case_of_the_address_and_each_is_a_session_of_its_own() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let body = json!({"email": ada.email.to_uppercase(), "password": PASSWORD});
        let second = world.post("/v1/auth/signin", body).await.expect(200);
        world.post("/v1/auth/signout", json!({"refresh_token": second["refresh_token"]})).await.expect(204);
        ada.get("/v1/me").await.expect(200);
    }
}

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
