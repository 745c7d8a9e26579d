//! What one request holds: connections, which Workers bind to the request that made them.

use std::{cell::RefCell, collections::HashMap, future::Future, rc::Rc};

use super::postgres::Connection;

tokio::task_local! {
    static CURRENT: Rc<Held>;
}

/// The connections of a request, by binding. Each is made when it is first needed.
#[derive(Default)]
pub(crate) struct Held(RefCell<HashMap<String, Rc<Connection>>>);

impl Held {
    /// The connection of a binding.
    pub(crate) fn connection(&self, binding: &str) -> Rc<Connection> {
        self.0.borrow_mut().entry(binding.to_owned()).or_default().clone()
    }

    /// Whether the request made any connection.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Closes what the request made, and waits until it is closed: a socket that ends with its request instead is cut off.
    pub(crate) async fn close(&self) {
        let connections: Vec<_> = self.0.borrow_mut().drain().map(|(_, connection)| connection).collect();
        for connection in connections {
            connection.close().await;
        }
    }
}

/// Runs a request's future; whatever it calls finds `held` by [`current`].
pub(crate) async fn scope<T>(held: Rc<Held>, future: impl Future<Output = T>) -> T {
    CURRENT.scope(held, future).await
}

/// What the running request holds, if one runs.
pub(crate) fn current() -> Option<Rc<Held>> {
    CURRENT.try_with(Rc::clone).ok()
}
