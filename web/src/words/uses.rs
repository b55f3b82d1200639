//! What a sentence needs: the variables in it and in the sentences it refers to.

use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};
use std::collections::{BTreeMap, BTreeSet};

/// Collects the variables of `name` and of everything it refers to.
pub(super) fn gather(name: &str, bodies: &BTreeMap<String, Uses>, into: &mut BTreeSet<String>, depth: u8) -> Result<(), String> {
    let uses = bodies.get(name).ok_or_else(|| format!("refers to {name}, which does not exist"))?;
    if depth > 8 {
        return Err("refers to itself".to_owned());
    }
    into.extend(uses.variables.iter().cloned());
    uses.references.iter().try_for_each(|r| gather(r, bodies, into, depth + 1))
}

/// The variables and other entries that one entry uses.
#[derive(Default)]
pub(super) struct Uses {
    variables: BTreeSet<String>,
    references: BTreeSet<String>,
}

impl Uses {
    /// Notes what a pattern uses.
    pub(super) fn pattern(&mut self, pattern: &Pattern<&str>) {
        pattern.elements.iter().for_each(|e| self.element(e));
    }

    fn element(&mut self, element: &PatternElement<&str>) {
        if let PatternElement::Placeable { expression } = element {
            self.expression(expression);
        }
    }

    fn expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                variants.iter().for_each(|v| self.pattern(&v.value));
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.variables.insert(id.name.to_owned());
            }
            InlineExpression::MessageReference { id, .. } => {
                self.references.insert(id.name.to_owned());
            }
            InlineExpression::TermReference { id, .. } => {
                self.references.insert(format!("-{}", id.name));
            }
            InlineExpression::FunctionReference { arguments, .. } => {
                arguments.positional.iter().for_each(|a| self.inline(a));
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
        }
    }
}
