//! How long a call may take. tonic enforces `grpc-timeout` only in its own transport, which is not ours.

use std::{future::Future, time::Duration};

use http::HeaderMap;

use crate::{app::Limits, error::Failure};

/// The header that asks for less time, in the units of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeoutHeader {
    /// `grpc-timeout: 1500m`
    Grpc,
    /// `connect-timeout-ms: 1500`
    Connect,
}

impl TimeoutHeader {
    fn name(self) -> &'static str {
        match self {
            Self::Grpc => "grpc-timeout",
            Self::Connect => "connect-timeout-ms",
        }
    }

    fn parse(self, value: &str) -> Option<Duration> {
        match self {
            Self::Connect => Some(Duration::from_millis(digits(value, 10)?)),
            Self::Grpc => {
                let unit = value.chars().next_back()?;
                let number = digits(value.strip_suffix(unit)?, 8)?;
                Some(match unit {
                    'H' => Duration::from_secs(number * 3600),
                    'M' => Duration::from_secs(number * 60),
                    'S' => Duration::from_secs(number),
                    'm' => Duration::from_millis(number),
                    'u' => Duration::from_micros(number),
                    'n' => Duration::from_nanos(number),
                    _ => return None,
                })
            }
        }
    }
}

/// A number of 1 to `len_max` digits, which is how the protocols keep it from overflowing.
fn digits(text: &str, len_max: usize) -> Option<u64> {
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    (!text.is_empty() && text.len() <= len_max && all_digits).then(|| text.parse().ok())?
}

/// How long a call with these headers may take: what the caller asks for, and no more than we allow.
pub(crate) fn allowance(
    headers: &HeaderMap,
    header: TimeoutHeader,
    limits: &Limits,
) -> Result<Duration, Failure> {
    let Some(value) = headers.get(header.name()) else {
        return Ok(limits.request_timeout);
    };
    let asked = value.to_str().ok().and_then(|value| header.parse(value));
    let asked = asked.ok_or_else(|| {
        let example = match header {
            TimeoutHeader::Grpc => "1500m, at most 8 digits and one of the units H M S m u n",
            TimeoutHeader::Connect => "1500, at most 10 digits",
        };
        Failure::BadHeader(format!("{} is written as in {example}", header.name()).into())
    })?;
    Ok(asked.min(limits.request_timeout))
}

/// Waits for `work`, but not beyond `allowance`. With no time at all it is not begun.
pub(crate) async fn within<T>(allowance: Duration, work: impl Future<Output = T>) -> Result<T, Failure> {
    if allowance.is_zero() {
        return Err(Failure::TimedOut);
    }
    tokio::time::timeout(allowance, work)
        .await
        .map_err(|_| Failure::TimedOut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_may_ask_for_less_time_and_not_for_more() {
        let ask = |name: &'static str, value: &str, header| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            allowance(&headers, header, &Limits::default()).ok()
        };
        let grpc = |value| ask("grpc-timeout", value, TimeoutHeader::Grpc);
        let connect = |value| ask("connect-timeout-ms", value, TimeoutHeader::Connect);
        assert_eq!(grpc("1500m"), Some(Duration::from_millis(1500)));
        assert_eq!(grpc("2S"), Some(Duration::from_secs(2)));
        assert_eq!(grpc("99999999H"), Some(Limits::default().request_timeout));
        assert_eq!(connect("250"), Some(Duration::from_millis(250)));
        for bad in ["", "m", "1", "1x", "123456789S", "-1S", "1.5S"] {
            assert_eq!(grpc(bad), None, "{bad}");
        }
        for bad in ["", "12345678901", "5s", "-1"] {
            assert_eq!(connect(bad), None, "{bad}");
        }
    }
}
