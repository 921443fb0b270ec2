//! A `Cargo.toml` with the lines of its entries.

use toml::de::{DeTable, DeValue};

use crate::tidy::Violation;

/// A parsed `Cargo.toml`.
pub(crate) struct Manifest<'t> {
    /// Where it is.
    pub(crate) path: String,
    text: &'t str,
    table: DeTable<'t>,
}

/// A member of a workspace.
pub(crate) struct Member {
    /// The path its manifest must have.
    pub(crate) manifest: String,
    /// Where the workspace lists it.
    pub(crate) line: usize,
}

/// An entry of a table of dependencies.
pub(crate) struct Dependency<'m> {
    /// The package's name, even where the entry renames it.
    pub(crate) name: &'m str,
    /// Where the entry is.
    pub(crate) line: usize,
    /// Whether it is in this repository.
    pub(crate) is_path: bool,
}

impl<'t> Manifest<'t> {
    /// Parses a manifest.
    ///
    /// # Errors
    /// When it is not TOML.
    pub(crate) fn parse(path: &str, text: &'t str) -> Result<Self, Violation> {
        match DeTable::parse(text) {
            Ok(table) => Ok(Manifest { path: path.to_owned(), text, table: table.into_inner() }),
            Err(error) => {
                let line = line_of(text, error.span().map_or(0, |span| span.start));
                Err(Violation::new(path, line, error.message().to_owned(), "make it a manifest cargo can read"))
            }
        }
    }

    /// The name of its package; a manifest without one only holds a workspace together.
    pub(crate) fn package(&self) -> Option<&str> {
        self.value(&["package", "name"])?.as_str()
    }

    /// The members of its workspace but for the root itself.
    pub(crate) fn members(&self) -> Vec<Member> {
        let members = self.value(&["workspace", "members"]).and_then(DeValue::as_array);
        let named = members.into_iter().flatten().filter_map(|member| {
            let folder = member.get_ref().as_str().filter(|folder| *folder != ".")?;
            let line = line_of(self.text, member.span().start);
            Some(Member { manifest: format!("{folder}/Cargo.toml"), line })
        });
        named.collect()
    }

    /// Whether it says `[lints] workspace = true`.
    pub(crate) fn takes_workspace_lints(&self) -> bool {
        self.value(&["lints", "workspace"]).and_then(DeValue::as_bool) == Some(true)
    }

    /// Its dependencies of every kind and for every platform, and those it shares with the workspace.
    pub(crate) fn dependencies(&self) -> Vec<Dependency<'_>> {
        let mut found = Vec::new();
        self.collect(&self.table, &mut found);
        found
    }

    fn collect<'m>(&'m self, table: &'m DeTable<'t>, found: &mut Vec<Dependency<'m>>) {
        for (key, value) in table {
            let Some(inner) = value.get_ref().as_table() else {
                continue;
            };
            match key.get_ref().as_ref() {
                "dependencies" | "dev-dependencies" | "build-dependencies" => {
                    found.extend(inner.iter().map(|(key, value)| {
                        let name = value.get_ref().get("package").and_then(|package| package.get_ref().as_str());
                        Dependency {
                            name: name.unwrap_or(key.get_ref()),
                            line: line_of(self.text, key.span().start),
                            is_path: value.get_ref().get("path").is_some(),
                        }
                    }));
                }
                "workspace" => self.collect(inner, found),
                "target" => {
                    let platforms = inner.values().filter_map(|platform| platform.get_ref().as_table());
                    platforms.for_each(|platform| self.collect(platform, found));
                }
                _ => {}
            }
        }
    }

    fn value(&self, keys: &[&str]) -> Option<&DeValue<'t>> {
        let (last, tables) = keys.split_last()?;
        let mut table = &self.table;
        for key in tables {
            table = table.get(*key)?.get_ref().as_table()?;
        }
        Some(table.get(*last)?.get_ref())
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}
