use super::support::World;
use meridian_shared::{
    database::{Database, Statement},
    event::Event,
};
use serde_json::json;

/// Erasing leaves no trace of the person in any table, deletes rooms that nobody else owns, and leaves the others to their members.
#[tokio::test]
async fn erasure() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        let (alone, shared, guest) =
            (ada.room("Alone").await, ada.room("Shared").await, bob.room("Guest").await);
        ada.invite(&alone, &bob, "editor").await;
        ada.invite(&shared, &bob, "editor").await;
        ada.put(&format!("{shared}/members/{}", bob.id), json!({"role": "owner"})).await.expect(200);
        bob.invite(&guest, &ada, "editor").await;
        let log = Statement::new(
            "INSERT INTO room_updates (room, seq, epoch, author, at, payload) VALUES ('r', 1, 1, $1, 0, $2)",
        );
        world.database.run(log.bind(ada.id.as_str()).bind(vec![1_u8])).await.expect("inserts");
        world.events();

        ada.delete("/v1/me").await.expect(204);

        bob.get(&alone).await.refused(404, "room_not_found");
        bob.get(&shared).await.expect(200);
        assert_eq!(
            bob.get(&format!("{guest}/members")).await.expect(200)["items"].as_array().map(Vec::len),
            Some(1)
        );
        ada.get("/v1/me").await.refused(401, "unauthorized");
        world.post("/v1/auth/refresh", json!({"refresh_token": ada.refresh})).await.expect(401);
        let events = world.events();
        assert!(matches!(events[..], [Event::UserErased { .. }, Event::RoomDeleted { .. }]), "{events:?}");
        for sql in [
            "SELECT COUNT(*) FROM users WHERE id = $1",
            "SELECT COUNT(*) FROM sessions WHERE user_id = $1",
            "SELECT COUNT(*) FROM members WHERE user_id = $1",
            "SELECT COUNT(*) FROM invites WHERE created_by = $1",
            "SELECT COUNT(*) FROM rooms WHERE created_by = $1",
            "SELECT COUNT(*) FROM idempotency WHERE user_id = $1",
            "SELECT COUNT(*) FROM room_updates WHERE author = $1",
        ] {
            let found = world.database.run(Statement::new(sql).bind(ada.id.as_str())).await.expect("counts");
            assert_eq!(found.rows[0].int(0), Ok(0), "{sql}");
        }
        let log =
            world.database.run(Statement::new("SELECT COUNT(*) FROM room_updates")).await.expect("counts");
        assert_eq!(log.rows[0].int(0), Ok(1), "what was drawn stays");
        world
            .post("/v1/auth/signup", json!({"email": ada.email, "name": "Ada", "password": "another one"}))
            .await
            .expect(201);
    }
}

/// Two owners who erase their accounts at once leave no room without an owner.
#[tokio::test(flavor = "multi_thread")]
async fn erasure_of_two_owners_at_once() {
    for world in World::both().await {
        for _ in 0..10 {
            let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
            let room = ada.room("Shared").await;
            ada.invite(&room, &bob, "editor").await;
            ada.put(&format!("{room}/members/{}", bob.id), json!({"role": "owner"})).await.expect(200);
            let calls = [ada, bob].map(|p| tokio::spawn(async move { p.delete("/v1/me").await.expect(204) }));
            for call in calls {
                call.await.expect("finishes");
            }
        }
        let alive =
            world.database.run(Statement::new("SELECT COUNT(*) FROM rooms WHERE deleted_at IS NULL")).await;
        assert_eq!(alive.expect("counts").rows[0].int(0), Ok(0));
    }
}
