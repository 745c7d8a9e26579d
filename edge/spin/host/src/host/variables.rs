//! `spin:variables`: the component's own variables.

use wasmtime::component::Accessor;

use crate::{
    bindings::variables::variables::{Error, Host, HostWithStore},
    instance::{Instance, Spin},
};

impl Host for Instance {}

impl<T: Send> HostWithStore<T> for Spin {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> wasmtime::Result<Result<String, Error>> {
        let value = accessor.with(|mut access| access.get().rights.variables.get(&name).cloned());
        Ok(value.ok_or_else(|| Error::Undefined(format!("no variable for {name:?}"))))
    }
}
