use super::support::{World, request};
use http::Method;
use meridian_edge_api::CallerRegion;
use meridian_shared::event::Event;
use serde_json::json;

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
