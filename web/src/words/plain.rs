//! Sentences that only put their arguments between words, which is nearly all of them, are said without asking Fluent: a list
//! says hundreds, and in a profile of one saying them was a ninth of the portal's time.

use super::Arg;
use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};
use std::fmt::Write;

enum Part {
    Words(String),
    Argument(String),
}

/// A sentence without selectors, functions and references.
pub(super) struct Plain {
    parts: Vec<Part>,
    /// Different arguments.
    wants: usize,
}

impl Plain {
    /// The sentence, when it is as plain as that.
    pub fn of(pattern: &Pattern<&str>) -> Option<Self> {
        let mut parts = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for element in &pattern.elements {
            parts.push(match element {
                PatternElement::TextElement { value } => Part::Words((*value).to_owned()),
                PatternElement::Placeable { expression: Expression::Inline(InlineExpression::VariableReference { id }) } => {
                    names.push(id.name);
                    Part::Argument(id.name.to_owned())
                }
                PatternElement::Placeable { .. } => return None,
            });
        }
        names.sort_unstable();
        names.dedup();
        Some(Self { parts, wants: names.len() })
    }

    /// Says it; None when the arguments are not exactly its own.
    pub fn say(&self, args: &[(&str, Arg)]) -> Option<String> {
        if args.len() != self.wants {
            return None;
        }
        let mut said = String::with_capacity(64);
        for part in &self.parts {
            match part {
                Part::Words(words) => said.push_str(words),
                Part::Argument(name) => match &args.iter().find(|(given, _)| given == name)?.1 {
                    Arg::Text(text) => said.push_str(text),
                    // Writing to a string cannot fail.
                    Arg::Number(n) => write!(said, "{n}").ok()?,
                },
            }
        }
        Some(said)
    }
}
