//! Sentences that only put their arguments between words, or choose words by a number, which is nearly all of them, are said without
//! asking Fluent: a list says hundreds, and in a profile of one saying them was a ninth of the portal's time.

use super::Arg;
use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey};
use std::fmt::Write;

enum Part {
    Words(String),
    Argument(String),
    /// Words by an exact number; the last ones for any other.
    Choice {
        argument: String,
        cases: Vec<(i64, Vec<Part>)>,
        other: Vec<Part>,
    },
}

/// A sentence without plurals, functions and references.
pub(super) struct Plain {
    parts: Vec<Part>,
    /// Different arguments.
    wants: usize,
}

impl Plain {
    /// The sentence, when it is as plain as that.
    pub fn of(pattern: &Pattern<&str>) -> Option<Self> {
        let mut names = Vec::new();
        let parts = parts(pattern, &mut names)?;
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
        say(&self.parts, args, &mut said)?;
        Some(said)
    }
}

fn parts<'a>(pattern: &Pattern<&'a str>, names: &mut Vec<&'a str>) -> Option<Vec<Part>> {
    let part = |element: &PatternElement<&'a str>| match element {
        PatternElement::TextElement { value } => Some(Part::Words((*value).to_owned())),
        PatternElement::Placeable { expression: Expression::Inline(InlineExpression::VariableReference { id }) } => {
            names.push(id.name);
            Some(Part::Argument(id.name.to_owned()))
        }
        PatternElement::Placeable { expression: Expression::Select { selector: InlineExpression::VariableReference { id }, variants } } => {
            names.push(id.name);
            choice(id.name, variants, names)
        }
        PatternElement::Placeable { .. } => None,
    };
    pattern.elements.iter().map(part).collect()
}

/// A choice among exact numbers. `one` and its like are the language's to count: Fluent's.
fn choice<'a>(argument: &str, variants: &[Variant<&'a str>], names: &mut Vec<&'a str>) -> Option<Part> {
    let (mut cases, mut other) = (Vec::new(), None);
    for variant in variants {
        let said = parts(&variant.value, names)?;
        match &variant.key {
            _ if variant.default => other = Some(said),
            VariantKey::NumberLiteral { value } => cases.push((value.parse().ok()?, said)),
            VariantKey::Identifier { .. } => return None,
        }
    }
    Some(Part::Choice { argument: argument.to_owned(), cases, other: other? })
}

fn say(parts: &[Part], args: &[(&str, Arg)], said: &mut String) -> Option<()> {
    let given = |name: &str| args.iter().find(|(given, _)| *given == name).map(|(_, value)| value);
    for part in parts {
        match part {
            Part::Words(words) => said.push_str(words),
            Part::Argument(name) => match given(name)? {
                Arg::Text(text) => said.push_str(text),
                // Writing to a string cannot fail.
                Arg::Number(n) => write!(said, "{n}").ok()?,
            },
            Part::Choice { argument, cases, other } => {
                let case = match given(argument)? {
                    Arg::Number(n) => cases.iter().find(|(case, _)| case == n),
                    Arg::Text(_) => None,
                };
                say(case.map_or(other, |(_, said)| said), args, said)?;
            }
        }
    }
    Some(())
}
