//! Text search and splitting, compared with the standard library.

use consul_peering::rules::finding::excerpt;
use consul_peering::rules::printable::is_hidden;
use consul_peering::rules::text::{after_last, contains, cut};
use proptest::prelude::*;

/// Any text, with control characters: `any::<String>()` draws only printable ones.
pub fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..40).prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    /// Few letters, so that parts are found, overlap and begin without a match.
    #[test]
    fn searches_are_the_standard_librarys(text in "[abé]{0,12}", part in "[abé]{1,4}") {
        prop_assert_eq!(contains(&text, &part), text.contains(&part));
        prop_assert_eq!(cut(&text, &part), text.split_once(&part));
        prop_assert_eq!(after_last(&text, &part), text.split(&part).last().unwrap());
    }

    #[test]
    fn an_excerpt_is_the_beginning_in_one_line(text in any_text(), max in 0_usize..80) {
        let shown = excerpt(&text, max);
        prop_assert!(!shown.chars().any(is_hidden));
        prop_assert!(shown.chars().count() <= max + 1);
        if !text.chars().any(is_hidden) {
            let whole = text.chars().count() <= max;
            let beginning: String = text.chars().take(max).collect();
            prop_assert_eq!(shown, if whole { beginning } else { format!("{beginning}…") });
        }
    }
}
