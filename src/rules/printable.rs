//! Escapes the characters in foreign text that are hidden or control a terminal.
//!
//! The command line has the same rule (`pkg/cli/terminal.js`); a test compares the two.

/// Format characters (`Cf`) and the separators of lines and paragraphs (`Zl`, `Zp`) of Unicode 16, in order. Controls
/// (`Cc`) are known to the standard library.
const HIDDEN: [(u32, u32); 20] = [
    (0xad, 0xad),
    (0x600, 0x605),
    (0x61c, 0x61c),
    (0x6dd, 0x6dd),
    (0x70f, 0x70f),
    (0x890, 0x891),
    (0x8e2, 0x8e2),
    (0x180e, 0x180e),
    (0x200b, 0x200f),
    (0x2028, 0x202e),
    (0x2060, 0x2064),
    (0x2066, 0x206f),
    (0xfeff, 0xfeff),
    (0xfff9, 0xfffb),
    (0x110bd, 0x110bd),
    (0x110cd, 0x110cd),
    (0x13430, 0x1343f),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0001, 0xe007f),
];

pub fn is_hidden(c: char) -> bool {
    let code = u32::from(c);
    c.is_control() || HIDDEN.iter().any(|&(first, last)| first <= code && code <= last)
}

/// Appends a character, escaped as in JSON if it is invisible. Returns how many characters were appended.
pub fn push_printable(shown: &mut String, c: char) -> usize {
    let short = match c {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        c if !is_hidden(c) => {
            shown.push(c);
            return 1;
        }
        _ => "",
    };
    shown.push_str(short);
    if !short.is_empty() {
        return short.len();
    }
    let mut units = [0; 2];
    let units = c.encode_utf16(&mut units);
    for &mut unit in &mut *units {
        shown.push_str("\\u");
        shown.extend([12, 8, 4, 0].map(|shift| char::from_digit(u32::from(unit >> shift & 15), 16).unwrap_or('0')));
    }
    units.len() * 6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printable(text: &str) -> String {
        let mut shown = String::new();
        let counted: usize = text.chars().map(|c| push_printable(&mut shown, c)).sum();
        assert_eq!(counted, shown.chars().count());
        shown
    }

    #[test]
    fn hidden_characters_are_escaped_as_json_does_it() {
        assert_eq!(printable("äöü 😀 ᛃ"), "äöü 😀 ᛃ");
        assert_eq!(printable("a\nb\r\t"), "a\\nb\\r\\t");
        assert_eq!(printable("\u{1b}[31m\u{9b}\0"), "\\u001b[31m\\u009b\\u0000");
        assert_eq!(printable("\u{202e}\u{200b}\u{2028}\u{feff}"), "\\u202e\\u200b\\u2028\\ufeff");
        assert_eq!(printable("\u{e0041}"), "\\udb40\\udc41");
    }

    #[test]
    fn the_ranges_are_in_order() {
        assert!(HIDDEN.iter().all(|(first, last)| first <= last));
        assert!(HIDDEN.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }
}
