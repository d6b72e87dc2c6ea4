//! Reproducible random numbers (mulberry32), and ids created from them.

/// A random number generator with a seed.
#[derive(Clone, Debug)]
pub struct Random(u32);

impl Random {
    /// The same seed yields the same numbers.
    pub fn new(seed: u32) -> Self {
        Self(seed)
    }

    /// From 0 to below 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x6d2b_79f5);
        let state = self.0;
        let mut bits = (state ^ (state >> 15)).wrapping_mul(state | 1);
        bits ^= bits.wrapping_add((bits ^ (bits >> 7)).wrapping_mul(bits | 61));
        f64::from(bits ^ (bits >> 14)) / 4_294_967_296.0
    }

    /// From `low` to below `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.next() * (high - low)
    }

    /// A random hexadecimal digit.
    fn digit(&mut self) -> u8 {
        (self.next() * 16.0) as u8
    }

    /// A string of hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from(b"0123456789abcdef"[usize::from(self.digit())])).collect()
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| (self.digit() << 4) | self.digit())
    }

    /// A UUID without a version, like those of Consul.
    pub fn uuid(&mut self) -> String {
        [8, 4, 4, 4, 12].map(|digits| self.hex(digits)).join("-")
    }
}
