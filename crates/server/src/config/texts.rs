//! A list of texts, or one text with commas between them, as the environment has it.

use serde::Deserialize;

/// Any number of texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub(super) struct Texts(pub(super) Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    List(Vec<String>),
    WithCommas(String),
}

impl From<Written> for Texts {
    fn from(written: Written) -> Self {
        match written {
            Written::List(texts) => Self(texts),
            Written::WithCommas(text) => {
                let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
                Self(texts.map(str::to_owned).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_commas_is_a_list() {
        let read = |json: &str| serde_json::from_str::<Texts>(json).unwrap().0;
        assert_eq!(read(r#"["a", "b,c"]"#), ["a", "b,c"]);
        assert_eq!(read(r#""a, b,,c""#), ["a", "b", "c"]);
        assert_eq!(read(r#""""#), Vec::<String>::new());
    }
}
