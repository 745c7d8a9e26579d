//! Rights are the same from the database and from an edge over it.

use std::sync::Arc;

use meridian_database::{DatabaseConfig, SqlDatabase};
use meridian_edge_api::{Api, LocalMemory, Settings};
use meridian_edge_native::{RemoteNodes, SystemClock, ports};
use meridian_origin::{
    clock::now,
    rights::{DatabaseRights, EdgeRights, Rights, RightsError},
};
use meridian_shared::{
    database::{Database, Statement},
    ids::{RoomId, SessionId, UserId},
    keys::{PrivateJwk, SigningKeys},
    role::Role,
    standing::{Bearer, Standing},
};

const SECRET: &str = "a secret of sixteen letters";

struct World {
    database: SqlDatabase,
    /// The base of an edge over it.
    edge: String,
    bearer: Bearer,
    _dir: tempfile::TempDir,
}

impl World {
    /// Ada, signed in, views a room.
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database =
            SqlDatabase::connect(&DatabaseConfig::sqlite(dir.path().join("test.db"))).await.unwrap();
        database.migrate().await.unwrap();
        let at = now();
        let bearer = Bearer {
            user: UserId::new(at, [1; 10]),
            session: SessionId::new(at, [2; 10]),
            room: RoomId::new(at, [3; 10]),
        };
        let insert =
            |sql| Statement::new(sql).bind(bearer.user).bind(bearer.session).bind(bearer.room).bind(at);
        let all = [
            "INSERT INTO users (id, email, email_key, name, password_hash, created_at) SELECT $1, 'a', 'a', 'Ada', '', $4 WHERE $2 <> $3",
            "INSERT INTO sessions (id, user_id, created_at, expires_at) SELECT $2, $1, $4, $4 + 60000 WHERE $3 <> ''",
            "INSERT INTO rooms (id, name, kind, region, created_at) SELECT $3, 'Room', 'board', 'eu', $4 WHERE $1 <> $2",
            "INSERT INTO members (room_id, user_id, role, joined_at) SELECT $3, $1, 'viewer', $4 WHERE $2 <> ''",
        ];
        database.batch(all.into_iter().map(insert).collect()).await.unwrap();
        let edge = edge(&database, Some(SECRET)).await;
        Self { database, edge, bearer, _dir: dir }
    }

    fn both(&self) -> [Arc<dyn Rights>; 2] {
        let database = Arc::new(DatabaseRights(self.database.clone()));
        [database, Arc::new(EdgeRights::new(&self.edge, SECRET).unwrap())]
    }

    async fn run(&self, sql: &'static str) {
        self.database.run(Statement::new(sql)).await.unwrap();
    }

    async fn expect(&self, standing: Standing, why: &str) {
        for rights in self.both() {
            assert_eq!(rights.standing(self.bearer).await.unwrap(), standing, "{why}");
        }
    }
}

async fn edge(database: &SqlDatabase, secret: Option<&'static str>) -> String {
    let get = |name: &str| (name == "NODE_SECRET").then(|| secret.map(str::to_owned)).flatten();
    let settings = Settings::from_env(get).unwrap();
    let keys = SigningKeys::new(&[PrivateJwk::from_seed("a", [7; 32])]).unwrap();
    let memory = Arc::new(LocalMemory::new(Arc::new(SystemClock)));
    let ports = ports(&settings, Arc::new(database.clone()), memory, Arc::new(RemoteNodes::new().unwrap()));
    let router = meridian_edge_api::router(Api::new(settings.api, keys, ports));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn what_a_bearer_is_to_a_room() {
    let world = World::new().await;
    let viewer = |presence| Standing::Member { name: "Ada".into(), role: Role::Viewer, presence };
    world.expect(viewer(true), "as it is").await;
    world.run("UPDATE rooms SET viewers_visible = 0").await;
    world.expect(viewer(false), "viewers are not shown").await;
    world.run("UPDATE members SET role = 'editor'").await;
    let editor = Standing::Member { name: "Ada".into(), role: Role::Editor, presence: true };
    world.expect(editor, "another role").await;
    world.run("DELETE FROM members").await;
    world.expect(Standing::Stranger, "removed").await;
    world.run("UPDATE rooms SET deleted_at = 1").await;
    world.expect(Standing::NoRoom, "deleted").await;
    world.run("UPDATE sessions SET ended_at = 1").await;
    world.expect(Standing::SignedOut, "signed out").await;
}

#[tokio::test]
async fn what_ended_is_read_from_where_one_was_and_forgotten_after_a_day() {
    let world = World::new().await;
    let day = 24 * 60 * 60 * 1000;
    let at = now();
    for (id, age) in [("old", day + 1000), ("a", 2000), ("b", 1000)] {
        let insert = Statement::new("INSERT INTO revocations (id, at, room_id) VALUES ($1, $2, $3)");
        world.database.run(insert.bind(id).bind(at.plus(-age)).bind(world.bearer.room)).await.unwrap();
    }
    for rights in world.both() {
        let ids = async |after: i64| {
            let notes = rights.revocations(at.plus(-after)).await.unwrap();
            assert!(notes.iter().all(|note| note.room == Some(world.bearer.room) && note.event().is_some()));
            notes.into_iter().map(|note| note.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(1500).await, ["b"]);
        assert_eq!(ids(day).await, ["a", "b"]);
        assert!(!rights.forget_revocations().await.unwrap(), "there is no more of it");
        assert_eq!(ids(2 * day).await, ["a", "b"]);
        let old = "INSERT INTO revocations (id, at, room_id) SELECT 'old', at - 90000000, room_id FROM revocations WHERE id = 'a'";
        world.run(old).await;
    }
}

#[tokio::test]
async fn an_edge_answers_who_has_its_secret_and_only_if_it_has_one() {
    let world = World::new().await;
    let ask = async |url: &str, secret: &str| {
        EdgeRights::new(url, secret).unwrap().standing(world.bearer).await.unwrap_err()
    };
    let other = ask(&world.edge, "another secret of some length").await;
    assert_eq!(other, RightsError::Refused("the edge has another NODE_SECRET".into()));
    let none = ask(&edge(&world.database, None).await, SECRET).await;
    assert!(matches!(none, RightsError::Refused(why) if why.contains("no NODE_SECRET")));
    assert!(matches!(ask("http://127.0.0.1:1", SECRET).await, RightsError::Unavailable(_)));
}
