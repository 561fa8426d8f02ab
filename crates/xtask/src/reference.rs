//! `cargo xtask schemathesis` and `cargo xtask snippets`: the tests of the reference that take too long, or programs that the
//! other tests do without.

use std::process::Command;

use anyhow::Result;

use crate::console::step;
use crate::{apt, process, test};

/// A language of the reference's samples.
struct Language {
    /// What it is called, and the test that runs its samples.
    name: &'static str,
    test: &'static str,
    /// The programs that run them.
    programs: &'static [&'static str],
    /// The Debian packages that bring these; none: Debian has none.
    packages: &'static [&'static str],
}

const LANGUAGES: [Language; 6] = [
    Language {
        name: "Go",
        test: "snippets::go_samples_do_what_they_say",
        programs: &["go"],
        packages: &["golang-go"],
    },
    Language {
        name: "Ruby",
        test: "snippets::ruby_samples_do_what_they_say",
        programs: &["ruby"],
        packages: &["ruby"],
    },
    Language {
        name: "C#",
        test: "snippets::csharp_samples_do_what_they_say",
        programs: &["mcs", "mono"],
        packages: &["mono-mcs", "mono-runtime", "libmono-system-net-http4.0-cil"],
    },
    Language {
        name: "PHP",
        test: "snippets::php_samples_do_what_they_say",
        programs: &["php"],
        packages: &["php-cli"],
    },
    Language {
        name: "Java",
        test: "snippets::java_samples_do_what_they_say",
        programs: &["java", "javac"],
        packages: &["openjdk-17-jdk-headless"],
    },
    Language {
        name: "PowerShell",
        test: "snippets::powershell_samples_do_what_they_say",
        programs: &["pwsh"],
        packages: &[],
    },
];

impl Language {
    fn is_there(&self) -> bool {
        self.programs.iter().all(|program| {
            let shell = format!("command -v {program}");
            process::works(Command::new("sh").args(["-c", &shell]))
        })
    }
}

/// Runs the samples of every language whose programs are there or can be installed.
pub(crate) fn snippets() -> Result<()> {
    let mut tests = vec![
        "snippets::curl_samples_do_what_they_say",
        "snippets::python_samples_do_what_they_say",
        "snippets::node_samples_do_what_they_say",
    ];
    for language in &LANGUAGES {
        if !language.is_there() && !language.packages.is_empty() {
            apt::install(language.name, language.packages)?;
        }
        if language.is_there() {
            tests.push(language.test);
        } else {
            step(format_args!(
                "{}: not found, and Debian does not have it; its samples are not run",
                language.name
            ));
        }
    }
    process_tests(&tests)
}

/// Tries the reference against the server, at length.
pub(crate) fn schemathesis() -> Result<()> {
    process_tests(&["schemathesis::the_server_keeps_to_its_reference_at_length"])
}

fn process_tests(names: &[&str]) -> Result<()> {
    let fixed = ["--package", "ringtrue-server", "--test", "process", "--"];
    let how = ["--exact", "--include-ignored", "--nocapture"];
    let arguments: Vec<String> = fixed
        .iter()
        .chain(names)
        .chain(&how)
        .map(|&argument| argument.to_owned())
        .collect();
    test::run(&arguments)
}
