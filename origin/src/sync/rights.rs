//! Rights of a live connection that are renewed, changed or ended.

use std::time::Duration;

use meridian_shared::{
    close::CloseCode,
    protocol::{message, notice::Notice},
};

use super::{
    admission::Refused,
    connection::{Connection, Flow, until},
};
use crate::{
    clock::now,
    rooms::{Command, Right},
};

/// A right that could not be checked is checked again after this.
const RECHECK_EVERY: Duration = Duration::from_millis(500);

impl Connection<'_> {
    pub(super) async fn on_reauth(&mut self, ticket: &str) -> Flow {
        if self.quotas.take(|quotas| &mut quotas.questions).is_err() {
            return self.end(CloseCode::TooFast, "too many tickets");
        }
        let admitted = self.context.admission.admit(Some(ticket), self.bearer.room, now()).await;
        match admitted {
            Ok((claims, _)) if claims.sub != self.bearer.user => {
                self.end(CloseCode::Unauthorized, "the ticket is another person's")
            }
            Ok((claims, right)) => {
                self.until = until(&claims);
                self.warned = false;
                self.bearer.session = claims.sid;
                self.change_right(right, true).await
            }
            Err(Refused { code, reason }) => self.end(code, reason),
        }
    }

    /// An event said that the right may have changed: the database knows.
    pub(super) async fn on_recheck(&mut self) -> Flow {
        match self.context.admission.right(self.bearer).await {
            Ok(right) if right == self.right => Flow::Go,
            Ok(right) => self.change_right(right, true).await,
            Err(Refused { code: CloseCode::Overloaded, .. }) => {
                let recheck = self.recheck.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(RECHECK_EVERY).await;
                    recheck.notify_one();
                });
                Flow::Go
            }
            Err(Refused { code, reason }) => self.end(code, reason),
        }
    }

    async fn change_right(&mut self, right: Right, tell: bool) -> Flow {
        self.right = right.clone();
        if tell && self.outbox.is_extended() {
            let notice = Notice::Reauthenticated { role: right.role, expires_at: self.until.rfc3339() };
            let _ = self.outbox.push(message::notice(&notice));
        }
        self.tell(Command::ChangeRight(self.place.id, right)).await
    }
}
