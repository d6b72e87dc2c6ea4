//! An index of items by a key, in any letter case.

/// The positions of keys in their list: chains by hash.
pub struct Index {
    first: Vec<usize>,
    next: Vec<usize>,
}

const NONE: usize = usize::MAX;

impl Index {
    /// Empty keys are not indexed.
    pub fn of(keys: &[&str]) -> Self {
        let mut index = Self { first: vec![NONE; keys.len()], next: vec![NONE; keys.len()] };
        for (place, key) in keys.iter().enumerate().rev().filter(|(_, key)| !key.is_empty()) {
            let chain = index.chain(key);
            index.next[place] = std::mem::replace(&mut index.first[chain], place);
        }
        index
    }

    /// The first position with this key that matches. Positions of other keys may be tested too.
    pub fn find(&self, key: &str, is_it: &dyn Fn(usize) -> bool) -> Option<usize> {
        if key.is_empty() || self.first.is_empty() {
            return None;
        }
        let mut place = self.first[self.chain(key)];
        while place != NONE && !is_it(place) {
            place = self.next[place];
        }
        (place != NONE).then_some(place)
    }

    /// FNV-1a, which needs no table and mixes short texts well.
    fn chain(&self, key: &str) -> usize {
        let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193);
        key.bytes().fold(0x811c_9dc5, mix) as usize % self.first.len()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::Index;

    #[test]
    fn finds_the_first_match() {
        let keys = ["us", "", "eu", "US", "ap"];
        let index = Index::of(&keys);
        assert_eq!(index.find("eu", &|place| keys[place] == "eu"), Some(2));
        assert_eq!(index.find("Us", &|place| keys[place].eq_ignore_ascii_case("us")), Some(0), "in any letter case");
        assert_eq!(index.find("us", &|place| place > 0 && keys[place].eq_ignore_ascii_case("us")), Some(3));
        assert_eq!(index.find("us", &|_| false), None);
        assert_eq!(index.find("", &|_| true), None, "empty keys are not indexed");
        assert_eq!(Index::of(&[]).find("us", &|_| true), None);
    }

    #[test]
    fn tests_few_of_many() {
        let names: Vec<String> = (0..1_000).map(|n| format!("peering-{n}")).collect();
        let keys: Vec<&str> = names.iter().map(|name| &**name).collect();
        let index = Index::of(&keys);
        for key in keys {
            let asked = Cell::new(0);
            index.find(key, &|_| {
                asked.set(asked.get() + 1);
                false
            });
            assert!(asked.get() < 12, "{key}: {}", asked.get());
        }
    }
}
