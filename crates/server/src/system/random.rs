use std::cell::RefCell;

/// How many ids' bits are drawn at once: asking the operating system costs more than the bits do.
const IDS: usize = 32;

thread_local! {
    /// Bits that no id has yet.
    static DRAWN: RefCell<Vec<[u8; 16]>> = const { RefCell::new(Vec::new()) };
}

/// Fills `bytes` from the operating system's generator.
#[expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "the one place that asks the operating system; without its generator no code may be drawn at all"
)]
pub(crate) fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system's generator answers");
}

/// The bits of an id, from the operating system's generator, and each handed out once. They were drawn a while ago, for several
/// ids together: good for what has to be unique, while codes and tokens, which have to be secret, are drawn by [`fill`] when
/// they are wanted.
pub(crate) fn draw_id() -> [u8; 16] {
    DRAWN.with_borrow_mut(|drawn| {
        loop {
            if let Some(id) = drawn.pop() {
                return id;
            }
            let mut ids = [[0; 16]; IDS];
            fill(ids.as_flattened_mut());
            drawn.extend(ids);
        }
    })
}
