//! How texts are compared.

/// What a user is found by that is a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextField {
    /// The unique name, which is also the only name to sign in with.
    Username,
    /// The first name.
    GivenName,
    /// The last name.
    FamilyName,
    /// The name among friends; empty for whoever has none.
    NickName,
    /// The name to greet by.
    DisplayName,
    /// The e-mail address.
    Email,
}

impl TextField {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Username,
        Self::GivenName,
        Self::FamilyName,
        Self::NickName,
        Self::DisplayName,
        Self::Email,
    ];

    /// The name of the [`Listing`](super::Listing)'s field that holds the text, and of a store's column.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::NickName => "nick_name",
            Self::DisplayName => "display_name",
            Self::Email => "email",
        }
    }

    /// The name of that which holds the text's [`fold`].
    #[must_use]
    pub const fn folded_column(self) -> &'static str {
        match self {
            Self::Username => "username_folded",
            Self::GivenName => "given_name_folded",
            Self::FamilyName => "family_name_folded",
            Self::NickName => "nick_name_folded",
            Self::DisplayName => "display_name_folded",
            Self::Email => "email_folded",
        }
    }
}

/// Which part of a text is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// All of it.
    Equals,
    /// Its beginning.
    StartsWith,
    /// Any part of it.
    Contains,
    /// Its end.
    EndsWith,
}

impl Relation {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Equals, Self::StartsWith, Self::Contains, Self::EndsWith];

    /// Whether `text` stands in this relation to `value`. No character means anything but itself.
    #[must_use]
    pub fn holds(self, value: &str, text: &str) -> bool {
        match self {
            Self::Equals => value == text,
            Self::StartsWith => value.starts_with(text),
            Self::Contains => value.contains(text),
            Self::EndsWith => value.ends_with(text),
        }
    }
}

/// Whether capitals and small letters are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// They differ: texts are compared byte by byte.
    Matters,
    /// They are alike, by [`fold`].
    Ignored,
}

/// A comparison with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextMatch {
    /// Which part is compared.
    pub relation: Relation,
    /// Whether capitals and small letters are alike.
    pub case: Case,
    /// With what.
    pub text: String,
}

impl TextMatch {
    /// Whether it holds of this value.
    #[must_use]
    pub fn holds(&self, value: &str) -> bool {
        match self.case {
            Case::Matters => self.relation.holds(value, &self.text),
            Case::Ignored => self.relation.holds(&fold(value), &fold(&self.text)),
        }
    }
}

/// A text with its capitals made small, character by character and in no language in particular.
///
/// Because no character looks at its neighbours, a part of a text folds to a part of the folded text: whatever a
/// comparison finds, the same comparison of the folded texts finds too. Stores keep folded texts, index those alone, and
/// look at the text itself only for what the index has found. That a database would fold by its locale, each in its own
/// way, is why they do not leave it to the database.
#[must_use]
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// The least text, byte by byte, that comes after every text that begins with `prefix`; none if there is no such text.
#[must_use]
pub fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut end: Vec<char> = prefix.chars().collect();
    while let Some(last) = end.pop() {
        // UTF-8 sorts as code points do. Between the surrogates, which are no characters, there is nothing to miss.
        let next = match last {
            char::MAX => continue,
            '\u{D7FF}' => '\u{E000}',
            other => char::from_u32(u32::from(other) + 1).unwrap_or(char::MAX),
        };
        end.push(next);
        return Some(end.into_iter().collect());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_of_texts_holds_of_their_folds() {
        let texts = [
            "ΑΣ",
            "ΑΣΑ",
            "İstanbul",
            "Straße",
            "STRASSE",
            "Ǆ",
            "ﬁ",
            "x%_\\",
            "日本語",
            "",
        ];
        for value in texts {
            for part in texts.iter().flat_map(|text| {
                let cuts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
                cuts.flat_map(move |at| [&text[..at], &text[at..]])
            }) {
                for relation in Relation::ALL {
                    if relation.holds(value, part) {
                        assert!(
                            relation.holds(&fold(value), &fold(part)),
                            "{relation:?} {value} {part}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_prefix_ends_right_after_the_last_text_that_begins_with_it() {
        for (prefix, end) in [
            ("a", Some("b")),
            ("az", Some("a{")),
            ("+41", Some("+42")),
            ("\u{D7FF}", Some("\u{E000}")),
            ("a\u{10FFFF}", Some("b")),
            ("\u{10FFFF}", None),
            ("", None),
        ] {
            assert_eq!(end_of_prefix(prefix).as_deref(), end, "{prefix:?}");
            let last = format!("{prefix}\u{10FFFF}\u{10FFFF}");
            assert!(end.is_none_or(|end| last.as_str() < end && !end.starts_with(prefix)));
        }
    }
}
