//! The site: every page is on it, and every link of a page leads to a file of the site, and to a heading of it.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::{programs, root};

fn build(args: &[&str], folder: &Path) -> Output {
    let mut search = root().join("target/packages/bin").into_os_string();
    search.push(":");
    search.push(std::env::var_os("PATH").unwrap());
    Command::new(root().join("docs/site/build"))
        .args(args)
        .arg(folder)
        .env("PATH", search)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// The targets of links and of pictures in HTML in a text, outside of code.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for block in text.split("\n```").step_by(2) {
        for plain in block.split('`').step_by(2) {
            for (start, end) in [("](", ')'), ("src=\"", '"'), ("srcset=\"", '"')] {
                let targets = plain.split(start).skip(1).filter_map(|rest| rest.split_once(end));
                found.extend(targets.map(|(target, _)| target.to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_page_is_in_the_summary_and_every_link_leads_to_a_file_of_the_site() {
    if !programs::has("python3", "to write the pages of the site") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let repository = "https://example.com/owner/cz-hook";
    let output = build(&["--pages", "--repository", repository], dir.path());
    assert!(output.status.success(), "{}", said(&output));
    let source = dir.path().join("src");
    let read = |name: &str| std::fs::read_to_string(source.join(name)).unwrap();

    let in_summary: BTreeSet<String> = links(&read("SUMMARY.md")).into_iter().collect();
    let files = std::fs::read_dir(&source).unwrap().map(|entry| entry.unwrap().file_name());
    let pages: BTreeSet<String> = files
        .map(|name| name.into_string().unwrap())
        .filter(|name| name.ends_with(".md") && name != "SUMMARY.md")
        .collect();
    assert_eq!(in_summary, pages);
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.ends_with(".md") || pages.contains(&name), "{name} is not on the site");
    }

    let mut count = 0;
    for page in &pages {
        for target in links(&read(page)) {
            if let Some(path) = target.strip_prefix(repository) {
                // `/tree/HEAD/` or `/blob/HEAD/`, then a path.
                let path = path.splitn(4, '/').nth(3).unwrap();
                assert!(root().join(path).exists(), "{page}: {target}");
            } else if !target.starts_with("http") {
                let file = target.split('#').next().unwrap();
                assert!(file.is_empty() || source.join(file).is_file(), "{page}: {target}");
            }
            count += 1;
        }
    }
    assert!(count > 60, "{count}");
}

#[test]
fn the_site_has_every_page_its_headings_and_a_search() {
    let dir = tempfile::tempdir().unwrap();
    if !programs::has("python3", "to build the site") {
        return;
    }
    let output = build(&[], dir.path());
    if !output.status.success() && said(&output).starts_with("NOT BUILT: the site") {
        // No skip that fails in CI: mdBook takes a minute to build, and the other test reads all pages and links.
        let _ = writeln!(
            std::io::stderr(),
            "{}; run `tests/packages/setup site`",
            said(&output).trim()
        );
        return;
    }
    assert!(output.status.success(), "{}", said(&output));
    let book = dir.path().join("book");
    let html = |name: &str| std::fs::read_to_string(book.join(name)).unwrap();
    for entry in std::fs::read_dir(dir.path().join("src")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(page) = name.strip_suffix(".md").filter(|page| *page != "SUMMARY") else {
            continue;
        };
        let of = |page: &str| match page {
            "README" => "index.html".to_owned(),
            other => format!("{other}.html"),
        };
        assert!(html(&of(page)).contains("<h1"), "{page}");
        let text = std::fs::read_to_string(dir.path().join("src").join(&name)).unwrap();
        for target in links(&text).iter().filter(|target| !target.starts_with("http")) {
            let Some((file, anchor)) = target.split_once('#') else { continue };
            let file = file.strip_suffix(".md").unwrap_or(page);
            let file = if file.is_empty() { page } else { file };
            let id = format!("id=\"{anchor}\"");
            assert!(html(&of(file)).contains(&id), "{page}: {target}");
        }
    }
    let names = std::fs::read_dir(&book).unwrap();
    let names: Vec<_> = names.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().any(|name| name.starts_with("searchindex")), "{names:?}");
}
