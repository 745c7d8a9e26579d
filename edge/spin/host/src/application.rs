//! The manifest made ready to run: components compiled, variables resolved.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use anyhow::Context as _;
use wasmtime::{Cache, CacheConfig, Config, Engine, component::Linker};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::{
    bindings,
    instance::{Instance, Spin},
    manifest::{Component, Manifest},
    outbound::AllowedHosts,
    routes::Routes,
    variables::{self, Values},
};

/// Where things are.
#[derive(Debug)]
pub(crate) struct Folders {
    pub(crate) manifest: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) state: PathBuf,
}

/// A running application.
pub(crate) struct Application {
    pub(crate) engine: Engine,
    pub(crate) routes: Routes<Arc<Loaded>>,
}

/// A compiled component.
pub(crate) struct Loaded {
    pub(crate) service: ServicePre<Instance>,
    pub(crate) rights: Arc<Rights>,
}

/// What a component may use. Shared by its instances.
pub(crate) struct Rights {
    pub(crate) name: String,
    pub(crate) variables: Values,
    pub(crate) outbound: AllowedHosts,
    pub(crate) key_value: HashMap<String, Arc<KeyValue>>,
    /// The file of each database.
    pub(crate) sqlite: HashMap<String, PathBuf>,
    /// Folders here, and where the component sees them.
    pub(crate) mounts: Vec<(PathBuf, String)>,
}

/// A key-value store: it lives as long as the host.
pub(crate) type KeyValue = Mutex<HashMap<String, Vec<u8>>>;

impl Application {
    /// Compiles the components.
    pub(crate) fn load(
        manifest: Manifest,
        folders: &Folders,
        environment: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        let values = variables::of_application(&manifest.variables, environment)?;
        let engine = engine(&folders.target).map_err(sentence)?;
        let linker = linker(&engine).map_err(sentence)?;
        let mut stores = HashMap::new();
        let mut loaded = BTreeMap::new();
        for (name, component) in &manifest.component {
            let rights = rights(name, component, &values, folders, &mut stores);
            let ready = rights.and_then(|rights| {
                let service = compile(&engine, &linker, &source(component, folders)).map_err(sentence)?;
                Ok(Arc::new(Loaded { service, rights: Arc::new(rights) }))
            });
            loaded.insert(name.clone(), ready.with_context(|| format!("the component {name}"))?);
        }
        let routes = manifest.trigger.http.into_iter().filter_map(|trigger| {
            let component = loaded.get(&trigger.component)?;
            Some((trigger.route, component.clone()))
        });
        Ok(Self { engine, routes: Routes::new(routes.collect()) })
    }
}

/// Compiling a component takes seconds, so what is compiled is kept, by its content.
fn engine(target: &Path) -> wasmtime::Result<Engine> {
    let mut cache = CacheConfig::new();
    // As the library wants it: absolute and there.
    let folder = target.join("spin-host-cache");
    std::fs::create_dir_all(&folder)?;
    cache.with_directory(folder.canonicalize()?);
    let mut config = Config::new();
    config.wasm_component_model_async(true).cache(Some(Cache::new(cache)?));
    Engine::new(&config)
}

fn compile(
    engine: &Engine,
    linker: &Linker<Instance>,
    source: &Path,
) -> wasmtime::Result<ServicePre<Instance>> {
    let code = wasmtime::component::Component::from_file(engine, source)?;
    ServicePre::new(linker.instantiate_pre(&code)?)
}

fn sentence(error: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}

/// The file of a component: what the manifest expects in `target/` may be elsewhere.
fn source(component: &Component, folders: &Folders) -> PathBuf {
    match Path::new(&component.source).strip_prefix("target") {
        Ok(rest) if folders.target.is_absolute() => folders.target.join(rest),
        _ => folders.manifest.join(&component.source),
    }
}

fn rights(
    name: &str,
    component: &Component,
    values: &Values,
    folders: &Folders,
    stores: &mut HashMap<String, Arc<KeyValue>>,
) -> anyhow::Result<Rights> {
    let resolve = |template: &String| variables::resolve(template, values);
    let hosts: Vec<String> =
        component.allowed_outbound_hosts.iter().map(resolve).collect::<Result<_, _>>()?;
    let variables = component.variables.iter().map(|(name, template)| Ok((name.clone(), resolve(template)?)));
    let key_value = component.key_value_stores.iter();
    let sqlite = component.sqlite_databases.iter();
    let mounts = component.files.iter();
    Ok(Rights {
        name: name.to_owned(),
        variables: variables.collect::<anyhow::Result<_>>()?,
        outbound: AllowedHosts::parse(&hosts)?,
        key_value: key_value
            .map(|label| (label.clone(), stores.entry(label.clone()).or_default().clone()))
            .collect(),
        sqlite: sqlite.map(|label| (label.clone(), folders.state.join(format!("{label}.sqlite")))).collect(),
        mounts: mounts
            .map(|mount| (folders.manifest.join(&mount.source), mount.destination.clone()))
            .collect(),
    })
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<Instance>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    bindings::key_value::key_value::add_to_linker::<_, Spin>(&mut linker, |i| i)?;
    bindings::postgres::postgres::add_to_linker::<_, Spin>(&mut linker, |i| i)?;
    bindings::redis::redis::add_to_linker::<_, Spin>(&mut linker, |i| i)?;
    bindings::sqlite::sqlite::add_to_linker::<_, Spin>(&mut linker, |i| i)?;
    bindings::variables::variables::add_to_linker::<_, Spin>(&mut linker, |i| i)?;
    Ok(linker)
}
