//! Links of the documents: each leads to a file that is there, and to a heading in it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::workspace;

/// Where documents are.
const FOLDERS: [&str; 5] = ["docs", "migrations", "proto", "fuzz", "examples"];

/// Every document: those of the root, and those under [`FOLDERS`].
fn documents() -> Vec<PathBuf> {
    let root = workspace::root();
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(|folder| root.join(folder)).collect();
    let of_root = entries(&root).into_iter().filter(|path| path.is_file());
    found.extend(of_root);
    while let Some(folder) = folders.pop() {
        let (inner, files): (Vec<_>, Vec<_>) = entries(&folder).into_iter().partition(|path| path.is_dir());
        folders.extend(inner);
        found.extend(files);
    }
    found.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// Where a document's links lead, but for those that leave the project.
fn links(document: &str) -> Vec<&str> {
    let targets = document.split("](").skip(1);
    targets
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://"))
        .collect()
}

/// The names by which a document's headings are linked to.
fn headings(document: &str) -> BTreeSet<String> {
    let titles = document.lines().filter_map(|line| {
        let title = line.trim_start_matches('#');
        (title.len() < line.len()).then(|| title.trim())
    });
    let name = |title: &str| {
        let kept = title.chars().filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            _ => c.is_alphanumeric().then(|| c.to_ascii_lowercase()),
        });
        kept.collect()
    };
    titles.map(name).collect()
}

/// What is wrong with a link of the document at `path`.
fn problem(path: &Path, document: &str, link: &str) -> Option<String> {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = path.parent()?.join(file);
    if !file.is_empty() && !target.exists() {
        return Some(format!("{}: there is no {link}", path.display()));
    }
    if heading.is_empty() {
        return None;
    }
    let there = if file.is_empty() {
        headings(document)
    } else {
        headings(&fs::read_to_string(target).unwrap_or_default())
    };
    (!there.contains(heading)).then(|| format!("{}: nothing is headed {link}", path.display()))
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents();
    assert!(documents.len() >= 10, "{documents:?}");
    let mut problems = Vec::new();
    for path in &documents {
        let text = fs::read_to_string(path).unwrap();
        problems.extend(
            links(&text)
                .into_iter()
                .filter_map(|link| problem(path, &text, link)),
        );
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let path = workspace::root().join("docs/api.md");
    let text = "# One two-three\n[a](b.md) [c](#one-two-three) [d](#one) [e](errors.md#nothing) [f](https://example.com/x)";
    let wrong: Vec<_> = links(text)
        .into_iter()
        .filter_map(|link| problem(&path, text, link))
        .collect();
    assert_eq!(wrong.len(), 3, "{wrong:?}");
}
