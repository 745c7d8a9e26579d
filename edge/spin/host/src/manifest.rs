//! `spin.toml`, version 2: the fields that the components use. A field that is not known here is an error, since it would not be tested.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// The manifest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    spin_manifest_version: u32,
    #[serde(rename = "application")]
    _application: Application,
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, Variable>,
    pub(crate) trigger: Triggers,
    pub(crate) component: BTreeMap<String, Component>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "Spin wants these; nothing here depends on them")]
struct Application {
    name: String,
    version: String,
    #[serde(default)]
    description: String,
}

/// A variable of the application.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variable {
    pub(crate) default: Option<String>,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default, rename = "secret")]
    pub(crate) _secret: bool,
    #[serde(default, rename = "description")]
    pub(crate) _description: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Triggers {
    pub(crate) http: Vec<HttpTrigger>,
}

/// Which requests a component answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpTrigger {
    pub(crate) route: String,
    pub(crate) component: String,
}

/// A component and what it may use.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Component {
    pub(crate) source: String,
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) allowed_outbound_hosts: Vec<String>,
    #[serde(default)]
    pub(crate) key_value_stores: Vec<String>,
    #[serde(default)]
    pub(crate) sqlite_databases: Vec<String>,
    #[serde(default)]
    pub(crate) files: Vec<Mount>,
    #[serde(rename = "description", default)]
    _description: String,
    #[serde(rename = "build")]
    _build: Option<Build>,
}

/// A folder that a component can read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mount {
    pub(crate) source: String,
    pub(crate) destination: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "`spin build` runs it, the task runner here")]
struct Build {
    command: String,
    #[serde(default)]
    watch: Vec<String>,
}

impl Manifest {
    /// Reads and checks a manifest.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    /// Leaves one component, for every path.
    pub(crate) fn keep(&mut self, name: &str) -> anyhow::Result<()> {
        self.component.retain(|other, _| other == name);
        ensure!(!self.component.is_empty(), "no component is called {name}");
        self.trigger.http = vec![HttpTrigger { route: "/...".to_owned(), component: name.to_owned() }];
        Ok(())
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let manifest: Self = toml::from_str(text)?;
        ensure!(manifest.spin_manifest_version == 2, "only spin_manifest_version = 2 is known");
        for trigger in &manifest.trigger.http {
            let known = manifest.component.contains_key(&trigger.component);
            ensure!(
                known,
                "route {} leads to the component {:?}, which is missing",
                trigger.route,
                trigger.component
            );
        }
        for (name, variable) in &manifest.variables {
            ensure!(
                variable.required != variable.default.is_some(),
                "variable {name}: either `required = true` or a default"
            );
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"a\"\nversion = \"1\"\n";
    const COMPONENT: &str =
        "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"a\"\n[component.a]\nsource = \"a.wasm\"\n";

    #[test]
    fn what_spin_would_refuse_or_ignore_is_an_error() {
        Manifest::parse(&format!("{HEAD}{COMPONENT}")).unwrap();
        for (broken, reason) in [
            (format!("{HEAD}{COMPONENT}allowed_hosts = []\n"), "unknown field"),
            (format!("{HEAD}{}", COMPONENT.replace("component = \"a\"", "component = \"b\"")), "missing"),
            (format!("{HEAD}{COMPONENT}").replace("version = 2", "version = 3"), "spin_manifest_version"),
            (format!("{HEAD}[variables]\nx = {{ secret = true }}\n{COMPONENT}"), "either"),
        ] {
            let error = format!("{:#}", Manifest::parse(&broken).unwrap_err());
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn the_manifest_of_the_project_is_read() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../spin.toml");
        Manifest::read(&path).unwrap();
    }
}
