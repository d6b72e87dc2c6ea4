//! Codes, by which programs distinguish reports whose texts are for people.

/// Declares an enum of codes with their names in JavaScript. serde's derive would add a call for each variant: 36 bytes
/// of the module apiece.
macro_rules! codes {
    ($(#[$of_enum:meta])* $name:ident { $($(#[$of_code:meta])* $code:ident = $text:literal,)* }) => {
        $(#[$of_enum])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$of_code])* $code,)*
        }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            pub fn name(self) -> &'static str {
                const NAMES: &[&str] = &[$($text,)*];
                NAMES[self as usize]
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}
pub(crate) use codes;
