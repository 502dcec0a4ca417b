//! What the fuzzer found worth keeping, tried again: every parser of strangers' bytes on its corpus.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "../../fuzz/targets/lib.rs"]
mod targets;

fn fuzz(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz")
        .join(path)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let name = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    entries.map(|entry| name(entry.unwrap().path())).collect()
}

#[test]
fn every_target_holds_for_its_corpus() {
    for (name, target) in targets::ALL {
        let folder = fuzz("corpus").join(name);
        let mut tried = 0;
        for entry in fs::read_dir(&folder).expect("a corpus") {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            let held = std::panic::catch_unwind(|| target(&bytes));
            assert!(held.is_ok(), "{} does not hold", path.display());
            tried += 1;
        }
        assert!(tried > 0, "{name} has a corpus of {tried}");
    }
}

#[test]
fn targets_corpora_and_binaries_are_the_same() {
    let all: BTreeSet<_> = targets::ALL
        .iter()
        .map(|(name, _)| name.to_string())
        .collect();
    assert_eq!(names(&fuzz("fuzz_targets")), all);
    assert_eq!(names(&fuzz("corpus")), all);
    let manifest = fs::read_to_string(fuzz("Cargo.toml")).unwrap();
    for name in &all {
        let line = format!("path = \"fuzz_targets/{name}.rs\"");
        assert_eq!(manifest.matches(&line).count(), 1, "{name}");
    }
}

#[test]
fn corpora_stay_small() {
    for (name, _) in targets::ALL {
        let sizes: Vec<u64> = fs::read_dir(fuzz("corpus").join(name))
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .collect();
        let bytes: u64 = sizes.iter().sum();
        assert!(
            sizes.len() <= 40 && bytes <= 200 << 10,
            "{name}: {} files, {bytes} bytes",
            sizes.len()
        );
    }
}
