//! The interfaces of Spin, from `wit/`.

wasmtime::component::bindgen!({
    world: "host",
    path: "wit",
    with: {
        "spin:key-value/key-value.store": crate::host::key_value::Store,
        "spin:postgres/postgres.connection": crate::host::postgres::Connection,
        "spin:redis/redis.connection": crate::host::redis::Connection,
        "spin:sqlite/sqlite.connection": crate::host::sqlite::Connection,
    },
    imports: { default: trappable },
});

pub(crate) use spin::*;
