//! Rights that end or change are written down with the change itself, so that nodes hear of them even when no message arrives.

use super::support::{PASSWORD, World};
use http::Method;
use meridian_shared::database::{Database, Statement};
use serde_json::json;

/// What was written down since the last look, without its `id` and `at`: session, user, room.
async fn noted(world: &World) -> Vec<[bool; 3]> {
    let find = "SELECT session_id, user_id, room_id FROM revocations ORDER BY room_id, user_id, session_id";
    let found = world.database.run(Statement::new(find)).await.expect("rows");
    world.database.run(Statement::new("DELETE FROM revocations")).await.expect("deletes");
    let names =
        |row: &meridian_shared::database::Row| [0, 1, 2].map(|i| row.text_opt(i).expect("text").is_some());
    found.rows.iter().map(names).collect()
}

const SESSION: [bool; 3] = [true, false, false];
const USER: [bool; 3] = [false, true, false];
const MEMBER: [bool; 3] = [false, true, true];
const ROOM: [bool; 3] = [false, false, true];

#[tokio::test]
async fn every_change_of_rights_is_written_down() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        let room = ada.room("Room").await;
        assert!(noted(&world).await.is_empty(), "nothing ended");
        ada.invite(&room, &bob, "viewer").await;
        assert_eq!(noted(&world).await, [MEMBER], "accepted");
        ada.invite(&room, &bob, "viewer").await;
        assert!(noted(&world).await.is_empty(), "accepted again, to no effect");
        let member = format!("{room}/members/{}", bob.id);
        ada.put(&member, json!({"role": "editor"})).await.expect(200);
        assert_eq!(noted(&world).await, [MEMBER], "another role");
        ada.delete(&member).await.expect(204);
        assert_eq!(noted(&world).await, [MEMBER], "removed");
        ada.patch(&room, json!({"viewers_visible": false})).await.expect(200);
        assert_eq!(noted(&world).await, [ROOM], "a setting that tickets carry");
        ada.delete(&room).await.expect(204);
        assert_eq!(noted(&world).await, [ROOM], "deleted");

        world.post("/v1/auth/signout", json!({"refresh_token": bob.refresh})).await.expect(204);
        assert_eq!(noted(&world).await, [SESSION], "signed out");
        world.clock.advance(1);
        world.post("/v1/auth/signout", json!({"refresh_token": bob.refresh})).await.expect(204);
        assert!(noted(&world).await.is_empty(), "it had ended");
    }
}

#[tokio::test]
async fn a_refresh_token_used_twice_is_written_down() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let refresh = |token: String| world.post("/v1/auth/refresh", json!({"refresh_token": token}));
        let next = refresh(ada.refresh.clone()).await.expect(200);
        assert!(noted(&world).await.is_empty());
        refresh(next["refresh_token"].as_str().expect("a token").to_owned()).await.expect(200);
        refresh(ada.refresh.clone()).await.refused(401, "invalid_refresh_token");
        assert_eq!(noted(&world).await, [SESSION]);
    }
}

#[tokio::test]
async fn an_erased_account_is_written_down_with_the_rooms_that_go_with_it() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        let (_mine, shared) = (ada.room("Mine").await, bob.room("Shared").await);
        bob.invite(&shared, &ada, "editor").await;
        noted(&world).await;
        ada.call(Method::DELETE, "/v1/me", Some(json!({"password": PASSWORD}))).await.expect(204);
        let mut all = noted(&world).await;
        all.sort_unstable();
        assert_eq!(all, [ROOM, USER]);
        bob.get(&shared).await.expect(200);
    }
}
