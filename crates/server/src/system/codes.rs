use ringtrue_core::{
    code::{Code, CodeShape},
    port::CodeSource,
};

use super::fill;

/// Draws codes from the operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemCodeSource;

impl CodeSource for SystemCodeSource {
    fn draw(&self, shape: CodeShape) -> Code {
        shape.draw(fill)
    }
}

#[cfg(test)]
mod tests {
    use ringtrue_core::code::Alphabet;

    use super::*;

    const DRAWN: u32 = 1_000_000;

    /// Pearson's statistic of counts that should be equal.
    fn chi_square(counts: &[u32]) -> f64 {
        let total: u32 = counts.iter().sum();
        let cells = u32::try_from(counts.len()).unwrap();
        let expected = f64::from(total) / f64::from(cells);
        counts
            .iter()
            .map(|&count| (f64::from(count) - expected).powi(2) / expected)
            .sum()
    }

    /// What Pearson's statistic of fair draws exceeds once in more than 10^9 times: Wilson and Hilferty's approximation of
    /// the chi-square distribution, six standard deviations out.
    fn limit(cells: usize) -> f64 {
        let freedom = f64::from(u32::try_from(cells - 1).unwrap());
        let spread = 2.0 / (9.0 * freedom);
        freedom * (1.0 - spread + 6.0 * spread.sqrt()).powi(3)
    }

    fn assert_uniform(what: &str, counts: &[u32]) {
        let (found, limit) = (chi_square(counts), limit(counts.len()));
        assert!(found < limit, "{what}: chi-square {found} is beyond {limit}");
    }

    #[test]
    fn a_million_codes_are_uniform_at_every_place_and_as_a_whole() {
        let mut places = [[0_u32; 10]; 6];
        let mut thousands = vec![0_u32; 1_000];
        let mut pairs = vec![0_u32; 100];
        for _ in 0..DRAWN {
            let code = SystemCodeSource.draw(CodeShape::default());
            let digits: Vec<usize> = code
                .reveal()
                .bytes()
                .map(|byte| usize::from(byte - b'0'))
                .collect();
            for (place, &digit) in digits.iter().enumerate() {
                places[place][digit] += 1;
            }
            for pair in digits.chunks(2) {
                pairs[pair[0] * 10 + pair[1]] += 1;
            }
            let whole = digits.iter().fold(0, |whole, digit| whole * 10 + digit);
            thousands[whole / 1_000] += 1;
        }
        for (place, counts) in places.iter().enumerate() {
            assert_uniform(&format!("place {place}"), counts);
        }
        assert_uniform("whole codes by thousands", &thousands);
        assert_uniform("pairs of digits", &pairs);
        let leading_zeros: u32 = thousands[..100].iter().sum();
        assert!(leading_zeros > 0, "no code began with a zero");
    }

    #[test]
    fn a_generator_that_folds_its_bytes_would_be_caught() {
        let mut counts = [0_u32; 10];
        for byte in (0..=255_usize).cycle().take(1_000_000) {
            counts[byte % 10] += 1;
        }
        assert!(chi_square(&counts) > limit(counts.len()));
    }

    #[test]
    fn letters_and_digits_are_uniform_too() {
        let shape = CodeShape::new(6, Alphabet::UpperAlphanumeric).unwrap();
        let mut counts = [0_u32; 36];
        for _ in 0..200_000 {
            for byte in SystemCodeSource.draw(shape).reveal().bytes() {
                let at = match byte {
                    b'0'..=b'9' => byte - b'0',
                    _ => byte - b'A' + 10,
                };
                counts[usize::from(at)] += 1;
            }
        }
        assert_uniform("characters", &counts);
    }
}
