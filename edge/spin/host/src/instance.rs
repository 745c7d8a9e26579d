//! The state of one instance, which serves one request.

use std::sync::Arc;

use wasmtime::component::{HasData, ResourceTable};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::{application::Rights, host::http::Outbound};

/// What an instance holds.
pub(crate) struct Instance {
    pub(crate) rights: Arc<Rights>,
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
}

/// Names [`Instance`] to the bindings of Spin's interfaces.
pub(crate) struct Spin;

impl HasData for Spin {
    type Data<'a> = &'a mut Instance;
}

impl Instance {
    /// With the folders that its component may read, and its output on ours.
    pub(crate) fn new(rights: Arc<Rights>) -> wasmtime::Result<Self> {
        let mut wasi = WasiCtx::builder();
        wasi.inherit_stdout().inherit_stderr();
        for (folder, seen_at) in &rights.mounts {
            wasi.preopened_dir(folder, seen_at, FsPerms::ReadOnly)?;
        }
        Ok(Self {
            outbound: Outbound(rights.clone()),
            rights,
            table: ResourceTable::new(),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
        })
    }
}

impl WasiView for Instance {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Instance {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outbound, table: &mut self.table, ctx: &mut self.http }
    }
}
