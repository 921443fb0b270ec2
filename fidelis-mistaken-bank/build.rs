//! Takes the bank's source as it is today and builds the mistakes of `src/mistakes.rs` into it. A mistake whose place is gone is an
//! error: whoever changes the bank says where the mistake is now.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

#[expect(unreachable_pub, reason = "it is public in the crate")]
#[path = "src/mistakes.rs"]
mod mistakes;

fn main() -> Result<(), Box<dyn Error>> {
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let bank = manifest.join("../fidelis-domain/src").canonicalize()?;
    let out = PathBuf::from(env::var("OUT_DIR")?).join("bank");
    println!("cargo::rerun-if-changed={}", bank.display());
    println!("cargo::rerun-if-changed=src/mistakes.rs");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let root = fs::read_to_string(bank.join("lib.rs"))?;
    let mut modules = String::new();
    for line in root.lines() {
        let Some(name) = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')) else { continue };
        // A file that is named by its path looks for its own modules beside it.
        let folder = out.join(name);
        fs::create_dir_all(&folder)?;
        let text = fs::read_to_string(bank.join(name).with_extension("rs"))?;
        fs::write(folder.join("mod.rs"), without_tests(&text))?;
        if bank.join(name).is_dir() {
            copy(&bank.join(name), &folder)?;
        }
        let path = folder.join("mod.rs");
        modules.push_str(&format!("#[doc = \"See `fidelis-domain`.\"]\n#[path = {path:?}]\npub mod {name};\n"));
    }
    for mistake in mistakes::ALL {
        let file = out.join(mistake.file);
        let text = fs::read_to_string(&file)?;
        if text.matches(mistake.right).count() != 1 {
            return Err(format!("{:?}: `{}` is not once in `{}`", mistake.mistake, mistake.right, mistake.file).into());
        }
        let right = mistake.right;
        let either = match mistake.wrong {
            "" => format!("if !crate::makes(crate::Mistake::{:?}) {{ {right} }}", mistake.mistake),
            wrong => format!("if crate::makes(crate::Mistake::{:?}) {{ {wrong} }} else {{ {right} }}", mistake.mistake),
        };
        fs::write(&file, text.replace(right, &either))?;
    }
    fs::write(out.join("lib.rs"), modules)?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&to)?;
            copy(&entry.path(), &to)?;
        } else {
            fs::write(to, without_tests(&fs::read_to_string(entry.path())?))?;
        }
    }
    Ok(())
}

/// The bank's own tests are run where the bank is.
fn without_tests(text: &str) -> String {
    text.replace("#[cfg(test)]", "#[cfg(any())]")
}
