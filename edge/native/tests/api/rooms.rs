use super::support::{World, request};
use http::Method;
use meridian_edge_api::CallerRegion;
use meridian_shared::event::Event;
use serde_json::{Value, json};

#[tokio::test]
async fn a_room_has_defaults_and_takes_settings() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let room = ada.post("/v1/rooms", json!({"name": "  Plan  "})).await.expect(201);
        let expected = json!({"name": "Plan", "kind": "board", "region": "eu-west", "role": "owner", "viewers_visible": true});
        for (field, value) in expected.as_object().expect("an object") {
            assert_eq!(&room[field], value, "{field}");
        }
        assert_eq!(room["created_at"], "2027-01-15T08:00:00.000Z");
        let path = format!("/v1/rooms/{}", room["id"].as_str().expect("an id"));
        assert_eq!(ada.get(&path).await.expect(200), room);
        let far = ada
            .post("/v1/rooms", json!({"name": "Far", "region": "us-east", "kind": "board"}))
            .await
            .expect(201);
        assert_eq!(far["region"], "us-east");

        let patched = ada.patch(&path, json!({"name": "New", "viewers_visible": false})).await.expect(200);
        assert_eq!((&patched["name"], &patched["viewers_visible"]), (&json!("New"), &json!(false)));
        assert!(matches!(world.events()[..], [Event::RoomChanged { .. }]));
        assert_eq!(ada.get(&path).await.expect(200), patched);
        assert_eq!(ada.patch(&path, json!({"viewers_visible": true})).await.expect(200)["name"], "New");
    }
}

/// A host that knows where its callers are says so; rooms live near their creators, in regions that may hold rooms.
#[tokio::test]
async fn a_room_without_a_region_gets_its_creators() {
    let world = World::sqlite().await;
    let ada = world.person("Ada").await;
    for (near, asked, home) in
        [("us-east", None, "us-east"), ("mars", None, "eu-west"), ("us-east", Some("eu-west"), "eu-west")]
    {
        let mut body = json!({"name": "Room"});
        if let Some(region) = asked {
            body["region"] = region.into();
        }
        let mut request = request(Method::POST, "/v1/rooms", Some(&ada.access), Some(body));
        request.extensions_mut().insert(CallerRegion(near.parse().expect("a region")));
        assert_eq!(world.send(request).await.expect(201)["region"], home, "{near}");
    }
}

#[tokio::test]
async fn a_deleted_room_is_gone_for_everyone() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        let room = ada.room("Room").await;
        let invite = ada.post(&format!("{room}/invites"), json!({"role": "editor"})).await.expect(201);
        bob.accept(&invite).await.expect(200);
        world.events();
        ada.delete(&room).await.expect(204);
        assert!(matches!(world.events()[..], [Event::RoomDeleted { .. }]));
        for person in [&ada, &bob] {
            person.get(&room).await.refused(404, "room_not_found");
            assert_eq!(person.get("/v1/rooms").await.expect(200)["items"], json!([]));
            person.accept(&invite).await.refused(404, "invite_not_found");
        }
        ada.delete(&room).await.refused(404, "room_not_found");
    }
}

/// Pages hold every room exactly once, newest first, also when rooms come and go between pages.
#[tokio::test]
async fn paging() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        for i in 0..25 {
            world.clock.advance(1000);
            ada.room(&format!("Room {i}")).await;
        }
        bob.room("Not Ada's").await;
        let mut names = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let query = cursor.as_str().map(|c| format!("&cursor={c}")).unwrap_or_default();
            let page = ada.get(&format!("/v1/rooms?limit=10{query}")).await.expect(200);
            let items = page["items"].as_array().expect("items").clone();
            assert!(items.len() <= 10);
            names.extend(items.iter().map(|r| r["name"].as_str().expect("a name").to_owned()));
            cursor = page["next_cursor"].clone();
            if cursor.is_null() {
                break;
            }
            world.clock.advance(1000);
            ada.room("New on top").await;
        }
        assert_eq!(names, (0..25).rev().map(|i| format!("Room {i}")).collect::<Vec<_>>());
        assert_eq!(ada.get("/v1/rooms").await.expect(200)["items"].as_array().map(Vec::len), Some(27));
    }
}

#[tokio::test]
async fn a_wrong_cursor_is_named() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        for query in ["cursor=nonsense", "limit=0", "limit=101", "limit=ten"] {
            let problem = ada.get(&format!("/v1/rooms?{query}")).await.refused(400, "validation_failed");
            assert!(problem["errors"][0]["field"].as_str().expect("a field").starts_with("query."));
        }
    }
}

/// What is no id names no room, like an id of nothing.
#[tokio::test]
async fn odd_ids_are_not_found() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let real = ada.room("Room").await;
        for id in
            ["x", "%00", "%ff", "0197f0c2-8d4e-7b3a-9c1d-2f5e6a7b8c9d", "..%2f..%2fetc", &"a".repeat(5000)]
        {
            ada.get(&format!("/v1/rooms/{id}")).await.refused(404, "room_not_found");
        }
        ada.get(&real.to_uppercase().replace("/V1/ROOMS", "/v1/rooms")).await.refused(404, "room_not_found");
    }
}
