//! The origin nodes alive, and the one for a room.

use meridian_shared::{
    database::{DbError, Row, Statement},
    ids::RoomId,
    placement,
    region::{Node, Region},
};

use crate::{Api, error::Error};

/// How long ago a node may have written its row, in ms. It writes every 10 s.
const ROW_LIVES_MS: i64 = 30_000;

/// The node for a room: its owner if that lives, else a node of its home.
pub(crate) async fn node_for(
    api: &Api,
    room: RoomId,
    home: &Region,
    owner: Option<&str>,
) -> Result<Node, Error> {
    let nodes = nodes(api).await?;
    let node = placement::place(&nodes, room, home, owner);
    node.cloned().ok_or_else(|| Error::Unavailable("no origin node is alive".into()))
}

/// Nodes as the region's memory knows them, else as configured.
pub(crate) fn known(api: &Api) -> Option<&[Node]> {
    let told = api.trip.told.nodes.as_deref().filter(|nodes| !nodes.is_empty());
    told.or(Some(&api.config.nodes)).filter(|nodes| !nodes.is_empty())
}

/// Those, else the nodes as they wrote themselves into the database.
async fn nodes(api: &Api) -> Result<Vec<Node>, Error> {
    if let Some(nodes) = known(api) {
        return Ok(nodes.to_vec());
    }
    let find = Statement::new("SELECT id, region, url, sync_url FROM nodes WHERE seen_at > $1 ORDER BY id");
    let found = api.run(find.bind(api.now().plus(-ROW_LIVES_MS))).await?;
    Ok(found.rows.iter().map(node).collect::<Result<_, _>>()?)
}

fn node(row: &Row) -> Result<Node, DbError> {
    let text = |i| row.text(i).map(str::to_owned);
    Ok(Node { id: text(0)?, region: row.parse(1)?, url: text(2)?, sync_url: text(3)? })
}
