//! Which node serves a room: the one that holds it if it lives, else the same choice for everyone who asks.
//!
//! Source: rendezvous hashing (Thaler, Ravishankar, "Using name-based mappings to increase hit rates", 1998): when a node comes or goes, only the rooms that
//! it gets or had move.

use crate::{
    ids::RoomId,
    region::{Node, Region},
};

/// The node for a room whose home is `home` and which `owner` held last. `nodes` are those alive. `None` when there are none.
pub fn place<'a>(nodes: &'a [Node], room: RoomId, home: &Region, owner: Option<&str>) -> Option<&'a Node> {
    let holding = owner.and_then(|owner| nodes.iter().find(|node| node.id == owner));
    let best = |candidates: &mut dyn Iterator<Item = &'a Node>| {
        candidates.max_by(|a, b| (weight(room, &a.id), &b.id).cmp(&(weight(room, &b.id), &a.id)))
    };
    holding
        .or_else(|| best(&mut nodes.iter().filter(|node| node.region == *home)))
        .or_else(|| best(&mut nodes.iter()))
}

/// FNV-1a over room and node, then the finalizer of MurmurHash3, without which names that differ at the end weigh alike.
fn weight(room: RoomId, node: &str) -> u64 {
    let text = room.to_string();
    let bytes = text.bytes().chain([0]).chain(node.bytes());
    let mut hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
    }
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Millis;

    fn node(id: &str, region: &str) -> Node {
        Node {
            id: id.into(),
            region: region.parse().unwrap(),
            url: format!("https://{id}.example"),
            sync_url: format!("wss://{id}.example/v1/sync"),
        }
    }

    fn room(n: u16) -> RoomId {
        let [a, b] = n.to_be_bytes();
        RoomId::new(Millis(1_700_000_000_000), [a, b, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    #[test]
    fn the_owner_then_the_home_region_then_anywhere() {
        let nodes = [node("eu-1", "eu"), node("eu-2", "eu"), node("us-1", "us")];
        let (eu, asia): (Region, Region) = ("eu".parse().unwrap(), "asia".parse().unwrap());
        assert_eq!(place(&nodes, room(1), &eu, Some("us-1")).unwrap().id, "us-1");
        assert_eq!(place(&nodes, room(1), &eu, Some("gone")).unwrap().region, eu);
        assert!(place(&nodes, room(1), &asia, None).is_some());
        assert!(place(&[], room(1), &eu, None).is_none());
    }

    #[test]
    fn rooms_spread_evenly_and_only_those_of_a_lost_node_move() {
        let nodes: Vec<Node> = (0..5).map(|i| node(&format!("eu-{i}"), "eu")).collect();
        let eu: Region = "eu".parse().unwrap();
        let mut counts = [0; 5];
        for n in 0..5000 {
            let before = place(&nodes, room(n), &eu, None).unwrap();
            counts[nodes.iter().position(|node| node == before).unwrap()] += 1;
            let reversed: Vec<Node> = nodes[..4].iter().rev().cloned().collect();
            let after = place(&reversed, room(n), &eu, None).unwrap();
            assert!(after == before || before.id == "eu-4", "the order of nodes does not matter");
        }
        assert!(counts.iter().all(|count| (900..1100).contains(count)), "{counts:?}");
    }
}
