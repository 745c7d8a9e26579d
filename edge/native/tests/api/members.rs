use super::support::World;
use meridian_shared::event::Event;
use serde_json::json;

/// A change of role is published once, and not when nothing changed.
#[tokio::test]
async fn roles_change_and_people_leave() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        let room = ada.room("Room").await;
        ada.invite(&room, &bob, "viewer").await;
        world.events();
        let member = format!("{room}/members/{}", bob.id);
        for _ in 0..2 {
            assert_eq!(ada.put(&member, json!({"role": "editor"})).await.expect(200)["role"], "editor");
        }
        assert!(matches!(world.events()[..], [Event::MemberChanged { .. }]));
        bob.delete(&member).await.expect(204);
        assert!(matches!(world.events()[..], [Event::MemberChanged { .. }]));
        bob.get(&room).await.refused(404, "room_not_found");
        ada.delete(&member).await.refused(404, "member_not_found");
        ada.put(&member, json!({"role": "editor"})).await.refused(404, "member_not_found");
        ada.delete(&format!("{room}/members/x")).await.refused(404, "member_not_found");
    }
}
