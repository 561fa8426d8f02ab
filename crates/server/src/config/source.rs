//! Where values come from: defaults, then the file, then the environment.

use std::{
    borrow::Cow,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use config::{File, FileFormat, Map, Source, Value, ValueKind};

use super::{problem::Problems, reference};

/// What every variable of ours begins with.
const PREFIX: &str = "RINGTRUE_";
/// Variables of ours that are not configuration: the log filter, and what the test harness passes.
const NOT_CONFIGURATION: [&str; 2] = ["RINGTRUE_LOG", "RINGTRUE_TEST_"];
/// The file that is read when none is named and this one exists.
pub(super) const DEFAULT_FILE: &str = "ringtrue.toml";

/// The variables of this process that are ours.
#[expect(clippy::disallowed_methods, reason = "this is where configuration is read")]
pub(super) fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .filter(|(name, _)| name.starts_with(PREFIX) && !is_not_configuration(name))
        .collect()
}

/// The log filter, in the syntax of `tracing-subscriber`.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where configuration is read from the environment"
)]
pub(crate) fn log_filter() -> Option<String> {
    std::env::var("RINGTRUE_LOG").ok()
}

fn is_not_configuration(name: &str) -> bool {
    name == NOT_CONFIGURATION[0] || name.starts_with(NOT_CONFIGURATION[1])
}

/// The values of all layers, laid over each other; each remembers where it came from.
pub(super) fn merge(file: Option<&Path>, environment: &[(String, String)]) -> Result<Value, Problems> {
    let mut problems = Problems::default();
    let variables = Variables::read(environment, &mut problems);
    let mut builder = config::Config::builder().add_source(Defaults);
    if let Some(path) = file {
        builder = builder.add_source(File::from(path).format(FileFormat::Toml));
    }
    match builder.add_source(variables).build() {
        Ok(merged) if problems.is_empty() => Ok(merged.cache),
        Ok(_) => Err(problems),
        Err(error) => {
            let name = file.map_or_else(String::new, |path| path.display().to_string());
            problems.add(name, without_excerpt(&error));
            Err(problems)
        }
    }
}

/// The file to read: the one that was named, else the default one if it exists.
pub(super) fn file(named: Option<&Path>) -> Option<PathBuf> {
    named.map(Path::to_path_buf).or_else(|| {
        let path = PathBuf::from(DEFAULT_FILE);
        path.is_file().then_some(path)
    })
}

/// The parser's message without the line that it quotes: a secret may stand there.
fn without_excerpt(error: &config::ConfigError) -> String {
    let text = match error {
        config::ConfigError::FileParse { cause, .. } => cause.to_string(),
        other => other.to_string(),
    };
    let kept: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.contains('|'))
        .collect();
    kept.join(": ")
}

/// Names where a value came from: a variable, the file as it was named, or the defaults.
pub(super) fn origin_of<'a>(value: &'a Value, file: Option<&Path>) -> Cow<'a, str> {
    match (value.origin(), file) {
        (None, _) => Cow::Borrowed("default"),
        (Some(origin), Some(file)) if !origin.starts_with(PREFIX) => Cow::Owned(file.display().to_string()),
        (Some(origin), _) => Cow::Borrowed(origin),
    }
}

#[derive(Debug, Clone)]
struct Defaults;

impl Source for Defaults {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(reference::KEYS
            .iter()
            // What stands in each member of a list is filled in where the members are read.
            .filter(|key| !key.path.contains("[]"))
            .filter_map(|key| Some((key.path.to_owned(), Value::new(None, key.fallback.value()?))))
            .collect())
    }
}

/// `RINGTRUE_SMS__PROVIDERS__0__ID` is `sms.providers[0].id`.
#[derive(Debug, Clone, Default)]
struct Variables(Vec<(String, Value)>);

impl Variables {
    fn read(environment: &[(String, String)], problems: &mut Problems) -> Self {
        let mut values = Vec::new();
        for (name, value) in environment {
            let Some(rest) = name.strip_prefix(PREFIX) else {
                continue;
            };
            if !rest.contains("__") {
                // Kubernetes sets RINGTRUE_PORT and the like for a service of that name; a slip of ours it never is.
                let slip = |key: &&reference::Key| key.variable().replace("__", "_") == *name;
                if let Some(meant) = reference::KEYS.iter().find(slip) {
                    let meant = meant.variable();
                    problems.add(
                        name,
                        format_args!("is not read; two underscores follow the section: {meant}"),
                    );
                }
                continue;
            }
            let mut path = String::new();
            for part in rest.to_ascii_lowercase().split("__") {
                match part.parse::<u16>() {
                    Ok(index) if !path.is_empty() && index < 100 => {
                        let _ = write!(path, "[{index}]");
                    }
                    _ if path.is_empty() => path.push_str(part),
                    _ => {
                        path.push('.');
                        path.push_str(part);
                    }
                }
            }
            values.push((path, Value::new(Some(name), ValueKind::String(value.clone()))));
        }
        Self(values)
    }
}

impl Source for Variables {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.iter().cloned().collect())
    }
}
