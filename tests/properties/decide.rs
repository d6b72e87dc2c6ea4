//! Decisions for any history.

use consul_peering::rules::duration::Duration;
use proptest::prelude::*;

use super::invariants::{activation, decide};

proptest! {
    #![proptest_config(ProptestConfig { cases: 4 * ProptestConfig::default().cases, ..Default::default() })]

    #[test]
    fn any_story_ends_well(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        decide::check(&bytes);
    }

    #[test]
    fn polls_never_get_more_frequent(earlier in 0.0..1e9, later in 0.0..1e9) {
        activation::check_pace(Duration::ms(earlier), Duration::ms(later));
    }
}
