//! `spin:key-value`: stores in memory.

use std::sync::{Arc, MutexGuard, PoisonError};

use wasmtime::component::{Accessor, Resource};

use crate::{
    application::KeyValue,
    bindings::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore},
    instance::{Instance, Spin},
};

/// An open store.
#[expect(unreachable_pub, reason = "the bindings re-export it")]
pub struct Store(Arc<KeyValue>);

type Entries<'a> = MutexGuard<'a, std::collections::HashMap<String, Vec<u8>>>;

impl Host for Instance {}

impl HostStore for Instance {
    fn drop(&mut self, store: Resource<Store>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

fn with<T: Send, R>(
    accessor: &Accessor<T, Spin>,
    store: &Resource<Store>,
    work: impl FnOnce(Entries<'_>) -> R,
) -> wasmtime::Result<Result<R, Error>> {
    let store = accessor.with(|mut access| access.get().table.get(store).map(|store| store.0.clone()))?;
    Ok(Ok(work(store.lock().unwrap_or_else(PoisonError::into_inner))))
}

impl<T: Send> HostStoreWithStore<T> for Spin {
    async fn open(
        accessor: &Accessor<T, Self>,
        label: String,
    ) -> wasmtime::Result<Result<Resource<Store>, Error>> {
        accessor.with(|mut access| {
            let instance = access.get();
            match instance.rights.key_value.get(&label).cloned() {
                Some(store) => Ok(Ok(instance.table.push(Store(store))?)),
                None => Ok(Err(Error::AccessDenied)),
            }
        })
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        with(accessor, &store, |entries| entries.get(&key).cloned())
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        with(accessor, &store, |mut entries| drop(entries.insert(key, value)))
    }

    async fn delete(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        with(accessor, &store, |mut entries| drop(entries.remove(&key)))
    }
}
