//! Random numbers that depend on a seed alone.

/// A stream of random numbers: SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2714064.2660195). One seed has many streams.
///
/// ```
/// use consilience::stats::Random;
/// let (mut a, mut b) = (Random::new(7, 0), Random::new(7, 0));
/// assert_eq!(a.below(1000), b.below(1000));
/// ```
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Random {
    /// The stream of this number for this seed.
    pub fn new(seed: u64, stream: u64) -> Random {
        Random { state: mix(seed.wrapping_add(STEP)) ^ mix(stream.wrapping_mul(STEP).wrapping_add(1)) }
    }

    /// Sixty-four random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mix(self.state)
    }

    /// A number from 0 to `n` − 1 (`n` at least 1), even to one part in 2⁶⁴ / n.
    #[inline]
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next_u64()) * n as u128) >> 64) as usize
    }

    /// A number in [0, 1).
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Spreads what tells numbers apart over all bits; no two numbers become one.
#[inline]
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_even_and_streams_differ() {
        let mut counts = [0usize; 10];
        let mut random = Random::new(1, 2);
        (0..100_000).for_each(|_| counts[random.below(10)] += 1);
        assert!(counts.iter().all(|c| (9_500..10_500).contains(c)), "{counts:?}");
        assert_ne!(Random::new(1, 0).next_u64(), Random::new(1, 1).next_u64());
        assert!((0..1000).all(|_| (0.0..1.0).contains(&random.unit())));
    }
}
