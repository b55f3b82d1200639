//! The organisation tree, providers, members: who stands where, since when, and moving and merging with history kept.
//!
//! Row security decides what a seat may see; every query names its area too. A lapsed membership is a fact to show
//! ([`Standing`]), never a reason to refuse.

mod commands;
mod members;
mod model;
mod policy;
mod rows;
mod tree;

pub use commands::{Merged, Move, Moved, VerbError, find_institution, find_municipal, merge_municipal, move_institution};
pub use members::{institutions_of, member, members_of, standing};
pub use model::{Area, Category, CodeHint, Contract, Home, Member, Membership, Name, Period, Relation, Standing, Unit};
pub use policy::{MergeMunicipal, MoveInstitution, TreePolicy, TreeVerb, UnitFacts, unit_subject};
pub use tree::{code_hint, contracts, federation, home_on, homes, institutions, municipals, names, prefectures, unit, units};
