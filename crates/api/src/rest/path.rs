//! Finds the method that a verb and a path mean.

use std::sync::Arc;

use http::Method as Verb;

use crate::surface::{Rpc, Surface};

/// The paths that there are.
pub(crate) struct Paths(Vec<Path>);

struct Path {
    verb: Verb,
    segments: Vec<Segment>,
    rpc: Arc<Rpc>,
}

enum Segment {
    Fixed(String),
    /// In every method that we carry out the first of them is the user.
    Variable,
}

/// What a verb and a path mean.
#[derive(Clone)]
pub(crate) enum Match {
    /// This method, and the user in the path, the escapes undone.
    Method(Arc<Rpc>, Option<Vec<u8>>),
    /// The path is there, for other verbs: these.
    OtherVerbs(String),
    /// Nothing is there.
    Nothing,
}

impl Paths {
    /// Takes the HTTP rules; those with more fixed segments come first, so that `/v2/users/human` is not a user's id.
    pub(crate) fn new(surface: &Surface) -> Self {
        let mut paths: Vec<Path> = surface
            .rules
            .iter()
            .map(|rule| Path {
                verb: rule.verb.clone(),
                segments: rule.path.split('/').skip(1).map(Segment::parse).collect(),
                rpc: rule.rpc.clone(),
            })
            .collect();
        paths.sort_by_key(|path| {
            path.segments
                .iter()
                .filter(|segment| matches!(segment, Segment::Variable))
                .count()
        });
        Self(paths)
    }

    /// Finds what a verb and a path mean. The path is split before its escapes are undone, so that an id may hold a slash.
    pub(crate) fn find(&self, verb: &Verb, path: &str) -> Match {
        let Some(given) = path.strip_prefix('/') else {
            return Match::Nothing;
        };
        let given: Vec<&str> = given.split('/').collect();
        let mut verbs: Vec<&str> = Vec::new();
        for path in &self.0 {
            if !path.fits(&given) {
                continue;
            }
            if path.verb == *verb {
                return Match::Method(path.rpc.clone(), path.user(&given));
            }
            verbs.push(path.verb.as_str());
        }
        if verbs.is_empty() {
            return Match::Nothing;
        }
        verbs.sort_unstable();
        verbs.dedup();
        Match::OtherVerbs(verbs.join(", "))
    }
}

impl Path {
    fn fits(&self, given: &[&str]) -> bool {
        // A trailing slash makes a path of its own, and nothing is there.
        given.len() == self.segments.len()
            && given.last() != Some(&"")
            && self
                .segments
                .iter()
                .zip(given)
                .all(|(segment, given)| match segment {
                    Segment::Fixed(text) => text == given,
                    Segment::Variable => true,
                })
    }

    /// The user in a path that fits.
    fn user(&self, given: &[&str]) -> Option<Vec<u8>> {
        let at = self
            .segments
            .iter()
            .position(|segment| matches!(segment, Segment::Variable))?;
        given.get(at).map(|text| unescape(text))
    }
}

impl Segment {
    fn parse(text: &str) -> Self {
        if text.starts_with('{') {
            Self::Variable
        } else {
            Self::Fixed(text.to_owned())
        }
    }
}

/// Undoes `%2F` and its like; a `%` that escapes nothing stands for itself.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%').then(|| after.get(..2).and_then(|digits| hex::decode(digits).ok()));
        rest = if let Some(Some(byte)) = escaped {
            bytes.extend(byte);
            &after[2..]
        } else {
            bytes.push(first);
            after
        };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(verb: &Verb, path: &str) -> String {
        let surface = Surface::new();
        let paths = Paths::new(&surface);
        match paths.find(verb, path) {
            Match::Method(rpc, user) => {
                let user = user.map(|user| String::from_utf8_lossy(&user).into_owned());
                format!("{} {user:?}", rpc.name)
            }
            Match::OtherVerbs(verbs) => verbs,
            Match::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn every_rule_finds_its_own_method() {
        for rule in Surface::new().rules {
            let path = rule.path.replace(['{', '}'], "");
            let found = find(&rule.verb, &path);
            assert_eq!(
                found.split(' ').next(),
                Some(rule.rpc.name.as_str()),
                "{} {path}",
                rule.verb
            );
        }
    }

    #[test]
    fn a_path_and_a_verb_mean_a_method() {
        for (verb, path, means) in [
            (Verb::POST, "/v2/users/7/phone", "SetPhone Some(\"7\")"),
            (Verb::DELETE, "/v2beta/users/7/phone", "RemovePhone Some(\"7\")"),
            (Verb::POST, "/v2/users/human", "AddHumanUser None"),
            (Verb::GET, "/v2/users/human", "GetUserByID Some(\"human\")"),
            (Verb::PUT, "/v2beta/users/7", "UpdateHumanUser Some(\"7\")"),
            (Verb::POST, "/v2/users/a%2Fb/phone", "SetPhone Some(\"a/b\")"),
            (Verb::POST, "/v2/users/100%/phone", "SetPhone Some(\"100%\")"),
            (Verb::POST, "/v2/users//phone", "SetPhone Some(\"\")"),
            (Verb::GET, "/v2/users/7/phone", "DELETE, POST"),
            (Verb::POST, "/v2/users/keys/phone", "SetPhone Some(\"keys\")"),
            (Verb::POST, "/v2/users/keys/search", "ListKeys None"),
            (
                Verb::POST,
                "/v2/users/7/passkeys/_search",
                "ListPasskeys Some(\"7\")",
            ),
            (Verb::DELETE, "/v2/users/7/links/8/9", "RemoveIDPLink Some(\"7\")"),
            (Verb::GET, "/v2/users/7/metadata", "DELETE, POST"),
            (Verb::POST, "/v2beta/users/7/metadata", "nothing"),
            (Verb::POST, "/v2/users/7/dance", "nothing"),
            (Verb::POST, "/v2/users/7/phone/", "nothing"),
            (Verb::GET, "/v2/users/", "nothing"),
            (Verb::POST, "/v3/users/7/phone", "nothing"),
            (Verb::POST, "/V2/users/7/phone", "nothing"),
        ] {
            assert_eq!(find(&verb, path), means, "{verb} {path}");
        }
    }
}
