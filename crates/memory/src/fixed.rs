use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use ringtrue_core::{
    OrgId, UserId,
    code::{Code, CodeShape},
    port::{CodeSource, DeliverySignal, IdSource},
};

/// Gives the codes that it was told to, in turn and over again, whatever shape is asked for.
#[derive(Debug)]
pub struct FixedCodeSource {
    codes: Vec<String>,
    next: Mutex<usize>,
}

impl FixedCodeSource {
    /// A source of these codes; at least one.
    #[must_use]
    pub fn new(codes: &[&str]) -> Self {
        Self {
            codes: codes.iter().map(|&code| code.to_owned()).collect(),
            next: Mutex::new(0),
        }
    }
}

impl CodeSource for FixedCodeSource {
    fn draw(&self, _: CodeShape) -> Code {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let code = Code::new(&self.codes[*next % self.codes.len()]);
        *next += 1;
        code
    }
}

/// Gives ids that count up from one.
#[derive(Debug, Default)]
pub struct SequentialIdSource(AtomicU64);

impl SequentialIdSource {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn decimal(&self) -> String {
        format!("1{:017}", self.next())
    }
}

impl IdSource for SequentialIdSource {
    fn user_id(&self) -> UserId {
        UserId::from_stored(self.decimal())
    }

    fn org_id(&self) -> OrgId {
        OrgId::from_stored(self.decimal())
    }

    fn random(&self) -> [u8; 16] {
        u128::from(self.next()).to_be_bytes()
    }
}

/// A signal that nobody hears, for whoever looks into the outbox by themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct SilentSignal;

impl DeliverySignal for SilentSignal {
    fn message_queued(&self) {}
}
