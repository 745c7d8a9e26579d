//! What people draw: strokes as the board's page writes them, as valid Yjs updates.

use yrs::{Any, Doc, Map, MapPrelim, MapRef, ReadTxn, Transact, WriteTxn};

/// One person's pen.
pub(crate) struct Pen {
    doc: Doc,
    elements: MapRef,
    client: u64,
    strokes: u32,
}

/// A stroke on its way: the update, and the clock of its author after it.
pub(crate) struct Stroke {
    pub(crate) update: Vec<u8>,
    pub(crate) end: u64,
}

impl Pen {
    /// A pen of the Yjs client `client`.
    pub(crate) fn new(client: u64) -> Self {
        let doc = Doc::with_client_id(client);
        let elements = doc.transact_mut().get_or_insert_map("elements");
        Self { doc, elements, client, strokes: 0 }
    }

    /// The next stroke.
    pub(crate) fn draw(&mut self, points: usize) -> Stroke {
        self.strokes += 1;
        let id = format!("{:x}-{}", self.client, self.strokes);
        let line: Vec<Any> = (0..points).map(|i| point(self.strokes, i)).collect();
        let element = MapPrelim::from([
            ("type", Any::from("freedraw")),
            ("x", Any::from(f64::from(self.strokes % 1000))),
            ("y", Any::from(f64::from(self.strokes / 1000))),
            ("strokeColor", Any::from("#1e1e1e")),
            ("points", Any::from(line)),
        ]);
        let mut change = self.doc.transact_mut();
        self.elements.insert(&mut change, id, element);
        let update = change.encode_update_v1();
        let end = change.state_vector().get(&yrs::block::ClientID::new(self.client));
        Stroke { update, end: end.into() }
    }
}

/// A point of a line: two numbers that do not compress into one byte each.
fn point(stroke: u32, i: usize) -> Any {
    let (x, y) = (i as f32 * 3.7 + stroke as f32, (i as f32 / 4.0).sin() * 40.0);
    Any::from(vec![Any::from(f64::from(x)), Any::from(f64::from(y))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use meridian_shared::protocol::update::Summary;

    #[test]
    fn strokes_are_updates_without_gaps_and_of_the_usual_size() {
        let mut pen = Pen::new(77);
        let mut before = 0;
        for _ in 0..50 {
            let Stroke { update, end } = pen.draw(20);
            let summary = Summary::of(&update).unwrap();
            let span = summary.spans[&77];
            assert_eq!((summary.spans.len(), span.start, span.end, span.has_gaps), (1, before, end, false));
            assert!((300..500).contains(&update.len()), "{} bytes", update.len());
            before = end;
        }
    }
}
