//! The organisation tree's vocabulary. Units are small integers because every scoped row carries several of them and every
//! policy compares them (`infra/decisions`, and the measurements that led to it).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! int_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i32);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(s: &str) -> Result<Self, Self::Err> { s.parse().map(Self) }
        }
    )+};
}

int_ids! {
    /// An organisation: a federation, association, institution or provider.
    UnitId,
    /// A federation; the wall that nothing crosses. Equal to the unit id of its national body.
    FederationId,
    /// A queue of the desk.
    QueueId,
}

/// Declares a closed list of words: an enum with `ALL`, `word()`, `FromStr`, `Display` and serde by word.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }
        impl $name {
            /// All values, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The word stored in the database and used in locale keys.
            pub const fn word(self) -> &'static str { match self { $($name::$variant => $word),+ } }
        }
        impl ::std::str::FromStr for $name {
            type Err = $crate::units::UnknownWord;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                match s { $($word => Ok($name::$variant),)+ other => Err($crate::units::UnknownWord { of: stringify!($name), word: other.chars().take(40).collect() }) }
            }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result { f.write_str(self.word()) }
        }
    };
}

/// A stored or submitted word that is not in the closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is not a {of}")]
pub struct UnknownWord {
    /// The closed list that was asked.
    pub of: &'static str,
    /// What was found instead (cut at 40 characters).
    pub word: String,
}

words! {
    /// Where in the tree a unit stands. Providers stand outside it and work under a contract.
    Level {
        Federation = "federation",
        Prefectural = "prefectural",
        Municipal = "municipal",
        Institution = "institution",
        Provider = "provider",
    }
}

words! {
    /// What sort of organisation a unit is, in the field's own terms (`programme.md`, sections 4 to 6).
    UnitKind {
        NationalBody = "national_body",
        PrefecturalAssociation = "prefectural_association",
        MunicipalAssociation = "municipal_association",
        UniversityAssociation = "university_association",
        Clinic = "clinic",
        Hospital = "hospital",
        CareFacility = "care_facility",
        Provider = "provider",
    }
}
