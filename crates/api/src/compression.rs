//! gzip on REST and Connect, in both directions (RFC 9110 §8.4 and §12.5.3). gRPC has it in its frames, where tonic does it.

use std::io::{Read as _, Write as _};

use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY},
};

use crate::error::Failure;

/// Answers shorter than this are sent as they are: they fit into one packet in any case.
pub(crate) const LEN_MIN: usize = 1024;

/// How a request's body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Not at all.
    Identity,
    /// gzip.
    Gzip,
}

impl Coding {
    /// What `Content-Encoding` says; none: something that is not understood here.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(CONTENT_ENCODING).iter();
        match (values.next(), values.next()) {
            (None, _) => Some(Self::Identity),
            (Some(value), None) => Self::named(value.as_bytes()),
            // One upon the other.
            (Some(_), Some(_)) => None,
        }
    }

    fn named(name: &[u8]) -> Option<Self> {
        match name.trim_ascii().to_ascii_lowercase().as_slice() {
            b"" | b"identity" => Some(Self::Identity),
            b"gzip" | b"x-gzip" => Some(Self::Gzip),
            _ => None,
        }
    }

    /// The body as it was before it was encoded. It may become no larger than a body may be: whoever sends little that
    /// stands for much is refused when that is passed, and not when memory is used up.
    pub(crate) fn decode(self, body: Bytes, len_max: usize) -> Result<Bytes, Failure> {
        if self == Self::Identity || body.is_empty() {
            return Ok(body);
        }
        let limit = u64::try_from(len_max).unwrap_or(u64::MAX).saturating_add(1);
        let mut plain = Vec::with_capacity(len_max.min(body.len().saturating_mul(2)));
        MultiGzDecoder::new(&*body)
            .take(limit)
            .read_to_end(&mut plain)
            .map_err(|_| Failure::NotGzip)?;
        if plain.len() > len_max {
            return Err(Failure::BodyTooLarge(len_max));
        }
        Ok(plain.into())
    }
}

/// Whether the caller takes gzip.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut anything = false;
    for value in headers.get_all(ACCEPT_ENCODING) {
        for coding in value.to_str().unwrap_or_default().split(',') {
            let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
            let name = name.trim();
            if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
                return !is_refused(parameters);
            }
            anything |= name == "*" && !is_refused(parameters);
        }
    }
    anything
}

/// `q=0`: by no means.
fn is_refused(parameters: &str) -> bool {
    let quality = parameters.trim().strip_prefix(['q', 'Q']);
    let quality = quality.and_then(|rest| rest.trim_start().strip_prefix('='));
    quality.is_some_and(|quality| quality.trim().parse::<f32>().is_ok_and(|quality| quality <= 0.0))
}

/// An answer to a read, in gzip for a caller who takes it if that makes it shorter.
///
/// Only what reads answer is ever compressed. What writes answer may hold a code beside what the caller sent, and the
/// length of the two compressed together would tell of the code (BREACH).
pub(crate) fn read_answer(gzip: bool, content_type: &'static str, body: Vec<u8>) -> Response {
    let content_type = HeaderValue::from_static(content_type);
    let (vary, by) = (VARY, HeaderValue::from_static("accept-encoding"));
    match gzip.then(|| encode(&body)).flatten() {
        Some(shorter) => (
            [
                (CONTENT_TYPE, content_type),
                (vary, by),
                (CONTENT_ENCODING, HeaderValue::from_static("gzip")),
            ],
            shorter,
        )
            .into_response(),
        None => (StatusCode::OK, [(CONTENT_TYPE, content_type), (vary, by)], body).into_response(),
    }
}

fn encode(body: &[u8]) -> Option<Vec<u8>> {
    if body.len() < LEN_MIN {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 2), Compression::fast());
    // Writing to memory does not fail; if it did, the body would go out as it is.
    encoder.write_all(body).ok()?;
    encoder.finish().ok().filter(|shorter| shorter.len() < body.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gzip(body: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap().into()
    }

    #[test]
    fn a_body_may_be_as_large_as_the_limit_and_not_larger_before_and_after() {
        let at_limit = Coding::Gzip.decode(gzip(&[7; 1000]), 1000).unwrap();
        assert_eq!(at_limit, vec![7; 1000]);
        for large in [1001, 10_000_000] {
            let refused = Coding::Gzip.decode(gzip(&vec![0; large]), 1000);
            assert!(matches!(refused, Err(Failure::BodyTooLarge(1000))), "{large}");
        }
        let members = [gzip(b"two "), gzip(b"members")].concat();
        assert_eq!(Coding::Gzip.decode(members.into(), 1000).unwrap(), "two members");
        assert_eq!(Coding::Gzip.decode(Bytes::new(), 1000).unwrap(), "");
    }

    #[test]
    fn what_is_no_gzip_or_breaks_off_is_refused() {
        let whole = gzip(b"{\"phone\":\"+41791234567\"}");
        for broken in [
            Bytes::from_static(b"{}"),
            whole.slice(..whole.len() - 1),
            whole.slice(..12),
        ] {
            assert!(matches!(Coding::Gzip.decode(broken, 1000), Err(Failure::NotGzip)));
        }
    }

    #[test]
    fn a_caller_takes_gzip_when_it_says_so() {
        let accepts = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(ACCEPT_ENCODING, value.parse().unwrap());
            }
            accepts_gzip(&headers)
        };
        for yes in [
            &["gzip"][..],
            &["deflate, GZIP;q=0.1"],
            &["br", "x-gzip"],
            &["*"],
            &["identity;q=0.5, *;q=0.1"],
        ] {
            assert!(accepts(yes), "{yes:?}");
        }
        for no in [
            &[][..],
            &[""],
            &["br"],
            &["gzip;q=0"],
            &["gzip; q=0.000, *"],
            &["*;q=0"],
            &["gzipped"],
        ] {
            assert!(!accepts(no), "{no:?}");
        }
    }

    #[test]
    fn only_what_becomes_shorter_is_compressed() {
        assert_eq!(encode(&[0; LEN_MIN - 1]), None);
        let body = vec![b'a'; LEN_MIN];
        let shorter = encode(&body).unwrap();
        assert_eq!(Coding::Gzip.decode(shorter.into(), LEN_MIN).unwrap(), body);
    }
}
