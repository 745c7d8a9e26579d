//! JavaScript packages and the page: installed and built when something changed.

use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::shell;

const OLDEST_NODE: u32 = 20;

/// Where the built page lies.
pub(crate) fn page_folder() -> PathBuf {
    shell::root().join("web/dist")
}

/// An error that says what to install, unless Node and npm are there.
pub(crate) fn require_node() -> Result<()> {
    let version = shell::output("node", &["--version"])
        .with_context(|| format!("Node.js {OLDEST_NODE} or newer is needed and `node` was not found"))?;
    let major: u32 =
        version.trim_start_matches('v').split('.').next().unwrap_or_default().parse().unwrap_or(0);
    if major < OLDEST_NODE {
        bail!("Node.js {OLDEST_NODE} or newer is needed, `node` is {version}");
    }
    shell::output("npm", &["--version"]).context("npm is needed and was not found")?;
    Ok(())
}

/// `npm ci` in a folder, unless what is installed is what the lock file says.
pub(crate) fn install(folder: &str) -> Result<()> {
    require_node()?;
    let path = shell::root().join(folder);
    // npm writes this file last.
    let installed = modified(&path.join("node_modules/.package-lock.json"));
    if installed.is_none() || installed < modified(&path.join("package-lock.json")) {
        shell::run(&mut shell::command("npm", folder, &["ci", "--no-fund", "--no-audit"]))?;
    }
    Ok(())
}

/// Builds the page, unless it is newer than its sources.
pub(crate) fn build_page() -> Result<()> {
    install("web")?;
    let built = modified(&page_folder().join("index.html"));
    if built.is_none() || built < newest(&shell::root().join("web"))? {
        eprintln!("Building the page (first time: about half a minute)");
        shell::run(&mut shell::command("npm", "web", &["run", "build"]))?;
    }
    Ok(())
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|m| m.modified()).ok()
}

/// When the newest source under a folder changed.
fn newest(folder: &Path) -> Result<Option<SystemTime>> {
    let mut newest = None;
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "node_modules"
            || name == "dist"
            || name == "test"
            || name.to_string_lossy().starts_with('.')
        {
            continue;
        }
        let time = match entry.file_type()?.is_dir() {
            true => self::newest(&entry.path())?,
            false => entry.metadata()?.modified().ok(),
        };
        newest = newest.max(time);
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_source_counts_and_what_is_built_or_installed_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "x").unwrap();
            let old = SystemTime::now() - std::time::Duration::from_secs(1000);
            fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
            path
        };
        let (_, deep, _, _) =
            (write("a.ts"), write("src/deep/b.ts"), write("dist/c.js"), write("node_modules/d.js"));
        fs::write(folder.path().join("dist/c.js"), "newer").unwrap();
        fs::write(folder.path().join("node_modules/d.js"), "newer").unwrap();
        let hour = SystemTime::now() - std::time::Duration::from_secs(500);
        assert!(newest(folder.path()).unwrap().unwrap() < hour);
        fs::write(&deep, "changed").unwrap();
        assert_eq!(newest(folder.path()).unwrap(), modified(&deep));
    }
}
