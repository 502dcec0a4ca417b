//! Every fuzz target on its committed corpus.

use crate::support::root;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "../../fuzz/targets/lib.rs"]
mod targets;

fn fuzz(path: &str) -> PathBuf {
    root().join("fuzz").join(path)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let name = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    entries.map(|entry| name(entry.unwrap().path())).collect()
}

#[test]
fn every_target_passes_its_corpus() {
    std::thread::scope(|scope| {
        for (name, target) in targets::ALL {
            scope.spawn(move || {
                let files = fs::read_dir(fuzz("corpus").join(name)).expect("a corpus");
                let paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
                assert!(!paths.is_empty(), "{name} has an empty corpus");
                for path in paths {
                    let bytes = fs::read(&path).unwrap();
                    let passed = std::panic::catch_unwind(|| target(&bytes));
                    assert!(passed.is_ok(), "{} fails", path.display());
                }
            });
        }
    });
}

#[test]
fn every_target_has_a_corpus_and_a_binary() {
    let all: BTreeSet<_> = targets::ALL.iter().map(|(name, _)| name.to_string()).collect();
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
